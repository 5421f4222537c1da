"""Calls that are wrong, each in a folder of its own: what the tool must answer in one sentence."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from scripts.trials import store
from tests.builders import made, planned

SCRIPT = "print(1)\n"

LONG = "x" * 5000


class WrongCall(NamedTuple):
    """A call that is wrong.

    Attributes:
        name: what is wrong with it.
        arguments: the verb and what follows.
        variables: environment variables to set.
    """

    name: str
    arguments: list[str]
    variables: Mapping[str, str] = MappingProxyType({})


def wrong_calls(folder: Path) -> list[WrongCall]:
    """All of them.

    Args:
        folder: an empty one, in which the files they name are made.
    """
    kinds: tuple[Callable[[Path], Iterator[WrongCall]], ...] = (
        _values, _days, _paths, _pins, _signals, _folders, _trials, _headers, _combinations,
    )  # fmt: skip
    return [call for number, kind in enumerate(kinds) for call in kind(_made(folder / str(number)))]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "script.py").write_text(SCRIPT)
    return folder


BISECT = ["bisect", "--package", "httpx"]

OPTIONS: dict[str, tuple[str, ...]] = {
    # a call that lacks a value, and where it goes
    "repro --rounds": ("0", "-1", "x", "1.5", "", LONG, "1e9"),
    "repro --lanes": ("0", "-3", "65", "two", ""),
    "repro --axis": ("nothing", "", LONG, "httpx,aiohttp"),
    "repro --targets": ("", "x", "httpx", "httpx==", "==1", "httpx>=1", "httpx==0.27.2;x", LONG,
                        "httpx==0.27.2@2026-13-01", "server:uvicorn==1", "httpx==0.27.2@"),
    "repro --deadline": ("-1", "0", "x", "nan", "inf"),
    "repro --python": ("2.7", "x", "/", "/dev/null", LONG, "3.99", "~nosuchuser/python"),
    "repro --load": ("heavy", "", LONG),
    "repro --requests": ("0", "-1", "x", "1.5"),
    "repro --concurrency": ("0", "-1", "x", "1000000"),
    "repro --keep-alive": ("-1", "x", "nan", "inf"),
    "repro --timeout": ("-1", "x", "0", "nan"),
    "repro --latency": ("-1", "x", "nan", "inf", "1e400"),
    "survey": ("nothing", "", LONG, "--rounds=0", "remedies --rounds=-1"),
    "trial --script": ("nowhere.py", "", "/", LONG, "~nosuchuser/x.py", "/dev/null/x"),
    "trial --module": ("a-b", "1", "a..b", "", LONG, "..", "a/b"),
    "trial --with": ("", "x", "httpx", "httpx>=1", "httpx==1; python_version<'3'", "httpx[",
                     "@", LONG),
    "trial --script {script} --url": ("x", "http://127.0.0.1", "http://127.0.0.1:0",
                                      "http://10.0.0.1:80", "http://127.0.0.1:99999", "ftp://x:1",
                                      "http://[::1", "http://127.0.0.1:80:80", LONG),
    "trial --script {script} --env": ("x", "=", "=1", ""),
    "trial --script {script} --cwd": ("nowhere", "/dev/null", LONG, "~nosuchuser"),
    "trial --script {script} --stdin": ("nowhere", "/", LONG, "~nosuchuser/x"),
    "trial --script {script} --server": ("nowhere.py", "/", LONG),
    "trial --script {script} --server-command": ("nosuchprogram x", "'", LONG),
    "trial --script {script} --allow-address": ("a b", "", "-", "x" * 400, "http://x"),
    "trial --script {script} --deadline": ("-1", "0", "nan", "x"),
    "trial --script {script} --capture": ("/nowhere/x.pcapng", "/", LONG),
    "explain": ("nowhere", "x/0001", "/", LONG, "~nosuchuser/x", "/dev/null"),
    "report --publish": ("nowhere", "/", LONG, "/dev/null"),
    "issue --from": ("nowhere", "/", LONG, "/dev/null", "~nosuchuser"),
    "issue --for": ("nobody", "", LONG),
    "bisect --package httpx --good 0.27.0 --bad 0.28.0 --signal ReadError --load": ("x", ""),
    "check --signal": ("", "x~", "exit=", "exit=SIGNOPE", "slow>x", "p200>1s", "memory>", LONG),
    "reduce --package": ("nothing", "", LONG),
    "bench": ("nothing", "", LONG),
    "map --targets httpx2==2.7.0 --y concurrency=10..400 --x": (
        "", "x", "keep-alive", "keep-alive=", "keep-alive=5", "keep-alive=5..1", "keep-alive=1..1",
        "keep-alive=nan..inf", "keep-alive=-1..5", "keep-alive=1..1e9", "concurrency=1..9", LONG,
    ),
    "map --at": ("", "x", "keep-alive=1", "keep-alive=1,keep-alive=2", "delay=1,requests=2", LONG),
    "trial --script {script} --server-env": ("x", "=", "=1", "", "A=1"),
    "trial --with aiohttp==3.10.10 --server-env": ("PORT=1", "KEEP_ALIVE=1"),
    "prove --package httpcore --at": ("", "x", "999", LONG, "1.0.9;x"),
    "difference --good": ("nowhere.txt", "", "x", "2026-99-01", LONG),
}  # fmt: skip
"""Options with values that they cannot take; `{script}` is a script."""


def _values(folder: Path) -> Iterator[WrongCall]:
    for call, values in OPTIONS.items():
        words = call.format(script=folder / "script.py").split()
        for value in values:
            *_, option = call.split()
            last = value.split() if option == "survey" and value else [value]
            yield WrongCall(f"{call} {value[:40]!r}", [*words, *last])


DAYS = ("9999-12-31", "1000-01-01", "0001-01-01", "2026-02-30", "2026-13-01", "today", "tomorrow",
        "2026", "26-01-01", "2026-01-01T00:00", "-1", "", "９999-01-01", LONG)  # fmt: skip


def _days(folder: Path) -> Iterator[WrongCall]:
    script = str(folder / "script.py")
    for day in DAYS:
        if day != "today":
            yield WrongCall(f"good day {day[:12]!r}",
                            ["bisect", "--script", script, "--signal", "exit", "--with",
                             "six==1.16.0", "--good", day, "--bad", "2026-01-01"])  # fmt: skip
            yield WrongCall(f"held at {day[:12]!r}",
                            ["repro", "--targets", f"httpx==0.27.2@{day}"])  # fmt: skip
    for day in ("9999-12-31", "1000-01-01", "2026-02-30"):
        yield WrongCall(f"environment of {day}",
                        ["difference", "--good", day, "--bad", "2026-01-01", "--script", script,
                         "--signal", "exit"])  # fmt: skip


def _paths(folder: Path) -> Iterator[WrongCall]:
    loop = folder / "loop"
    loop.symlink_to(loop)
    fifo, binary = folder / "fifo", folder / "binary.py"
    os.mkfifo(fifo)
    binary.write_bytes(b"\x00\xff" * 100)
    (folder / "broken.py").write_text("def (:\n")
    (folder / "latin.py").write_bytes(b"# -*- coding: nothing -*-\n")
    (folder / "deep.py").write_text("x = " + "(" * 5000 + ")" * 5000 + "\n")
    (folder / "dangling").symlink_to(folder / "nowhere")
    here = str(folder / "script.py")
    names = ("loop", "broken.py", "binary.py", "latin.py", "deep.py", "dangling", "")
    wrong = [str(folder / name) for name in names]
    for path in [*wrong, f"{folder}/loop/x.py", "~nosuchuser/x.py", f"/{'a/' * 2000}x.py"]:
        yield WrongCall(f"script {path[-20:]}", ["trial", "--script", path])
        yield WrongCall(f"server {path[-20:]}", ["trial", "--script", here, "--server", path])
    for path in (str(loop), str(folder / "dangling"), "~nosuchuser", f"/{'a/' * 2000}x"):
        for call in (
            ["repro", "--resume", path], ["bisect", "--resume", path],
            ["prove", "--resume", path], ["reduce", "--resume", path],
            ["map", "--resume", path],
            ["map", "--at", "keep-alive=1,concurrency=9", "--from", path],
            ["history", "--resume", path], ["difference", "--resume", path],
            ["survey", "--resume", path], ["explain", path], ["issue", "--from", path],
            ["report", "--publish", path], ["trial", "--script", here, "--cwd", path],
            ["trial", "--script", here, "--stdin", path],
        ):  # fmt: skip
            yield WrongCall(f"{call[0]} {call[-2][:12]} {path[-12:]}", call)
    yield WrongCall("results in a file", ["trial", "--script", here], {"RESULTS_FOLDER": here})
    yield WrongCall("results in a loop", ["trial", "--script", here], {"RESULTS_FOLDER": str(loop)})
    yield WrongCall("results in no place", ["trial", "--script", here],
                    {"RESULTS_FOLDER": "/proc/nowhere"})  # fmt: skip


def _pins(folder: Path) -> Iterator[WrongCall]:
    script = str(folder / "script.py")
    for pin in ("six==1.16.0; python_version < '3'", "six @ file:///x", "six===", "six==1.*",
                "six~=1.0", "six!=1", "-r x", "--index-url=x", "six==1.16.0 --hash=x", "six==1,2",
                "../six", "six==not-a-version", "a" * 500 + "==1"):  # fmt: skip
        yield WrongCall(f"pin {pin[:30]!r}", ["trial", "--script", script, "--with", pin])


def _signals(folder: Path) -> Iterator[WrongCall]:
    script = str(folder / "script.py")
    for signal in ("stdout~(", "stderr~[", "memory>1TBx", "wall>-1s", "exit=99999",
                   "slow>", "exit!=", "hang>1", "memory>nan", "wall>infs", "stdout~", ">1",
                   "Not An Error", "stdout~" + "(" * 500):  # fmt: skip
        yield WrongCall(f"signal {signal[:30]!r}",
                        ["check", "--script", script, "--signal", signal])  # fmt: skip


PLANS: dict[str, Callable[[dict[str, Any]], object]] = {
    "no trials": lambda plan: plan.update(trials=[]),
    "no lanes": lambda plan: plan.update(lanes=0),
    "negative lanes": lambda plan: plan.update(lanes=-2),
    "lanes without end": lambda plan: plan.update(lanes=10**9),
    "a negative deadline": lambda plan: plan.update(deadline=-5),
    "doubled orders": lambda plan: plan.update(trials=plan["trials"] * 2),
    "an order below one": lambda plan: plan["trials"][0].update(order=0),
    "a bad pin": lambda plan: plan["trials"][0]["target"].update(pins=["httpx>=1; x"]),
    "a pin that is no text": lambda plan: plan["trials"][0]["target"].update(pins=[1]),
    "a bad day": lambda plan: plan["trials"][0]["target"].update(held="9999-99-99"),
    "a script that is gone": lambda plan: plan["trials"][0]["target"].update(script="gone.py"),
    "an address elsewhere": lambda plan: plan["trials"][0]["target"].update(
        url="http://203.0.113.7:80"
    ),
    "a name that leads elsewhere": lambda plan: plan.update(name="../../x"),
    "a name of 5,000 letters": lambda plan: plan.update(name=LONG),
    "another schema": lambda plan: plan.update(schema=99),
    "a load without requests": lambda plan: plan["trials"][0]["load"].update(requests=0),
    "a load of negative concurrency": lambda plan: plan["trials"][0]["load"].update(concurrency=-1),
    "a variable that is none": lambda plan: plan["trials"][0]["target"].update(env=["x"]),
    "a change that is gone": lambda plan: plan["trials"][0]["target"].update(
        patch={"path": "gone.diff", "sha256": "0" * 64}
    ),
}


def _folders(folder: Path) -> Iterator[WrongCall]:
    """Folders of trials whose files say what they cannot."""
    for number, (name, change) in enumerate(PLANS.items()):
        place = planned(folder / f"plan-{number}", made(campaign="20240101-000000-1"))
        for trial in place.glob("0*"):
            trial.unlink()
        plan = json.loads((place / store.PLAN).read_text())
        change(plan)
        (place / store.PLAN).write_text(json.dumps(plan))
        yield WrongCall(f"a plan with {name}", ["repro", "--resume", str(place)])
    texts = {
        "nothing": b"", "no JSON": b"{", "a list": b"[]", "a number": b"1", "null": b"null",
        "deep": b"[" * 200_000 + b"]" * 200_000, "bytes": b"\xff\xfe\x00",
        "deep names": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    }  # fmt: skip
    files = {
        "campaign.json": "repro",
        "question.json": "bisect",
        "contrast.json": "difference",
        "reduction.json": "reduce",
        "claim.json": "prove",
        "map.json": "map",
        "survey.json": "survey",
    }
    for (text, data), (file, verb) in itertools.product(texts.items(), files.items()):
        place = folder / f"{text.replace(' ', '-')}-{verb}"
        place.mkdir()
        (place / file).write_bytes(data)
        yield WrongCall(f"{file} with {text}", [verb, "--resume", str(place)])
        if text in ("deep", "no JSON"):
            yield WrongCall(f"issue from {file} with {text}", ["issue", "--from", str(place)])
            yield WrongCall(f"publish {file} with {text}", ["report", "--publish", str(place)])


TRIALS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a failure out of range": lambda trial: trial["client"]["requests"].update(
        failure=[7] * len(trial["client"]["requests"]["start"])
    ),
    "a negative failure": lambda trial: trial["client"]["requests"].update(
        failure=[-9] * len(trial["client"]["requests"]["start"])
    ),
    "columns of different lengths": lambda trial: trial["client"]["requests"].update(start=[]),
    "a chain without links": lambda trial: trial["client"]["failures"][0].update(chain=[]),
    "a parent out of range": lambda trial: trial["client"]["failures"][0]["chain"][0].update(
        parent=99
    ),
    "a time that is no number": lambda trial: trial["client"].update(wall="long"),
    "another schema": lambda trial: trial.update(schema=77),
    "a schema that is a list": lambda trial: trial.update(schema=[1]),
    "an outcome that there is not": lambda trial: trial.update(outcome="fine"),
    "no target": lambda trial: trial.pop("target"),
}


def _trials(folder: Path) -> Iterator[WrongCall]:
    """Trials' files that say what they cannot."""
    for number, (name, change) in enumerate(TRIALS.items()):
        trial = made(campaign="20240101-000000-1", failed=2)
        place = planned(folder / f"trial-{number}", trial)
        file = place / trial.file_name
        content = json.loads(msgspec.json.encode(trial))
        change(content)
        file.write_text(json.dumps(content))
        for call in (
            ["explain", str(file)],
            ["issue", "--from", str(place)],
            ["repro", "--resume", str(place)],
            ["report", "--publish", str(place)],
        ):
            yield WrongCall(f"{call[0]} a trial with {name}", call)
    data = {"nothing": b"", "half a gzip": b"\x1f\x8b\x08\x00", "deep": b"[" * 200_000,
            "no JSON": b"{", "zeros": b"\x00" * 1000}  # fmt: skip
    for name, raw in data.items():
        file = folder / f"0001-{name.replace(' ', '-')}.json"
        file.write_bytes(raw)
        yield WrongCall(f"explain a file with {name}", ["explain", str(file)])
    large = folder / "0001-large.json"
    with large.open("wb") as stream:
        stream.truncate(300_000_000)  # a hole: it takes no room
    yield WrongCall("explain a file of 300 MB", ["explain", str(large)])


HEADERS = {
    "a number": "# dependencies = 3",
    "a text": '# dependencies = "six"',
    "numbers": "# dependencies = [1, 2]",
    "a table": "# dependencies = {a = 1}",
    "no TOML": "# dependencies = [",
    "a requirement that is none": '# dependencies = ["six=="]',
    "a Python that is none": '# requires-python = "x"',
    "a Python that is a number": "# requires-python = 3",
}


def _headers(folder: Path) -> Iterator[WrongCall]:
    """Scripts whose inline metadata (PEP 723) is of the wrong type."""
    for number, (name, line) in enumerate(HEADERS.items()):
        script = folder / f"header-{number}.py"
        script.write_text(f"# /// script\n{line}\n# ///\nimport httpx\n\nhttpx.get('x')\n")
        yield WrongCall(f"a header with {name}",
                        ["reduce", "--package", "httpx", "--script", str(script), "--good",
                         "0.27.0", "--bad", "0.28.0", "--signal", "x y"])  # fmt: skip


def _combinations(folder: Path) -> Iterator[WrongCall]:
    script = str(folder / "script.py")
    for call in (
        ["nothing"], ["repro", "--nothing"], ["trial"], ["explain"], ["issue"],
        ["report", "--replace"], ["report", "--reveal", "x"], ["report", "x"],
        ["report", "--check", "--publish", script], ["issue", "--as", "poem", "--for", "httpx"],
        ["issue", "--from", str(folder), "--as", "issue"], ["bisect"], ["bisect", "--package"],
        [*BISECT, "--signal", "ReadError", "--good", "1", "--bad", "1"],
        ["bisect", "--source", script, "--package", "httpx"],
        ["bisect", "--source", "/", "--package", "httpx", "--good", "a", "--bad", "b",
         "--signal", "exit", "--script", script],
        ["trial", "--script", script, "--module", "x"],
        ["trial", "--script", script, "--server", script, "--server-command", "true"],
        ["repro", "--axis", "httpx", "--targets", "control"], ["repro", "--axis", "python",
                                                               "--python", "3.11"],
        ["prove", "--package", "httpcore"], ["prove", "--package", "httpcore", "--at", "1.0.9"],
        ["prove", "--package", "httpcore", "--at", "1.0.9", "--change", "nowhere.diff",
         "--signal", "x y"],
        ["prove", "--package", "httpcore", "--at", "1.0.9", "--change", script, "--signal", "x y"],
        ["reduce"], ["reduce", "--package", "httpx"], ["difference"], ["history"],
        ["doctor", "x"], ["bench", "search", "x"],
    ):  # fmt: skip
        yield WrongCall(" ".join(["call", *map(str, call)])[:80], call)

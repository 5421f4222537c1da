"""Kills at random moments: is anything lost, doubled, changed or left over?

A chain starts a verb, interrupts it at a random moment by a random signal, goes on with it and
interrupts it again, and lets it end at last. Between two interruptions everything that was finished
must still be there, byte for byte.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from scripts.domain.files import PROJECT
from scripts.domain.problems import UsageProblem
from scripts.trials import store

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

MOST_TRIES = 3
"""Times as many calls as interruptions: one that ends before its moment is none."""

STOPPED = 0.2
"""Share of the interruptions before which a client or a server is stopped for a moment."""

MARK = "TORTURE"
"""Environment variable by which all that a chain started is known."""

SMOKE = ["--load", "smoke"]

SCRIPT = """from packaging.version import parse

print(parse("not a version"))
"""


@dataclass(frozen=True)
class Chain:
    """A verb that is interrupted again and again; where it ends before that, it starts anew.

    Attributes:
        name: of the verb.
        arguments: of its first call.
        interruptions: how many.
        finishes: whether it is let end at last, which takes too long for some.
        moments: seconds from and to which an interruption comes.
        status: exit statuses with which it may end.
    """

    name: str
    arguments: Sequence[str]
    interruptions: int
    finishes: bool = True
    moments: tuple[float, float] = (0.4, 3.5)
    status: tuple[int, ...] = (0,)


def chains(folder: Path) -> list[Chain]:
    """All of them: every verb that runs trials.

    Args:
        folder: an empty one, for the programs they run.
    """
    script = folder / "parse_it.py"
    script.write_text(SCRIPT)
    own = ["--script", str(script)]
    search = [*own, "--package", "packaging", "--signal", "InvalidVersion", "--good", "20.0"]
    cure = str(PROJECT / "repro/cures/look-httpcore2-2.16.2.diff")
    at = ["--package", "httpcore2", "--at", "2.16.2", "--with", "httpx2==2.16.2"]
    return [
        Chain("repro", ["--targets", "document", "--targets", "control", *SMOKE, "--delay", "0.2",
                        "--rounds", "16", "--lanes", "1"], 40),
        Chain("repro", ["--targets", "document", "--targets", "control", *SMOKE, "--delay", "0.3",
                        "--rounds", "30", "--lanes", "2"], 40),
        Chain("trial", ["--with", "httpx==0.27.2", *SMOKE, "--delay", "0.3"], 20, finishes=False),
        Chain("bisect", [*search, "--bad", "24.0"], 30),
        Chain("history", [*own, "--package", "packaging", "--signal", "InvalidVersion", "--since",
                          "20.0", "--until", "24.0"], 30, finishes=False),
        Chain("difference", [*own, "--signal", "InvalidVersion", "--good",
                             "packaging==21.3,six==1.16.0", "--bad", "packaging==22.0,six==1.17.0"],
              20),
        Chain("survey", ["callers", "--rounds", "1", "--lanes", "1"], 10, finishes=False,
              moments=(1.0, 8.0)),
        Chain("prove", [*at, "--change", cure, "--signal", "ReadError", "--load", "brief",
                        "--budget", "2m"], 15, finishes=False, moments=(1.0, 8.0)),
        Chain("map", ["--targets", "aiohttp==3.10.10", *SMOKE, "--x", "keep-alive=0.02..1", "--y",
                      "delay=0.05..0.5", "--budget", "2m"], 15, finishes=False),
        Chain("reduce", ["--bad", "httpcore==1.0.6", "--lanes", "1"], 10, finishes=False,
              moments=(1.0, 8.0)),
    ]  # fmt: skip


@dataclass
class Found:
    """What interruptions did.

    Attributes:
        kills: how many there were.
        wrong: what went wrong, by kind, with where.
    """

    kills: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        """How many of each kind."""
        return Counter(kind for kind, _ in self.wrong)


def interrupted(
    chain: Chain, folder: Path, seed: int, share: float, tell: Callable[[], None]
) -> Found:
    """Run a chain.

    Args:
        chain: what is run.
        folder: an empty one of its own.
        seed: of the moments and signals.
        share: of its interruptions that come.
        tell: told of each.
    """
    chance = random.Random(seed)  # noqa: S311 - moments
    results, temporary = folder / "results", folder / "tmp"
    temporary.mkdir(parents=True)
    mark = f"{os.getpid()}-{folder.name}"
    variables = {**os.environ, "RESULTS_FOLDER": str(results), "TMPDIR": str(temporary), MARK: mark}
    found, call = Found(), [chain.name, *chain.arguments]
    known: dict[Path, str] = {}
    most = max(1, round(share * chain.interruptions))
    for number in range(MOST_TRIES * chain.interruptions):
        if found.kills >= most:
            break
        how = chance.choice(SIGNALS)
        place = f"{chain.name}, interruption {number + 1} ({how.name})"
        process = _started(call, variables, folder)
        try:
            process.wait(chance.uniform(*chain.moments))
        except subprocess.TimeoutExpired:
            if chance.random() < STOPPED:
                _stopped_for_a_moment(mark, process.pid, chance)
            process.send_signal(how)
            found.kills += 1
            tell()
        over = _ended(process, found, place, how, folder / "output")
        _look(results, temporary, mark, known, found, place)
        if made := sorted(results.glob("2*")) if results.exists() else []:
            call = [chain.name, "--resume", str(made[-1])]
        if chain.name == "trial" or over:  # anew
            call = [chain.name, *chain.arguments]
            shutil.rmtree(results, ignore_errors=True)
            known.clear()
    if chain.finishes:
        _finish(chain, call, variables, folder, found)
        _look(results, temporary, mark, known, found, f"{chain.name}, at its end")
        _left_over(results, temporary, found, chain.name)
    return found


def _stopped_for_a_moment(mark: str, tool: int, chance: random.Random) -> None:
    """Stop a client or a server for a moment, as somebody at a terminal does."""
    others = [process for process in _marked(mark) if process.pid != tool]
    if not others:
        return
    with contextlib.suppress(psutil.Error):
        other = chance.choice(others)
        other.suspend()
        time.sleep(0.4)
        other.resume()
        time.sleep(0.3)


def _started(
    call: Sequence[str], variables: Mapping[str, str], folder: Path
) -> subprocess.Popen[bytes]:
    with (folder / "output").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "scripts", *call],
            cwd=PROJECT,
            env=dict(variables),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def said(output: Path) -> str:
    """The last that was said."""
    return " | ".join(output.read_text(errors="replace").splitlines()[-6:])


def _ended(
    process: subprocess.Popen[bytes], found: Found, place: str, how: int, output: Path
) -> bool:
    """Wait until a call is over; whether it ended by itself, well."""
    try:
        status = process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        found.wrong.append(("did not end", place))
        return False
    if status not in (0, 1, -how, 128 + how, *((130,) if how == signal.SIGINT else ())):
        found.wrong.append(("odd status", f"{place}: {status}: {said(output)}"))
    return status in (0, 1)


def _look(
    results: Path, temporary: Path, mark: str, known: dict[Path, str], found: Found, place: str
) -> None:
    """What is there after an interruption, beside what was there before."""
    processes = _marked(mark)
    _, alive = psutil.wait_procs(processes, timeout=12)
    for process in alive:
        found.wrong.append(("left running", f"{place}: {process}"))
        process.kill()
    files = {path: _hash(path) for path in results.glob("2*/[0-9]*.json")}
    for path, digest in known.items():
        if path not in files:
            found.wrong.append(("lost", f"{place}: {path.name}"))
        elif files[path] != digest:
            found.wrong.append(("changed", f"{place}: {path.name}"))
    for path in files.keys() - known.keys():
        try:
            store.read(path)
        except UsageProblem as problem:
            found.wrong.append(("half written", f"{place}: {problem}"))
    for folder in results.glob("2*"):
        orders = [path.name.partition("-")[0] for path in folder.glob("[0-9]*.json")]
        if len(orders) != len(set(orders)):
            found.wrong.append(("doubled", f"{place}: {folder.name}"))
    known.clear()
    known.update({path: digest for path, digest in files.items() if _kept(path)})


def _kept(path: Path) -> bool:
    """Whether a trial is to stay: one that was disturbed runs again."""
    try:
        return store.read(path).outcome != "disturbed"
    except UsageProblem:
        return True  # told already


def _finish(
    chain: Chain, call: Sequence[str], variables: Mapping[str, str], folder: Path, found: Found
) -> None:
    process = _started(call, variables, folder)
    try:
        status = process.wait(240)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
        found.wrong.append(("did not end", f"{chain.name}, at its end"))
        return
    if status not in chain.status:
        found.wrong.append(("odd status", f"{chain.name}, at its end: {status}"))


def _left_over(results: Path, temporary: Path, found: Found, name: str) -> None:
    """What is there at the end that nobody keeps."""
    left = [path for path in temporary.iterdir() if not path.name.startswith("matplotlib")]
    left += [
        *results.glob("2*/.scratch"),
        *results.glob("2*/.*.part"),
        *results.glob("2*/.holder*"),
    ]
    found.wrong += [("left over", f"{name}: {path}") for path in left]


def _marked(mark: str) -> list[psutil.Process]:
    """The processes that a chain started, or that those did."""
    marked = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                marked.append(process)
        except (psutil.Error, OSError):
            continue
    return marked


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

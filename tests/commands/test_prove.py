"""Whether a change mends what fails: real releases, real trials, and calls that make no sense."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import time
from pathlib import Path

import pytest

from scripts.__main__ import run_app, status_of
from scripts.commands.options import ScriptOptions
from scripts.commands.proof_options import ChangeOptions, ClaimOptions, asked_change
from scripts.domain.files import PROJECT
from scripts.domain.problems import INTERRUPTED
from tests.commands.test_search import call, tool
from tests.documents import document

HTTPX = ("--package", "httpx", "--at", "0.27.2", "--with", "httpcore==1.0.6", "--load", "smoke")

UNTESTED = ("--package", "h11", "--at", "0.14.0", "--with", "httpx==0.27.2", *HTTPX[4:])
"""The same client, of a package whose own tests are not run."""

CURE = "repro/cures/look_before_write.py"

REFUSES_HALF = '''\
"""Every second request fails before it is sent."""
import itertools

import httpx

post = httpx.AsyncClient.post
numbers = itertools.count()


async def failing(self, *arguments, **named):
    if next(numbers) % 2:
        raise httpx.ReadError("")
    return await post(self, *arguments, **named)


httpx.AsyncClient.post = failing
'''

TWICE = '''\
"""Every request is sent twice."""
import httpx

post = httpx.AsyncClient.post


async def twice(self, *arguments, **named):
    await post(self, *arguments, **named)
    return await post(self, *arguments, **named)


httpx.AsyncClient.post = twice
'''


def diff(name: str) -> str:
    return f"--- a/{name}\n+++ b/{name}\n@@ -1 +1 @@\n-a\n+b\n"


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


@pytest.mark.long
@pytest.mark.index
def test_what_fails_with_the_change_alone_is_harm(results: Path, tmp_path: Path) -> None:
    change = written(tmp_path, "half.py", REFUSES_HALF)
    done = call("prove", *UNTESTED, "--change", change, "--confidence", "0.5", "--json")
    assert done.returncode == 0, done.stderr
    proof = document("prove", done.stdout)
    assert proof["ending"] == "settled"
    [setting] = proof["settings"]
    [told] = setting["signals"]
    assert told["judgement"]["verdict"] == "harms"
    assert told["judgement"]["before"]["bad"] == 0
    assert told["judgement"]["after"]["bad"] == told["judgement"]["after"]["trials"]
    assert setting["further"] == [{"name": "ReadError", "before": 0, "after": setting["pairs"]}]
    assert proof["overridden"] == ["httpx.AsyncClient.post"]
    assert proof["suite"]["why"] == "what the tests of h11 need is not known"
    [folder] = results.iterdir()
    again = call("prove", "--resume", str(folder), "--json")
    assert document("prove", again.stdout) == proof


@pytest.mark.index
def test_what_arrives_twice_is_counted(results: Path, tmp_path: Path) -> None:
    change = written(tmp_path, "twice.py", TWICE)
    done = call("prove", *UNTESTED, "--change", change, "--max-pairs", "1", "--json")
    assert done.returncode == 1, done.stderr
    [setting] = document("prove", done.stdout)["settings"]
    assert setting["before"] == {"requests": 40, "repeated": 0}
    assert setting["after"] == {"requests": 40, "repeated": 40}
    assert "larger --max-pairs" in done.stderr


HIDING = '''\
"""A pool of threads shows none of its connections."""
import {package}

{package}.ConnectionPool.connections = property(lambda pool: [])
'''


@pytest.mark.long
@pytest.mark.index
@pytest.mark.parametrize(
    ("package", "release", "client", "source"),
    [
        ("httpcore", "1.0.9", "httpx==0.28.1", "httpcore 1.0.9"),
        (
            *("httpcore2", "2.16.2", "httpx2==2.16.2"),
            "httpcore2 2.16.2, by those of httpcore 1.0.9, which it is a fork of",
        ),
    ],
)
def test_upstreams_own_tests_see_what_is_pasted(
    results: Path, tmp_path: Path, package: str, release: str, client: str, source: str
) -> None:
    asked = ("--package", package, "--at", release, "--with", client)
    change = written(tmp_path, "hiding.py", HIDING.format(package=package))
    done = call(
        *("prove", *asked, "--change", change, "--load", "smoke", "--max-pairs", "1", "--json")
    )
    suite = document("prove", done.stdout)["suite"]
    assert suite["source"] == source
    assert suite["before"]["failed"] == []
    brought = suite["after"]["failed"]
    assert suite["after"]["passed"] > len(brought) > 0
    assert all(name.startswith("tests/_sync/") for name in brought)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said of a call that means nothing; its status must be that of wrong words."""
    status = status_of(lambda: run_app(["prove", *arguments]))
    said = capsys.readouterr()
    assert status == 2, said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    return " ".join(said.err.split())


WRONG = {
    "no package": ([], "name the package that is changed"),
    "no change": (["--package", "httpx"], "name the change"),
    "no file": ([*HTTPX, "--change", "nonesuch.diff"], "nonesuch.diff cannot be read"),
    "no difference": ([*HTTPX, "--change", "httpx==0.27.2"], "changes nothing"),
    "no pin": ([*HTTPX, "--change", "anyio"], "anyio"),
    "a control's ratio": ([*HTTPX, "--signal", "slow>4"], "write slow"),
    "no bytes": ([*HTTPX, "--signal", "memory>1.5x"], "write bytes"),
    "no circumstance": (
        ["--package", "httpx", "--at", "0.27.2", "--change", "anyio==4.9.0", "--load", "wet"],
        "there is no circumstance 'wet'",
    ),
    "no clone": ([*HTTPX, "--from", "a", "--to", "b"], "go with --source"),
    "no refs": (["--package", "httpx", "--source", str(PROJECT)], "needs both refs"),
    "one commit": (
        ["--package", "httpx", "--source", str(PROJECT), "--from", "HEAD", "--to", "HEAD"],
        "are the same commit",
    ),
    "one load twice": (
        ["--package", "httpx", "--at", "0.27.2", "--change", "anyio==4.9.0"]
        + ["--load", "smoke"] * 2,
        "is named more than once",
    ),
    "one load twice, written otherwise": (
        [
            *("--package", "httpx", "--at", "0.27.2", "--change", "anyio==4.9.0"),
            *("--load", "tls+blocking", "--load", "blocking+tls"),
        ],
        "--load blocking+tls is named more than once",
    ),
    "the same beside it": (
        [*HTTPX, "--change", "anyio==4.9.0", "--again-with", "httpcore==1.0.6"],
        "is the same once more",
    ),
    "what is changed beside it": (
        [*HTTPX, "--change", "anyio==4.9.0", "--again-with", "httpx==0.28.1"],
        "httpx is what is changed",
    ),
    "what is changed under another spelling": (
        [
            *("--package", "HTTPX", *HTTPX[2:], "--change", "anyio==4.9.0"),
            *("--again-with", "httpx[http2]==0.28.1"),
        ],
        "httpx is what is changed",
    ),
    "the same in another order": (
        [
            *(*HTTPX, "--with", "anyio==4.3.0", "--change", "certifi==2024.7.4"),
            *("--again-with", "httpcore==1.0.6"),
        ],
        "is the same once more",
    ),
    "its new version beside it": (
        [*HTTPX, "--change", "anyio==4.9.0", "--again-with", "anyio==4.9.0"],
        "anyio is what is changed",
    ),
    "the same against itself": (
        [*HTTPX, "--change", CURE, "--against", CURE],
        "changes nothing",
    ),
    "against no file": ([*HTTPX, "--change", "anyio==4.9.0", "--against", "a.diff"], "a.diff"),
    "against another kind": (
        [*HTTPX, "--change", "anyio==4.9.0", "--against", "README.md"],
        "neither a diff nor Python",
    ),
    "no such client": (
        ["--package", "aiohttp", "--at", "3.10.10", "--change", "yarl==1.9.4", "--load", "http2"],
        "has no client for 'http2'",
    ),
}


@pytest.mark.index
@pytest.mark.parametrize("case", WRONG)
def test_a_call_that_means_nothing_is_refused(
    results: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    options, why = WRONG[case]
    assert why in refused(capsys, *options)
    assert not results.exists()


@pytest.mark.index
def test_each_circumstance_is_tried_again_with_other_versions_beside_it() -> None:
    own = ScriptOptions(with_=("httpcore==1.0.6",))
    changed = ChangeOptions(package="httpx", at="0.27.2", change="certifi==2024.7.4")
    claimed = ClaimOptions(load=("smoke", "threads"), again_with=("anyio==4.3.0,sniffio==1.3.0",))
    _, settings = asked_change(changed, claimed, own, "")
    beside = ", anyio 4.3.0, sniffio 1.3.0"
    assert [setting.words for setting in settings] == [
        "a few requests",
        f"a few requests{beside}",
        "a client in threads",
        f"a client in threads{beside}",
    ]
    served = dataclasses.replace(claimed, again_with=("server:uvicorn==0.30.6",))
    _, [_, other, *_] = asked_change(changed, served, own, "")
    assert other.words == "a few requests, server:uvicorn 0.30.6"
    assert other.before.server_pins == other.after.server_pins == ("uvicorn==0.30.6",)
    again = settings[3]
    assert {"anyio==4.3.0", "sniffio==1.3.0"} <= set(again.before.pins) & set(again.after.pins)
    assert "certifi==2024.7.4" in again.after.pins
    assert again.before.script.endswith("sync_client.py")


@pytest.mark.long
@pytest.mark.index
def test_a_change_is_compared_with_another(results: Path, tmp_path: Path) -> None:
    half = written(tmp_path, "half.py", REFUSES_HALF)
    twice = written(tmp_path, "twice.py", TWICE)
    limits = ("--confidence", "0.5", "--max-pairs", "4", "--json")
    done = call("prove", *UNTESTED, "--change", twice, "--against", half, *limits)
    assert done.returncode == 1, done.stderr
    proof = document("prove", done.stdout)
    assert proof["change"] == "twice.py for h11 0.14.0, against half.py"
    [setting] = proof["settings"]
    judgement = setting["signals"][0]["judgement"]
    assert judgement["verdict"] == "helps"
    assert (judgement["after"]["bad"], judgement["before"]["bad"]) == (0, 4)
    assert setting["before"]["repeated"] == 0 < setting["after"]["repeated"]


CHANGES = {
    "no diff": ("x.diff", "no diff", "changes nothing"),
    "another text": ("x.diff", diff("httpx/_api.py"), "does not apply to httpx/_api.py"),
    "another package": ("x.diff", diff("httpx2/_api.py"), "which no package of the client's"),
    "what raises": ("x.py", "1 / 0\n", "it raises ZeroDivisionError: division by zero"),
    "what is not imported": (
        "x.diff",
        "--- a/certifi/__init__.py\n+++ b/certifi/__init__.py\n@@ -0,0 +1 @@\n+# more\n",
        "imports nothing of what is changed",
    ),
}


@pytest.mark.index
@pytest.mark.parametrize("case", CHANGES)
def test_a_change_that_cannot_be_made_leaves_nothing(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    name, text, why = CHANGES[case]
    assert why in refused(capsys, *HTTPX, "--change", written(tmp_path, name, text))
    assert not results.exists() or not list(results.iterdir())


@pytest.mark.long
@pytest.mark.index
def test_a_proof_that_is_interrupted_goes_on_and_nothing_is_lost(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change = written(tmp_path, "twice.py", TWICE)
    asked = tool("prove", *UNTESTED, "--change", change, "--max-pairs", "2")
    with subprocess.Popen(asked, cwd=PROJECT, stderr=subprocess.PIPE, text=True) as running:
        until = time.monotonic() + 60
        while not list(results.glob("*/0*.json")) and time.monotonic() < until:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate()
    assert running.returncode == INTERRUPTED
    [folder] = results.iterdir()
    assert f"nox -s prove -- --resume {folder}" in said
    kept = {path: path.read_bytes() for path in results.glob("*/0*.json")}
    done = call("prove", "--resume", str(folder), "--json")
    assert document("prove", done.stdout)["settings"][0]["pairs"] == 2
    assert len(list(results.glob("*/0*.json"))) == 4
    assert {path: path.read_bytes() for path in kept} == kept
    # A damaged trial is told, and left where it is.
    first, *others = sorted(results.glob("*/0*.json"))
    first.write_bytes(first.read_bytes()[:100])
    assert "is damaged" in refused(capsys, "--resume", str(folder))
    assert first.exists()
    # So is a change that became another.
    for path in (first, *others):
        path.unlink()
    written(tmp_path, "twice.py", TWICE + "# more")
    assert "is not what it was" in refused(capsys, "--resume", str(folder))
    assert folder.exists()

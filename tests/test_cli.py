"""The command line: every wrong call is one sentence and a status, and the help suffices."""

import subprocess
import sys

import pytest
from inline_snapshot import snapshot

from scripts.environments import PROJECT


def call(*arguments: str, **variables: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of the tool."""
    import os

    done = subprocess.run(
        [sys.executable, "-m", "scripts", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | variables,
    )
    return done.returncode, done.stdout, done.stderr.strip()


def wrong(*arguments: str) -> tuple[int, str]:
    """Status and sentence of a call that must not start anything."""
    before = set((PROJECT / "results").glob("*"))
    status, out, errors = call(*arguments)
    assert out == ""
    assert set((PROJECT / "results").glob("*")) == before
    return status, errors


CALLS = {
    "no such verb": ["reprou"],
    "no such option": ["repro", "--speed", "9"],
    "no such axis": ["repro", "--axis", "requests"],
    "no such load": ["repro", "--load", "heavy"],
    "no such target": ["repro", "--targets", "documnet"],
    "no version": ["repro", "--targets", "httpx"],
    "a range": ["repro", "--targets", "httpx>=0.27"],
    "no client library": ["repro", "--targets", "numpy==2.1.2"],
    "no day": ["repro", "--targets", "httpx==0.27.2@tomorrow"],
    "targets and axis": ["repro", "--targets", "document", "--axis", "httpx"],
    "negative": ["repro", "--requests", "-5"],
    "absurd": ["repro", "--concurrency", "1000000"],
    "no number": ["repro", "--delay", "soon"],
    "no rounds": ["repro", "--rounds", "0"],
    "no campaign": ["repro", "--resume", "tests"],
    "no python": ["repro", "--targets", "document", "--python", "2.4"],
    "no client": ["trial"],
    "no script": ["trial", "--script", "nowhere.py"],
    "not python": ["trial", "--script", "README.md"],
    "no server": ["trial", "--with", "httpx==0.27.2", "--server", "nowhere.py"],
    "elsewhere": ["trial", "--with", "httpx==0.27.2", "--url", "http://10.0.0.1:80"],
    "no port": ["trial", "--with", "httpx==0.27.2", "--url", "http://localhost"],
    "not a URL": ["trial", "--with", "httpx==0.27.2", "--url", "http://[::1"],
}

SENTENCES: dict[str, tuple[int, str]] = snapshot()


def test_every_wrong_call_is_one_sentence_and_a_status() -> None:
    said = {name: wrong(*arguments) for name, arguments in CALLS.items()}
    assert said == SENTENCES


@pytest.mark.parametrize("name", CALLS)
def test_no_sentence_is_a_traceback(name: str) -> None:
    status, sentence = SENTENCES[name]
    assert status in (1, 2)
    assert "Traceback" not in sentence
    assert "\n" not in sentence


def test_too_few_open_files_is_said_before_anything_starts() -> None:
    done = subprocess.run(
        ["bash", "-c", f"ulimit -n 200; exec {sys.executable} -m scripts repro --targets document"],  # noqa: S607
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == snapshot()


def test_no_index_is_said_in_a_sentence() -> None:
    status, _, errors = call("repro", UV_DEFAULT_INDEX="http://127.0.0.1:9/simple")
    assert status == 1
    assert errors == snapshot()


def test_a_target_that_does_not_exist_is_a_row_not_a_crash() -> None:
    status, out, _ = call("repro", "--targets", "httpx==9.9.9", "--load", "smoke", "--rounds", "1")
    assert status == 0
    assert "not measured" in out
    assert "there is no version of httpx==9.9.9" in out


def test_a_script_that_does_not_import_is_a_usage_problem() -> None:
    script = "tests/fixtures/needs_nothing_there_is.py"
    status, _, errors = call("trial", "--script", script)
    assert status == 2
    assert errors.splitlines()[-1] == snapshot()


def test_a_script_of_ones_own_with_a_package_of_ones_own() -> None:
    script = "repro/aiohttp_client.py"
    status, out, _ = call(
        "trial", "--script", script, "--with", "aiohttp==3.13.5", "--load", "smoke"
    )
    assert status == 0
    assert "0 of 40 requests failed" in out


@pytest.mark.parametrize("verb", ["repro", "trial"])
def test_each_verbs_help_has_an_example(verb: str) -> None:
    status, out, _ = call(verb, "--help")
    assert status == 0
    assert f"Example: python -m scripts {verb} " in out


def test_nox_lists_every_axis_with_its_purpose() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nox", "-l"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for axis in ("httpx", "httpcore", "aiohttp", "httpx2", "httpx-aiohttp"):
        assert f"- repro({axis}) -> " in done.stdout

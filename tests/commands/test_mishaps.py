"""What the operating system refuses is one sentence with the path, never a traceback or a hang."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scripts.__main__ import run_app, status_of
from scripts.commands.mishaps import problem_of
from scripts.domain.files import PROJECT
from scripts.domain.words import LONGEST_WORD, shortened
from tests.builders import made, planned


@pytest.mark.pure
@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/a"), 1, "'/a': No space left on "),
        (OSError(errno.EROFS, "Read-only file system", "/a"), 1, "'/a': Read-only file system;"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x"), 2, "'x': File name too long."),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "standard output: No space left"),
        (OSError(errno.EXDEV, "Cross-device link", "/a", None, "/b"), 1, "'/a' and '/b': Cross-"),
        (MemoryError(), 1, "memory ran out: raise the limit (ulimit -v)"),
        (RuntimeError("can't start new thread"), 1, "no thread can be started: raise the limits"),
        (RuntimeError("Symlink loop from '/l'"), 2, "'/l' is a link that leads to itself."),
    ],
)  # fmt: skip
def test_a_refusal_is_a_sentence(error: BaseException, status: int, words: str) -> None:
    problem = problem_of(error)
    assert problem is not None
    assert problem.status == status
    assert str(problem).startswith(words)


@pytest.mark.pure
@pytest.mark.parametrize("error", [RuntimeError("ours"), OSError("of no number")])
def test_what_is_a_fault_of_ours_is_none(error: BaseException) -> None:
    assert problem_of(error) is None


@pytest.mark.pure
def test_without_threads_it_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A fake: the limit does not hold for root, whom tests may run as.
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    call = ["repro", "--targets", "control", "--load", "smoke", "--rounds", "1"]
    assert status_of(lambda: run_app(call)) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("no thread can be started: ")


@pytest.mark.local
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("json", [[], ["--json"]])
def test_a_full_disk_under_the_output_is_a_sentence(tmp_path: Path, json: list[str]) -> None:
    [trial] = planned(tmp_path / "campaign", made(failed=1)).glob("0*")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "scripts", "explain", str(trial), *json],
            cwd=PROJECT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        f"standard output: {os.strerror(errno.ENOSPC)}; make room there, and go on.\n"
    )


@pytest.mark.local
def test_who_reads_no_more_hears_no_more(tmp_path: Path) -> None:
    """As `head` does."""
    [trial] = planned(tmp_path / "campaign", made(failed=1)).glob("0*")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "scripts", "explain", str(trial)],
            cwd=PROJECT, stdout=pipe, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.pure
def test_a_long_name_is_cut_in_a_sentence() -> None:
    name = "x" * (LONGEST_WORD + 1)
    assert shortened(f"there is no {name}.") == f"there is no {'x' * 100}…(402 characters)"
    assert shortened("there is no such thing") == "there is no such thing"


@pytest.mark.local
def test_an_interruption_of_an_import_does_not_change_the_status(tmp_path: Path) -> None:
    """Python ends itself by SIGINT where what it ran as a text was interrupted, handled or not."""
    (tmp_path / "early.py").write_text(
        "from scripts import __main__ as entry\n"
        "def run_app():\n"
        "    exec('import os, signal; os.kill(os.getpid(), signal.SIGTERM)')\n"
        "entry.run_app = run_app\n"
        "entry.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "early"], cwd=PROJECT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PROJECT}"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (143, "interrupted\n")

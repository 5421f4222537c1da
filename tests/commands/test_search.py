"""The verbs that search, on real repositories and real releases, with real trials."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from packaging.version import Version

from scripts.domain.files import PROJECT
from scripts.environments.build import Environments
from tests.builders import commit, git, pyproject, state
from tests.documents import document

pytestmark = pytest.mark.index

BACKEND = """
import zipfile, pathlib

def build_wheel(directory, settings=None, metadata=None):
    name = "faulty-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as wheel:
        wheel.writestr("faulty/__init__.py", pathlib.Path("faulty/__init__.py").read_bytes())
        wheel.writestr("faulty-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\\nName: faulty\\nVersion: 1.0\\n")
        wheel.writestr("faulty-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("faulty-1.0.dist-info/RECORD", "")
    return name
"""
GOOD = "def run():\n    pass\n"
FLAKY = "import random\ndef run():\n    raise SystemExit(random.random() < 0.7)\n"
CLIENT = ["--script", "tests/fixtures/imports_faulty.py"]
SERVER = ["--server", "tests/fixtures/own_port_server.py"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commits of one version number: the fault comes with a merge, two before it do not build."""
    made = tmp_path_factory.mktemp("faulty")
    git(made, "init", "-q", "-b", "main")
    (made / "backend.py").write_text(BACKEND)
    (made / "pyproject.toml").write_text(pyproject("faulty"))
    commit(made, "faulty/__init__.py", GOOD)
    git(made, "tag", "good")
    commit(made, "faulty/__init__.py", GOOD + "A = 1\n")
    commit(made, "backend.py", "raise ValueError('broken')")
    git(made, "tag", "broken")
    commit(made, "backend.py", BACKEND)
    git(made, "checkout", "-q", "-b", "side")
    commit(made, "faulty/__init__.py", FLAKY)
    git(made, "checkout", "-q", "main")
    git(made, "merge", "-q", "--no-ff", "-m", "merge the fault", "side")
    git(made, "tag", "culprit")
    for number in range(3):
        commit(made, "faulty/__init__.py", FLAKY + f"B = {number}\n")
    commit(made, "docs/page.md", "words")
    return made


def tool(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "scripts", *arguments]


def call(*arguments: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        tool(*arguments),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )


@pytest.mark.long
def test_a_commit_is_found_though_killed_half_way(clone: Path, results: Path) -> None:
    before = state(clone)
    asked = ["--source", str(clone), "--package", "faulty", "--good", "good", "--bad", "main"]
    running = subprocess.Popen(
        tool("bisect", *asked, "--signal", "exit", "--code-only", *CLIENT, *SERVER),
        cwd=PROJECT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    trials: list[Path] = []
    until = time.monotonic() + 120
    while len(trials) < 3 and time.monotonic() < until:
        time.sleep(0.1)
        trials = sorted(results.glob("*/0*.json"))
    children = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGKILL)
    running.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    kept = {path: path.read_bytes() for path in trials}

    resumed = call("bisect", "--resume", str(trials[0].parent), "--json")
    assert resumed.returncode == 0, resumed.stderr
    answer = document("bisect", resumed.stdout)
    assert answer["verdict"] == "culprit"
    assert answer["commit"] == git(clone, "rev-parse", "culprit")
    assert answer["first_bad"].endswith(" merge the fault")
    assert answer["confidence"] >= 0.99
    assert all(path.read_bytes() == data for path, data in kept.items())
    assert state(clone) == before
    log = call("bisect", "log", str(trials[0].parent))
    assert log.stdout.startswith("# python -m scripts bisect --source ")
    assert log.stdout.count(" bad ") + log.stdout.count(" good ") >= answer["trials"]
    again = call("bisect", "--resume", str(trials[0].parent), "--json")
    assert document("bisect", again.stdout) == answer


def test_git_bisect_run_is_driven_by_the_exit_status(clone: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    git(tmp_path, "clone", "-q", str(clone), str(work))
    script = [str(PROJECT / word) if "/" in word else word for word in (*CLIENT, *SERVER)]
    judged = ["check", "--source", ".", "--package", "faulty", "--signal", "exit", *script]
    statuses = {}
    for ref in ("good", "broken", "culprit"):
        git(work, "checkout", "-q", ref)
        # The culprit ends it with the first trial that is bad: seven of ten are.
        trials = "8" if ref == "culprit" else "2"
        statuses[ref] = call(*judged, "--trials", trials, cwd=work).returncode
    assert statuses == {"good": 0, "broken": 125, "culprit": 1}
    assert call("check", "--source", "nowhere", "--package", "faulty").returncode == 128
    assert call("check", "--no-such-option").returncode == 128


@pytest.mark.long
def test_a_fix_is_found_among_real_releases(environments: Environments) -> None:
    if Version(environments.interpreter("").series) >= Version("3.13"):
        pytest.skip("httpx 0.20 imports cgi, which Python 3.13 no longer has")
    asked = ["--package", "httpx", "--good", "0.21.1", "--bad", "0.20.0", "--timeout", "1"]
    done = call(
        "bisect",
        *asked,
        "--signal",
        "PoolTimeout",
        "--load",
        "smoke",
        "--confidence",
        "0.9",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    answer = document("bisect", done.stdout)
    assert (answer["last_bad"], answer["first_good"]) == ("0.20.0", "0.21.0")
    assert "httpcore" in answer["moved_with"]["packages"]
    assert answer["moved_with"]["did"] == "unseparated"


def test_a_signal_that_no_trial_can_show_is_a_usage_problem(results: Path, tmp_path: Path) -> None:
    client = tmp_path / "client.py"
    client.write_text("import h11\n")
    asked = ["--package", "h11", "--good", "0.13.0", "--bad", "0.14.0", "--max-trials", "4"]
    script = ["--script", str(client), "--server", "tests/fixtures/own_port_server.py"]
    done = call("bisect", *asked, "--signal", "p99>2s", *script)
    assert not list(results.glob("*"))
    assert done.returncode == 2
    assert "no trial says anything about 'p99>2s'" in done.stderr


@pytest.mark.parametrize("verb", ["bisect", "history"])
def test_a_package_that_the_client_never_uses_is_refused(results: Path, verb: str) -> None:
    done = call(verb, "--package", "wheel", "--signal", "exit", "--budget", "1m")
    assert done.returncode == 2
    assert done.stderr == (
        "wheel is not in the environment of repro/httpx_client.py, which imports nothing of it: "
        "name a package that is there.\n"
    )
    assert not list(results.glob("*"))


def test_what_is_left_out_and_where_stretches_meet_is_said_before_the_trials() -> None:
    asked = ["--package", "httpcore", "--since", "1.0.8", "--signal", "exit", "--load", "smoke"]
    done = call("history", *asked, "--max-trials", "2")
    assert done.returncode in (0, 1), done.stderr
    first, second, *_ = done.stderr.splitlines()
    assert first.startswith("From 1.0.9 on other packages are held at other versions than up to ")
    assert second.startswith("2 points of httpcore, 1.0.8 to 1.0.9, into ")

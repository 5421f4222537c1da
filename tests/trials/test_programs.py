"""Any program is a client, and any program is a server: called as a shell would call it."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from msgspec import structs

from scripts.domain.files import PROJECT
from scripts.domain.trial import Load, Target, Trial
from scripts.trials import readiness
from scripts.trials.specification import PROBES
from tests.builders import RunTrial, foreign

ANY = Load("any")

PRINTS = """
import os, sys
from .near import WORD
print(__name__, __package__, __spec__.name, WORD, sys.argv, sys.path[0])
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "near.py").write_text("WORD = 'near'\n")
    (folder / "__main__.py").write_text(PRINTS)
    (folder / "inner.py").write_text(PRINTS)
    return folder


@pytest.mark.index
@pytest.mark.parametrize("name", ["package", "package.inner"])
def test_a_module_runs_as_python_itself_runs_it(
    run_trial: RunTrial, package: Path, name: str
) -> None:
    alone = subprocess.run(
        [sys.executable, "-m", name, "x"],
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    target = Target(name, "", server="", module=name, arguments=("x",), cwd=str(package.parent))
    trial = run_trial(target, ANY)
    assert trial.client.stdout == alone.stdout, trial.client.stderr


@pytest.mark.index
@pytest.mark.parametrize("name", ["nowhere.x", "xml"])
def test_a_module_that_is_not_there_is_said(run_trial: RunTrial, name: str) -> None:
    trial = run_trial(Target(name, "", server="", module=name), ANY)
    assert trial.outcome == "script-failed"
    assert trial.detail.startswith("ModuleNotFoundError: No module named")


@pytest.mark.index
def test_a_script_gets_its_surroundings(run_trial: RunTrial, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys\n"
        "print(sys.argv[1:], os.path.basename(os.getcwd()), os.environ['A'], sys.stdin.read())\n"
    )
    read, folder = tmp_path / "in.txt", tmp_path / "folder"
    read.write_text("read")
    folder.mkdir()
    trial = run_trial(
        Target(
            "script.py",
            str(script),
            server="",
            arguments=("-x", "y z"),
            cwd=str(folder),
            env=("A=b=c",),
            stdin=str(read),
        ),
        ANY,
    )
    assert trial.client.stdout == "['-x', 'y z'] folder b=c read\n", trial.client.stderr


SERVES = f"{sys.executable} {PROJECT / 'tests/fixtures/own_port_server.py'}"
"""A call of a server; nothing of ours runs in it."""


def served(run_trial: RunTrial, call: str) -> Trial:
    before = {*psutil.Process().children(recursive=True)}
    trial = run_trial(structs.replace(foreign("plain.py"), server="", server_command=call), ANY)
    assert {*psutil.Process().children(recursive=True)} == before
    return trial


@pytest.mark.index
@pytest.mark.parametrize("call", [SERVES, f"sh -c 'PORT={{port}} {SERVES} & wait'"])
def test_a_server_in_any_language_is_started_and_ended(run_trial: RunTrial, call: str) -> None:
    trial = served(run_trial, call)
    assert (trial.outcome, trial.client.exit_status) == ("completed", 0), trial.client.stderr
    assert (trial.server.noted_by, trial.server.environment) == ("relay", None)
    assert trial.server.connections is not None
    (connection,) = trial.server.connections
    assert (len(connection.arrivals), connection.how) == (1, "end of stream")


@pytest.mark.index
def test_a_server_in_any_language_that_ends_early_is_said(run_trial: RunTrial) -> None:
    call = f"{sys.executable} -c 'import sys; sys.exit(4)'"
    trial = served(run_trial, call)
    assert trial.outcome == "server-not-ready"
    assert trial.detail == f"the server ended with status 4 before it was ready ({call})"


@pytest.mark.index
def test_a_server_that_cannot_be_started_is_said(run_trial: RunTrial) -> None:
    trial = served(run_trial, "no-such-program {port}")
    assert (trial.outcome, trial.detail) == (
        "server-not-ready",
        "the server ended with status 1 before it was ready (no-such-program {port}): "
        "no-such-program cannot be started: No such file or directory",
    )


@pytest.mark.index
def test_a_server_in_any_language_that_never_listens_is_said(
    run_trial: RunTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "STARTS", 1.0)
    trial = served(run_trial, "sleep 600")
    assert (trial.outcome, trial.detail) == (
        "server-not-ready",
        "the server did not accept a connection within 1 s (sleep 600): it is to listen on the "
        "port that {port} and PORT tell it",
    )


DIES = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = listener.accept()
    if connection.recv(100):
        sys.exit(3)
"""


@pytest.mark.index
def test_a_server_in_any_language_that_dies_is_said_and_its_note_is_kept(
    run_trial: RunTrial, tmp_path: Path
) -> None:
    script = tmp_path / "dies.py"
    script.write_text(DIES)
    trial = served(run_trial, f"{sys.executable} {script} {{port}}")
    assert (trial.outcome, trial.detail) == (
        "server-died",
        "the server ended with status 3 while the client ran",
    )
    assert trial.server.connections is not None
    assert [len(connection.arrivals) for connection in trial.server.connections] == [1]


@pytest.mark.local
def test_a_server_in_any_language_ends_with_whoever_started_it(tmp_path: Path) -> None:
    asked = tmp_path / "command.json"
    asked.write_text('{"command": ["sh", "-c", "echo up; sleep 600 & wait"]}')
    starter = subprocess.Popen(
        [sys.executable, str(PROBES / "command.py"), str(asked)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert starter.stdin is not None
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    started = psutil.Process(starter.pid).children(recursive=True)
    starter.stdin.close()
    assert starter.wait(20) == -signal.SIGKILL
    _, alive = psutil.wait_procs(started, 20)
    assert alive == []
    starter.stdout.close()


@pytest.mark.index
def test_a_script_judged_as_a_whole_keeps_what_it_calls_main(
    run_trial: RunTrial, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "class Group:\n"
        "    def __call__(self): return 'called'\n"
        "main = Group()\n"
        "def inner(): return sys._getframe(1).f_code.co_name\n"
        "print(type(main).__name__, main(), inner())\n"
    )
    trial = run_trial(Target("script", str(script), server=""), ANY)
    assert trial.client.stdout == "Group called <module>\n", trial.client.stderr

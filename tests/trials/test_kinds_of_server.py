"""Whatever serves, its connections are noted where Python accepts them, and nothing is made up."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from msgspec import structs

from scripts.domain.targets import parse
from scripts.domain.trial import LOADS
from scripts.trials.specification import PROBES
from tests.builders import RunTrial, foreign

VARIANTS = "repro/variants"

IDLE = LOADS["smoke"].derived(keep_alive=0.1, requests=10)


@pytest.mark.index
@pytest.mark.parametrize(
    ("server", "pins", "timers"),
    [
        ("repro/server.py", "", True),
        ("repro/server.py", ",server:uvloop==0.21.0,server:httptools==0.6.4", True),
        (f"{VARIANTS}/uvicorn_standard_server.py", "", True),
        (f"{VARIANTS}/gunicorn_server.py", "", True),
        (f"{VARIANTS}/hypercorn_server.py", "", False),
    ],
)
def test_a_server_notes_its_connections(
    run_trial: RunTrial, server: str, pins: str, timers: bool
) -> None:
    target = structs.replace(parse("document" + pins), server=server)
    before = {*psutil.Process().children(recursive=True)}
    trial = run_trial(structs.replace(target, script="tests/fixtures/idle_client.py"), IDLE)
    assert {*psutil.Process().children(recursive=True)} == before
    assert trial.outcome == "completed", trial.detail
    assert trial.client.failed_requests == 0
    assert trial.server.connections is not None, trial.server.stderr
    assert len(trial.server.connections) == len(trial.client.connections) > 0
    for connection in trial.server.connections:
        assert len(connection.arrivals) == 1
        assert (connection.how, connection.timer is not None) == ("end of stream", timers)
    assert "uvicorn.loop" not in trial.replaced


@pytest.mark.index
@pytest.mark.parametrize("pin", ["", ",server:granian==2.8.7"])
def test_of_a_server_that_is_not_python_no_note_is_made_up(run_trial: RunTrial, pin: str) -> None:
    target = structs.replace(parse("document" + pin), server=f"{VARIANTS}/granian_server.py")
    trial = run_trial(target)
    assert (trial.outcome, trial.client.failed_requests) == ("completed", 0), trial.server.stderr
    assert trial.server.connections is None


@pytest.mark.index
def test_a_server_that_nobody_connects_to_has_a_note(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("needs_no_server.py", server="asgi_server.py"))
    assert trial.server.connections == []


FORKS = """
import os, time
if os.fork() == 0:
    os.fork()
time.sleep(600)
"""


@pytest.mark.local
@pytest.mark.parametrize("killed", [False, True])
def test_what_a_server_forks_ends_with_it(tmp_path: Path, killed: bool) -> None:
    script, asked, record = (tmp_path / name for name in ("forks.py", "server.json", "note"))
    script.write_text(FORKS)
    spec = {"script": str(script), "ready": str(tmp_path / "ready"), "record": str(record)}
    others = {"port": 9, "delay": None, "keep_alive": None, "certificate": None, "numbered": False}
    asked.write_text(json.dumps(spec | others))
    server = subprocess.Popen(
        [sys.executable, str(PROBES / "server.py"), str(asked)], stdin=subprocess.PIPE
    )
    forks: list[psutil.Process] = []
    until = time.monotonic() + 20
    while len(forks) < 2 and time.monotonic() < until:
        forks = psutil.Process(server.pid).children(recursive=True)
    assert len(forks) == 2
    if killed:
        server.kill()
    server.communicate(b"stop\n")
    _, alive = psutil.wait_procs(forks, 20)
    assert alive == []
    assert record.exists() is not killed
    assert len([path for path in tmp_path.glob("note.*") if path.suffix[1:].isdigit()]) == 2

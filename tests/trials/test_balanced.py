"""Two replicas behind a real nginx and a real HAProxy: what is noted, and how it all ends."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from msgspec import structs

from scripts.domain.problems import MeasurementProblem
from scripts.domain.services import BALANCED_SERVER, BRIEF_REPLICA, ORDERED, balancer_environment
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS, Target
from scripts.environments.build import Environments
from scripts.trials import host
from tests.builders import RunTrial

pytestmark = pytest.mark.index

PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin"])

BALANCERS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            shutil.which(name, path=PATH) is None, reason=f"{name} is not installed"
        ),
    )
    for name in ("nginx", "haproxy")
]

FEW = LOADS["smoke"].derived(keep_alive=5.0, requests=60, concurrency=20)


def behind(balancer: str, replica: float) -> Target:
    patience = structs.replace(ORDERED, replica=replica)
    return structs.replace(
        parse("aiohttp==3.10.10"),
        server=BALANCED_SERVER,
        server_env=balancer_environment(balancer, patience),
    )


@pytest.mark.parametrize("balancer", BALANCERS)
def test_what_goes_on_behind_a_balancer_is_noted(run_trial: RunTrial, balancer: str) -> None:
    before = {*psutil.Process().children(recursive=True)}
    trial = run_trial(behind(balancer, 7.5), FEW)
    assert {*psutil.Process().children(recursive=True)} == before
    assert trial.outcome == "completed", (trial.detail, trial.server.stderr)
    assert trial.client.failed_requests == 0
    assert trial.server.answers == {200: 60}
    assert trial.server.beyond is not None
    assert (trial.server.beyond.requests, trial.server.beyond.closed) == (60, 0)
    assert trial.server.noted_by == "relay"
    assert len(trial.server.connections or ()) == len(trial.client.connections) > 0


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_replica_that_closes_first_is_told_from_one_that_does_not(
    run_trial: RunTrial, balancer: str
) -> None:
    paced = structs.replace(
        behind(balancer, BRIEF_REPLICA.replica), script="tests/fixtures/paced_client.py"
    )
    trial = run_trial(paced, FEW)
    assert trial.outcome == "completed", (trial.detail, trial.server.stderr)
    assert trial.server.beyond is not None
    assert (trial.server.beyond.requests, trial.server.beyond.closed) == (6, 5)
    assert trial.server.beyond.left == 0


@pytest.fixture
def program(environments: Environments) -> list[str]:
    """The call of the service by hand, as a maintainer runs it."""
    target = structs.replace(parse("document"), server=BALANCED_SERVER)
    return [str(environments.server(target).interpreter), BALANCED_SERVER]


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_port_that_may_not_be_used_is_said_in_a_sentence(
    program: list[str], balancer: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = {"BALANCER": balancer, "PORT": str(taken.getsockname()[1])}
        done = subprocess.run(
            program, env=os.environ | told, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"{balancer} ended with status 1")
    assert "in use" in done.stderr


@pytest.mark.skipif(shutil.which("nginx", path=PATH) is None, reason="nginx is not installed")
def test_a_replica_that_dies_ends_all_and_is_said(program: list[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        told = {"PORT": str(free.getsockname()[1]), "TMPDIR": str(tmp_path)}
    told["ACCESS_LOG"] = str(tmp_path / "a path with spaces.log")
    running = subprocess.Popen(program, env=os.environ | told, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    replica = None
    while replica is None and time.monotonic() < until:
        own = psutil.Process(running.pid).children()
        replica = own[0] if len(own) == 3 else None
        time.sleep(0.05)
    assert replica is not None
    replica.kill()
    _, said = running.communicate(timeout=30)
    assert running.returncode == 1
    assert said.splitlines()[-1] == "a replica ended with status -9; what it said stands above"


def test_a_balancer_that_is_not_installed_is_said_with_what_installs_it(
    program: list[str], tmp_path: Path
) -> None:
    text = Path(BALANCED_SERVER).read_text().replace("/usr/sbin:/usr/local/sbin", "/nowhere")
    script = tmp_path / "service.py"
    script.write_text(text)
    for name in ("batching.py", "nginx.conf", "haproxy.cfg"):
        shutil.copy(Path(BALANCED_SERVER).with_name(name), tmp_path)
    done = subprocess.run(
        [program[0], str(script)],
        env={"PATH": "/nowhere", "BALANCER": "haproxy"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "haproxy is not installed: apt-get install haproxy"


@pytest.mark.parametrize("balancer", BALANCERS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_all_of_it_ends_with_what_started_it(
    program: list[str], balancer: str, number: signal.Signals, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = {"BALANCER": balancer, "PORT": str(port), "TMPDIR": str(tmp_path)}
    running = subprocess.Popen(program, env=os.environ | told, stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    started = psutil.Process(running.pid).children(recursive=True)
    assert len(started) >= 3
    running.send_signal(number)
    _, said = running.communicate(timeout=30)
    _, alive = psutil.wait_procs(started, timeout=10)
    assert not alive
    assert b"Traceback" not in said
    if number != signal.SIGKILL:
        assert not list(tmp_path.iterdir())


def test_a_survey_without_its_balancers_says_what_installs_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(host, "SYSTEM_PROGRAMS", ())
    with pytest.raises(MeasurementProblem, match="apt-get install nginx-light haproxy"):
        host.require_balancers([behind("nginx", 5), behind("haproxy", 5)])
    host.require_balancers([parse("document")])

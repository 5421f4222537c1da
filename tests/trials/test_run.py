"""One trial, whatever becomes of it: real processes over real sockets."""

import json
import socket
import sys
from pathlib import Path

import msgspec
import psutil
import pytest
from msgspec import structs

from scripts.analysis import readings, signals
from scripts.domain.libraries import axes
from scripts.domain.targets import parse, target
from scripts.domain.trial import LOADS, ImportedLibrary, Load, Target
from scripts.domain.words import chain_words
from scripts.trials.loopback import free_port, local_port
from scripts.trials.process import started
from scripts.trials.run import elsewhere
from tests.builders import FIXTURES, RunTrial, SeenTrial, foreign, made

pytestmark = pytest.mark.index


@pytest.mark.parametrize(
    ("pins", "assigns", "looks"),
    [
        ("document", "AsyncPoolRequest.assign_to_connection", True),
        ("control", "BaseConnector.connect", False),
        ("httpcore==1.0.2", "RequestStatus.set_connection", True),
        ("httpx2==2.16.2", "AsyncPoolRequest.assign_to_connection", True),
    ],
)
def test_a_pools_assignments_and_looks_are_noted(
    seen_trial: SeenTrial, pins: str, assigns: str, looks: bool
) -> None:
    """With httpx the pool looks, and reading is paused on what it gives; with aiohttp neither."""
    client = seen_trial(pins).client
    assert set(client.noted) >= {"reading", "looks"}
    assert any(name.endswith(assigns) for name in client.noted)
    turns = [turn for connection in client.connections for turn in connection.turns]
    assert len(turns) == LOADS["smoke"].requests
    assert all(turn.assigned is not None and turn.assigned <= turn.tried for turn in turns)
    assert all(turn.assignments >= 1 for turn in turns)
    again = [turn for connection in client.connections for turn in connection.turns[1:]]
    assert again
    assert {turn.paused is not None for turn in again} == {looks}
    assert any(turn.looked is not None for turn in again) == looks
    assert all(turn.looked is None or turn.looked <= turn.tried for turn in again)


@pytest.mark.parametrize(
    "pins", ["document", "control", "httpcore==1.0.9", "httpx2==2.0.0", "httpx-aiohttp==0.1.9"]
)
def test_each_client_sends_every_request_of_the_load(seen_trial: SeenTrial, pins: str) -> None:
    trial = seen_trial(pins)
    load = LOADS["smoke"]
    assert trial.outcome == "completed", trial.detail
    assert trial.client.requests is not None
    assert len(trial.client.requests.start) == load.requests
    assert trial.client.failed_requests == 0
    assert trial.server.connections is not None
    assert load.concurrency is not None
    assert 1 <= len(trial.server.connections) <= load.concurrency
    assert trial.client.wall is not None
    assert trial.client.wall >= 4 * (load.delay or 0)
    assert trial.client.lag is not None
    assert trial.client.peak_memory is not None
    assert trial.client.peak_memory > 1_000_000


def test_a_record_says_what_ran_and_names_no_one(seen_trial: SeenTrial) -> None:
    trial = seen_trial("document")
    assert trial.client.environment is not None
    assert trial.client.environment.packages["anyio"] == "4.6.2.post1"
    assert trial.client.environment.moved == {}
    assert trial.client.environment.held == "2024-10-20"
    assert trial.client.libraries["httpx"].version == "0.27.2"
    assert len(trial.client.libraries["httpcore"].sha256) == 64
    assert trial.client.libraries["httpx"].path.startswith("<environment>/")
    text = msgspec.json.encode(trial).decode()
    assert str(Path.home()) + "/" not in text
    assert sys.base_prefix + "/" not in text
    assert socket.gethostname() not in json.dumps(json.loads(text)["host"])


def test_the_source_hash_tells_releases_apart(run_trial: RunTrial, seen_trial: SeenTrial) -> None:
    one, same, other = (
        trial.client.libraries["httpcore"].sha256
        for trial in (
            seen_trial("httpcore==1.0.9"),
            run_trial(parse("httpcore==1.0.9")),
            seen_trial("httpcore==1.0.2"),
        )
    )
    assert one == same != other


def test_one_failing_request_does_not_hide_the_others(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("partial.py"), Load("nine", requests=9))
    assert trial.outcome == "completed"
    assert trial.client.requests is not None
    assert len(trial.client.requests.start) == 9
    assert trial.client.failed_requests == 3
    assert [failure.count for failure in trial.client.failures] == [3]
    assert chain_words(trial.client.failures[0].chain) == "LookupError < BrokenPipeError [EPIPE]"
    assert trial.client.failures[0].chain[1].via == "hidden"
    assert "BrokenPipeError" not in trial.client.failures[0].traceback
    assert trial.client.script_failure is not None
    assert trial.client.exit_status == 1


def test_a_request_that_repeats_itself_is_one_request(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("retrying.py"), Load("any"), deadline=5)
    assert trial.outcome == "completed", trial.detail
    assert trial.client.requests is not None
    assert len(trial.client.requests.start) == 2
    assert trial.client.failed_requests == 2


def test_a_blocking_servers_arrivals_are_noted(run_trial: RunTrial) -> None:
    target = foreign("synchronous.py", server="own_port_server.py")
    trial = run_trial(target, Load("any", requests=3))
    assert trial.server.connections is not None
    assert len(trial.server.connections) == 3
    assert all(
        len(connection.arrivals) == 1 and connection.closed
        for connection in trial.server.connections
    )


def test_a_port_that_is_taken_is_said(run_trial: RunTrial) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        trial = run_trial(foreign("plain.py", server="fixed_port_server.py", url=url), Load("any"))
    assert trial.outcome == "server-not-ready"
    assert f"something else already listens on port {port}" in trial.detail


@pytest.mark.clock
def test_a_hang_is_recorded_with_the_stack_it_hung_in(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("hangs.py"), Load("any"), deadline=1)
    assert trial.outcome == "hung"
    assert trial.failing
    assert trial.client.failed_requests == 1
    assert trial.client.stack is not None
    assert "asyncio.sleep(0 if number == 0 else 3600)" in trial.client.stack


def test_a_client_that_is_killed_is_recorded(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("crashes.py"), Load("any"))
    assert (trial.outcome, trial.client.exit_status) == ("disturbed", -9)
    assert trial.detail == (
        "the client was ended by signal SIGKILL, and nothing tells who sent that"
    )
    assert not trial.failing
    assert not trial.measured
    # Whoever looks for that very signal sees it.
    assert readings.read(signals.parse("exit=SIGKILL"), trial).bad
    assert readings.read(signals.parse("exit"), trial).bad is None


def test_a_client_that_crashes_is_recorded_with_the_stack_it_crashed_in(
    run_trial: RunTrial, tmp_path: Path
) -> None:
    script = tmp_path / "own.py"
    script.write_text(
        "import ctypes\n\ndef reads_nowhere():\n    ctypes.string_at(0)\n\nreads_nowhere()\n"
    )
    trial = run_trial(Target("own", str(script), server=""), Load("any"))
    assert (trial.outcome, trial.client.exit_status) == ("crashed", -11)
    assert trial.client.stack is not None
    assert trial.client.stack.startswith("Fatal Python error: Segmentation fault")
    assert "in reads_nowhere" in trial.client.stack


def test_a_server_that_dies_says_nothing_about_the_client(run_trial: RunTrial) -> None:
    target = parse("document")
    dying = msgspec.structs.replace(target, server="tests/fixtures/dying_server.py")
    trial = run_trial(dying, Load("few", requests=5, concurrency=1))
    assert trial.outcome == "server-died"
    assert not trial.measured
    assert "status 3" in trial.detail


def test_a_server_that_never_listens_is_recorded(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("plain.py", server="never_server.py"), Load("any"))
    assert trial.outcome == "server-not-ready"
    assert "status 4" in trial.detail


@pytest.mark.parametrize("server", ["own_port_server.py", "asgi_server.py"])
def test_a_plain_client_meets_a_server_of_either_kind(run_trial: RunTrial, server: str) -> None:
    trial = run_trial(foreign("plain.py", server=server), Load("any"))
    assert (trial.outcome, trial.client.exit_status) == ("completed", 0), trial.client.stderr
    assert trial.client.requests is None
    assert not trial.failing


def test_a_server_may_listen_where_the_url_says(run_trial: RunTrial, tmp_path: Path) -> None:
    port = free_port()
    server = tmp_path / "server.py"
    text = (FIXTURES / "fixed_port_server.py").read_text()
    server.write_text(text.replace("18653", str(port)))
    target = foreign("plain.py", url=f"http://127.0.0.1:{port}")
    trial = run_trial(msgspec.structs.replace(target, server=str(server)), Load("any"))
    assert (trial.outcome, trial.client.exit_status) == ("completed", 0), trial.detail


def test_a_server_that_runs_already_is_used_and_left_alone(
    run_trial: RunTrial, tmp_path: Path
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    target = structs.replace(foreign("plain.py", url=url), server="")
    trial = run_trial(target, Load("any"))
    assert (trial.outcome, trial.detail) == ("server-not-ready", f"nothing listens on {url}")
    script = str(FIXTURES / "own_port_server.py")
    with started([sys.executable, script], tmp_path / "errors", {"PORT": str(port)}) as server:
        server.wait_until(lambda: local_port("127.0.0.1", port) is not None, 20, lambda: False)
        trial = run_trial(target, Load("any"))
        assert (trial.outcome, trial.client.exit_status) == ("completed", 0), trial.client.stderr
        assert trial.server.connections is None
        assert server.status() is None


def test_a_script_that_needs_no_server_is_told_of_none(run_trial: RunTrial, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import os\nprint(os.environ.get('SERVER_URL'))\n")
    trial = run_trial(Target("script.py", str(script), server=""), Load("any"))
    assert trial.client.stdout == "None\n"


def test_a_script_without_asyncio_is_recorded_per_request(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("synchronous.py", server="asgi_server.py"), Load("any", requests=4))
    assert trial.outcome == "completed", trial.client.stderr
    assert trial.client.requests is not None
    assert len(trial.client.requests.start) == 4
    assert trial.server.connections is not None
    assert len(trial.server.connections) == 4
    assert str(trial.replaced["SERVER_URL"]).endswith("/hello")


def test_a_script_on_trio_is_recorded_per_request(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("trio_client.py"), Load("any", delay=0))
    assert trial.outcome == "completed", trial.client.stderr
    assert trial.client.requests is not None
    assert len(trial.client.requests.start) == 3
    assert trial.client.lag is None


@pytest.mark.parametrize(
    ("server", "place", "astray"),
    [
        ("repro/server.py", "<environment>", None),
        ("", "<server environment>", None),
        ("", "~", "httpcore"),
    ],
)
def test_what_is_judged_at_a_commit_comes_from_the_clients_environment(
    server: str, place: str, astray: str | None
) -> None:
    """Without a server there is one environment, which counts as the server's."""
    path = f"{place}/lib/python3.11/site-packages/httpcore/__init__.py"
    libraries = {"httpcore": ImportedLibrary(path, "", None)}
    judged = Target("", "repro/bare_error.py", (), server=server, source="httpcore@0123abc")
    trial = made(target=judged)
    client = structs.replace(trial.client, libraries=libraries)
    assert elsewhere(structs.replace(trial, client=client)) == astray


def test_a_scripts_own_modules_are_its_own(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("siblings.py"), Load("any"))
    assert (trial.outcome, trial.client.exit_status) == ("completed", 0), trial.client.stderr


def test_a_plain_script_is_judged_by_its_last_exception(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("plain_failing.py"), Load("any"))
    assert (trial.outcome, trial.client.exit_status) == ("completed", 1)
    assert trial.client.script_failure is not None
    words = chain_words(trial.client.script_failure.chain)
    assert words == "RuntimeError < ConnectionResetError [ECONNRESET]"


def test_a_script_that_lacks_a_package_says_nothing(run_trial: RunTrial) -> None:
    trial = run_trial(Target("bare", "tests/fixtures/needs_nothing_there_is.py"), Load("any"))
    assert trial.outcome == "script-failed"
    assert "no_such_module_anywhere" in trial.detail
    assert not trial.measured


def test_a_reset_reaches_the_record_of_every_library(run_trial: RunTrial) -> None:
    load = Load("reset", requests=2, concurrency=1, timeout=5)
    seen = {}
    for axis, pins in (
        ("httpx", ("httpx==0.28.1", "anyio==4.16.0")),
        ("aiohttp", ("aiohttp==3.10.10",)),
    ):
        chosen = msgspec.structs.replace(
            target(axes()[axis], pins), server="tests/fixtures/resetting_server.py"
        )
        trial = run_trial(chosen, load)
        assert trial.client.failed_requests == 1, trial.detail
        seen[axis] = chain_words(trial.client.failures[0].chain)
    assert seen["httpx"].startswith("httpx.ReadError < httpcore.ReadError < anyio.BrokenResource")
    assert "ConnectionResetError [ECONNRESET]" in seen["httpx"]
    assert "ConnectionResetError [ECONNRESET]" in seen["aiohttp"]


def test_a_loads_numbers_reach_both_sides(run_trial: RunTrial) -> None:
    load = Load("own", 4, 2, 7, 90, 0.01, 0.7, 0.6)
    for pins in ("document", "control", "httpcore==1.0.6", "httpx2==2.16.2"):
        trial = run_trial(parse(pins), load)
        assert trial.outcome == "completed", trial.detail
        assert trial.replaced["TOTAL_REQUESTS"] == 4
        assert trial.replaced["payload"] == "120 base64 characters"
        assert trial.replaced["asyncio.sleep"] == 0.01
        assert 0.6 in trial.replaced.values()


def test_what_cannot_be_resolved_is_recorded_as_unavailable(run_trial: RunTrial) -> None:
    trial = run_trial(parse("httpx==0.27.2,httpcore==0.17.3"))
    assert trial.outcome == "unavailable"
    assert "httpx==0.27.2 depends on httpcore==1.*" in trial.detail
    assert not trial.measured


def test_nothing_is_left_running(run_trial: RunTrial) -> None:
    before = set(psutil.Process().children(recursive=True))
    run_trial(foreign("hangs.py"), Load("any"), deadline=1)
    assert set(psutil.Process().children(recursive=True)) == before

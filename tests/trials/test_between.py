"""What stands between client and server: the two ends of each connection still meet in a trial."""

import sys

import pytest
from msgspec import structs

from scripts.analysis.catalogue import NO_RESPONSE, STALE, UNKNOWN, ClosedIdle
from scripts.analysis.causes import causes
from scripts.analysis.connections import by_port, other_end
from scripts.domain.files import PROJECT
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS, Connection, Load, Target, Trial
from scripts.report.between import relay_words
from tests.builders import RunTrial, foreign
from tests.faults.faults import FAULTS, PAIR, seen, wrong

pytestmark = pytest.mark.index

DELAY = 0.01
SMOKE = LOADS["smoke"]
DOCUMENT = "httpx==0.27.2,httpcore==1.0.6"
LIBRARIES = (
    DOCUMENT,
    pytest.param("httpx==0.28.1,httpcore==1.0.9", marks=pytest.mark.long),
    pytest.param("httpx2==2.16.2", marks=pytest.mark.long),
    "aiohttp==3.14.5",
)


def joined(trial: Trial) -> list[tuple[Connection, Connection]]:
    """Both ends of each connection of a trial, of which none lacks one."""
    served = by_port(trial.server.connections or ())
    pairs = [
        (client, other_end(client, served.get(client.port, ())))
        for client in trial.client.connections
    ]
    complete = [(client, server) for client, server in pairs if server is not None]
    assert complete
    assert len(complete) == len(pairs)
    return complete


def check(trial: Trial, requests: int = 40) -> None:
    """Each request stands at both ends, in its order, and none failed of what is unknown."""
    assert trial.outcome == "completed", trial.detail
    assert [cause for cause in causes(trial) if cause.name == UNKNOWN] == []
    assert trial.client.request_count == requests
    delay = trial.load.latency or 0.0
    for client, server in joined(trial):
        assert len(client.turns) == len(server.arrivals)
        for turn, (arrived, answered) in zip(client.turns, server.arrivals, strict=True):
            assert turn.wrote is not None
            assert turn.first_byte is not None
            assert answered is not None
            assert turn.wrote + delay <= arrived <= answered
            assert arrived + delay <= turn.first_byte


@pytest.mark.parametrize("load", [{"tls": True}, {"latency": DELAY}])
@pytest.mark.parametrize("pins", LIBRARIES)
def test_both_ends_meet(run_trial: RunTrial, pins: str, load: dict[str, float]) -> None:
    trial = run_trial(parse(pins), SMOKE.derived(**load))
    check(trial)
    url = str(trial.replaced["SERVER_URL"])
    assert url.startswith("https://" if trial.load.tls else "http://")


@pytest.mark.parametrize("pins", [DOCUMENT, "aiohttp==3.14.5"])
def test_what_is_encrypted_is_delayed_too(run_trial: RunTrial, pins: str) -> None:
    trial = run_trial(parse(pins), SMOKE.derived(tls=True, latency=DELAY))
    check(trial)
    assert trial.server.noted_by == "server"
    assert trial.server.relay is not None
    assert trial.server.relay.latency == DELAY


BETWEEN = ({"tls": True}, {"latency": DELAY}, {"tls": True, "latency": DELAY})


@pytest.mark.parametrize("conditions", BETWEEN)
@pytest.mark.parametrize(
    ("script", "pins"),
    [
        ("stale_httpx.py", ("httpx==0.27.2", "httpcore==1.0.6")),
        ("stale_aiohttp.py", ("aiohttp==3.14.5",)),
    ],
)
def test_a_stale_connection_keeps_its_cause(
    run_trial: RunTrial, script: str, pins: tuple[str, ...], conditions: dict[str, float]
) -> None:
    load = Load("stale", delay=0, keep_alive=0.3).derived(**conditions)
    trial = run_trial(foreign(script, *pins), load)
    assert trial.client.failed_requests == 1, trial.client.stderr
    (cause,) = causes(trial)
    assert (cause.name, cause.sure) == (STALE, "certain")
    assert isinstance(cause.evidence, ClosedIdle)
    assert cause.evidence.keep_alive_timer
    # Over TLS an event loop that reads may have taken the close from the socket.
    read = load.tls and cause.evidence.reading == "active"
    assert (cause.evidence.told, cause.evidence.hidden) == (not read, read)
    ((_, server),) = joined(trial)
    assert server.closed is not None
    assert (server.delivered is None) == (load.latency is None)
    if server.delivered is not None:
        assert server.delivered >= server.closed + DELAY


def commanded(target: Target, server: str) -> Target:
    """A target whose server is a program that nothing of ours is in."""
    call = f"{sys.executable} {PROJECT / 'tests/faults' / server}.py"
    return structs.replace(target, server="", server_command=call)


@pytest.mark.parametrize("latency", [None, DELAY])
def test_the_relay_notes_for_a_server_in_any_language(
    run_trial: RunTrial, latency: float | None
) -> None:
    stalled = Target("x", "tests/faults/clients/stalled.py", ("aiohttp==3.14.5",))
    trial = run_trial(commanded(stalled, "idle_after"), structs.replace(PAIR, latency=latency))
    assert trial.server.noted_by == "relay"
    (cause,) = causes(trial)
    assert (cause.name, cause.sure) == (STALE, "certain")
    assert isinstance(cause.evidence, ClosedIdle)
    assert cause.evidence.keep_alive_timer is None
    words = relay_words(trial.server)
    assert words.startswith("A relay stood between client and server")
    assert ("10.0 ms each way" in words) == (latency is not None)
    assert "The server's side is what the relay saw of it" in words


@pytest.mark.parametrize(
    ("server", "expected"), [("end_before", NO_RESPONSE), ("idle_end", UNKNOWN)]
)
def test_a_relay_claims_only_what_it_sees(run_trial: RunTrial, server: str, expected: str) -> None:
    trial = run_trial(commanded(parse("aiohttp==3.14.5"), server), PAIR)
    assert {name for _, name in seen(trial)} == {expected}


@pytest.mark.parametrize("name", ["idle_end", "idle_reset", "half_close", "reset_mid"])
def test_a_fault_keeps_its_cause_with_delay(run_trial: RunTrial, name: str) -> None:
    fault = next(fault for fault in FAULTS if fault.name == name)
    target = structs.replace(parse("httpx==0.28.1"), server=f"tests/faults/{name}.py")
    trial = run_trial(target, structs.replace(PAIR, latency=DELAY))
    assert wrong(fault, trial) == "", seen(trial)

"""A cause is what both ends' notes show, and never more."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from scripts.analysis import catalogue as room
from scripts.analysis.catalogue import ADVICE, Died, ErrorAnswer, Unexplained, Unreadable
from scripts.analysis.causes import causes
from scripts.analysis.connections import other_end
from scripts.analysis.symptoms import STANDARD, symptom
from scripts.domain.libraries import LIBRARIES
from scripts.domain.trial import (
    Connection,
    Failure,
    Lag,
    Link,
    Requests,
    Trial,
    Turn,
)
from scripts.report.causes import Explained, explained
from scripts.report.story import story
from scripts.report.trace_events import trace
from tests.builders import READ_ERROR, SERVED, USED, failing, link, made

pytestmark = pytest.mark.pure


def only(trial: Trial) -> Explained:
    """The one cause of a trial, as it is told."""
    (cause,) = causes(trial)
    return explained(cause)


def test_a_stale_connection_is_told_with_its_times() -> None:
    lag = Lag(1.0, 0.1, 10, [(9.0, 9.4)])
    cause = only(failing(READ_ERROR, client=USED, server=SERVED, lag=lag))
    assert (cause.name, cause.sure, cause.request, cause.port) == (room.STALE, "certain", 1, 5)
    assert cause.evidence == {
        "idle": 8.4,
        "keep_alive_timer": True,
        "assigned_to_close_ms": None,
        "tried_to_close_ms": 200.0,
        "close_to_write_ms": 200.0,
        "reached_to_write_ms": 200.0,
        "told": True,
        "hidden": False,
        "undecided": False,
        "looks": False,
        "looked_to_close_ms": None,
        "readable": None,
        "reading": "not noted",
        "tls": False,
        "seen_when_tried": False,
        "stalled": 0.4,
        "served_before": 1,
    }
    assert cause.sentence == (
        "The request was written 200.0 ms after the server closed the connection (its keep-alive "
        "timer, after 8.40 s idle). Whether the client looked at its socket was not noted. The "
        "event loop was blocked for 400.0 ms in between."
    )


@pytest.mark.parametrize(
    "raised",
    [
        link("ReadError"),
        link("WriteError"),
        link("RemoteProtocolError", message="Server disconnected without sending a response."),
        link("ClientOSError", "aiohttp.client_exceptions", number=104),
        link("ServerDisconnectedError", "aiohttp.client_exceptions", "Server disconnected"),
        link("ReadError", "httpcore2"),
    ],
    ids=lambda raised: f"{raised.module}.{raised.type}",
)
def test_one_fault_has_one_cause_whatever_it_is_called(raised: Link) -> None:
    assert only(failing(raised, client=USED, server=SERVED)).name == room.STALE


def test_without_the_servers_note_the_cause_is_unknown_with_what_was_seen() -> None:
    cause = only(failing(READ_ERROR, client=USED, server_connections=None))
    assert (cause.name, cause.sure) == (room.UNKNOWN, "unknown")
    assert "lost with EPIPE" in cause.sentence


def test_a_port_used_again_is_another_connection() -> None:
    later = msgspec.structs.replace(SERVED, opened=50.0, closed=51.0)
    assert other_end(USED, [later]) is None
    assert other_end(USED, [later, SERVED]) == SERVED
    assert only(failing(READ_ERROR, client=USED, server=later)).name == room.UNKNOWN


def test_a_client_that_was_busy_when_its_connection_was_made_notices_it_late() -> None:
    early = msgspec.structs.replace(SERVED, opened=USED.opened - 3)
    assert other_end(USED, [early]) == early
    over = msgspec.structs.replace(early, lost=USED.opened - 1)
    assert other_end(USED, [over]) is None
    # One that only ever notes that it closed: the port is another's by now.
    assert other_end(USED, [msgspec.structs.replace(early, closed=USED.opened - 1)]) is None


def test_what_is_closed_before_anything_is_written_is_likely_stale() -> None:
    closing = link("ClientConnectionResetError", "aiohttp.client_exceptions", "closing transport")
    # Number 0 is written on the connection; the failing one is on none.
    other = msgspec.structs.replace(USED, turns=USED.turns[:1])
    cause = only(failing(closing, client=other, server=SERVED))
    assert (cause.name, cause.sure) == (room.STALE, "likely")
    busy = msgspec.structs.replace(SERVED, arrivals=[(0.2, None)])
    assert only(failing(closing, client=other, server=busy)).name == room.UNKNOWN
    # Another library's error does not say that the connection was closing already.
    assert only(failing(READ_ERROR, client=other, server=SERVED)).name == room.UNKNOWN


def test_a_connection_that_its_own_pool_closed() -> None:
    client = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.0, None)], closed=9.5, closer=0, lost=9.5)
    server = Connection(5, 0.0, arrivals=[(9.0, None)], eof=9.6)
    cause = only(failing(READ_ERROR, client=client, server=server))
    assert cause.name == room.OWN_POOL
    assert "on behalf of request 0" in cause.sentence


def test_a_failing_request_that_closes_its_own_connection_is_not_the_pools_fault() -> None:
    client = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.0, None)], closed=9.5, closer=1, lost=9.5)
    server = Connection(5, 0.0, arrivals=[(9.0, None)], eof=9.6)
    assert only(failing(READ_ERROR, client=client, server=server)).name == room.UNKNOWN


@pytest.mark.parametrize(("stalls", "by"), [([(1.0, 9.0)], "event loop"), ([], "queue")])
def test_starvation_says_whether_the_loop_or_the_queue_held_it_up(
    stalls: list[tuple[float, float]], by: str
) -> None:
    cause = only(failing(link("PoolTimeout"), lag=Lag(8.0, 0.8, 10, stalls)))
    assert (cause.name, cause.evidence["held_up_by"]) == (room.STARVED, by)


@pytest.mark.parametrize(
    ("chain", "name"),
    [
        ((link("ConnectError"), link("gaierror", "socket", number=-2)), room.LOOKUP),
        ((link("ConnectError"), link("OSError", "builtins", number=99)), room.PORTS),
        ((link("CancelledError", "asyncio.exceptions"),), room.CANCELLED),
        ((link("ReadError"), link("MemoryError", "builtins")), room.MEMORY),
        ((link("ValueError", "builtins"),), room.UNKNOWN),
    ],
)
def test_what_the_chain_alone_says(chain: tuple[Link, ...], name: str) -> None:
    # Name lookup and ports cannot be made to fail here without touching the network.
    assert only(failing(*chain)).name == name


def test_a_server_that_only_follows_the_client_is_not_the_cause() -> None:
    follows = msgspec.structs.replace(SERVED, timer=None, eof=9.19, closed=9.2)
    assert only(failing(READ_ERROR, client=USED, server=follows)).name == room.UNKNOWN


def test_a_script_that_closes_its_own_client_is_not_the_pools_fault() -> None:
    client = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.0, None)], closed=9.5, closer=None, lost=9.5)
    server = Connection(5, 0.0, arrivals=[(9.0, None)], eof=9.6)
    assert only(failing(READ_ERROR, client=client, server=server)).name == room.UNKNOWN


def test_a_server_that_noted_too_little_is_not_taken_at_its_word() -> None:
    answered = Connection(5, 0.0, turns=[Turn(0, 0.1, 0.1, 0.2), Turn(1, 9.0, 9.0, None)])
    cause = only(failing(link("ReadTimeout"), client=answered, server_connections=[]))
    assert cause.name == room.UNKNOWN


def test_an_arrival_is_matched_by_its_time_not_by_its_place() -> None:
    twice = Connection(
        5, 0.0, arrivals=[(0.2, 0.4), (0.5, 0.8)], closed=9.2, how="end of stream", timer=9.2
    )
    assert only(failing(READ_ERROR, client=USED, server=twice)).name == room.STALE


def test_a_status_that_the_caller_does_not_like_is_no_rubbish() -> None:
    status = link("ClientResponseError", "aiohttp.client_exceptions", "503, message='busy'")
    parse = link("BadStatusLine", "aiohttp.http_exceptions", "Bad status line")
    client = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.0, 9.1)])
    assert only(failing(status, client=client, server=SERVED)).name == room.UNKNOWN
    assert only(failing(status, parse, client=client, server=SERVED)).name == room.RUBBISH


def test_one_address_that_refuses_does_not_hide_another_errno() -> None:
    refused = link("ConnectionRefusedError", "builtins", number=111)
    ports = link("OSError", "builtins", number=99)
    assert only(failing(link("ConnectError"), refused, ports)).name == room.PORTS


def test_a_server_that_died_is_named() -> None:
    trial = failing(READ_ERROR, client=USED, outcome="server-died", detail="status 3")
    assert only(trial).name == room.SERVER_DIED


def test_a_client_that_was_killed_is_named() -> None:
    cause = only(made(outcome="crashed", exit_status=-9, requests=None, detail="SIGKILL"))
    assert (cause.name, cause.request) == (room.KILLED, None)


def test_every_cause_has_its_advice_and_every_symptom_its_table() -> None:
    constants = {key: value for key, value in vars(room).items() if key.isupper()}
    names = {value for key, value in constants.items() if isinstance(value, str) and key[0] != "_"}
    assert names == set(ADVICE)
    assert symptom([link("ReadError", "httpcore2._exceptions")]) == "gone"
    assert all(library.exceptions for library in LIBRARIES.values() if library.interface)


def test_a_script_that_is_not_recorded_per_request_has_the_cause_its_chain_shows() -> None:
    refused = Failure((link("ConnectionRefusedError", "builtins", number=111),), "", 1)
    cause = only(made(requests=None, script_failure=refused, exit_status=1))
    assert (cause.name, cause.request) == (room.REFUSED, None)


def test_a_healthy_trial_has_no_cause() -> None:
    assert causes(made()) == []


moments = st.none() | st.floats(-5, 20)
connections = st.builds(
    Connection,
    port=st.integers(1, 3),
    opened=st.floats(-5, 20),
    turns=st.lists(
        st.builds(
            Turn,
            request=st.none() | st.integers(0, 3),
            tried=st.floats(-5, 20),
            wrote=moments,
            first_byte=moments,
            assigned=moments,
            looked=moments,
            readable=st.none() | st.booleans(),
            paused=moments,
        ),
        max_size=4,
    ),
    arrivals=st.lists(st.tuples(st.floats(-5, 20), moments), max_size=4),
    timer=moments,
    closed=moments,
    how=st.sampled_from([None, "end of stream", "half close", "reset"]),
    closer=st.none() | st.integers(0, 3),
    eof=moments,
    lost=moments,
    errno=st.none() | st.integers(0, 200),
)
exceptions = {library.module: library.exceptions for library in LIBRARIES.values()} | STANDARD
kinds = sorted({(module, kind) for module, kinds in exceptions.items() for kind in kinds})


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(kinds),
    client=st.lists(connections, max_size=3),
    server=st.none() | st.lists(connections, max_size=3),
    failure=st.integers(-1, 2),
    end=moments,
    stalls=st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), max_size=3),
)
def test_no_note_however_broken_crashes_it(
    kind: tuple[str, str],
    client: list[Connection],
    server: list[Connection] | None,
    failure: int,
    end: float | None,
    stalls: list[tuple[float, float]],
) -> None:
    trial = made(
        requests=Requests([0.0], [end], [failure]),
        failures=[Failure((link(kind[1], kind[0]),), "", 1)],
        client_connections=client,
        server_connections=server,
        lag=Lag(1.0, 0.1, 10, stalls),
    )
    (found,) = causes(trial)
    assert found.name in ADVICE
    told = story(trial, 0)
    assert told.moments == sorted(told.moments, key=lambda moment: moment.at)
    msgspec.json.encode(trace(trial))


def test_a_trace_has_what_perfetto_needs() -> None:
    written = trace(failing(READ_ERROR, client=USED, server=SERVED))
    events = msgspec.to_builtins(written)["traceEvents"]
    phases = {str(each["ph"]) for each in events}
    assert phases == {"M", "X", "i"}
    for event in events:
        assert {"ph", "name", "pid", "tid"} <= set(event)
        if event["ph"] == "X":
            assert isinstance(event["dur"], int)
            assert event["dur"] > 0
        if event["ph"] != "M":
            assert isinstance(event["ts"], int)
    names = [event["name"] for event in events]
    assert "request 1 fails: stale connection" in names


def plain(trial: Trial) -> room.Cause:
    (cause,) = causes(trial)
    return cause


NO_NOTE = Unexplained(
    under_way=False,
    raised="ReadError",
    message="m",
    connection=False,
    server_end=False,
    errno=None,
    eof=False,
    closed=False,
)


def test_what_was_seen_of_a_failure_without_a_cause_is_kept() -> None:
    raised = link("ReadError", message="m")
    unknown = room.Cause(request=1, name=room.UNKNOWN, sure="unknown", evidence=NO_NOTE)
    assert plain(failing(raised)) == unknown
    assert plain(failing()).evidence == msgspec.structs.replace(NO_NOTE, raised="", message="")
    endless = failing(raised)
    assert endless.client.requests is not None
    endless.client.requests.end[1] = None
    assert plain(endless).evidence == msgspec.structs.replace(NO_NOTE, under_way=True)
    client = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.1, None)])
    open_ = Connection(5, 0.0, arrivals=[(9.2, None)])
    seen = msgspec.structs.replace(NO_NOTE, connection=True)
    for fields, shown in (
        ({}, {}),
        ({"errno": 32}, {"errno": 32}),
        ({"eof": 9.5}, {"eof": True}),
        ({"closed": 9.5}, {"closed": True}),
    ):
        one = msgspec.structs.replace(client, **fields)
        cause = plain(failing(raised, client=one, server_connections=None))
        assert cause.evidence == msgspec.structs.replace(seen, **shown)
        assert cause.port == 5
    both = plain(failing(raised, client=client, server=open_))
    assert both.evidence == msgspec.structs.replace(seen, server_end=True)


def test_a_crash_is_its_own_cause_after_those_of_the_requests() -> None:
    killed = made(outcome="crashed", exit_status=-9, requests=None, detail="SIGKILL")
    died = room.Cause(request=None, name=room.KILLED, sure="certain", evidence=Died("SIGKILL"))
    assert causes(killed) == [died]
    fault = made(outcome="crashed", exit_status=-11, requests=None, detail="SIGSEGV")
    assert causes(fault) == [
        room.Cause(request=None, name=room.UNKNOWN, sure="unknown", evidence=Died("SIGSEGV"))
    ]
    both = causes(failing(READ_ERROR, outcome="crashed", exit_status=-9, detail="SIGKILL"))
    assert [cause.request for cause in both] == [1, None]


@pytest.mark.parametrize("raised", [link("ReadError"), link("ConnectError")])
def test_a_dead_server_is_the_cause_of_what_was_cut_off_or_could_not_connect(raised: Link) -> None:
    cause = plain(failing(raised, outcome="server-died", detail="status 3"))
    assert (cause.name, cause.sure) == (room.SERVER_DIED, "certain")
    assert cause.evidence == Died("status 3")
    timeout = failing(link("ReadTimeout"), outcome="server-died", detail="status 3")
    assert plain(timeout).name == room.UNKNOWN
    assert plain(failing(raised)).name == room.UNKNOWN


def test_rubbish_is_what_came_and_is_no_http() -> None:
    parse = link("RemoteProtocolError", message="illegal status line")
    client = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.0, 9.1)])
    answered = plain(failing(parse, client=client, server=SERVED))
    assert (answered.name, answered.sure) == (room.RUBBISH, "certain")
    assert answered.evidence == Unreadable(9.1)
    silent = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.0, None)])
    assert plain(failing(parse, client=silent, server=SERVED)).name == room.UNKNOWN
    assert plain(failing(link("CancelledError", "asyncio"))).sure == "certain"


def test_an_answer_that_could_not_be_used_may_be_one_with_an_error_status() -> None:
    raised = link("JSONDecodeError", "json.decoder", "Expecting value")
    client = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.0, 9.1)])
    server = Connection(5, 0.0, arrivals=[(9.0, 9.1)])
    trial = failing(raised, client=client, server=server)
    assert plain(trial).name == room.UNKNOWN
    logged = structs.replace(trial, server=structs.replace(trial.server, answers={200: 5, 502: 3}))
    cause = plain(logged)
    assert (cause.name, cause.sure) == (room.ERROR_STATUS, "likely")
    assert cause.evidence == ErrorAnswer("502", 3)
    fine = structs.replace(trial, server=structs.replace(trial.server, answers={0: 1, 200: 5}))
    assert plain(fine).name == room.UNKNOWN
    unanswered = failing(raised, client=client, server=Connection(5, 0.0, arrivals=[(9.0, None)]))
    unanswered = structs.replace(
        unanswered, server=structs.replace(unanswered.server, answers={502: 3})
    )
    assert plain(unanswered).name == room.UNKNOWN

"""Causes of connections that ended under a request: who closed, and when, to the bound."""

from typing import Any

import pytest
from msgspec import structs

from scripts.analysis import catalogue as room
from scripts.analysis.catalogue import (
    Cause,
    ClosedForAnother,
    ClosedIdle,
    ClosedOnRequest,
    ClosedUnwritten,
)
from scripts.analysis.causes import causes
from scripts.domain.trial import LOADS, Connection, Lag, Relay, Target, Trial, Turn
from tests.builders import READ_ERROR, SERVED, USED, failing, link

pytestmark = pytest.mark.pure


def only(trial: Trial) -> Cause:
    (cause,) = causes(trial)
    return cause


def changed(connection: Connection, **fields: Any) -> Connection:
    return structs.replace(connection, **fields)


def other(turn: Turn, **fields: Any) -> Turn:
    return structs.replace(turn, **fields)


POOLED = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.1, None)], closed=9.5, closer=0)
FOLLOWS = Connection(5, 0.0, arrivals=[(9.2, None)], eof=9.6)


def pooled(client: Connection = POOLED, server: Connection | None = FOLLOWS, **more: Any) -> Cause:
    return only(failing(READ_ERROR, client=client, server=server, **more))


def test_its_own_pool_closed_it_between_write_and_end() -> None:
    cause = pooled()
    assert (cause.name, cause.sure, cause.port) == (room.OWN_POOL, "certain", 5)
    assert cause.evidence == ClosedForAnother(9.5, 0, 9.1)
    assert pooled(changed(POOLED, closed=9.1)).name == room.OWN_POOL
    assert pooled(changed(POOLED, closed=9.0)).name == room.UNKNOWN
    assert pooled(changed(POOLED, closed=10.0)).name == room.OWN_POOL
    assert pooled(changed(POOLED, closed=10.1)).name == room.UNKNOWN


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (changed(POOLED, closer=1), FOLLOWS),
        (changed(POOLED, closer=None), FOLLOWS),
        (changed(POOLED, closed=None), FOLLOWS),
        (changed(POOLED, errno=104), FOLLOWS),
        (changed(POOLED, eof=9.5), FOLLOWS),
        (POOLED, changed(FOLLOWS, closed=9.5)),
    ],
)
def test_it_is_not_the_pool_that_closes_what_is_its_own_or_over(
    client: Connection, server: Connection
) -> None:
    assert pooled(client, server).name != room.OWN_POOL


def test_the_pool_is_first_where_the_other_end_follows() -> None:
    assert pooled(changed(POOLED, eof=9.6)).name == room.OWN_POOL
    assert pooled(server=changed(FOLLOWS, closed=9.6)).name == room.OWN_POOL
    # Without the server's end the client's notes are enough.
    unseen = pooled(server=None, server_connections=None)
    assert unseen.name == room.OWN_POOL
    still = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.1, None)], closed=9.5, closer=0)
    assert only(failing(link("ReadTimeout"), client=still, server=FOLLOWS)).name == room.SLOW_SERVER


def stale(client: Connection = USED, server: Connection = SERVED, **more: Any) -> Cause:
    return only(failing(READ_ERROR, client=client, server=server, **more))


def test_all_that_is_known_of_a_stale_connection_is_kept_unrounded() -> None:
    cause = stale(lag=Lag(1.0, 0.1, 10, [(9.0, 9.4)]))
    assert (cause.name, cause.sure, cause.port, cause.request) == (room.STALE, "certain", 5, 1)
    evidence = cause.evidence
    assert isinstance(evidence, ClosedIdle)
    assert evidence == ClosedIdle(
        idle=9.2 - 0.8,
        keep_alive_timer=True,
        assigned_to_close=None,
        tried_to_close=9.2 - 9.0,
        close_to_write=9.4 - 9.2,
        reached_to_write=9.4 - 9.2,
        looks=False,
        looked_to_close=None,
        readable=None,
        reading="not noted",
        tls=False,
        seen_when_tried=False,
        stalled=9.4 - 9.0,
        served_before=1,
    )
    assert evidence.told


def evidence_of(cause: Cause) -> ClosedIdle:
    assert cause.name == room.STALE
    assert isinstance(cause.evidence, ClosedIdle)
    return cause.evidence


NOTED = ("reading", "looks", "httpcore._async.connection_pool.AsyncPoolRequest")


def noted(closed: float = 9.2, delivered: float | None = None, **fields: Any) -> ClosedIdle:
    """What is known where all of the turn was noted, with some of it otherwise."""
    turn = other(Turn(1, 9.0, 9.4, None, 8.5, 3, 8.4, False, 0.9), **fields)
    client = changed(USED, turns=[*USED.turns[:-1], turn])
    server = changed(SERVED, closed=closed, delivered=delivered)
    return evidence_of(stale(client, server, client_noted=NOTED))


def test_a_connection_was_assigned_before_or_after_its_close() -> None:
    assert evidence_of(stale()).assigned_to_close is None
    assert noted().assigned_to_close == pytest.approx(0.7)
    assert noted(closed=8.45).assigned_to_close == pytest.approx(-0.05)
    assert noted(assigned=None).assigned_to_close is None


def test_the_last_look_at_the_socket_is_told_with_what_it_said() -> None:
    seen = noted()
    assert (seen.looks, seen.readable) == (True, False)
    assert seen.looked_to_close == pytest.approx(0.8)
    none = noted(looked=None, readable=None)
    assert (none.looks, none.looked_to_close, none.readable) == (True, None, None)


@pytest.mark.parametrize(
    ("paused", "reading"),
    [(0.9, "paused"), (9.2, "paused"), (9.3, "active"), (None, "active")],
)
def test_reading_was_paused_when_the_close_came_or_not(paused: float | None, reading: str) -> None:
    assert noted(paused=paused).reading == reading
    assert evidence_of(stale(changed(USED, turns=USED.turns))).reading == "not noted"


@pytest.mark.parametrize(
    ("closed", "delivered", "told"),
    [(9.2, None, True), (9.39, None, True), (9.3995, None, False), (9.2, 9.41, False)],
)
def test_a_look_before_the_write_would_have_told_of_a_close_that_had_come(
    closed: float, delivered: float | None, told: bool
) -> None:
    assert noted(closed, delivered).told is told


@pytest.mark.parametrize(
    ("delivered", "undecided"), [(9.398, False), (9.3995, True), (9.4005, True), (9.402, False)]
)
def test_what_comes_too_near_to_the_write_is_undecided(delivered: float, undecided: bool) -> None:
    seen = noted(9.2, delivered)
    assert seen.undecided is undecided
    assert not (seen.told and seen.undecided)


def over_tls(**fields: Any) -> ClosedIdle:
    turn = other(Turn(1, 9.0, 9.4, None, 8.5, 3, 8.4, False, 0.9), **fields)
    client = changed(USED, turns=[*USED.turns[:-1], turn])
    load = LOADS["compressed"].derived(tls=True)
    return evidence_of(stale(client, SERVED, client_noted=NOTED, load=load))


def test_over_tls_a_loop_that_reads_may_leave_nothing_to_be_seen() -> None:
    unread, read = over_tls(), over_tls(paused=None)
    assert (unread.told, unread.hidden) == (True, False)
    assert (read.told, read.hidden, read.overlooked) == (False, True, False)
    assert not noted(paused=None).hidden
    # What comes too near to the write stays too near.
    near = structs.replace(read, reached_to_write=0.0005)
    assert (near.told, near.hidden, near.undecided) == (False, False, True)
    seen = structs.replace(read, seen_when_tried=True)
    assert (seen.told, seen.hidden, seen.undecided) == (True, False, False)


@pytest.mark.parametrize(
    ("looked", "readable", "overlooked"),
    [(9.3, False, True), (9.3, True, False), (9.2005, False, False), (8.4, False, False)],
)
def test_a_look_that_came_after_the_close_and_told_nothing(
    looked: float, readable: bool, overlooked: bool
) -> None:
    seen = noted(looked=looked, readable=readable)
    assert seen.overlooked is overlooked
    assert (seen.hidden, seen.told) == (overlooked, not overlooked)


@pytest.mark.parametrize(("lost", "reached"), [(None, 0.2), (9.3, 0.1), (9.1, 0.2), (9.5, -0.1)])
def test_a_close_reaches_the_client_when_the_server_gives_the_connection_up(
    lost: float | None, reached: float
) -> None:
    seen = evidence_of(stale(server=changed(SERVED, lost=lost)))
    assert seen.reached_to_write == pytest.approx(reached)
    assert seen.close_to_write == pytest.approx(0.2)


def test_the_loop_stood_still_from_the_assignment_or_the_close_to_the_write() -> None:
    lag = Lag(1.0, 0.1, 10, [(7.5, 8.5), (9.39, 9.9)])
    stood = evidence_of(stale(server=changed(SERVED, closed=8.0), lag=lag))
    assert stood.stalled == pytest.approx(0.51)
    assigned = changed(USED, turns=[*USED.turns[:-1], other(USED.turns[-1], assigned=8.4)])
    assert evidence_of(stale(assigned, lag=lag)).stalled == pytest.approx(0.11)


def test_a_client_may_have_seen_the_end_of_stream() -> None:
    for eof, seen in ((8.9, True), (9.0, False), (9.1, False)):
        assert evidence_of(stale(changed(USED, eof=eof))).seen_when_tried is seen


def test_a_stale_connection_was_idle_since_its_last_answer() -> None:
    twice = changed(SERVED, arrivals=[(0.2, 0.4), (0.5, 0.8), (0.9, None)])
    assert evidence_of(stale(server=twice)).idle == pytest.approx(8.4)
    never = changed(SERVED, arrivals=[(0.2, None)], timer=None)
    assert evidence_of(stale(server=never)).idle is None
    assert evidence_of(stale(server=never)).keep_alive_timer is False


def test_a_client_that_is_noted_at_its_sockets_reads_on_demand() -> None:
    at_sockets = stale(changed(USED, noted_at="socket"), client_noted=NOTED)
    assert evidence_of(at_sockets).reading == "on demand"


def test_a_timer_is_denied_only_of_a_server_whose_timers_are_noted() -> None:
    unseen = changed(SERVED, timer=None)
    other = changed(SERVED, port=6)
    target = Target("own", "own.py", server="own_server.py")
    assert evidence_of(stale(server=unseen)).keep_alive_timer is False
    assert evidence_of(stale(server=unseen, target=target)).keep_alive_timer is None
    beside = stale(server_connections=[unseen, other], target=target)
    assert evidence_of(beside).keep_alive_timer is False
    assert evidence_of(stale(target=target)).keep_alive_timer is True


def test_a_request_that_the_server_read_is_not_stale() -> None:
    read = changed(SERVED, arrivals=[(0.2, 0.8), (9.4, None)])
    assert stale(server=changed(read, closed=9.4)).name == room.STALE
    cause = stale(server=changed(read, closed=9.7))
    assert (cause.name, cause.sure) == (room.NO_RESPONSE, "certain")
    assert cause.evidence == ClosedOnRequest(9.7 - 9.4)


@pytest.mark.parametrize(("closed", "counts"), [(10.5, True), (10.51, False)])
def test_a_close_belongs_to_a_request_until_shortly_after_its_end(
    closed: float, counts: bool
) -> None:
    late = changed(SERVED, closed=closed)
    assert (stale(server=late).name == room.STALE) is counts
    # A request that never ended has no such bound.
    endless = failing(READ_ERROR, client=USED, server=changed(SERVED, closed=99.0))
    assert endless.client.requests is not None
    endless.client.requests.end[1] = None
    assert only(endless).name == room.STALE


NEW = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.1, None)])
ANSWERED = changed(NEW, turns=[Turn(1, 9.0, 9.1, 9.3)])


@pytest.mark.parametrize("how", ["end of stream", "reset"])
def test_a_server_that_closes_on_a_request_is_told_by_how_far_it_was(how: str) -> None:
    names = {
        "end of stream": (room.NO_RESPONSE, room.MID_RESPONSE),
        "reset": (room.RESET_BEFORE, room.RESET_MID),
    }
    before, middle = names[how]
    server = Connection(5, 0.0, arrivals=[(9.2, None)], closed=9.5, how=how)  # type: ignore[arg-type]
    for client, arrivals, name, after in (
        (NEW, [], before, None),
        (NEW, [(9.2, None)], before, 9.5 - 9.2),
        (NEW, [(9.2, 9.4)], middle, 9.5 - 9.2),
        (ANSWERED, [(9.2, None)], middle, 9.5 - 9.2),
    ):
        cause = stale(client, changed(server, arrivals=arrivals))
        assert (cause.name, cause.evidence) == (name, ClosedOnRequest(after))
        assert cause.sure == "certain"


@pytest.mark.parametrize(
    "server",
    [
        changed(SERVED, closed=None),
        changed(SERVED, eof=9.2),
        changed(SERVED, eof=9.1),
    ],
)
def test_a_server_that_did_not_close_first_is_not_the_cause(server: Connection) -> None:
    assert stale(server=server).name == room.UNKNOWN
    assert stale(server=changed(SERVED, eof=9.21)).name == room.STALE


CLOSING = link("ClientConnectionResetError", "aiohttp.client_exceptions", "closing transport")
BEFORE = changed(USED, turns=USED.turns[:1])


def unwritten(*server: Connection, **more: Any) -> Cause:
    fields: dict[str, Any] = {
        "client": BEFORE,
        "server_connections": list(server),
        "start": 5.0,
    } | more
    return only(failing(CLOSING, **fields))


def test_a_connection_that_was_closing_when_it_was_given_is_likely_stale() -> None:
    cause = unwritten(SERVED)
    assert (cause.name, cause.sure, cause.port) == (room.STALE, "likely", None)
    assert cause.evidence == ClosedUnwritten(1)
    other = changed(SERVED, port=6, arrivals=[(0.3, 0.4), (0.5, 0.6)])
    assert unwritten(SERVED, other).evidence == ClosedUnwritten(2)


@pytest.mark.parametrize(("eof", "name"), [(5.0, room.STALE), (4.9, room.UNKNOWN)])
def test_what_was_closed_before_counts_where_it_was_seen_while_it_waited(
    eof: float, name: str
) -> None:
    earlier = changed(SERVED, closed=4.9)
    assert unwritten(earlier, client=changed(BEFORE, eof=eof)).name == name
    other = changed(earlier, port=6)
    assert unwritten(other, SERVED, client=changed(BEFORE, eof=eof)).evidence == ClosedUnwritten(1)


@pytest.mark.parametrize("closed", [5.0, 10.0])
def test_what_was_closed_while_it_waited_counts_to_the_bound(closed: float) -> None:
    assert unwritten(changed(SERVED, closed=closed)).name == room.STALE


@pytest.mark.parametrize(
    "server",
    [
        changed(SERVED, closed=4.9),
        changed(SERVED, closed=10.1),
        changed(SERVED, closed=None),
        changed(SERVED, eof=9.0),
        changed(SERVED, arrivals=[(0.2, 0.8), (0.9, None)]),
    ],
)
def test_what_was_not_closed_idle_meanwhile_is_no_cause(server: Connection) -> None:
    assert unwritten(server).name == room.UNKNOWN


def test_one_that_was_not_idle_puts_all_in_doubt() -> None:
    busy = changed(SERVED, port=6, arrivals=[(0.2, None)])
    new = changed(SERVED, port=6, arrivals=[])
    assert unwritten(SERVED, busy).name == room.UNKNOWN
    assert unwritten(SERVED, new).name == room.UNKNOWN


def test_without_notes_of_all_or_an_end_it_is_not_known() -> None:
    assert unwritten(SERVED, server_connections=None).name == room.UNKNOWN
    endless = failing(CLOSING, client=BEFORE, server=SERVED)
    assert endless.client.requests is not None
    endless.client.requests.end[1] = None
    assert only(endless).name == room.UNKNOWN


UNREAD = changed(SERVED, arrivals=[(0.2, 0.8), (9.15, None)])
"""A server that was handed the request 50 ms before it closed."""


@pytest.mark.parametrize(
    ("server", "name"),
    [
        (UNREAD, room.UNKNOWN),
        (changed(UNREAD, how="reset"), room.UNKNOWN),
        (changed(UNREAD, closed=9.3), room.NO_RESPONSE),
        (changed(UNREAD, arrivals=[(0.2, 0.8), (9.15, 9.16)]), room.MID_RESPONSE),
        (changed(UNREAD, arrivals=[(0.2, 0.8), (9.25, None)]), room.STALE),
    ],
)
def test_a_relay_does_not_see_whether_a_server_that_closes_has_read(
    server: Connection, name: str
) -> None:
    early = changed(USED, turns=[USED.turns[0], Turn(1, 9.0, 9.1, None)])
    assert stale(client=early, server=server, server_noted_by="relay").name == name


def test_why_a_relayed_server_closed_is_not_known() -> None:
    assert evidence_of(stale(server_noted_by="relay")).keep_alive_timer is None


def test_when_a_close_had_reached_the_client_depends_on_what_stood_between() -> None:
    late = changed(SERVED, lost=9.35)
    relay = Relay(0.15, None, None, 0.0)
    tls = LOADS["compressed"].derived(tls=True)

    def reached(server: Connection = late, **more: Any) -> float:
        return 9.4 - evidence_of(stale(server=server, **more)).reached_to_write

    assert reached() == pytest.approx(9.35)
    assert reached(load=tls) == pytest.approx(9.2)
    assert reached(server_relay=relay) == pytest.approx(9.35)
    assert reached(changed(late, delivered=9.3), server_relay=relay) == pytest.approx(9.3)

"""Causes of what took too long: for want of a connection, by the server, by the client itself."""

from typing import Any

import pytest

from scripts.analysis import catalogue as room
from scripts.analysis.catalogue import Cause, LateAnswer, LateReading, Starved
from scripts.analysis.causes import causes
from scripts.domain.trial import Connection, Lag, Load, Trial, Turn
from tests.builders import failing, link

pytestmark = pytest.mark.pure


def only(trial: Trial) -> Cause:
    (cause,) = causes(trial)
    return cause


POOL_TIMEOUT = link("PoolTimeout")
TIMEOUT = link("TimeoutError", "asyncio")
READ_TIMEOUT = link("ReadTimeout")


def still(*stalls: tuple[float, float]) -> Lag:
    return Lag(1.0, 0.1, 10, list(stalls))


def test_a_pool_timeout_says_itself_what_it_waited_for() -> None:
    cause = only(failing(POOL_TIMEOUT, start=2.0, lag=still((1.0, 3.0))))
    assert cause == Cause(
        request=1, name=room.STARVED, sure="certain", evidence=Starved(8.0, 1.0, "queue")
    )
    half = only(failing(POOL_TIMEOUT, start=2.0, lag=still((3.0, 7.0))))
    assert half.evidence == Starved(8.0, 4.0, "event loop")
    endless = failing(POOL_TIMEOUT, start=2.0, lag=still((3.0, 7.0)))
    assert endless.client.requests is not None
    endless.client.requests.end[1] = None
    assert only(endless).evidence == Starved(None, 4.0, "queue")


def test_a_timeout_without_a_connection_is_likely_the_pools_where_that_is_full() -> None:
    pair = Load("pair", requests=2, concurrency=1)
    full: dict[str, Any] = {
        "load": pair,
        "client_connections": [Connection(5, 0.0, turns=[Turn(0, 0.1, 0.1, 0.2)])],
        "server_connections": [Connection(5, 0.0)],
    }
    cause = only(failing(TIMEOUT, **full))
    assert (cause.name, cause.sure) == (room.STARVED, "likely")
    assert cause.evidence == Starved(10.0, 0.0, "queue")
    assert only(failing(TIMEOUT, **(full | {"client_connections": []}))).name == room.UNKNOWN
    on_one = [Connection(5, 0.0, turns=[Turn(1, 0.1, 0.1, 0.2)])]
    served = [Connection(5, 0.0, arrivals=[(0.2, None)])]
    written = full | {"client_connections": on_one, "server_connections": served}
    assert only(failing(TIMEOUT, **written)).name == room.SLOW_SERVER
    assert only(failing(READ_TIMEOUT, **full)).name == room.UNKNOWN


def waited(
    *stalls: tuple[float, float],
    arrivals: list[tuple[float, float | None]],
    wrote: float | None = 4.0,
    first: float | None = None,
    **more: Any,
) -> Cause:
    """The cause of a request that was written after 4 of its 10 seconds and timed out."""
    client = Connection(5, 0.0, turns=[Turn(1, 3.0, wrote, first)])
    server = Connection(5, 0.0, arrivals=arrivals)
    return only(failing(READ_TIMEOUT, client=client, server=server, lag=still(*stalls), **more))


@pytest.mark.parametrize(
    ("arrivals", "first", "server"),
    [
        ([], None, "read nothing"),
        ([(4.1, None)], None, "answered nothing"),
        ([(4.1, None)], 9.0, "answered nothing"),
        ([(4.1, 10.1)], None, "answered nothing"),
        ([(4.1, 10.1)], 9.0, "still sending"),
        ([(4.1, 9.5)], None, "not done"),
        ([(4.1, 9.5)], 9.0, "not done"),
        ([(4.1, 10.0)], 9.0, "not done"),
    ],
)
def test_a_slow_server_is_told_by_how_far_it_was(
    arrivals: list[tuple[float, float | None]], first: float | None, server: Any
) -> None:
    cause = waited(arrivals=arrivals, first=first)
    assert (cause.name, cause.sure, cause.port) == (room.SLOW_SERVER, "certain", 5)
    assert cause.evidence == LateAnswer(6.0, server)


def test_what_was_never_written_waits_from_its_try() -> None:
    cause = waited(arrivals=[(3.5, None)], wrote=None)
    assert cause.evidence == LateAnswer(7.0, "answered nothing")


def test_an_answer_that_lay_ready_is_the_clients_where_it_stood_still_for_most_of_that() -> None:
    cause = waited((0.0, 8.0), arrivals=[(4.1, 5.0)], end=10.0)
    assert cause.name == room.UNKNOWN  # 3 of 5 seconds
    cause = waited((6.0, 10.0), arrivals=[(4.1, 5.0)])
    assert (cause.name, cause.sure) == (room.LATE_CLIENT, "certain")
    assert cause.evidence == LateReading(5.0, 4.0)
    assert waited((6.1, 10.0), arrivals=[(4.1, 5.0)]).name == room.UNKNOWN


def test_a_stall_of_the_client_puts_the_server_in_doubt() -> None:
    assert waited((5.0, 5.2), arrivals=[(4.1, None)]).name == room.UNKNOWN
    assert waited((3.0, 4.0), arrivals=[(4.1, None)]).name == room.SLOW_SERVER
    # Once it has answered, only what comes after counts.
    assert waited((5.0, 5.2), arrivals=[(4.1, 9.5)]).name == room.SLOW_SERVER
    assert waited((9.6, 9.7), arrivals=[(4.1, 9.5)]).name == room.UNKNOWN
    # An answer that came after the end was no answer yet: nothing lay ready.
    assert waited((9.0, 12.0), arrivals=[(4.1, 11.0)]).name == room.SLOW_SERVER
    # What ready nothing means is not decided by a stall of no length.
    assert waited(arrivals=[(4.1, 10.0)]).name == room.SLOW_SERVER


def test_without_an_end_nothing_timed_out() -> None:
    client = Connection(5, 0.0, turns=[Turn(1, 3.0, 4.0, None)])
    endless = failing(READ_TIMEOUT, client=client, server=Connection(5, 0.0))
    assert endless.client.requests is not None
    endless.client.requests.end[1] = None
    assert only(endless).name == room.UNKNOWN
    gone = failing(link("ReadError"), client=client, server=Connection(5, 0.0, arrivals=[]))
    assert only(gone).name == room.UNKNOWN


def test_a_stall_after_its_end_did_not_hold_a_request_up() -> None:
    lag = Lag(9.0, 0.5, 10, [(9.5, 19.5)])
    waited = failing(link("PoolTimeout"), lag=lag)
    (cause,) = causes(waited)
    assert cause.evidence == Starved(10.0, 0.5, "queue")


def test_a_relay_does_not_see_whether_a_server_has_accepted() -> None:
    client = Connection(5, 0.0, turns=[Turn(1, 1.0, 1.0, None)])
    server = Connection(5, 0.0, arrivals=[(1.1, None)])
    trial = failing(TIMEOUT, client=client, server=server, server_noted_by="relay")
    assert (only(trial).name, only(trial).sure) == (room.SLOW_SERVER, "likely")
    used = Connection(5, 0.0, arrivals=[(0.1, 0.2), (1.1, None)])
    trial = failing(TIMEOUT, client=client, server=used, server_noted_by="relay")
    assert (only(trial).name, only(trial).sure) == (room.SLOW_SERVER, "certain")

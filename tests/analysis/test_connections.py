"""Both ends' notes of a connection, joined; each span and bound exact."""

import pytest
from msgspec import structs

from scripts.analysis.connections import Case, cases, is_half, other_end, pool_full, stall_in
from scripts.domain.trial import Connection, Failure, Lag, Load, Requests, Trial, Turn
from tests.builders import READ_ERROR, failing, made

pytestmark = pytest.mark.pure

USED = Connection(5, 10.0, turns=[Turn(1, 9.0, 9.4, 9.8)])


def case(trial: Trial) -> Case:
    (one,) = cases(trial)
    return one


@pytest.mark.parametrize(
    ("opened", "same"),
    [
        (10.5, True),
        (9.5, True),
        (10.51, True),  # accepted late
        (9.49, True),  # noticed late
    ],
)
def test_a_connection_has_its_other_end_however_late_it_was_noted(
    opened: float, same: bool
) -> None:
    server = Connection(5, opened)
    assert (other_end(USED, [server]) == server) is same
    assert other_end(USED, [structs.replace(server, port=6)]) is None


def test_the_nearest_of_several_is_the_other_end() -> None:
    near, far = Connection(5, 10.1), Connection(5, 10.4)
    assert other_end(USED, [far, near]) == near
    assert other_end(USED, [Connection(5, 9.7), near]) == near


def test_one_accepted_late_must_begin_before_the_client_lost_it_and_be_the_only_one() -> None:
    lost = structs.replace(USED, lost=12.0)
    assert other_end(lost, [Connection(5, 12.0)]) == Connection(5, 12.0)
    assert other_end(lost, [Connection(5, 12.1)]) is None
    assert other_end(USED, [Connection(5, 11.0), Connection(5, 12.0)]) is None


def test_one_noticed_late_must_still_be_open_and_be_the_only_one() -> None:
    early = Connection(5, 7.0)
    for over, same in ((10.0, False), (10.1, True)):
        for name in ("closed", "lost"):
            server = structs.replace(early, **{name: over})
            assert (other_end(USED, [server]) == server) is same
    assert other_end(USED, [early, Connection(5, 8.0)]) is None


def test_a_request_is_judged_on_the_connection_it_was_last_tried_on() -> None:
    first = Connection(5, 0.0, turns=[Turn(1, 1.0, 1.0, None)])
    second = Connection(
        6, 0.0, turns=[Turn(0, 0.5, 0.5, 0.9), Turn(1, 2.0, 2.0, None), Turn(None, 3.0, 3.0, 4.0)]
    )
    for order in ([first, second], [second, first]):
        one = case(failing(READ_ERROR, client_connections=order))
        assert (one.client, one.turn, one.tried) == (second, 1, 2.0)
    again = structs.replace(first, turns=[Turn(1, 2.0, 2.1, None)])
    assert case(failing(READ_ERROR, client_connections=[second, again])).client == again
    none = case(failing(READ_ERROR))
    assert (none.client, none.turn, none.tried, none.written, none.first_byte) == (
        None, 0, None, None, None,
    )  # fmt: skip


def test_what_was_never_written_counts_from_its_try() -> None:
    one = case(failing(READ_ERROR, client=Connection(5, 0.0, turns=[Turn(1, 9.0, None, None)])))
    assert (one.tried, one.written, one.first_byte) == (9.0, 9.0, None)
    one = case(failing(READ_ERROR, client=USED))
    assert (one.tried, one.written, one.first_byte) == (9.0, 9.4, 9.8)


@pytest.mark.parametrize(
    ("arrived", "is_it"), [(9.3, False), (9.4, True), (9.9, True), (9.95, False)]
)
def test_a_request_arrives_after_its_write_and_before_the_next_try(
    arrived: float, is_it: bool
) -> None:
    client = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.4, None), Turn(0, 9.95, 9.95, None)])
    server = Connection(5, 0.0, arrivals=[(arrived, 9.96)])
    one = case(failing(READ_ERROR, client=client, server=server))
    assert one.arrival == ((arrived, 9.96) if is_it else None)
    assert case(failing(READ_ERROR, client=client)).arrival is None


def test_a_failed_request_is_one_that_raised_or_never_ended() -> None:
    requests = Requests([0.0, 1.0, 2.0, 3.0], [0.5, None, 2.5, 3.5], [None, None, 0, 7])
    trial = made(requests=requests, failures=[Failure((READ_ERROR,), "", 1)], client_connections=[])
    ended = [(one.number, one.start, one.end, list(one.chain), one.symptom) for one in cases(trial)]
    assert ended == [
        (1, 1.0, None, [], "unknown"),
        (2, 2.0, 2.5, [READ_ERROR], "gone"),
        (3, 3.0, 3.5, [], "unknown"),
    ]
    below = made(requests=Requests([0.0], [1.0], [-1]), failures=[Failure((READ_ERROR,), "", 1)])
    assert list(case(below).chain) == []


def test_a_script_that_failed_as_a_whole_is_one_case() -> None:
    trial = made(requests=None, script_failure=Failure((READ_ERROR,), "", 1), wall=4.0)
    one = case(trial)
    assert (one.number, one.start, one.end, one.symptom) == (None, 0.0, 4.0, "gone")
    assert (one.client, one.server, one.turn, one.noted) == (None, None, 0, True)
    assert cases(made(requests=None)) == []
    blind = made(
        requests=None, script_failure=Failure((READ_ERROR,), "", 1), server_connections=None
    )
    assert not case(blind).noted


def test_a_server_that_lacks_a_connection_it_answered_on_did_not_note_all() -> None:
    answered = Connection(5, 0.0, turns=[Turn(0, 0.1, 0.1, 0.2), Turn(1, 9.0, 9.0, None)])
    silent = structs.replace(answered, turns=[Turn(0, 0.1, 0.1, None), Turn(1, 9.0, 9.0, None)])
    server = Connection(5, 0.0)
    assert case(failing(READ_ERROR, client=answered, server=server)).noted
    assert case(failing(READ_ERROR, client=answered, server=server)).server == server
    assert not case(failing(READ_ERROR, client=answered)).noted
    assert case(failing(READ_ERROR, client=silent)).noted
    assert not case(failing(READ_ERROR, client=silent, server_connections=None)).noted
    # What a server that lacks one connection noted of another is not gone by either.
    other = Connection(6, 0.0, turns=[Turn(0, 0.3, 0.3, 0.4)])
    both = failing(READ_ERROR, client_connections=[silent, other], server=server)
    assert (case(both).noted, case(both).server) == (False, None)


def test_a_stall_counts_where_it_overlaps_a_span() -> None:
    one = case(failing(READ_ERROR, lag=Lag(1.0, 0.1, 9, [(1.0, 3.0), (5.0, 6.0)])))
    assert stall_in(one, 0.0, 10.0) == pytest.approx(3.0)
    assert stall_in(one, 2.0, 5.5) == pytest.approx(1.5)
    assert stall_in(one, 2.0, None) == pytest.approx(2.0)
    assert stall_in(one, 3.0, 5.0) == 0
    assert stall_in(case(failing(READ_ERROR, lag=None)), 0.0, 10.0) == 0


def test_half_of_a_span_is_half_of_one_that_has_an_end_and_a_length() -> None:
    assert is_half(2.0, 1.0, 5.0)
    assert not is_half(1.9, 1.0, 5.0)
    assert not is_half(9.0, 1.0, None)
    assert not is_half(1.0, 5.0, 5.0)
    assert not is_half(1.0, 5.0, 4.0)


def test_a_pool_is_full_where_as_many_are_held_as_may_be() -> None:
    load = Load("pair", requests=2, concurrency=2)

    def full(*connections: Connection, load: Load = load, end: float | None = 10.0) -> bool:
        requests = Requests([0.0], [end], [0])
        return pool_full(
            case(
                made(
                    load=load,
                    requests=requests,
                    failures=[Failure((READ_ERROR,), "", 1)],
                    client_connections=list(connections),
                )
            )
        )

    held = Connection(5, 10.0)
    assert full(held, held)
    assert full(held, held, held)
    assert not full(held)
    assert not full(held, Connection(6, 10.1))
    assert full(held, Connection(6, 1.0, lost=9.9))
    assert not full(held, Connection(6, 1.0, lost=9.8))
    assert not full(held, held, load=Load("any"))
    assert not full(held, held, end=None)

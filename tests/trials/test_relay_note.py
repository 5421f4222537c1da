"""What a relay noted brings both ends of a connection under the client's port."""

import pytest

from scripts.domain.trial import Beyond, Connection, Relay
from scripts.trials.notes import ServerNote
from scripts.trials.relay_note import Passed, RelayNote, server_record

pytestmark = pytest.mark.pure

ZERO = 1000.0
RELAY = Relay(0.1, 0.001, 0.002, 0.5)


def note(*passed: Passed) -> RelayNote:
    return RelayNote(list(passed), 0.1, 0.001, 0.002, 0.5)


def noted(*connections: Connection) -> ServerNote:
    return ServerNote(list(connections), (0.5, 0.25), {})


def test_a_server_without_a_note_has_the_relays() -> None:
    seen = Connection(5, 1001.0, arrivals=[(1002.0, 1003.0)], closed=1004.0, how="reset")
    record = server_record(None, note(Passed(70, seen), Passed(None, seen)), ZERO, ())
    assert (record.noted_by, record.relay, record.cpu) == ("relay", RELAY, None)
    assert record.connections == [
        Connection(5, 1.0, arrivals=[(2.0, 3.0)], closed=4.0, how="reset")
    ]


def test_a_client_that_goes_past_the_relay_leaves_no_note() -> None:
    assert server_record(None, note(), ZERO, ()).connections is None
    assert server_record(None, None, ZERO, ()).relay is None


def test_a_servers_own_note_is_renamed_and_what_only_looked_is_left_out() -> None:
    record = server_record(
        noted(Connection(70, 1001.5, closed=1004.0), Connection(71, 1001.6)),
        note(Passed(70, Connection(5, 1001.0, closed=1004.1, delivered=1004.2))),
        ZERO,
        (),
    )
    assert (record.noted_by, record.relay, record.cpu) == ("server", RELAY, 0.75)
    assert record.connections == [Connection(5, 1.5, closed=4.0, delivered=4.2)]


def test_a_port_of_the_relays_that_is_used_again_is_told_apart_by_time() -> None:
    relay = note(Passed(70, Connection(5, 1001.0)), Passed(70, Connection(6, 1003.0)))
    renamed = relay.renamed([Connection(70, 1003.5), Connection(70, 1001.5), Connection(70, 1000)])
    assert [connection.port for connection in renamed] == [6, 5]


def test_what_is_encrypted_has_its_close_in_what_came_after_it() -> None:
    seen = Connection(5, 1001.0, closed=1034.0, delivered=1034.1)
    passed = Passed(70, seen, [(1002.0, 1002.1), (1004.001, 1004.101), (1034.0, 1034.1)])
    assert passed.delivered(1004.0) == 1004.101
    assert passed.delivered(1035.0) is None
    assert passed.delivered(None) == 1034.1


def test_what_a_balancer_puts_before_the_servers_is_told_apart() -> None:
    passed = [Passed(70 + number, Connection(number, 1001.0)) for number in range(4)]
    accepted = [
        Connection(70, 1001.5, arrivals=[(1002.0, 1003.0)] * 2, closed=1004.0),  # a port by chance
        Connection(90, 1001.5, arrivals=[(1002.0, 1003.0)], closed=1004.0, eof=1003.5),
        Connection(91, 1001.5, closed=1004.0),  # which only looked
        Connection(92, 1001.5, arrivals=[(1005.0, 1006.0)], closed=1009.0),  # after the last came
    ]
    record = server_record(noted(*accepted), note(*passed), ZERO, ())
    assert (record.noted_by, record.relay, record.cpu) == ("relay", RELAY, 0.75)
    assert [connection.port for connection in record.connections or ()] == [0, 1, 2, 3]
    assert record.beyond == Beyond(connections=3, requests=4, closed=1, left=1)


def test_of_a_server_that_lost_most_of_its_notes_nothing_is_taken_for_a_balancer() -> None:
    passed = [Passed(70 + number, Connection(number, 1001.0)) for number in range(4)]
    accepted = Connection(71, 1001.5, arrivals=[(1002.0, 1003.0)])
    record = server_record(noted(accepted), note(*passed), ZERO, ())
    assert (record.noted_by, record.beyond) == ("server", None)
    assert [connection.port for connection in record.connections or ()] == [1]

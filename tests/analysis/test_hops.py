"""Who closed idle connections on whom."""

import pytest
from msgspec import structs

from scripts.analysis.hops import hops
from scripts.domain.trial import Beyond, Client, Connection, Server, Trial, Turn
from tests.builders import made

pytestmark = pytest.mark.pure

LAST = Connection(9, 0.0, arrivals=[(9.0, 9.1)])
"""Of a server: on which the last request came."""


def trial(server: list[Connection], client: list[Connection], **fields: object) -> Trial:
    told = structs.replace(Server(connections=[*server, LAST]), **fields)
    return structs.replace(made(), server=told, client=Client(connections=client))


def test_closes_are_counted_by_who_was_first_while_requests_were_to_come() -> None:
    by_server = Connection(1, 0.0, arrivals=[(0.1, 0.2)], closed=0.7)
    followed = Connection(2, 0.0, arrivals=[(0.1, 0.2)], closed=0.7, eof=0.6)
    late = Connection(3, 0.0, arrivals=[(0.1, 0.2)], closed=9.5)
    in_request = Connection(6, 0.0, arrivals=[(0.1, None)], closed=0.7)
    by_client = Connection(4, 0.0, turns=[Turn(0, 0.0, 0.0, 0.1)], closed=0.6)
    given_up = Connection(7, 0.0, turns=[Turn(0, 0.0, 0.0)], closed=0.6)
    reset = Connection(8, 0.0, turns=[Turn(0, 0.0, 0.0, 0.1)], closed=0.6, errno=104)
    last = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.0)], closed=9.9)
    ends = [by_server, followed, late, in_request], [by_client, given_up, reset, last]
    found = hops([trial(*ends)])
    assert found is not None
    assert (found.by_server, found.by_client) == (1, 1)
    assert found.kept == pytest.approx(0.5)
    assert (found.behind_by_replica, found.answers) == (None, None)


def test_what_went_on_behind_and_what_was_answered_is_summed() -> None:
    one = trial([], [], beyond=Beyond(3, 9, 2, 1), answers={200: 8, 502: 1})
    other = trial([], [], beyond=Beyond(3, 9, 1, 0), answers={0: 2, 200: 7})
    found = hops([one, other])
    assert found is not None
    assert (found.behind_by_replica, found.behind_by_balancer) == (3, 1)
    assert found.answers == {0: 2, 502: 1}


def test_of_a_server_without_a_note_nothing_is_said() -> None:
    assert hops([structs.replace(made(), server=Server())]) is None

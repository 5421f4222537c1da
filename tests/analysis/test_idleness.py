"""How long a connection lay idle before it was written on again."""

import pytest
from msgspec import structs

from scripts.analysis.idleness import longest_idle
from scripts.domain.trial import Client, Connection, Server, Turn
from tests.builders import made

pytestmark = pytest.mark.pure


def test_it_counts_from_the_last_byte_of_the_answer_to_the_next_write() -> None:
    client = Connection(1, 0.0, turns=[Turn(0, 0.0, 0.0), Turn(1, 0.9, 1.0), Turn(2, 2.0, 2.5)])
    server = Connection(1, 0.0, arrivals=[(0.0, 0.4), (1.0, 2.2)])
    trial = structs.replace(
        made(), client=Client(connections=[client]), server=Server(connections=[server])
    )
    assert longest_idle(trial) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("turns", "arrivals"),
    [
        ([Turn(0, 0.0, 0.0)], [(0.0, 0.4)]),  # one request alone
        ([Turn(0, 0.0, 0.0), Turn(1, 1.0)], [(0.0, 0.4)]),  # the second was never written
        ([Turn(0, 0.0, 0.0), Turn(1, 1.0, 1.0)], [(0.0, None)]),  # no answer was noted
        ([Turn(0, 0.0, 0.0), Turn(1, 1.0, 1.0)], []),
    ],
)
def test_where_nothing_was_written_on_again_there_is_none(
    turns: list[Turn], arrivals: list[tuple[float, float | None]]
) -> None:
    trial = structs.replace(
        made(),
        client=Client(connections=[Connection(1, 0.0, turns=turns)]),
        server=Server(connections=[Connection(1, 0.0, arrivals=arrivals)]),
    )
    assert longest_idle(trial) is None

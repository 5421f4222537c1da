"""The picture of what both ends did to one connection."""

import pytest

from scripts.domain.trial import Connection, Requests, Trial, Turn
from scripts.report.facts import Publication
from scripts.report.figures import selection, timeline
from scripts.report.story import story
from tests.builders import made
from tests.report.figures.pictures import checked

pytestmark = pytest.mark.pure


def failing(gap: float = 0.05, order: int = 1) -> Trial:
    """One of which a request is written so many seconds after the server closed its connection,
    that one before it had used.
    """
    wrote = 0.3 + gap
    turns = [
        Turn(7, 0.1, 0.1, 0.2),
        Turn(0, 0.3, wrote, None, assigned=0.25, assignments=2, looked=0.29, readable=False),
    ]
    client = Connection(5, 0.0, turns=turns, lost=wrote + 0.1, errno=32, noted_at="transport")
    server = Connection(5, 0.0, arrivals=[(0.1, 0.2)], timer=0.3, closed=0.3, how="end of stream")
    requests = Requests([0.0] * 10, [wrote + 0.2, *[0.2] * 9], [0] + [None] * 9)
    return made(
        order=order, failed=1, requests=requests,
        client_connections=[client], server_connections=[server],
    )  # fmt: skip


def test_a_timeline_tells_the_gap_and_every_moment_by_its_words() -> None:
    drawing = timeline.drawing(story(failing(), None), 3)
    assert [mark.at for mark in drawing.marks] == [-0.05, -0.01, 0.0, 0.05, 0.25]
    said = checked(timeline.svg, drawing)
    told = " ".join(said)
    assert "One failed request: written 50.0 ms after the server closed the connection" in said
    assert "50.0 ms" in said
    for words in ("assigned the connection", "a look at the", "closes the", "is written"):
        assert words in told
    assert "ReadError" in told
    assert "of 3 that failed so it is the middle one by this gap" in drawing.beside
    assert "had been idle for 100.0 ms at its close" in drawing.beside


def test_a_write_that_crossed_the_close_is_told_to_come_before_it() -> None:
    drawing = timeline.drawing(story(failing(-0.005), None), 1)
    assert drawing.title.endswith("written 5.0 ms before the server closed the connection")
    assert "middle" not in drawing.beside
    checked(timeline.svg, drawing)


def test_the_typical_failure_is_the_middle_one_by_its_gap() -> None:
    trials = [failing(gap, order) for order, gap in ((1, 0.002), (2, 0.3), (3, 0.05))]
    chosen = selection.typical_failure(Publication(trials, [], [], {}, {}))
    assert chosen is not None
    assert (chosen.trial.place.order, chosen.request, chosen.among) == (3, 0, 3)


def test_without_a_stale_connection_there_is_no_picture() -> None:
    assert timeline.drawings(Publication([made(failed=2)], [], [], {}, {})) == {}

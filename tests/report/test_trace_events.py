"""A trial as a trace: viewers drop a span that begins inside another and outlasts it."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.domain.trial import Connection, Requests, Turn
from scripts.report.trace_events import Trace, trace
from tests.builders import made

pytestmark = pytest.mark.pure

MOMENTS = st.floats(0, 20, allow_nan=False)


def overlapping(drawn: Trace) -> list[str]:
    """Names of spans that end after one of their track in which they began."""
    tracks: dict[tuple[int, int], list[tuple[int, int, str]]] = defaultdict(list)
    for event in drawn.trace_events:
        if event.ph == "X" and event.ts is not None and event.dur is not None:
            tracks[event.pid, event.tid].append((event.ts, -event.dur, event.name))
    names = []
    for spans in tracks.values():
        around: list[int] = []
        for begun, lasts, name in sorted(spans):
            around = [end for end in around if end > begun]
            if around and begun - lasts > around[-1]:
                names.append(name)
            around.append(begun - lasts)
    return names


def test_a_request_that_outlasts_its_connection_is_drawn_inside_it() -> None:
    turns = [Turn(0, 1.0, 1.0, 1.2), Turn(1, 1.4, 1.4, None)]
    connection = Connection(5, 0.5, turns=turns, lost=2.0)
    trial = made(requests=Requests([0.9, 1.0], [1.5, 2.3], [None, None]),
                 client_connections=[connection])  # fmt: skip
    drawn = trace(trial)
    assert overlapping(drawn) == []
    spans = {event.name: event for event in drawn.trace_events if event.ph == "X"}
    first, second = spans["request 0"], spans["request 1"]
    assert (first.ts, first.dur) == (1_000_000, 400_000)
    assert (second.ts, second.dur) == (1_400_000, 600_000)
    assert second.args is not None
    assert second.args["over"] == 2.3


@given(
    st.lists(st.tuples(MOMENTS, MOMENTS), max_size=5),
    st.lists(st.tuples(MOMENTS, st.none() | MOMENTS), max_size=5),
    st.none() | MOMENTS,
)
def test_no_span_of_a_connection_overlaps_another(
    requests: list[tuple[float, float]],
    arrivals: list[tuple[float, float | None]],
    lost: float | None,
) -> None:
    turns = [Turn(number, tried, tried, None) for number, (tried, _) in enumerate(requests)]
    count = len(requests)
    noted = Requests(
        [tried for tried, _ in requests], [end for _, end in requests], [None] * count
    )  # fmt: skip
    trial = made(
        requests=noted,
        client_connections=[Connection(5, 0.0, turns=turns, lost=lost)],
        server_connections=[Connection(5, 0.0, arrivals=list(arrivals), lost=lost)],
    )
    assert overlapping(trace(trial)) == []

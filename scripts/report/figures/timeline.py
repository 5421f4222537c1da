"""A picture of what both ends did to the connection of a failed request."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.domain.words import plain
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import INK, MEASURED, SETTINGS, WAITING, WORSE, finished, rounded
from scripts.report.story import Story, story
from scripts.report.timeline import Moment, Side

CLOSE = 0.03
"""Share of a timeline's length within which moments of one side share a mark."""

HEIGHTS: dict[Side, float] = {"client": 1.0, "server": 0.0}
"""Where either side's line is."""


class Mark(msgspec.Struct, frozen=True):
    """One or more moments of one side, so near to each other that they share a mark.

    Attributes:
        at: seconds from the request's end, of the first of them.
        side: at which end.
        label: their numbers.
        striking: whether a close or the failure is among them.
    """

    at: float
    side: Side
    label: str
    striking: bool


class TimelineDrawing(msgspec.Struct, frozen=True):
    """The last moments of a connection; all times in seconds from the request's end.

    Attributes:
        first: the first moment that is shown.
        marks: on the two lines.
        stalls: (from, to) of the times the client's event loop was blocked.
        lines: every moment, numbered, in words.
    """

    first: float
    marks: list[Mark]
    stalls: list[tuple[float, float]]
    lines: list[str]


def drawings(publication: Publication) -> dict[str, TimelineDrawing]:
    """The first failure of the telling trials."""
    trial = selection.failed_trial(selection.telling_trials(publication))
    return {selection.campaign(publication): drawing(story(trial, None))} if trial else {}


def drawing(failure: Story) -> TimelineDrawing:
    """A failure's last moments.

    Moments are numbered on their side's line and named beside it, so that no name hides another.
    """
    moments = _ending(failure)
    first = min(moment.at for moment in moments)
    stalls = [(max(begun, first), over) for begun, over in failure.stalls if over > first]
    return TimelineDrawing(
        rounded(first),
        _marks(moments, CLOSE * _span(first)),
        [(rounded(begun), rounded(over)) for begun, over in stalls],
        [
            plain(f"{number}   {1000 * moment.at:.1f} ms   {moment.side}: {moment.what}")
            for number, moment in enumerate(moments, 1)
        ],
    )


def _ending(failure: Story) -> Sequence[Moment]:
    """A timeline from the last answer before the failure on: what came earlier is of no matter."""
    answers = [
        place
        for place, moment in enumerate(failure.moments)
        if moment.kind == "answered" and moment.request != failure.cause.request
    ]
    return failure.moments[answers[-1] :] if answers else failure.moments


def _span(first: float) -> float:
    return max(1e-3, -first)


def _marks(moments: Sequence[Moment], near: float) -> list[Mark]:
    """Moments as marks.

    Args:
        moments: in order of time.
        near: seconds from a mark within which its side's moments share it.
    """
    shared: list[list[int]] = []
    for place, moment in enumerate(moments):
        beside = (
            places
            for places in shared
            if moments[places[0]].side == moment.side and moment.at - moments[places[0]].at < near
        )
        places = next(beside, None)
        if places is None:
            shared.append([place])
        else:
            places.append(place)
    return [_mark(moments, places) for places in shared]


def _mark(moments: Sequence[Moment], places: Sequence[int]) -> Mark:
    first, last = places[0] + 1, places[-1] + 1
    striking = any(moments[place].kind in ("closes", "fails") for place in places)
    label = str(first) if len(places) == 1 else f"{first}–{last}"
    return Mark(rounded(moments[places[0]].at), moments[places[0]].side, label, striking)


def svg(drawing: TimelineDrawing) -> bytes:
    """The picture."""
    with mpl.rc_context(SETTINGS):
        height = 0.2 * len(drawing.lines)
        figure = Figure(figsize=(11, 1.9 + height), layout="constrained")
        axes, names = figure.subplots(2, 1, height_ratios=[1.7, height])
        _draw(axes, drawing)
        names.axis("off")
        for number, line in enumerate(drawing.lines, 1):
            place = (0.02, 1 - (number - 0.5) / len(drawing.lines))
            text = names.text(*place, line, fontsize=8, verticalalignment="center",
                              transform=names.transAxes)  # fmt: skip
            text.set_in_layout(False)  # a long line makes the picture above no narrower
        return finished(figure, drawing, axes, names)


def _draw(axes: Axes, drawing: TimelineDrawing) -> None:
    first = drawing.first
    for side, height in HEIGHTS.items():
        axes.plot([1000 * first, 0], [height, height], color=INK, linewidth=1)
        axes.text(1000 * (first - 0.02 * _span(first)), height, side, horizontalalignment="right",
                  verticalalignment="center")  # fmt: skip
    for begun, over in drawing.stalls:
        bar = (1000 * begun, 1000 * (over - begun))
        axes.broken_barh([bar], (0.86, 0.28), color=WAITING, alpha=0.6)
    for mark in drawing.marks:
        place, colour = (1000 * mark.at, HEIGHTS[mark.side]), WORSE if mark.striking else MEASURED
        axes.plot([place[0]], [place[1]], "o", color=colour, markersize=6)
        above = 9 if mark.side == "client" else -16
        axes.annotate(mark.label, place, (0, above), textcoords="offset points",
                      horizontalalignment="center", fontsize=9)  # fmt: skip
    axes.set_ylim(-0.6, 1.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(
        "milliseconds before the request fails; bars: the client's event loop is blocked"
    )

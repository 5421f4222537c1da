"""A picture of what both ends did to the connection of a failed request."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from scripts.domain.words import plain
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import (
    FAINT,
    MEASURED,
    PALE,
    SETTINGS,
    SMALL,
    USUAL,
    WAITING,
    WIDTH,
    WORSE,
    finished,
    headed,
    heading_height,
    rounded,
    spread,
)
from scripts.report.story import Story, story
from scripts.report.timeline import MomentKind, Side

HEIGHTS: dict[Side, float] = {"client": 1.0, "server": 0.0}
"""Where either side's line is."""

OWN: tuple[MomentKind, ...] = ("assigned", "looked at", "written", "fails")
"""What the client does for the failed request that is shown."""

STRIKING: tuple[MomentKind, ...] = ("closes", "written", "fails")

LETTERS = 23
"""Of a line of a moment's words."""

NAME = 0.19
"""Share of the picture's width that a moment's words take."""


class Mark(msgspec.Struct, frozen=True):
    """One moment.

    Attributes:
        at: seconds from the server's close.
        side: at which end.
        words: what happened.
        striking: whether it is one that the picture is about.
    """

    at: float
    side: Side
    words: str
    striking: bool


class TimelineDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """The last moments of a connection; all times in seconds from the server's close.

    Attributes:
        title: what is seen.
        beside: of which request, and how that was chosen.
        marks: on the two lines, in order of time.
        wrote: when the client wrote.
        stalls: (from, to) of the times the client's event loop was blocked.
    """

    title: str
    beside: str
    marks: list[Mark]
    wrote: float
    stalls: list[tuple[float, float]]


def drawings(publication: Publication) -> dict[str, TimelineDrawing]:
    """A typical failure of the telling targets."""
    failure = selection.typical_failure(publication)
    if failure is None:
        return {}
    told = story(failure.trial, failure.request)
    return {selection.campaign(publication): drawing(told, failure.among)}


def drawing(failure: Story, among: int) -> TimelineDrawing:
    """A failure's last moments.

    Args:
        failure: of a request that was written on a connection that the server had closed.
        among: of how many that failed so it is the middle one, by the time from close to write.
    """
    request = failure.cause.request
    shown = [
        moment
        for moment in failure.moments
        if (moment.side == "client" and moment.kind in OWN and moment.request in (None, request))
        or (moment.side == "server" and moment.kind == "closes")
    ]
    closed = next(moment.at for moment in shown if moment.kind == "closes")
    wrote = next(moment.at for moment in shown if moment.kind == "written") - closed
    way = "after" if wrote >= 0 else "before"
    first = min(moment.at for moment in shown)
    of = f"; of {among} that failed so it is the middle one by this gap" if among > 1 else ""
    return TimelineDrawing(
        title=f"One failed request: written {_milliseconds(abs(wrote))} {way} the server closed "
        "the connection",
        beside=plain(
            f"Request {request} of {failure.target} under the {failure.load} load, trial "
            f"{failure.trial}{of}. {_idle(failure, closed)}"
        ),
        marks=[
            Mark(
                rounded(moment.at - closed), moment.side, plain(moment.what),
                moment.kind in STRIKING,
            )
            for moment in shown
        ],
        wrote=rounded(wrote),
        stalls=[
            (rounded(max(begun, first) - closed), rounded(over - closed))
            for begun, over in failure.stalls
            if over > first
        ],
    )  # fmt: skip


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


def _idle(failure: Story, closed: float) -> str:
    """Since when the server had waited when it closed, in a sentence; empty where unknown."""
    answers = [
        moment.at
        for moment in failure.moments
        if (moment.side, moment.kind) == ("server", "answered") and moment.at <= closed
    ]
    if not answers:
        return ""
    return f"The connection had been idle for {_milliseconds(closed - answers[-1])} at its close."


def svg(drawing: TimelineDrawing) -> bytes:
    """The picture."""
    handles = [Patch(color=WAITING, label="the client's event loop is blocked")]
    named = handles if drawing.stalls else []
    with mpl.rc_context(SETTINGS):
        height = heading_height(drawing.title, drawing.beside, bool(named)) + 2.75
        figure = Figure(figsize=(WIDTH, height))
        headed(figure, drawing.title, drawing.beside, named)
        axes = figure.add_axes((0.09, 0.55 / height, 0.87, 2.1 / height))
        _draw(axes, drawing)
        return finished(figure, drawing, axes)


def _draw(axes: Axes, drawing: TimelineDrawing) -> None:
    times = [1000 * mark.at for mark in drawing.marks]
    room = 0.06 * (max(times) - min(times)) or 1.0
    low, high = min(times) - room, max(times) + room
    axes.set_xlim(low, high)
    axes.set_ylim(-0.85, 2.0)
    for side, height in HEIGHTS.items():
        axes.axhline(height, color=FAINT, linewidth=1)
        axes.text(-0.01, height, side, transform=axes.get_yaxis_transform(), fontsize=10,
                  horizontalalignment="right", verticalalignment="center")  # fmt: skip
        marks = [mark for mark in drawing.marks if mark.side == side]
        _draw_marks(axes, marks, height)
    for begun, over in drawing.stalls:
        bar = (1000 * begun, 1000 * (over - begun))
        axes.broken_barh([bar], (0.92, 0.16), color=WAITING)
    _draw_gap(axes, 1000 * drawing.wrote)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("milliseconds from the server's close")


def _draw_gap(axes: Axes, wrote: float) -> None:
    """The time from close to write, named."""
    span = sorted((0.0, wrote))
    axes.fill_between(span, 0, 1, color=WORSE, alpha=0.18, linewidth=0)
    axes.annotate("", (wrote, 0.5), (0, 0.5), arrowprops={"arrowstyle": "<->", "color": WORSE,
                  "shrinkA": 0, "shrinkB": 0})  # fmt: skip
    axes.annotate(
        _milliseconds(abs(wrote) / 1000), (max(0.0, wrote), 0.5), (6, 0),
        textcoords="offset points", color=WORSE, fontsize=11, fontweight="bold",
        verticalalignment="center",
    )  # fmt: skip


def _draw_marks(axes: Axes, marks: Sequence[Mark], height: float) -> None:
    """Moments of one side, each with its words beside the line."""
    low, high = axes.get_xlim()
    above = 1 if height else -1
    width = NAME * (high - low)
    places = spread([1000 * mark.at for mark in marks], [width] * len(marks), low, high)
    for mark, place in zip(marks, places, strict=True):
        at, colour = 1000 * mark.at, WORSE if mark.striking else MEASURED
        axes.plot([at, place], [height, height + 0.24 * above], color=PALE, linewidth=1, zorder=1)
        axes.plot([at], [height], "o", color=colour, markersize=7, zorder=3)
        when = "" if mark.at == 0 else f"\n{1000 * mark.at:+.1f} ms".replace("-", "\N{MINUS SIGN}")
        axes.text(
            place, height + 0.28 * above, textwrap.fill(mark.words, LETTERS) + when,
            color=colour, fontsize=SMALL if len(mark.words) > 2 * LETTERS else USUAL,
            horizontalalignment="center", verticalalignment="bottom" if height else "top",
        )  # fmt: skip

"""A picture of a history: what was measured of each release, by its day, and the changes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter

from scripts.report.facts import Publication
from scripts.report.figures.style import BETTER, MEASURED, SETTINGS, WORSE, finished, rounded
from scripts.report.findings import change_place, moves_words, percent, subject
from scripts.search.release_line import Change, LinePoint, ReleaseLine

NAMED = 2
"""Packages named at a change along the days."""


class ReleaseMark(msgspec.Struct, frozen=True):
    """A release: its place, its middle value, and how far its values or its interval reach."""

    place: float
    middle: float
    low: float
    high: float


class ChangeMark(msgspec.Struct, frozen=True):
    """A change: its place, its name, and whether it is one for the worse."""

    place: float
    label: str
    worse: bool


class HistoryDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """A history.

    Attributes:
        title: above it.
        values: what the vertical axis shows.
        logarithmic: whether it is of costs; else it is of shares.
        dated: whether places are days since 1970; else they are counted.
        by_day: whether it is one along the days, not along a package's releases.
        releases, changes: in version order.
    """

    title: str
    values: str
    logarithmic: bool
    dated: bool
    by_day: bool = False
    releases: list[ReleaseMark]
    changes: list[ChangeMark]


def drawings(publication: Publication) -> dict[str, HistoryDrawing]:
    """Every published history."""
    return {
        search.question.name: drawing(search.result)
        for search in publication.searches
        if isinstance(search.result, ReleaseLine)
    }


def drawing(line: ReleaseLine) -> HistoryDrawing:
    """A history, as it is drawn."""
    stops = [stop for stop in line.points if stop.values or stop.rate]
    places = dict(zip([stop.name for stop in stops], _places(stops), strict=True))
    marks = [_release_mark(stop, places[stop.name], line.by_value) for stop in stops]
    values = f"share of trials with {line.signal} (95 %)"
    if line.by_value:
        time = "wall" if "wall" in line.signal else "processor"
        values = f"{time} time per request, times the control's"
    return HistoryDrawing(
        title=f"{subject(line.package)} under the {line.load} load, {line.trials} trials",
        values=values,
        logarithmic=line.by_value,
        dated=any(stop.day for stop in stops),
        releases=[mark for mark in marks if mark is not None],
        by_day=line.by_day,
        changes=[_change_mark(change, places, line.by_day) for change in line.changes],
    )


def _places(stops: Sequence[LinePoint]) -> list[float]:
    """Where releases stand on the axis of days; those of one day are drawn apart."""
    places: list[float] = []
    epoch = datetime.date(1970, 1, 1)
    for number, stop in enumerate(stops):
        place = float(number)
        if stop.day is not None:
            place = float((datetime.date.fromisoformat(stop.day) - epoch).days)
        while place in places:
            place += 0.4
        places.append(place)
    return places


def _release_mark(stop: LinePoint, place: float, by_value: bool) -> ReleaseMark | None:
    """A release by its costs or its rate; None where it has none."""
    if by_value and stop.middle is not None:
        numbers = (stop.middle, min(stop.values), max(stop.values))
    elif not by_value and stop.rate is not None:
        numbers = (stop.rate.bad / stop.rate.trials, stop.rate.low, stop.rate.high)
    else:
        return None
    return ReleaseMark(rounded(place), *map(rounded, numbers))


def _change_mark(change: Change, places: dict[str, float], by_day: bool) -> ChangeMark:
    worse = change.direction == "worse"
    label = f"{'▲' if worse else '▼'} {change_place(change)} ({percent(change.confidence)})"
    if by_day:
        shown = dict(list(change.moved.items())[:NAMED])
        more = len(change.moved) - len(shown)
        label += f"\n{moves_words(shown)}{f' and {more} more' if more else ''}"
    # What changes along the days does so on that day; along releases, somewhere before one.
    place = places[change.after]
    if not by_day:
        place = (places[change.before] + place) / 2
    return ChangeMark(rounded(place), label, worse)


def svg(drawing: HistoryDrawing) -> bytes:
    """The picture."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 4.2), layout="constrained")
        axes = figure.add_subplot()
        for mark in drawing.releases:
            ends = [mark.low, mark.high]
            axes.plot([mark.place, mark.place], ends, color=MEASURED, linewidth=1.2)
            axes.plot([mark.place], [mark.middle], "o", color=MEASURED, markersize=4.5)
        _draw_changes(axes, drawing.changes)
        if drawing.logarithmic:
            axes.set_yscale("log")
            for format_axis in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
                format_axis(FormatStrFormatter("%g"))
        else:
            axes.set_ylim(-0.05, 1.05)
        axes.set_ylabel(drawing.values)
        if drawing.dated:
            locator = AutoDateLocator()  # type: ignore[no-untyped-call]
            axes.xaxis.set_major_locator(locator)
            formatter = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
            axes.xaxis.set_major_formatter(formatter)
            axes.set_xlabel("day" if drawing.by_day else "day of release")
        axes.set_title(drawing.title, pad=62 if drawing.by_day else 34)
        return finished(figure, drawing, axes)


def _draw_changes(axes: Axes, changes: Sequence[ChangeMark]) -> None:
    """A line at each change, named above it at one of two heights so that names keep apart."""
    for number, mark in enumerate(changes):
        colour = WORSE if mark.worse else BETTER
        axes.axvline(mark.place, color=colour, linestyle="--", linewidth=1.2)
        axes.annotate(
            mark.label,
            (mark.place, 1.01 + 0.05 * (1 + mark.label.count("\n")) * (number % 2)),
            xycoords=("data", "axes fraction"),
            color=colour,
            fontsize=9,
            verticalalignment="bottom",
            horizontalalignment="center",
            annotation_clip=False,
        )

"""A picture of a history: what was measured of each release, and where it changes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, NullFormatter, PercentFormatter

from scripts.analysis import signals
from scripts.analysis.rates import rate
from scripts.report.facts import Publication
from scripts.report.figures.style import (
    BETTER,
    FAINT,
    GROUND,
    MEASURED,
    SETTINGS,
    SMALL,
    USUAL,
    WIDTH,
    WORSE,
    finished,
    headed,
    heading_height,
    rounded,
    spread,
)
from scripts.report.findings import change_place, moves_words, percent, rate_words, subject
from scripts.search.release_line import Change, LinePoint, ReleaseLine

NAMED = 2
"""Packages named at a change along the days."""

MOST_NAMES = 40
"""Releases that are named along the axis; of more, some."""

NAME = 0.2
"""Share of the picture's width that a change's name takes."""


class ReleaseMark(msgspec.Struct, frozen=True):
    """A release: its name, how many trials it has, and what they gave.

    Attributes:
        name: of the release, or the day.
        trials: how many say something.
        middle: the median of its values, or the share of its trials that were bad; None where none
            says anything.
        low, high: its least value and its greatest; None for a share, which a few trials do not
            tell.
    """

    name: str
    trials: int
    middle: float | None = None
    low: float | None = None
    high: float | None = None


class LevelMark(msgspec.Struct, frozen=True):
    """All trials between two changes taken together.

    Attributes:
        first, last: places of the releases.
        middle: of their values the median, or the share of them that were bad.
        low, high: the 95 % interval of that share; None for values.
        label: the same in words.
    """

    first: int
    last: int
    middle: float
    low: float | None
    high: float | None
    label: str


class ChangeMark(msgspec.Struct, frozen=True):
    """A change: the place of the release that brought it, that of the earliest that may have, its
    name, and whether it is one for the worse.
    """

    place: int
    earliest: int
    label: str
    worse: bool


class HistoryDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """A history.

    Attributes:
        title, beside: above it.
        values: what the vertical axis shows.
        points: what the horizontal one does.
        logarithmic: whether it is of costs; else it is of shares.
        releases, levels, changes: in version order.
    """

    title: str
    beside: str
    values: str
    points: str
    logarithmic: bool
    releases: list[ReleaseMark]
    levels: list[LevelMark]
    changes: list[ChangeMark]


def drawings(publication: Publication) -> dict[str, HistoryDrawing]:
    """Every published history along which something changes: of another a sentence says all."""
    return {
        search.question.name: drawing(search.result)
        for search in publication.searches
        if isinstance(search.result, ReleaseLine) and search.result.verdict != "unchanged"
    }


def drawing(line: ReleaseLine) -> HistoryDrawing:
    """A history, as it is drawn."""
    places = {point.name: place for place, point in enumerate(line.points)}
    kind = "day" if line.by_day else "release"
    if line.by_value:
        values = f"{_cost(line.signal)} per request, times aiohttp's"
        reading = (
            f"Dots are the medians of {kind}s, with the least and the most of their trials; lines, "
            "the median of all trials between two changes."
        )
    else:
        values = f"share of trials with {line.signal}"
        reading = (
            f"Dots are {kind}s, the larger the more trials; bands, all trials between two changes "
            "together (95 %)."
        )
    days = [point.day for point in line.points if point.day]
    since = f", from {days[0]} to {days[-1]}" if days and not line.by_day else ""
    return HistoryDrawing(
        title=f"{subject(line.package)}, {kind} by {kind}: {values}",
        beside=f"{line.trials} trials under the {line.load} load. {reading}",
        values=values,
        points=f"{kind}, evenly spaced{since}",
        logarithmic=line.by_value,
        releases=[_release_mark(point, line) for point in line.points],
        levels=_levels(line, places),
        changes=[_change_mark(change, places, line.by_day) for change in line.changes],
    )


def _cost(signal: str) -> str:
    """What a signal that compares costs is measured in."""
    return f"{'wall' if signals.parse(signal).measure == 'wall' else 'processor'} time"


def _release_mark(point: LinePoint, line: ReleaseLine) -> ReleaseMark:
    """A release by its costs or its rate."""
    trials = line.trials_of(point)
    if line.by_value and point.middle is not None:
        numbers = (point.middle, min(point.values), max(point.values))
        return ReleaseMark(point.name, trials, *map(rounded, numbers))
    if not line.by_value and point.rate is not None:
        return ReleaseMark(point.name, trials, rounded(point.rate.bad / point.rate.trials))
    return ReleaseMark(point.name, trials)


def _levels(line: ReleaseLine, places: dict[str, int]) -> list[LevelMark]:
    """The line's parts between its changes."""
    cuts = [0, *(places[change.after] for change in line.changes), len(line.points)]
    levels = []
    for first, after in pairwise(cuts):
        points = line.points[first:after]
        values = [value for point in points for value in point.values]
        if line.by_value and values:
            middle = statistics.median(values)
            levels.append(
                LevelMark(first, after - 1, rounded(middle), None, None, f"{middle:.1f} times")
            )
        rates = [(one.bad, one.trials) for point in points if (one := point.rate) is not None]
        if not line.by_value and rates:
            share = rate(rates)
            levels.append(
                LevelMark(
                    first, after - 1, rounded(share.bad / share.trials),
                    rounded(share.low), rounded(share.high), rate_words(share),
                )
            )  # fmt: skip
    return levels


def _change_mark(change: Change, places: dict[str, int], by_day: bool) -> ChangeMark:
    worse = change.direction == "worse"
    when = f", {change.days[1]}" if change.days[1] and not by_day else ""
    label = f"{'▲' if worse else '▼'} {change_place(change)}{when}"
    label += f"\nconfidence {percent(change.confidence)}"
    if by_day:
        shown = dict(list(change.moved.items())[:NAMED])
        more = len(change.moved) - len(shown)
        label += f"\n{moves_words(shown)}{f' and {more} more' if more else ''}"
    return ChangeMark(places[change.after], places[change.before] + 1, label, worse)


def svg(drawing: HistoryDrawing) -> bytes:
    """The picture."""
    with mpl.rc_context(SETTINGS):
        height = heading_height(drawing.title, drawing.beside) + 4.2
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        headed(figure, drawing.title, drawing.beside)
        axes = figure.add_subplot()
        for place, mark in enumerate(drawing.releases):
            _draw_release(axes, place, mark, drawing.logarithmic)
        for level in drawing.levels:
            _draw_level(axes, level)
        if drawing.logarithmic:
            _scale_costs(axes, drawing)
        else:
            axes.set_ylim(-0.05, 1.2)
            axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
            axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.set_xlim(-0.7, len(drawing.releases) - 0.3)
        _draw_changes(axes, drawing.changes)
        _name_levels(axes, drawing.levels)
        axes.set_ylabel(drawing.values)
        axes.set_xlabel(drawing.points)
        _name_releases(axes, drawing)
        return finished(figure, drawing, axes)


def _scale_costs(axes: Axes, drawing: HistoryDrawing) -> None:
    highest = max((mark.high for mark in drawing.releases if mark.high is not None), default=1.0)
    axes.set_yscale("log")
    axes.set_yticks([step * power for power in (0.1, 1, 10, 100) for step in (1, 2, 5)])
    axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    lowest = min((mark.low for mark in drawing.releases if mark.low is not None), default=1.0)
    axes.set_ylim(lowest / 1.4, highest * 1.9)


def _draw_release(axes: Axes, place: int, mark: ReleaseMark, cost: bool) -> None:
    if mark.middle is None:
        return
    if mark.low is not None and mark.high is not None:
        axes.plot([place, place], [mark.low, mark.high], color=MEASURED, linewidth=1.4)
    size = 5.5 if cost else 3 + 1.9 * mark.trials**0.5
    axes.plot([place], [mark.middle], "o", color=MEASURED, markersize=size, zorder=3,
              markeredgecolor=GROUND, markeredgewidth=0.6, clip_on=False)  # fmt: skip


def _draw_level(axes: Axes, level: LevelMark) -> None:
    ends = (level.first - 0.45, level.last + 0.45)
    if level.low is not None and level.high is not None:
        axes.fill_between(ends, level.low, level.high, color=MEASURED, alpha=0.14, linewidth=0)
    axes.plot(ends, [level.middle] * 2, color=MEASURED, linewidth=1.6, alpha=0.6, zorder=1)


def _name_levels(axes: Axes, levels: Sequence[LevelMark]) -> None:
    """What all trials between two changes gave, in a row above them."""
    low, high = axes.get_xlim()
    letter = 0.0085 * (high - low)
    middles = [(level.first + level.last) / 2 for level in levels]
    sizes = [letter * (len(level.label) + 2) for level in levels]
    for level, place in zip(levels, spread(middles, sizes, low, high), strict=True):
        axes.text(
            place, 0.94, level.label, transform=axes.get_xaxis_transform(), color=MEASURED,
            fontsize=USUAL, fontweight="bold", horizontalalignment="center",
            verticalalignment="center", zorder=5,
            bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip


def _draw_changes(axes: Axes, changes: Sequence[ChangeMark]) -> None:
    """A line at the release that brought each change, named above."""
    low, high = axes.get_xlim()
    sizes = [NAME * (high - low)] * len(changes)
    places = spread([change.place for change in changes], sizes, low, high)
    for change, place in zip(changes, places, strict=True):
        colour = WORSE if change.worse else BETTER
        if change.earliest < change.place:  # releases between say nothing
            axes.axvspan(change.earliest, change.place, color=colour, alpha=0.12, linewidth=0)
        axes.axvline(change.place, color=colour, linestyle="--", linewidth=1.2)
        axes.annotate(
            change.label, (change.place, 1.0), (place, 1.03),
            xycoords=axes.get_xaxis_transform(), textcoords=axes.get_xaxis_transform(),
            color=colour, fontsize=USUAL, verticalalignment="bottom", horizontalalignment="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 0,
                        "shrinkB": 0},
        )  # fmt: skip


def _name_releases(axes: Axes, drawing: HistoryDrawing) -> None:
    """Names below the axis: all, or some of many; those that brought a change in its colour."""
    changed = {change.place: change for change in drawing.changes}
    step = 1 + len(drawing.releases) // MOST_NAMES
    places = [
        place
        for place in range(len(drawing.releases))
        if place in changed or (place % step == 0 and not changed.keys() & {place - 1, place + 1})
        or step == 1
    ]  # fmt: skip
    names = axes.set_xticks(
        places, [drawing.releases[place].name for place in places], rotation=60,
        fontsize=SMALL, horizontalalignment="right", rotation_mode="anchor",
    )  # fmt: skip
    for place, name in zip(places, names, strict=True):
        change = changed.get(place)
        if change is not None:
            name.label1.set(color=WORSE if change.worse else BETTER, fontweight="bold")
        elif drawing.releases[place].middle is None:
            name.label1.set(color=FAINT)

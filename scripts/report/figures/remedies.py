"""A picture of what helps: how many requests fail with each remedy, and how long it takes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Literal

import matplotlib as mpl
import msgspec
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, NullLocator

from scripts.analysis.compare import SurveyLine, Verdict
from scripts.analysis.rates import interval, mean_count
from scripts.analysis.summary import Row
from scripts.domain.trial import Trial
from scripts.domain.words import amount, plain
from scripts.report import surveys
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import (
    BETTER,
    FAINT,
    GROUND,
    INK,
    MEASURED,
    PALE,
    SETTINGS,
    SMALL,
    WIDTH,
    WORSE,
    finished,
    headed,
    heading_height,
    rounded,
    spread,
)

LETTERS = 44
"""Of a line of a remedy's name."""

LINE, GAP = 11.0, 7.0
"""Points of a line of a name, and between two names."""

PLOT = (0.37, 0.28)
"""Where the plot begins, and how wide it is: shares of the picture's width."""

BESIDE = 0.14
"""How far names stand from the plot: a share of its width."""

TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Seconds that have a line of their own."""

Standing = Verdict | Literal["first"]
"""Of a remedy beside the client as it is; "first" is that itself."""

COLOURS: dict[Standing, str] = {
    "first": INK,
    "none": BETTER,
    "none that way": BETTER,
    "fewer": MEASURED,
    "same": FAINT,
    "too few": FAINT,
    "more": WORSE,
}


class RemedyMark(msgspec.Struct, frozen=True, kw_only=True):
    """A remedy.

    Attributes:
        title: what is done.
        verdict: beside the client as it is.
        failed: requests that fail of a thousand; low, high: the 95 % interval of that, by trial,
            None where none failed.
        seconds: (least, median, most) of its trials.
    """

    title: str
    verdict: Standing
    failed: float
    low: float | None
    high: float | None
    seconds: tuple[float, float, float]


class RemediesDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """What helps.

    Attributes:
        load: under which.
        client: what is to be helped.
        trials: fewest that a remedy has.
        marks: in the order of the survey's table.
    """

    load: str
    client: str
    trials: int
    marks: list[RemedyMark]


def drawings(publication: Publication) -> dict[str, RemediesDrawing]:
    """The published survey of remedies."""
    lines, ran = publication.surveys.get("remedies", []), publication.measured.get("remedies", [])
    measured = [line.row for line in lines if line.row is not None]
    return {ran[0].place.campaign: drawing(lines, ran)} if measured else {}


def drawing(lines: Sequence[SurveyLine], ran: Sequence[Trial]) -> RemediesDrawing:
    """Remedies, as they are drawn.

    Args:
        lines: of the survey; at least one was measured.
        ran: its trials.
    """
    first = lines[0].entry
    marks = [
        _mark(line, line.row, ran)
        for line in lines
        if line.row is not None and line.row.wall is not None
    ]
    return RemediesDrawing(
        load=first.load.name,
        client=plain(first.target.name),
        trials=min(line.row.trials for line in lines if line.row is not None),
        marks=marks,
    )


def _mark(line: SurveyLine, row: Row, ran: Sequence[Trial]) -> RemedyMark:
    mean = mean_count(selection.failed_counts(row, ran))
    of_thousand = 1000 * row.trials / row.requests
    walls = [one.client.wall for one in selection.of_row(row, ran) if one.client.wall is not None]
    title = line.entry.title if line.verdict else f"{line.entry.group}: {line.entry.title}"
    return RemedyMark(
        title=plain(title),
        verdict=line.verdict or "first",
        failed=rounded(mean.mean * of_thousand),
        low=None if mean.low is None else rounded(mean.low * of_thousand),
        high=None if mean.high is None else rounded(mean.high * of_thousand),
        seconds=(rounded(min(walls)), rounded(row.wall or 0.0), rounded(max(walls))),
    )


def svg(drawing: RemediesDrawing) -> bytes:
    """The picture."""
    title = "What helps: failed requests and seconds, with one thing changed at a time"
    bound = interval(0, drawing.trials)[1]
    beside = (
        f"{drawing.client} under the {drawing.load} load, and beside it each remedy, "
        f"{drawing.trials} trials each. Lines: 95 % intervals by trial, and the least and the most "
        f"seconds. At the left no request failed: by so many trials at most {bound:.0%} of trials "
        "fail."
    )
    sides = [
        [mark for mark in drawing.marks if bool(mark.failed) == failing]
        for failing in (False, True)
    ]
    high = max(sum(_sizes(side)) for side in sides) / 72 + 0.2
    with mpl.rc_context(SETTINGS):
        height = heading_height(title, beside, True) + high + 0.6
        figure = Figure(figsize=(WIDTH, height))
        left = headed(figure, title, beside, _handles(drawing))
        axes = figure.add_axes((PLOT[0], 0.55 / height, PLOT[1], left - 0.55 / height))
        _scale(axes, drawing)
        points = 72 * height * (left - 0.55 / height)
        for side, beyond in zip(sides, (-BESIDE, 1 + BESIDE), strict=True):
            _name(axes, side, beyond, points)
        for mark in reversed(drawing.marks):  # the first, which others may hide, on top
            _draw(axes, mark)
        return finished(figure, drawing, axes)


def _sizes(marks: Sequence[RemedyMark]) -> list[float]:
    """What names take, in points."""
    return [LINE * len(textwrap.wrap(mark.title, LETTERS)) + GAP for mark in marks]


def _scale(axes: Axes, drawing: RemediesDrawing) -> None:
    """Both axes: seconds upwards, each line with its number inside."""
    low = min(mark.seconds[0] for mark in drawing.marks) / 1.25
    high = max(mark.seconds[2] for mark in drawing.marks) * 1.25
    most = max(mark.high or mark.failed for mark in drawing.marks) * 1.05 or 1
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_xlim(0, most)
    axes.yaxis.set_major_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("failed requests of 1,000")
    for seconds in TICKS:
        if low < seconds < high:
            axes.axhline(seconds, color=PALE, linewidth=0.6, zorder=0)
            axes.annotate(
                amount(seconds, "s"), (1, seconds), (-2, 1), fontsize=SMALL, color=FAINT,
                xycoords=axes.get_yaxis_transform(), textcoords="offset points",
                horizontalalignment="right", verticalalignment="bottom",
            )  # fmt: skip


def _name(axes: Axes, marks: Sequence[RemedyMark], beyond: float, points: float) -> None:
    """Names beside the plot, each led to its mark.

    Args:
        axes: scaled already.
        marks: of one side.
        beyond: where the names begin, as a share of the plot's width.
        points: its height.
    """
    low, high = (math.log(end) for end in axes.get_ylim())
    order = sorted(marks, key=lambda mark: mark.seconds[1])
    middles = [points * (math.log(mark.seconds[1]) - low) / (high - low) for mark in order]
    for mark, place in zip(order, spread(middles, _sizes(order), 0, points), strict=True):
        axes.annotate(
            textwrap.fill(mark.title, LETTERS), (mark.failed, mark.seconds[1]),
            (beyond, place / points), textcoords="axes fraction", fontsize=SMALL,
            color=COLOURS[mark.verdict], verticalalignment="center",
            horizontalalignment="right" if beyond < 0 else "left", annotation_clip=False,
            fontweight="bold" if mark.verdict == "first" else "normal", zorder=1,
            arrowprops={"arrowstyle": "-", "color": PALE, "linewidth": 1, "shrinkA": 1,
                        "shrinkB": 3, "relpos": (1.0 if beyond < 0 else 0.0, 0.5)},
        )  # fmt: skip


def _draw(axes: Axes, mark: RemedyMark) -> None:
    colour = COLOURS[mark.verdict]
    least, seconds, most = mark.seconds
    if mark.low is not None and mark.high is not None:
        axes.plot([mark.low, mark.high], [seconds, seconds], color=colour, linewidth=1.4)
    axes.plot([mark.failed, mark.failed], [least, most], color=colour, linewidth=1.4, clip_on=False)
    axes.plot(
        [mark.failed], [seconds], _shape(mark.verdict), color=colour, markersize=7, clip_on=False,
        markeredgecolor=GROUND, markeredgewidth=0.6, zorder=3,
    )  # fmt: skip


def _shape(verdict: Standing) -> str:
    return "D" if verdict == "first" else "o"


def _words(verdict: Standing) -> str:
    return "as it is" if verdict == "first" else surveys.VERDICT_WORDS[verdict]


def _handles(drawing: RemediesDrawing) -> list[Artist]:
    """What is drawn, by its verdict."""
    verdicts = dict.fromkeys(mark.verdict for mark in drawing.marks)
    return [
        Line2D(
            [], [], color=COLOURS[verdict], linestyle="", markersize=7, label=_words(verdict),
            marker=_shape(verdict),
        )
        for verdict in COLOURS
        if verdict in verdicts
    ]  # fmt: skip

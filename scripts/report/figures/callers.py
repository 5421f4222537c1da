"""A picture of what a caller that blocks the event loop adds, by library."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from scripts.analysis.compare import SurveyLine
from scripts.analysis.rates import mean_count
from scripts.analysis.summary import Row
from scripts.domain.trial import Trial
from scripts.domain.words import plain
from scripts.report import surveys
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import (
    FAINT,
    INK,
    MARGIN,
    MEASURED,
    PALE,
    SETTINGS,
    SMALL,
    USUAL,
    WIDTH,
    WORSE,
    finished,
    headed,
    heading_height,
    rounded,
)

ROW = 0.4
"""Inches of a line."""


class CallerMark(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of caller of a library.

    Attributes:
        title: what it does.
        first: whether others are compared with it.
        share: of its requests that fail; low, high: the 95 % interval of that, by trial, None where
            none failed.
        counted: how many requests and trials fail.
        beside: what is said of it beside the first, and how much the loop is blocked.
    """

    title: str
    first: bool
    share: float
    low: float | None
    high: float | None
    counted: str
    beside: str


class LibraryCallers(msgspec.Struct, frozen=True):
    """A library, with each kind of caller."""

    name: str
    callers: list[CallerMark]


class CallersDrawing(msgspec.Struct, frozen=True):
    """Libraries under one load, in the order of the survey's table."""

    load: str
    libraries: list[LibraryCallers]


def drawings(publication: Publication) -> dict[str, CallersDrawing]:
    """The published survey of callers."""
    lines, ran = publication.surveys.get("callers", []), publication.measured.get("callers", [])
    drawn = drawing(lines, ran)
    return {ran[0].place.campaign: drawn} if drawn.libraries else {}


def drawing(lines: Sequence[SurveyLine], ran: Sequence[Trial]) -> CallersDrawing:
    """Callers, as they are drawn.

    Args:
        lines: of the survey.
        ran: its trials.
    """
    libraries = []
    for group in surveys.groups(lines):
        marks = [
            _mark(line, line.row, ran)
            for line in lines
            if line.entry.group == group and line.row is not None
        ]
        if marks:
            libraries.append(LibraryCallers(plain(group), marks))
    return CallersDrawing(lines[0].entry.load.name if lines else "", libraries)


def _mark(line: SurveyLine, row: Row, ran: Sequence[Trial]) -> CallerMark:
    counts = selection.failed_counts(row, ran)
    mean, each = mean_count(counts), row.requests / row.trials
    said = surveys.verdict(line)
    stalled = "" if row.stalled is None else f"loop blocked {row.stalled:.0%} of the time"
    ends = (None if end is None else rounded(end / each) for end in (mean.low, mean.high))
    return CallerMark(
        title=line.entry.title,
        first=line.verdict is None,
        share=rounded(row.failed / row.requests),
        low=next(ends),
        high=next(ends),
        counted=f"{row.failed:,} of {row.requests:,} requests, in {row.failing} of {row.trials} "
        "trials",
        beside="; ".join(filter(None, [said, stalled])),
    )


def svg(drawing: CallersDrawing) -> bytes:
    """The picture."""
    title = "How many requests fail where the caller blocks the event loop"
    beside = (
        f"Share of failed requests under the {drawing.load} load, with its 95 % interval by trial "
        "where any fail. Each library with a caller that leaves the loop alone, and with one that "
        "blocks it."
    )
    rows = sum(1 + len(library.callers) for library in drawing.libraries)
    with mpl.rc_context(SETTINGS):
        height = heading_height(title, beside) + ROW * rows + 0.6
        figure = Figure(figsize=(WIDTH, height))
        left = headed(figure, title, beside)
        axes = figure.add_axes((0.345, 0.55 / height, 0.31, left - 0.55 / height))
        place = 0
        for library in drawing.libraries:
            _name(axes, place, library.name)
            for number, caller in enumerate(library.callers, place + 1):
                _draw(axes, number, caller)
            place += 1 + len(library.callers)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.set_yticks([])
        highest = max(
            caller.high or caller.share for one in drawing.libraries for caller in one.callers
        )
        axes.set_xlim(0, highest * 1.05 or 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel("failed requests")
        return finished(figure, drawing, axes)


def _name(axes: Axes, place: int, name: str) -> None:
    """A library's name above its callers."""
    axes.annotate(
        name, (MARGIN / WIDTH, place + 0.15), xycoords=("figure fraction", "data"), fontsize=10,
        fontweight="bold", verticalalignment="center",
    )  # fmt: skip


def _draw(axes: Axes, place: int, caller: CallerMark) -> None:
    colour = MEASURED if caller.first else WORSE
    axes.axhline(place, color=PALE, linewidth=0.6, zorder=0)
    if caller.low is not None and caller.high is not None:
        axes.plot([caller.low, caller.high], [place, place], color=colour, linewidth=2)
    axes.plot([caller.share], [place], "o" if caller.first else "s", color=colour, markersize=7,
              clip_on=False, zorder=3)  # fmt: skip
    axes.annotate(
        caller.title, (2 * MARGIN / WIDTH, place), xycoords=("figure fraction", "data"),
        fontsize=USUAL, color=colour, verticalalignment="center",
    )  # fmt: skip
    for words, above, ink, size in (
        (caller.counted, 5.5, INK, USUAL),
        (caller.beside, -6.5, FAINT, SMALL),
    ):
        axes.annotate(
            words, (1.05, place), (0, above), xycoords=axes.get_yaxis_transform(),
            textcoords="offset points", fontsize=size, color=ink, verticalalignment="center",
            annotation_clip=False,
        )  # fmt: skip

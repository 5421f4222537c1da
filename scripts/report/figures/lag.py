"""A picture of when the client's event loop was blocked in single trials."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import msgspec
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from scripts.domain.trial import Trial
from scripts.domain.words import plain
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import (
    BETTER,
    SETTINGS,
    USUAL,
    WIDTH,
    WORSE,
    finished,
    headed,
    heading_height,
    rounded,
)


class Loop(msgspec.Struct, frozen=True):
    """The event loop of one trial.

    Attributes:
        target: what ran.
        seconds: from the first request's start to the last one's end.
        stalls: (since when, how long) it was late by over 100 ms, in seconds, likewise.
        words: how much of the time that is.
    """

    target: str
    seconds: float
    stalls: list[tuple[float, float]]
    words: str


class LagDrawing(msgspec.Struct, frozen=True):
    """One row for each trial, all under one load."""

    load: str
    loops: list[Loop]


def drawings(publication: Publication) -> dict[str, LagDrawing]:
    """One trial of every target of the matrix."""
    trials = selection.telling_trials(publication)
    return {selection.campaign(publication): drawing(trials)} if trials else {}


def drawing(trials: Sequence[Trial]) -> LagDrawing:
    """The event loops of trials, each with its own watched, of one load."""
    return LagDrawing(trials[0].load.name, [_loop(trial) for trial in trials])


def _loop(trial: Trial) -> Loop:
    lag, first = selection.lag(trial), selection.first(trial)
    return Loop(
        plain(trial.target.name),
        rounded(selection.lasted(trial)),
        [(rounded(begun - first), rounded(over - begun)) for begun, over in lag.stalls],
        f"{lag.late_share:.0%}, at most {lag.longest:.2f} s at a time",
    )


def svg(drawing: LagDrawing) -> bytes:
    """The picture."""
    title = "When the client's event loop is blocked"
    beside = (
        f"Of each target's trials under the {drawing.load} load the middle one by failed requests: "
        "how much of its time the loop is late by over 100 ms, and for how long at most."
    )
    handles = [
        Patch(color=WORSE, label="the event loop is blocked"),
        Line2D([], [], color=BETTER, linewidth=3, label="it runs"),
    ]
    with mpl.rc_context(SETTINGS):
        height = heading_height(title, beside, True) + 0.7 + 0.36 * len(drawing.loops)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        headed(figure, title, beside, handles)
        axes = figure.add_subplot()
        end = max(loop.seconds for loop in drawing.loops)
        for row, loop in enumerate(drawing.loops):
            axes.plot([0, loop.seconds], [row, row], color=BETTER, linewidth=3, zorder=1)
            axes.broken_barh(loop.stalls, (row - 0.3, 0.6), color=WORSE, linewidth=0, zorder=2)
            place = (loop.seconds + 0.01 * end, row)
            axes.text(*place, loop.words, verticalalignment="center", fontsize=USUAL)
        names = [loop.target for loop in drawing.loops]
        axes.set_yticks(range(len(drawing.loops)), names, fontsize=USUAL)
        axes.set_ylim(len(drawing.loops) - 0.4, -0.6)
        axes.set_xlim(0, end * 1.5)
        axes.set_xlabel("seconds since the first request")
        return finished(figure, drawing, axes)

"""Pictures of single trials: where requests wait, when the event loop stands still, and what both
ends did to one connection that failed.
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from scripts.domain.trial import Lag, Requests, Trial
from scripts.domain.words import plain
from scripts.report.figures.chart import BETTER, INK, MEASURED, SETTINGS, WORSE, finished
from scripts.report.story import Moment, Story

Numbers = npt.NDArray[np.float64]

WAITING = "#e69f00"
"""Of Okabe and Ito's colours too."""

STEPS = 300
"""Moments at which requests are counted: as many as the eye can tell apart."""

CLOSE = 0.03
"""Share of a timeline's length within which moments of one side share a mark."""


def requests(trials: Sequence[Trial]) -> bytes:
    """Where the requests of each trial are as time goes on, as SVG.

    Args:
        trials: each with its requests, of one load; one row each.
    """
    last = max(_last(each) for each in trials)
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 0.9 + 1.75 * len(trials)), layout="constrained")
        drawn = figure.subplots(len(trials), 1, sharex=True, squeeze=False)[:, 0]
        for axes, each in zip(drawn, trials, strict=True):
            moments = np.linspace(0, _last(each), STEPS)
            waiting, sent, answered = _counted(each, moments)
            axes.stackplot(
                moments, answered, sent, waiting,
                colors=[BETTER, MEASURED, WAITING], linewidth=0,
                labels=["over", "on a connection", "waiting in the client"],
            )  # fmt: skip
            found, first = _requests(each), _first(each)
            failed = [
                end - first
                for end, why in zip(found.end, found.failure, strict=True)
                if end is not None and why is not None
            ]
            if failed:
                height = [len(found.start) * 1.04] * len(failed)
                axes.plot(
                    failed, height, "x", color=WORSE, markersize=7, label="failed", clip_on=False
                )
            left = sum(end is None for end in found.end)
            lost = f"{len(failed)} failed" if failed else "none failed"
            lost += f", {left} still under way" if left else ""
            title = f"{plain(each.target.name)}: over after {_last(each):.1f} s, {lost}"
            axes.set_title(title, loc="left", fontsize=10)
            axes.set_ylim(0, len(found.start) * 1.08)
            axes.set_ylabel("requests")
        drawn[-1].set_xlim(0, last * 1.01)
        drawn[-1].set_xlabel(f"seconds since the first request ({trials[0].load.name} load)")
        known: dict[str, Artist] = {}
        for axes in drawn:
            known |= {label: handle for handle, label in zip(*axes.get_legend_handles_labels(),
                      strict=True) if label not in known}  # fmt: skip
        figure.legend(known.values(), list(known), loc="outside upper right", ncols=4,
                      frameon=False)  # fmt: skip
        return finished(figure, *drawn)


def lag(trials: Sequence[Trial]) -> bytes:
    """When the client's event loop of each trial was late by over 100 ms, as SVG.

    Args:
        trials: each with its event loop watched, of one load; one row each.
    """
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 1.2 + 0.5 * len(trials)), layout="constrained")
        axes = figure.add_subplot()
        end = max(_last(each) for each in trials)
        for row, each in enumerate(trials):
            found, first = each.client.lag or Lag(0.0, 0.0, 0, []), _first(each)
            stalls = [(begun - first, over - begun) for begun, over in found.stalls]
            axes.plot([0, _last(each)], [row, row], color=BETTER, linewidth=1.5)
            axes.broken_barh(stalls, (row - 0.3, 0.6), color=WORSE)
            words = f"{found.late_share:.0%}, at most {found.longest:.2f} s at a time"
            axes.text(_last(each) + 0.01 * end, row, words, verticalalignment="center", fontsize=9)
        axes.set_yticks(range(len(trials)), [plain(each.target.name) for each in trials])
        axes.invert_yaxis()
        axes.set_xlim(0, end * 1.35)
        axes.set_xlabel(
            f"seconds since the first request ({trials[0].load.name} load); "
            "bars: the event loop stands still"
        )
        return finished(figure, axes)


def timeline(told: Story) -> bytes:
    """What both ends did to the connection of a failed request, as SVG: its last moments.

    Moments are numbered on their side's line and named beside it, so that no name hides another.
    """
    shown = _ending(told.moments)
    first = min(each.at for each in shown)
    span = max(1e-3, -first)
    marks: list[tuple[str, float, list[int]]] = []
    for number, each in enumerate(shown, 1):
        near = [mark for mark in marks if mark[0] == each.side and each.at - mark[1] < CLOSE * span]
        if near:
            near[-1][2].append(number)
        else:
            marks.append((each.side, each.at, [number]))
    lines = {"client": 1.0, "server": 0.0}
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 1.9 + 0.2 * len(shown)), layout="constrained")
        axes, names = figure.subplots(2, 1, height_ratios=[1.7, 0.2 * len(shown)])
        for side, height in lines.items():
            axes.plot([1000 * first, 0], [height, height], color=INK, linewidth=1)
            axes.text(1000 * (first - 0.02 * span), height, side, horizontalalignment="right",
                      verticalalignment="center")  # fmt: skip
        for begun, over in told.stalls:
            if over > first:
                low, wide = 1000 * max(begun, first), 1000 * (over - max(begun, first))
                axes.broken_barh([(low, wide)], (0.86, 0.28), color=WAITING, alpha=0.6)
        for side, at, numbers in marks:
            what = " ".join(shown[number - 1].what for number in numbers)
            colour = WORSE if "fails" in what or "closes" in what else MEASURED
            axes.plot([1000 * at], [lines[side]], "o", color=colour, markersize=6)
            label = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
            over = 9 if side == "client" else -16
            axes.annotate(label, (1000 * at, lines[side]), (0, over), textcoords="offset points",
                          horizontalalignment="center", fontsize=9)  # fmt: skip
        axes.set_ylim(-0.6, 1.6)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(
            "milliseconds before the request fails; bars: the client's event loop stands still"
        )
        names.axis("off")
        for number, each in enumerate(shown, 1):
            words = plain(f"{number}   {1000 * each.at:.1f} ms   {each.side}: {each.what}")
            names.text(0.02, 1 - (number - 0.5) / len(shown), words, fontsize=9,
                       verticalalignment="center", transform=names.transAxes)  # fmt: skip
        return finished(figure, axes, names)


def _ending(moments: Sequence[Moment]) -> list[Moment]:
    """A timeline from the last answer before the failure on: what came earlier is of no matter."""
    answers = [
        at for at, each in enumerate(moments)
        if each.what.startswith("request ") and each.what.endswith("is answered")
    ]  # fmt: skip
    return list(moments[answers[-1] :] if answers else moments)


def _requests(trial: Trial) -> Requests:
    return trial.client.requests or Requests([], [], [])


def _first(trial: Trial) -> float:
    return min(_requests(trial).start, default=0.0)


def _last(trial: Trial) -> float:
    """Seconds from the first request's start to the last one's end."""
    ends = [each for each in _requests(trial).end if each is not None]
    return max(ends, default=0.0) - _first(trial)


def _counted(trial: Trial, moments: Numbers) -> list[Numbers]:
    """Requests that wait, that are on a connection, and that are over, at each moment."""
    found, first = _requests(trial), _first(trial)
    wrote: dict[int, float] = {}
    for connection in trial.client.connections:
        for request, _, written, _ in connection.turns:
            if request is not None and written is not None:
                wrote[request] = written - first
    ends = [np.inf if each is None else each - first for each in found.end]
    over = np.sort(ends)
    sent = np.sort([min(wrote.get(number, end), end) for number, end in enumerate(ends)])
    done = np.searchsorted(over, moments, side="right").astype(float)
    begun = np.searchsorted(sent, moments, side="right").astype(float)
    return [len(ends) - begun, begun - done, done]

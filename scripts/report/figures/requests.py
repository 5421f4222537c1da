"""A picture of where the requests of single trials are as time goes on."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import msgspec
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from scripts.domain.trial import Trial
from scripts.domain.words import listed, plain
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import (
    BETTER,
    FAINT,
    MEASURED,
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
)

STEPS = 400
"""Moments of the longest trial at which requests are counted: as many as the eye can tell apart."""

NEAR = 0.015
"""Share of the longest trial's time within which failures share a mark."""

PANEL = 1.6
"""Inches of a trial's part."""


class Failed(msgspec.Struct, frozen=True):
    """Requests that failed at about one time: when, in seconds from the first one's start, and how
    many.
    """

    at: float
    requests: int


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of one trial.

    Attributes:
        title: what stands above it.
        trial: campaign/order.
        requests: how many there are.
        seconds: from the first one's start to the last one's end.
        moments: in seconds of that time.
        waiting, sent, done: how many wait in the client, are on a connection, and are done, at
            these moments; between two of them they change evenly.
        failed: those that failed.
    """

    title: str
    trial: str
    requests: int
    seconds: float
    moments: list[float]
    waiting: list[int]
    sent: list[int]
    done: list[int]
    failed: list[Failed]


class RequestsDrawing(msgspec.Struct, frozen=True):
    """One panel for each trial, all under one load."""

    load: str
    panels: list[Panel]


def drawings(publication: Publication) -> dict[str, RequestsDrawing]:
    """The document's two clients and httpx's newest successor."""
    trials = selection.contrasted(selection.telling_trials(publication))
    return {selection.campaign(publication): drawing(trials)} if trials else {}


def drawing(trials: Sequence[Trial]) -> RequestsDrawing:
    """The requests of trials, each with its requests noted, of one load."""
    longest = max(selection.lasted(trial) for trial in trials)
    return RequestsDrawing(trials[0].load.name, [_panel(trial, longest) for trial in trials])


def _panel(trial: Trial, longest: float) -> Panel:
    requests, first = selection.requests(trial), selection.first(trial)
    seconds = selection.lasted(trial)
    failed = [
        end - first
        for end, failure in zip(requests.end, requests.failure, strict=True)
        if end is not None and failure is not None
    ]
    left = sum(end is None for end in requests.end)
    words = f"{len(failed)} failed" if failed else "none failed"
    words += f", {left} still under way" if left else ""
    steps = max(2, round(STEPS * seconds / longest) if longest else 2)
    moments, counts = _telling(*_counted(trial, np.linspace(0, seconds, steps)))
    return Panel(
        title=f"{plain(trial.target.name)}: done after {seconds:.1f} s, {words}",
        trial=trial.name,
        requests=len(requests.start),
        seconds=rounded(seconds),
        moments=[rounded(moment) for moment in moments.tolist()],
        waiting=counts[0].tolist(),
        sent=counts[1].tolist(),
        done=counts[2].tolist(),
        failed=_together(sorted(failed), NEAR * longest),
    )


def _counted(
    trial: Trial, moments: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Moments, and the requests that wait, that are on a connection, and that are done at each."""
    first = selection.first(trial)
    wrote: dict[int, float] = {}
    for connection in trial.client.connections:
        for turn in connection.turns:
            if turn.request is not None and turn.wrote is not None:
                wrote[turn.request] = turn.wrote - first
    ends = [np.inf if end is None else end - first for end in selection.requests(trial).end]
    sent = [min(wrote.get(number, end), end) for number, end in enumerate(ends)]
    done, begun = (np.searchsorted(np.sort(times), moments, side="right") for times in (ends, sent))
    return moments, np.array([len(ends) - begun, begun - done, done])


def _telling(
    moments: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """The ends, and the moments at which a count begins to change otherwise than before."""
    turns = np.any(np.diff(counts, 2, axis=1), axis=0)
    kept = np.concatenate(([True], turns, [True]))
    return moments[kept], counts[:, kept]


def _together(failed: Sequence[float], near: float) -> list[Failed]:
    """Failures as marks; args: when they were, in order, and how many seconds a mark takes."""
    groups: list[list[float]] = []
    for at in failed:
        if groups and at - groups[-1][0] <= near:
            groups[-1].append(at)
        else:
            groups.append([at])
    return [Failed(rounded(sum(group) / len(group)), len(group)) for group in groups]


def svg(drawing: RequestsDrawing) -> bytes:
    """The picture."""
    counts = sorted({panel.requests for panel in drawing.panels})
    title = f"Where {listed(f'{count:,}' for count in counts)} requests are as time goes on"
    beside = (
        f"Of each client's trials under the {drawing.load} load the middle one by failed requests, "
        "named at the right."
    )
    handles = _handles(drawing)
    with mpl.rc_context(SETTINGS):
        height = heading_height(title, beside, True) + PANEL * len(drawing.panels) + 0.3
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        headed(figure, title, beside, handles)
        parts = figure.subplots(len(drawing.panels), 1, sharex=True, squeeze=False)[:, 0]
        for axes, panel in zip(parts, drawing.panels, strict=True):
            _draw(axes, panel)
        parts[-1].set_xlim(0, max(panel.seconds for panel in drawing.panels) * 1.02)
        parts[-1].set_xlabel("seconds since the first request")
        return finished(figure, drawing, *parts)


def _draw(axes: Axes, panel: Panel) -> None:
    axes.stackplot(
        panel.moments, panel.done, panel.sent, panel.waiting,
        colors=[BETTER, MEASURED, WAITING], linewidth=0,
    )  # fmt: skip
    top = panel.requests * 1.07
    for failed in panel.failed:
        axes.plot([failed.at], [top], "x", color=WORSE, markersize=7, clip_on=False)
        if failed.requests > 1:
            axes.annotate(
                f"×{failed.requests}", (failed.at, top), (6, 0), textcoords="offset points",
                color=WORSE, fontsize=USUAL, fontweight="bold", verticalalignment="center",
            )  # fmt: skip
    axes.set_title(panel.title, loc="left", fontsize=10, pad=8)
    axes.set_title(f"trial {panel.trial}", loc="right", fontsize=SMALL, color=FAINT, pad=8)
    axes.set_ylim(0, panel.requests * 1.14)
    axes.set_yticks([0, panel.requests / 2, panel.requests])
    axes.set_ylabel("requests")


def _handles(drawing: RequestsDrawing) -> list[Artist]:
    """What is drawn, by name."""
    handles: list[Artist] = [
        Patch(color=WAITING, label="waiting in the client"),
        Patch(color=MEASURED, label="on a connection"),
        Patch(color=BETTER, label="done"),
    ]
    failed = [one for panel in drawing.panels for one in panel.failed]
    if failed:
        more = " (×2: two at one place)" if any(one.requests > 1 for one in failed) else ""
        mark = Line2D([], [], color=WORSE, marker="x", linestyle="", label=f"failed{more}")
        handles.append(mark)
    return handles

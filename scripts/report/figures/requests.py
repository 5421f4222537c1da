"""A picture of where the requests of single trials are as time goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import matplotlib as mpl
import msgspec
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.domain.trial import Trial
from scripts.domain.words import plain
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import (
    BETTER,
    MEASURED,
    SETTINGS,
    WAITING,
    WORSE,
    finished,
    rounded,
)

STEPS = 300
"""Moments at which requests are counted: as many as the eye can tell apart."""


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of one trial.

    Attributes:
        title: what stands above it.
        requests: how many there are.
        seconds: from the first one's start to the last one's end.
        waiting, sent, over: how many wait in the client, are on a connection, and are over, at
            `STEPS` moments of that time.
        failed: when requests failed, in seconds from the first one's start.
    """

    title: str
    requests: int
    seconds: float
    waiting: list[int]
    sent: list[int]
    over: list[int]
    failed: list[float]


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
    return RequestsDrawing(trials[0].load.name, [_panel(trial) for trial in trials])


def _panel(trial: Trial) -> Panel:
    requests, first = selection.requests(trial), selection.first(trial)
    seconds = selection.lasted(trial)
    failed = [
        rounded(end - first)
        for end, failure in zip(requests.end, requests.failure, strict=True)
        if end is not None and failure is not None
    ]
    left = sum(end is None for end in requests.end)
    words = f"{len(failed)} failed" if failed else "none failed"
    words += f", {left} still under way" if left else ""
    waiting, sent, over = _counted(trial, np.linspace(0, seconds, STEPS))
    return Panel(
        title=f"{plain(trial.target.name)}: over after {seconds:.1f} s, {words}",
        requests=len(requests.start),
        seconds=rounded(seconds),
        waiting=waiting,
        sent=sent,
        over=over,
        failed=failed,
    )


def _counted(trial: Trial, moments: npt.NDArray[np.float64]) -> tuple[list[int], ...]:
    """Requests that wait, that are on a connection, and that are over, at each moment."""
    first = selection.first(trial)
    wrote: dict[int, float] = {}
    for connection in trial.client.connections:
        for turn in connection.turns:
            if turn.request is not None and turn.wrote is not None:
                wrote[turn.request] = turn.wrote - first
    ends = [np.inf if end is None else end - first for end in selection.requests(trial).end]
    sent = [min(wrote.get(number, end), end) for number, end in enumerate(ends)]
    over, begun = (np.searchsorted(np.sort(times), moments, side="right") for times in (ends, sent))
    return tuple(counts.tolist() for counts in (len(ends) - begun, begun - over, over))


def svg(drawing: RequestsDrawing) -> bytes:
    """The picture."""
    with mpl.rc_context(SETTINGS):
        height = 0.9 + 1.75 * len(drawing.panels)
        figure = Figure(figsize=(9, height), layout="constrained")
        parts = figure.subplots(len(drawing.panels), 1, sharex=True, squeeze=False)[:, 0]
        for axes, panel in zip(parts, drawing.panels, strict=True):
            _draw(axes, panel)
        parts[-1].set_xlim(0, max(panel.seconds for panel in drawing.panels) * 1.01)
        parts[-1].set_xlabel(f"seconds since the first request ({drawing.load} load)")
        handles = _legend(parts)
        figure.legend(
            handles.values(), list(handles), loc="outside upper right", ncols=4, frameon=False
        )
        return finished(figure, drawing, *parts)


def _draw(axes: Axes, panel: Panel) -> None:
    axes.stackplot(
        np.linspace(0, panel.seconds, STEPS), panel.over, panel.sent, panel.waiting,
        colors=[BETTER, MEASURED, WAITING], linewidth=0,
        labels=["over", "on a connection", "waiting in the client"],
    )  # fmt: skip
    if panel.failed:
        height = [panel.requests * 1.04] * len(panel.failed)
        axes.plot(
            panel.failed, height, "x", color=WORSE, markersize=7, label="failed", clip_on=False
        )
    axes.set_title(panel.title, loc="left", fontsize=10)
    axes.set_ylim(0, panel.requests * 1.08)
    axes.set_ylabel("requests")


def _legend(parts: Iterable[Axes]) -> dict[str, Artist]:
    """What is drawn, by its name in the legend, each once."""
    handles: dict[str, Artist] = {}
    for axes in parts:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    return handles

"""A picture of what the client's event loop did while it was blocked, by function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.analysis.stalls import WAITS, FunctionTime, function_times
from scripts.domain.blocked import Blocked
from scripts.domain.trial import Target, Trial
from scripts.domain.words import plain
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import INK, MEASURED, SETTINGS, WAITING, finished, rounded

MOST_BARS = 6
"""Functions that are drawn of one client; the others are added up."""

LONGEST = 58
"""Characters of a function's name, and of its file, that are shown."""

LEAST = 0.005
"""Share of the stalled time below which a bar is not drawn."""

Sort = Literal["code", "wait", "other"]

COLOURS: dict[Sort, str] = {"code": MEASURED, "wait": WAITING, "other": INK}


class LoopBar(msgspec.Struct, frozen=True):
    """How many seconds of a trial a function took, or what is no function."""

    words: str
    seconds: float
    sort: Sort


class LoopPanel(msgspec.Struct, frozen=True):
    """The event loop of one client.

    Attributes:
        target: what ran.
        trials: how many were looked at.
        seconds: how long it was blocked in one, on average.
        bars: what it did meanwhile.
    """

    target: str
    trials: int
    seconds: float
    bars: list[LoopBar]


class BlockedDrawing(msgspec.Struct, frozen=True):
    """A panel for each client, all under one load."""

    load: str
    panels: list[LoopPanel]


def drawings(publication: Publication) -> dict[str, BlockedDrawing]:
    """The document's two clients, and httpx's newest successor; none where nobody looked."""
    telling = [one for one in selection.telling_trials(publication) if _blocked(one) is not None]
    chosen = selection.contrasted(telling)
    if not chosen:
        return {}
    alike = [trial for trial in publication.trials if trial.load.name == chosen[0].load.name]
    drawn = drawing(alike, [trial.target for trial in chosen])
    return {selection.campaign(publication): drawn} if _tells(drawn) else {}


def drawing(trials: Sequence[Trial], targets: Sequence[Target]) -> BlockedDrawing:
    """What the loops of these targets did in trials of one load."""
    return BlockedDrawing(
        trials[0].load.name,
        [_panel(target.name, _stalls(trials, target)) for target in targets],
    )


def _tells(drawing: BlockedDrawing) -> bool:
    return any(panel.bars for panel in drawing.panels)


def _blocked(trial: Trial) -> Blocked | None:
    return trial.client.lag.blocked if trial.client.lag else None


def _stalls(trials: Sequence[Trial], target: Target) -> list[Blocked]:
    seen = (_blocked(trial) for trial in trials if trial.target.name == target.name)
    return [blocked for blocked in seen if blocked is not None]


def _panel(name: str, stalls: Sequence[Blocked]) -> LoopPanel:
    count = len(stalls)
    seconds = sum(blocked.seconds for blocked in stalls) / count
    bars = [
        LoopBar(words, rounded(lasted / count), sort)
        for words, lasted, sort in _parts(stalls)
        if lasted / count > LEAST * seconds
    ]
    return LoopPanel(plain(name), count, rounded(seconds), bars)


def _parts(stalls: Sequence[Blocked]) -> Iterator[tuple[str, float, Sort]]:
    """What stalls are made of, in seconds: functions, the heaviest first, and what is none."""
    times = sorted(function_times(stalls), key=lambda time: -time.own)
    for time in times[:MOST_BARS]:
        yield _words(time), time.own, _sort(time)
    own, drawn = (sum(time.own for time in part) for part in (times, times[:MOST_BARS]))
    yield "other functions", own - drawn, "code"
    seen = sum(blocked.seen for blocked in stalls)
    other = sum(blocked.other for blocked in stalls)
    yield "the loop itself, or collections elsewhere", seen - other - own, "other"
    yield "seen, but not kept", other, "other"
    yield "not seen", sum(blocked.seconds for blocked in stalls) - seen, "other"


def _words(time: FunctionTime) -> str:
    function, file = plain(time.frame.function), plain(time.frame.file)
    return f"{_end(function)}\n{_end(file)}"


def _end(text: str) -> str:
    """The last characters of a name, which tell it from others."""
    return text if len(text) <= LONGEST else f"\N{HORIZONTAL ELLIPSIS}{text[1 - LONGEST :]}"


def _sort(time: FunctionTime) -> Sort:
    return "wait" if next(iter(time.kinds)) in WAITS.values() else "code"


def svg(drawing: BlockedDrawing) -> bytes:
    """The picture."""
    rows = [max(1, len(panel.bars)) for panel in drawing.panels]
    longest = max(bar.seconds for panel in drawing.panels for bar in panel.bars)
    with mpl.rc_context(SETTINGS):
        height = 0.8 + 0.42 * sum(rows) + 0.5 * len(rows)
        figure = Figure(figsize=(9, height), layout="constrained")
        parts = figure.subplots(
            len(rows), squeeze=False, gridspec_kw={"height_ratios": [row + 0.6 for row in rows]}
        )[:, 0]
        for axes, panel in zip(parts, drawing.panels, strict=True):
            _draw(axes, panel, longest)
        parts[-1].set_xlabel(
            f"seconds of a trial ({drawing.load} load), each function by itself, while the event "
            "loop is blocked; orange: waiting"
        )
        return finished(figure, drawing, *parts)


def _draw(axes: Axes, panel: LoopPanel, longest: float) -> None:
    trials = "one trial" if panel.trials == 1 else f"mean of {panel.trials} trials"
    title = f"{panel.target}: blocked for {panel.seconds:.2f} s ({trials})"
    axes.set_title(title, loc="left", fontsize=10)
    for row, bar in enumerate(panel.bars):
        axes.barh(row, bar.seconds, 0.6, color=COLOURS[bar.sort])
        words = f"{bar.seconds:.2f} s, {bar.seconds / panel.seconds:.0%}"
        place = (bar.seconds + 0.01 * longest, row)
        axes.text(*place, words, verticalalignment="center", fontsize=8)
    axes.set_yticks(range(len(panel.bars)), [bar.words for bar in panel.bars], fontsize=7.5)
    axes.set_ylim(max(1, len(panel.bars)) - 0.5, -0.5)
    axes.set_xlim(0, longest * 1.15)

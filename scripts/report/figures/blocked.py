"""A picture of what the client's event loop did while it was blocked, by function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import matplotlib as mpl
import msgspec
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from scripts.analysis.stalls import WAITS, Blockage, FunctionTime, blockage, function_times
from scripts.domain.blocked import Blocked, Frame
from scripts.domain.trial import Target, Trial
from scripts.domain.words import plain
from scripts.report.facts import Publication
from scripts.report.figures import selection
from scripts.report.figures.style import (
    FAINT,
    INK,
    MARGIN,
    MEASURED,
    SETTINGS,
    SMALL,
    USUAL,
    WAITING,
    WIDTH,
    finished,
    headed,
    heading_height,
    rounded,
)

MOST_BARS, FEWEST_BARS = 6, 2
"""Functions that are drawn of one client, at most and at least; the others are added up."""

LONGEST, LONGEST_FILE = 52, 44
"""Characters of a function's name, and of its file, that are shown."""

SHOWN = 0.005
"""Seconds below which a bar would say 0.00 s."""

LEAST = 0.01
"""Share of the longest blocked client's time below which a function is added to the others."""

ROW, PANEL = 0.36, 0.5
"""Inches of a bar, and of what a client's part takes beside."""

Sort = Literal["code", "wait", "other"]

COLOURS: dict[Sort, str] = {"code": MEASURED, "wait": WAITING, "other": FAINT}

NAMES: dict[Sort, str] = {
    "code": "code that computes",
    "wait": "waiting: a lock, the system, the garbage collector",
    "other": "no function",
}


class LoopBar(msgspec.Struct, frozen=True):
    """How many seconds of a trial a function took, or what is no function."""

    words: str
    seconds: float
    sort: Sort


class LoopPanel(msgspec.Struct, frozen=True, kw_only=True):
    """The event loop of one client.

    Attributes:
        target: what ran.
        trials: how many were looked at.
        seconds: how long it was blocked in one, on average.
        within: the innermost function in which as good as all of that happened, with its share;
            empty where none was seen.
        bars: what it did meanwhile.
    """

    target: str
    trials: int
    seconds: float
    within: str
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
    stalls = {target.name: _stalls(trials, target) for target in targets}
    longest = max(_seconds(one) for one in stalls.values())
    return BlockedDrawing(
        trials[0].load.name,
        [_panel(name, one, LEAST * longest) for name, one in stalls.items()],
    )


def _tells(drawing: BlockedDrawing) -> bool:
    return any(panel.bars for panel in drawing.panels)


def _blocked(trial: Trial) -> Blocked | None:
    return trial.client.lag.blocked if trial.client.lag else None


def _stalls(trials: Sequence[Trial], target: Target) -> list[Blocked]:
    seen = (_blocked(trial) for trial in trials if trial.target.name == target.name)
    return [blocked for blocked in seen if blocked is not None]


def _seconds(stalls: Sequence[Blocked]) -> float:
    """How long a loop was blocked in a trial, on average."""
    return sum(blocked.seconds for blocked in stalls) / len(stalls)


def _panel(name: str, stalls: Sequence[Blocked], least: float) -> LoopPanel:
    """What the loop of one client did; least: seconds below which a function is not named."""
    count, together = len(stalls), blockage(stalls)
    bars = [
        LoopBar(words, rounded(lasted / count), sort)
        for words, lasted, sort in _parts(stalls, least * count)
        if lasted >= count * (max(least, SHOWN) if sort == "other" else SHOWN)
    ]
    return LoopPanel(
        target=plain(name),
        trials=count,
        seconds=rounded(_seconds(stalls)),
        within=_within(together) if together else "",
        bars=bars,
    )


def _within(together: Blockage) -> str:
    """In which function as good as all happened, with what that calls."""
    if together.function is None:
        return ""
    time = together.function
    share = time.inclusive / together.seconds
    return f"{share:.0%} of it inside {_end(plain(time.frame.function))}, {_line(time.frame)}"


def _parts(stalls: Sequence[Blocked], least: float) -> Iterator[tuple[str, float, Sort]]:
    """What stalls are made of, in seconds: functions, the heaviest first, and what is none."""
    times = sorted(function_times(stalls), key=lambda time: -time.own)
    named = [
        time
        for place, time in enumerate(times[:MOST_BARS])
        if place < FEWEST_BARS or time.own >= least
    ]
    for time in named:
        words = f"{_end(plain(time.frame.function))}\n{_line(time.frame)}"
        yield words, time.own, _sort(time)
    own, drawn = (sum(time.own for time in part) for part in (times, named))
    yield f"{len(times) - len(named)} other functions", own - drawn, "code"
    seen = sum(blocked.seen for blocked in stalls)
    other = sum(blocked.other for blocked in stalls)
    yield "the loop itself, or collections elsewhere", seen - other - own, "other"
    yield "seen, but not kept", other, "other"
    yield "not seen", sum(blocked.seconds for blocked in stalls) - seen, "other"


def _line(frame: Frame) -> str:
    return _end(f"{plain(frame.file)}:{frame.line}", LONGEST_FILE)


def _end(text: str, longest: int = LONGEST) -> str:
    """The last characters of a name, which tell it from others."""
    return text if len(text) <= longest else f"\N{HORIZONTAL ELLIPSIS}{text[1 - longest :]}"


def _sort(time: FunctionTime) -> Sort:
    return "wait" if next(iter(time.kinds)) in WAITS.values() else "code"


def svg(drawing: BlockedDrawing) -> bytes:
    """The picture."""
    rows = [max(1, len(panel.bars)) for panel in drawing.panels]
    longest = max(bar.seconds for panel in drawing.panels for bar in panel.bars)
    title = "What the client's event loop does while it is blocked"
    beside = (
        "Seconds of a trial in each function by itself, without what it calls, and the line where "
        f"it is longest; sampled while the loop is late, under the {drawing.load} load."
    )
    handles = _handles(drawing)
    with mpl.rc_context(SETTINGS):
        height = heading_height(title, beside, True) + ROW * sum(rows) + PANEL * len(rows) + 0.3
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        headed(figure, title, beside, handles)
        parts = figure.subplots(
            len(rows), squeeze=False, sharex=True, gridspec_kw={"height_ratios": rows}
        )[:, 0]
        for axes, panel in zip(parts, drawing.panels, strict=True):
            _draw(axes, panel, longest)
        parts[-1].set_xlabel("seconds of a trial")
        return finished(figure, drawing, *parts)


def _draw(axes: Axes, panel: LoopPanel, longest: float) -> None:
    trials = "one trial" if panel.trials == 1 else f"mean of {panel.trials} trials"
    title = f"{panel.target}: blocked for {panel.seconds:.2f} s ({trials})"
    axes.set_title("\n" if panel.within else " ", fontsize=11, pad=10)  # room for these words
    for words, size, colour, above in (
        (title, 10, INK, 20 if panel.within else 6),
        (panel.within, USUAL, FAINT, 6),
    ):
        axes.annotate(
            words, (MARGIN / WIDTH, 1), (0, above), xycoords=("figure fraction", "axes fraction"),
            textcoords="offset points", fontsize=size, color=colour, in_layout=False,
        )  # fmt: skip
    for row, bar in enumerate(panel.bars):
        axes.barh(row, bar.seconds, 0.6, color=COLOURS[bar.sort])
        words = f"{bar.seconds:.2f} s, {bar.seconds / panel.seconds:.0%}"
        place = (bar.seconds + 0.01 * longest, row)
        axes.text(*place, words, verticalalignment="center", fontsize=SMALL)
    axes.set_yticks(range(len(panel.bars)), [bar.words for bar in panel.bars], fontsize=SMALL)
    axes.tick_params(axis="y", length=0, pad=6)
    axes.set_ylim(max(1, len(panel.bars)) - 0.5, -0.5)
    axes.set_xlim(0, longest * 1.15)


def _handles(drawing: BlockedDrawing) -> list[Artist]:
    """What is drawn, by name."""
    drawn = {bar.sort for panel in drawing.panels for bar in panel.bars}
    return [Patch(color=COLOURS[sort], label=NAMES[sort]) for sort in NAMES if sort in drawn]

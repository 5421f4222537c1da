"""A picture of maps: which settings were tried, how many trials failed, and the border."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
import msgspec
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullLocator

from scripts.domain.words import amount, plain
from scripts.mapping.border import Border
from scripts.mapping.result import AtlasResult, MappedPoint, TargetResult
from scripts.mapping.scale import QUANTITIES, Scale
from scripts.report.facts import Publication
from scripts.report.figures.style import (
    BETTER,
    FAINT,
    GROUND,
    INK,
    SETTINGS,
    USUAL,
    WIDTH,
    WORSE,
    finished,
    headed,
    heading_height,
    rounded,
)

ACROSS = 2
"""Maps beside each other."""

LETTERS = 46
"""Of a line of a target's name."""

MAP = 3.3
"""Inches of a map's height, with its name."""

DOT: dict[str, Any] = {"marker": "o", "linestyle": "", "markeredgecolor": INK,
                       "markeredgewidth": 0.5}  # fmt: skip

LOOKS: dict[str, dict[str, Any]] = {
    "all": {**DOT, "color": WORSE},
    "some": {**DOT, "color": WORSE, "fillstyle": "left", "markerfacecoloralt": BETTER},
    "none": {**DOT, "color": BETTER},
    "could not": {**DOT, "color": GROUND, "markeredgecolor": FAINT, "markeredgewidth": 1.0},
}
"""Of a setting, by how many of its trials failed."""

NAMES = {
    "all": "all fail",
    "some": "some fail",
    "none": "none fails",
    "could not": "could not show it",
}


class DotMark(msgspec.Struct, frozen=True):
    """A setting that has trials: its numbers, how many failed of how many, and whether any could
    have.
    """

    x: float
    y: float
    bad: int
    trials: int
    exposed: bool


class BorderLine(msgspec.Struct, frozen=True):
    """The border between settings that fail and others: its two ends, and the corners of the part
    of the map where trials fail, each as shares of the way along both scales.
    """

    ends: list[tuple[float, float]]
    fails: list[tuple[float, float]]


class PanelDrawing(msgspec.Struct, frozen=True):
    """The map of one target; the border is None where none tells failing settings from others."""

    title: str
    dots: list[DotMark]
    border: BorderLine | None


class SettingsDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """Maps beside each other.

    Attributes:
        signal: what trials fail by.
        trials: how many all rest on.
        x, y: their scales.
        panels: one for each target.
    """

    signal: str
    trials: int
    x: Scale
    y: Scale
    panels: list[PanelDrawing]


def drawings(publication: Publication) -> dict[str, SettingsDrawing]:
    """Every published map."""
    return {result.name: drawing(result) for result in publication.atlases}


def drawing(result: AtlasResult) -> SettingsDrawing:
    """Maps, as they are drawn."""
    return SettingsDrawing(
        signal=result.signal,
        trials=result.trials,
        x=result.x,
        y=result.y,
        panels=[_panel(one) for one in result.maps],
    )


def _panel(one: TargetResult) -> PanelDrawing:
    name = textwrap.fill(plain(one.target.name), LETTERS)
    title = f"{name}\n{one.bad} of {one.trials} trials fail"
    border = None if one.border is None else _border(one.border)
    return PanelDrawing(title, [_dot(point) for point in one.points], border)


def _dot(point: MappedPoint) -> DotMark:
    return DotMark(point.x, point.y, point.bad, point.trials, bool(point.exposed))


def _border(border: Border) -> BorderLine:
    """A border, cut at the map's edges."""
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    fails: list[tuple[float, float]] = []
    ends: list[tuple[float, float]] = []
    for here, there in zip(corners, [*corners[1:], corners[0]], strict=True):
        before, after = _side(border, here), _side(border, there)
        if before > 0:
            fails.append(here)
        if (before > 0) != (after > 0):
            way = before / (before - after)
            cut = tuple(
                rounded(one + way * (other - one)) for one, other in zip(here, there, strict=True)
            )
            ends.append((cut[0], cut[1]))
            fails.append((cut[0], cut[1]))
    return BorderLine(ends, fails)


def _side(border: Border, shares: tuple[float, float]) -> float:
    """On which side of a border a place is: over 0 where trials fail."""
    return border.constant + border.along_x * shares[0] + border.along_y * shares[1]


def svg(drawing: SettingsDrawing) -> bytes:
    """The picture."""
    rows = math.ceil(len(drawing.panels) / ACROSS)
    across = min(ACROSS, len(drawing.panels))
    title = f"Where trials show {drawing.signal}, by {_words(drawing.x)} and {_words(drawing.y)}"
    beside = (
        f"A dot is a setting that was tried, larger for more trials; {drawing.trials} trials in "
        "all. No border is drawn where no straight one tells. Hollow: the server closed nothing "
        "while requests were to come, so trials there could not show it."
    )
    handles = _handles(drawing)
    with mpl.rc_context(SETTINGS):
        height = heading_height(title, beside, True) + MAP * rows + 0.3
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        headed(figure, title, beside, handles)
        grid = figure.subplots(rows, across, squeeze=False, sharex=True, sharey=True)
        parts = [axes for row in grid for axes in row]
        for axes, panel in zip(parts, drawing.panels, strict=False):
            _draw(axes, panel, drawing)
        for spare in parts[len(drawing.panels) :]:
            spare.set_axis_off()
        for axes in grid[-1]:
            axes.set_xlabel(_words(drawing.x))
        for row in grid:
            row[0].set_ylabel(_words(drawing.y))
        return finished(figure, drawing, *parts)


def _words(scale: Scale) -> str:
    return scale.quantity.words


def _draw(axes: Axes, panel: PanelDrawing, drawing: SettingsDrawing) -> None:
    """One map."""
    if panel.border is not None:
        axes.fill(*_places(panel.border.fails, drawing), color=WORSE, alpha=0.14, linewidth=0)
        axes.plot(*_places(panel.border.ends, drawing), color=WORSE, linewidth=1.6, zorder=2)
    alike: dict[DotLook, list[DotMark]] = {}
    for dot in panel.dots:
        alike.setdefault(_look(dot), []).append(dot)
    for look, dots in alike.items():
        _draw_dots(axes, look, dots)
    for scale, axis, limits in (
        (drawing.x, axes.xaxis, axes.set_xlim),
        (drawing.y, axes.yaxis, axes.set_ylim),
    ):
        if scale.logarithmic:
            (axes.set_xscale if scale is drawing.x else axes.set_yscale)("log")
        unit = QUANTITIES[scale.name].unit
        axis.set_major_formatter(FuncFormatter(lambda value, _, unit=unit: amount(value, unit)))
        axis.set_minor_locator(NullLocator())
        limits(scale.low, scale.high)
    axes.set_title(panel.title, loc="left", fontsize=USUAL, pad=9)


def _places(
    shares: Sequence[tuple[float, float]], drawing: SettingsDrawing
) -> tuple[list[float], list[float]]:
    """Places on both axes, of shares of the way along their scales."""
    columns = zip(*shares, strict=True) if shares else ((), ())
    across, up = (
        [_number(scale, share) for share in column]
        for scale, column in zip((drawing.x, drawing.y), columns, strict=True)
    )
    return across, up


def _number(scale: Scale, share: float) -> float:
    """The number at a place, as exactly as it is; `Scale.value` gives one that can be run."""
    if scale.logarithmic:
        return float(np.exp(np.interp(share, (0, 1), np.log((scale.low, scale.high)))))
    return scale.low + share * (scale.high - scale.low)


class DotLook(NamedTuple):
    """How a setting looks: how many of its trials failed, and how large it is, in points."""

    failing: Literal["all", "some", "none", "could not"]
    size: float


def _look(dot: DotMark) -> DotLook:
    size = 4 + 1.5 * math.sqrt(dot.trials)
    if not dot.bad:
        return DotLook("none" if dot.exposed else "could not", size)
    return DotLook("all" if dot.bad == dot.trials else "some", size)


def _draw_dots(axes: Axes, look: DotLook, dots: Sequence[DotMark]) -> None:
    places = [dot.x for dot in dots], [dot.y for dot in dots]
    axes.plot(*places, markersize=look.size, clip_on=False, zorder=3, **LOOKS[look.failing])


def _handles(drawing: SettingsDrawing) -> list[Artist]:
    """What is drawn, by name."""
    drawn = {_look(dot).failing for panel in drawing.panels for dot in panel.dots}
    handles: list[Artist] = [
        Line2D([], [], markersize=7, label=words, **LOOKS[failing])
        for failing, words in NAMES.items()
        if failing in drawn
    ]
    if any(panel.border for panel in drawing.panels):
        patch = Patch(facecolor=WORSE, alpha=0.3, label="side of the border where trials fail")
        handles.append(patch)
    return handles

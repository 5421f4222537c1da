"""A picture of maps: how often trials fail, by setting, with the trials as dots."""

from __future__ import annotations

import math
from typing import Any

import matplotlib as mpl
import msgspec
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, NullFormatter

from scripts.domain.words import amount
from scripts.mapping.result import AtlasResult, MappedCell, MappedPoint, TargetResult
from scripts.mapping.scale import QUANTITIES, Scale
from scripts.report.facts import Publication
from scripts.report.figures.style import BETTER, INK, MEASURED, SETTINGS, WORSE, finished, rounded

ACROSS = 2
"""Maps beside each other."""

LEAST_ALPHA, MOST_ALPHA = 0.08, 0.75
"""How strong the colour of a part of the map is of which nothing is known, and all."""


class DotMark(msgspec.Struct, frozen=True):
    """A setting that has trials: its numbers, the share that failed, how many, and whether any
    could have.
    """

    x: float
    y: float
    rate: float
    trials: int
    exposed: bool


class PatchMark(msgspec.Struct, frozen=True):
    """A part of a map: its sides, the rate in its middle (None where nothing is known), how sure
    that is, 0 to 1, and whether a border runs through it.
    """

    x_from: float
    x_to: float
    y_from: float
    y_to: float
    rate: float | None
    sure: float
    border: bool


class PanelDrawing(msgspec.Struct, frozen=True):
    """The map of one target."""

    title: str
    patches: list[PatchMark]
    dots: list[DotMark]


class SettingsDrawing(msgspec.Struct, frozen=True, kw_only=True):
    """Maps beside each other.

    Attributes:
        title: above them.
        x, y: their scales.
        panels: one for each target.
    """

    title: str
    x: Scale
    y: Scale
    panels: list[PanelDrawing]


def drawings(publication: Publication) -> dict[str, SettingsDrawing]:
    """Every published map."""
    return {result.name: drawing(result) for result in publication.atlases}


def drawing(result: AtlasResult) -> SettingsDrawing:
    """Maps, as they are drawn."""
    return SettingsDrawing(
        title=f"share of trials that show {result.signal}, {result.trials} trials",
        x=result.x,
        y=result.y,
        panels=[_panel(one) for one in result.maps],
    )


def _panel(one: TargetResult) -> PanelDrawing:
    title = f"{one.target.name}: {one.bad} of {one.trials} trials"
    return PanelDrawing(title, [_patch(cell) for cell in one.cells], [_dot(p) for p in one.points])


def _patch(cell: MappedCell) -> PatchMark:
    rate = None if cell.rate is None or not cell.exposed else rounded(cell.rate)
    sure = 0.0 if cell.kind == "unknown" else rounded(max(0.01, 1 - (cell.high - cell.low)))
    sides = (cell.x_from, cell.x_to, cell.y_from, cell.y_to)
    return PatchMark(*sides, rate, sure, cell.kind == "border")


def _dot(point: MappedPoint) -> DotMark:
    rate = rounded(point.bad / point.trials)
    return DotMark(point.x, point.y, rate, point.trials, bool(point.exposed))


def svg(drawing: SettingsDrawing) -> bytes:
    """The picture."""
    rows = math.ceil(len(drawing.panels) / ACROSS)
    across = min(ACROSS, len(drawing.panels))
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(5.2 * across, 4.0 * rows + 1.1), layout="constrained")
        grid = figure.subplots(rows, across, squeeze=False, sharex=True, sharey=True)
        parts = [axes for row in grid for axes in row]
        for axes, panel in zip(parts, drawing.panels, strict=False):
            _draw(axes, panel, drawing)
        for spare in parts[len(drawing.panels) :]:
            spare.set_axis_off()
        figure.suptitle(drawing.title)
        figure.supxlabel(_legend(drawing), fontsize=9)
        return finished(figure, drawing, *parts)


def _legend(drawing: SettingsDrawing) -> str:
    return (
        f"{drawing.x.quantity.words}\n\n"
        "orange: trials fail; green: they do not; the paler, the less is known; blue: a border "
        "runs there.\n"
        "Dots are settings that were tried, larger for more trials; hollow and grey: the server "
        "closed nothing there while requests were to come, so that they could not show it."
    )


def _draw(axes: Axes, panel: PanelDrawing, drawing: SettingsDrawing) -> None:
    """One map."""
    for patch in panel.patches:
        width, height = patch.x_to - patch.x_from, patch.y_to - patch.y_from
        axes.add_patch(
            Rectangle((patch.x_from, patch.y_from), width, height, linewidth=0, **_look(patch))
        )
    for dot in panel.dots:
        axes.plot(
            [dot.x], [dot.y], "o",
            markersize=3 + 1.2 * math.sqrt(dot.trials),
            color=mpl.colors.to_hex(_mixed(dot.rate)) if dot.exposed else "none",
            markeredgecolor="white" if dot.exposed else INK,
            markeredgewidth=0.6,
            clip_on=False,
            zorder=3,
        )  # fmt: skip
    for scale, axis, limits in (
        (drawing.x, axes.xaxis, axes.set_xlim),
        (drawing.y, axes.yaxis, axes.set_ylim),
    ):
        if scale.logarithmic:
            (axes.set_xscale if scale is drawing.x else axes.set_yscale)("log")
        unit = QUANTITIES[scale.name].unit
        axis.set_major_formatter(FuncFormatter(lambda value, _, unit=unit: amount(value, unit)))
        axis.set_minor_formatter(NullFormatter())
        limits(scale.low, scale.high)
    axes.set_ylabel(drawing.y.quantity.words)
    axes.set_title(panel.title, fontsize=10)


def _look(patch: PatchMark) -> dict[str, Any]:
    """How a part of a map is drawn."""
    if patch.border:
        return {"facecolor": MEASURED, "alpha": 0.25}
    if patch.rate is None:
        return {"facecolor": INK if patch.sure else "none", "alpha": 0.12}
    alpha = LEAST_ALPHA + (MOST_ALPHA - LEAST_ALPHA) * max(0.0, patch.sure)
    return {"facecolor": mpl.colors.to_hex(_mixed(patch.rate)), "alpha": alpha}


def _mixed(rate: float) -> tuple[float, float, float]:
    """The colour of a rate, from that of none to that of all."""
    low, high = to_rgb(BETTER), to_rgb(WORSE)
    red, green, blue = (a + (b - a) * rate for a, b in zip(low, high, strict=True))
    return red, green, blue

"""Pictures: a history by release date with its changes; what the parts of a smallest case do."""

from __future__ import annotations

import datetime
import io
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter

from scripts.reduction.result import Smallest
from scripts.report.findings import percent
from scripts.search.release_line import LinePoint, ReleaseLine

INK = "#7a7a7a"
"""Text and axes: as legible on white as on GitHub's dark grey."""

MEASURED = "#2b8cc4"
BETTER, WORSE = "#009e73", "#d55e00"
"""Okabe and Ito's colours, which the colour-blind tell apart."""


SETTINGS: Any = {
    "svg.hashsalt": "history",
    "text.parse_math": False,
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def svg(found: ReleaseLine) -> bytes:
    """A history as SVG, the same bytes for the same history."""
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 4.2), layout="constrained")
        axes = figure.add_subplot()
        told = [each for each in found.points if each.values or each.rate]
        places = _places(told)
        for each, at in zip(told, places, strict=True):
            _mark(axes, each, at, found.by_value)
        _changes(axes, found, dict(zip([each.name for each in told], places, strict=True)))
        if found.by_value:
            axes.set_yscale("log")
            for axis_part in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
                axis_part(FormatStrFormatter("%g"))
            time = "wall" if "wall" in found.signal else "processor"
            axes.set_ylabel(f"{time} time per request, times the control's")
        else:
            axes.set_ylim(-0.05, 1.05)
            axes.set_ylabel(f"share of trials with {found.signal} (95 %)")
        if any(each.day for each in told):
            locator = AutoDateLocator()  # type: ignore[no-untyped-call]
            axes.xaxis.set_major_locator(locator)
            formatter = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
            axes.xaxis.set_major_formatter(formatter)
            axes.set_xlabel("day of release")
        axes.set_title(
            f"{found.package} under the {found.load} load, {found.trials} trials", pad=34
        )
        return finished(figure, axes)


def reduced(found: Smallest) -> bytes:
    """What each parameter of a smallest case is for, as SVG: how often the case fails on either
    side, and how often where one parameter is simpler.
    """
    rows = [("as it is", "bad", found.confirmed_bad)]
    rows += [("as it is", "good", found.confirmed_good)] if found.confirmed_good else []
    rows += [(f"{each.parameter} {each.simpler}, not {each.value}", each.side, each.rate)
             for each in found.limits]  # fmt: skip
    with mpl.rc_context(SETTINGS):
        figure = Figure(figsize=(9, 1.5 + 0.38 * len(rows)), layout="constrained")
        axes = figure.add_subplot()
        for number, (_, side, each) in enumerate(rows):
            colour, mark = (WORSE, "o") if side == "bad" else (MEASURED, "s")
            axes.plot([each.low, each.high], [number, number], color=colour, linewidth=1.2)
            axes.plot([each.bad / each.trials], [number], mark, color=colour, markersize=5)
        words = [f"{name} ({each.trials} runs, {side} side)" for name, side, each in rows]
        axes.set_yticks(range(len(rows)), words)
        axes.invert_yaxis()
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel("share of runs that fail (95 %)")
        bad, good = found.about.ran
        sides = f"bad side {bad}" + (f", good side {good}" if found.about.good else "")
        axes.set_title(f"{found.about.signal}: {sides}")
        return finished(figure, axes)


def finished(figure: Figure, *drawn: Axes) -> bytes:
    """A figure as SVG without the lines and the date that nobody reads."""
    for axes in drawn:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    out = io.BytesIO()
    # Browsers have another font than the one this was laid out with: some room for it.
    figure.savefig(
        out, format="svg", transparent=True, metadata={"Date": None}, bbox_inches="tight",
        pad_inches=0.2,
    )  # fmt: skip
    return out.getvalue()


def _places(stops: list[LinePoint]) -> list[float]:
    """Where releases stand on the axis of days; those of one day are drawn apart."""
    found: list[float] = []
    epoch = datetime.date(1970, 1, 1)
    for number, each in enumerate(stops):
        at = float(number)
        if each.day is not None:
            at = float((datetime.date.fromisoformat(each.day) - epoch).days)
        while at in found:
            at += 0.4
        found.append(at)
    return found


def _mark(axes: Axes, each: LinePoint, at: float, by_value: bool) -> None:
    if by_value:
        middle = each.middle or 1.0
        low, high = min(each.values), max(each.values)
    elif each.rate is not None:
        middle = each.rate.bad / each.rate.trials
        low, high = each.rate.low, each.rate.high
    else:
        return
    axes.plot([at, at], [low, high], color=MEASURED, linewidth=1.2)
    axes.plot([at], [middle], "o", color=MEASURED, markersize=4.5)


def _changes(axes: Axes, found: ReleaseLine, places: dict[str, float]) -> None:
    """A line at each change, named above it at one of two heights so that names keep apart."""
    for number, each in enumerate(found.changes):
        at = (places[each.before] + places[each.after]) / 2
        colour = WORSE if each.direction == "worse" else BETTER
        axes.axvline(at, color=colour, linestyle="--", linewidth=1.2)
        arrow = "▲" if each.direction == "worse" else "▼"
        axes.annotate(
            f"{arrow} {each.after} ({percent(each.confidence)})",
            (at, 1.01 + 0.05 * (number % 2)),
            xycoords=("data", "axes fraction"),
            color=colour,
            fontsize=9,
            verticalalignment="bottom",
            horizontalalignment="center",
            annotation_clip=False,
        )

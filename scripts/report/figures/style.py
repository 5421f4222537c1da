"""What all pictures share: colours, settings, headings, and the file that they become."""

from __future__ import annotations

import html
import io
import re
import textwrap
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

GROUND = "#ffffff"
"""Behind every picture, so that it looks the same on a white page and on a dark one."""

INK, FAINT, PALE = "#1f2328", "#59636e", "#d1d9e0"
"""Text; axes and what is said beside; lines that lead the eye."""

MEASURED, BETTER, WORSE, WAITING = "#0072b2", "#009e73", "#d55e00", "#e69f00"
"""Okabe and Ito's colours, which the colour-blind tell apart."""

WIDTH = 9.0
"""Inches: 864 pixels, just under what GitHub shows."""

SMALL, USUAL, TITLE = 8.0, 9.0, 12.0
"""Sizes of text in points: as wide as it is, a picture is shown at its own size."""

TITLE_LETTERS, USUAL_LETTERS = 80, 122
"""Letters of a line that fit on a picture."""

MARGIN = 0.12
"""Inches that are left free at the edges."""

LEGEND = 0.28
"""Inches of a row that names what is drawn."""

SETTINGS: Any = {
    "svg.hashsalt": "history",
    "text.parse_math": False,
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": USUAL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}
"""Of matplotlib, while a picture is made."""


def rounded(value: float) -> float:
    """A number as exactly as a picture shows it: the last bits differ between machines."""
    return round(value, 6)


def headed(figure: Figure, title: str, beside: str, named: Sequence[Artist] = ()) -> float:
    """Write what a picture shows above it, and leave room for that where the picture lays out
    itself.

    Args:
        figure: nothing of it drawn yet, of its final size.
        title: what is seen.
        beside: how to read it, and what it rests on.
        named: what is drawn, each with its label.

    Returns:
        The height that is left below, as a share of the figure's.
    """
    height = figure.get_figheight()
    top = height - MARGIN
    for text, size, letters, weight, colour in (
        (title, TITLE, TITLE_LETTERS, "bold", INK),
        (beside, USUAL, USUAL_LETTERS, "normal", FAINT),
    ):
        lines = textwrap.wrap(text, letters)
        figure.text(
            MARGIN / figure.get_figwidth(), top / height, "\n".join(lines),
            fontsize=size, fontweight=weight, color=colour, linespacing=1.25,
            verticalalignment="top",
        ).set_in_layout(False)  # fmt: skip
        top -= 1.35 * size / 72 * len(lines) + 0.04
    if named:
        figure.legend(
            handles=named, loc="upper left", ncols=len(named), frameon=False, fontsize=USUAL,
            bbox_to_anchor=(MARGIN / figure.get_figwidth(), (top - 0.04) / height),
            borderaxespad=0, borderpad=0, columnspacing=1.6,
        )  # fmt: skip
        top -= LEGEND
    left = (top - MARGIN / 2) / height
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        across = MARGIN / figure.get_figwidth()
        engine.set(rect=(across, 0.06 / height, 1 - 2 * across, left - 0.06 / height))
    return left


def heading_height(title: str, beside: str, named: bool = False) -> float:
    """Inches that a heading takes; named: whether what is drawn is named in it."""
    lines = len(textwrap.wrap(title, TITLE_LETTERS)), len(textwrap.wrap(beside, USUAL_LETTERS))
    height = 1.35 / 72 * (TITLE * lines[0] + USUAL * lines[1]) + 0.08
    return MARGIN * 1.5 + height + (LEGEND if named else 0)


def spread(places: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Where names stand beside what they name: moved as little as keeps them apart, in order.

    By isotonic regression: names that stand apart are places that rise, once what each takes is
    taken off them.

    Args:
        places: of the middles of what is named, in order, the least first.
        sizes: what each name takes, in the same unit.
        low, high: between which all stay, where there is room enough.
    """
    from scipy.optimize import isotonic_regression  # a second of imports, for this alone

    if not places:
        return []
    taken = np.array(sizes)
    before = np.cumsum(taken) - taken / 2
    risen = isotonic_regression(np.array(places) - before).x
    least, most = low, high - taken.sum()
    return [float(place) for place in np.clip(risen, least, max(least, most)) + before]


def finished(figure: Figure, drawing: msgspec.Struct, *parts: Axes) -> bytes:
    """A figure as SVG without the lines and the date that nobody reads, the same bytes each time.

    Args:
        figure: as drawn.
        drawing: what was drawn; the file carries it along as its description.
        parts: the figure's axes.
    """
    for axes in parts:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    out = io.BytesIO()
    figure.savefig(
        out, format="svg", facecolor=GROUND,
        metadata={"Date": None, "Description": _description(drawing)},
    )  # fmt: skip
    return _settled(out.getvalue().decode()).encode()


NUMBERED = re.compile(r'(?<= id=")\w*[0-9a-f]{10}(?=")')
"""Names of a file's parts that are made from where they lie in memory."""

EXACT = re.compile(r"-?\d+\.\d{3,}")

COORDINATES = re.compile(r'(?<= )(?:d|x|y|width|height|transform)="[^"]*"')


def _settled(svg: str) -> str:
    """A file with its parts named in their order, and its places told to a hundredth of a point."""
    names = {name: f"part{number}" for number, name in enumerate(NUMBERED.findall(svg), 1)}
    if names:
        svg = re.sub("|".join(names), lambda name: names[name[0]], svg)
    return COORDINATES.sub(
        lambda place: EXACT.sub(lambda number: f"{float(number[0]) + 0:.2f}", place[0]), svg
    )


def _description(drawing: msgspec.Struct) -> str:
    return msgspec.json.encode(drawing).decode()


def shows(svg: str, drawing: msgspec.Struct) -> bool:
    """Whether a picture's file shows this, and nothing else."""
    return f">{html.escape(_description(drawing), quote=False)}<" in svg

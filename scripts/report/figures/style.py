"""What all pictures share: colours, settings, and the file that they become."""

from __future__ import annotations

import html
import io
from typing import Any

import msgspec
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#7a7a7a"
"""Text and axes: as legible on white as on GitHub's dark grey."""

MEASURED = "#2b8cc4"
BETTER, WORSE, WAITING = "#009e73", "#d55e00", "#e69f00"
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
"""Of matplotlib, while a picture is made."""


def rounded(value: float) -> float:
    """A number as exactly as a picture shows it: the last bits differ between machines."""
    return round(value, 6)


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
    # Browsers have another font than the one this was laid out with: some room for it.
    figure.savefig(
        out, format="svg", transparent=True, bbox_inches="tight", pad_inches=0.2,
        metadata={"Date": None, "Description": _description(drawing)},
    )  # fmt: skip
    return out.getvalue()


def _description(drawing: msgspec.Struct) -> str:
    return msgspec.json.encode(drawing).decode()


def shows(svg: str, drawing: msgspec.Struct) -> bool:
    """Whether a picture's file shows this, and nothing else."""
    return f">{html.escape(_description(drawing), quote=False)}<" in svg

"""What every picture must be, whatever it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from typing import Any, TypeVar
from unittest.mock import patch
from xml.etree import ElementTree

import msgspec
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from scripts.report.figures import style

LARGEST = 60_000
"""Bytes of a picture."""

LEAST = 8.0
"""Points of the smallest text."""

Drawing = TypeVar("Drawing", bound=msgspec.Struct)


def words(drawn: bytes) -> list[str]:
    """The texts of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawn.decode())


def checked(svg: Callable[[Drawing], bytes], drawing: Drawing) -> list[str]:
    """The texts of a picture, once it was looked at.

    It is XML, small, the same each time, has a ground of its own, says what it shows, and no text
    of it is tiny, cut, or upon another.
    """
    figures: list[Figure] = []

    def kept(figure: Figure, *arguments: Any, **named: Any) -> None:
        figures.append(figure)
        saved(figure, *arguments, **named)

    saved = Figure.savefig
    with patch.object(Figure, "savefig", kept):
        drawn = svg(drawing)
    ElementTree.fromstring(drawn)  # noqa: S314
    assert len(drawn) < LARGEST
    assert svg(drawing) == drawn
    assert f"fill: {style.GROUND}" in drawn.decode()
    assert style.shows(drawn.decode(), drawing)
    _require_legible(figures[0])
    return words(drawn)


def _require_legible(figure: Figure) -> None:
    assert figure.get_figwidth() == style.WIDTH
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    texts = _drawn(figure, renderer)
    for text, box in texts:
        assert float(text.get_fontsize()) >= LEAST, text.get_text()
        inside = figure.bbox.padded(1)
        assert inside.contains(box.x0, box.y0), f"cut: {text.get_text()}"
        assert inside.contains(box.x1, box.y1), f"cut: {text.get_text()}"
    for (text, box), (other, beside) in combinations(texts, 2):
        slanted = text.get_rotation() % 90 or other.get_rotation() % 90  # boxes larger than they
        apart = not box.padded(-2).overlaps(beside.padded(-2))
        assert slanted or apart, f"{text.get_text()!r} on {other.get_text()!r}"


def _drawn(figure: Figure, renderer: RendererBase) -> list[tuple[Text, Bbox]]:
    """The texts that a figure really draws, as ticks beyond an axis are not, and their places."""
    texts: list[tuple[Text, Bbox]] = []

    def noted(text: Text, renderer: RendererBase, *rest: Any, **named: Any) -> None:
        if text.get_visible() and text.get_text().strip():
            texts.append((text, Text.get_window_extent(text, renderer)))
        draw(text, renderer, *rest, **named)

    draw = Text.draw
    with patch.object(Text, "draw", noted):
        figure.draw(renderer)
    return texts

"""A grid that is finer where one asks for it: cells that split in four, and their corners. Pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

COARSE = 16
"""Steps along a side of the cells that a map begins with."""

STEPS = 3 * COARSE
"""Steps along each side of a map: it begins with four by four corners."""

FINEST = 2
"""Steps along a side of the smallest cells."""


class Corner(NamedTuple):
    """A corner of cells: its steps from the low end of each scale, 0 to `STEPS`."""

    x: int
    y: int

    @property
    def shares(self) -> tuple[float, float]:
        """Of the way along each scale, 0 to 1."""
        return self.x / STEPS, self.y / STEPS

    @property
    def coarseness(self) -> int:
        """Steps along a side of the largest cells that it is a corner of."""
        return math.gcd(self.x, self.y, COARSE)


class Cell(NamedTuple):
    """A square of the grid: its low corner, and the steps along its side."""

    x: int
    y: int
    side: int

    @property
    def corners(self) -> tuple[Corner, Corner, Corner, Corner]:
        """Its corners: low, then along x, along y, and along both."""
        along = (0, self.side)
        low, up, right, far = (Corner(self.x + i, self.y + j) for i in along for j in along)
        return low, right, up, far

    @property
    def area(self) -> float:
        """Its share of the map, 0 to 1."""
        return (self.side / STEPS) ** 2

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle, as shares of the way along each scale."""
        half = self.side / 2
        return (self.x + half) / STEPS, (self.y + half) / STEPS

    def split(self) -> list[Cell]:
        """The four that it is made of."""
        half = self.side // 2
        return [Cell(self.x + i, self.y + j, half) for i in (0, half) for j in (0, half)]

    def parent(self) -> Cell | None:
        """The cell that it is a quarter of; None for one of those that a map begins with."""
        side = 2 * self.side
        if side > COARSE:
            return None
        return Cell(self.x - self.x % side, self.y - self.y % side, side)

    def weights(self, shares: tuple[float, float]) -> tuple[float, float, float, float]:
        """How near a place in it is to each of its corners, which sum up to 1: those with which a
        value that changes evenly along both sides follows from the corners' values.

        Args:
            shares: of the way along each scale, 0 to 1.
        """
        u, v = (
            min(1.0, max(0.0, (share * STEPS - low) / self.side))
            for share, low in zip(shares, (self.x, self.y), strict=True)
        )
        return (1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v

    def surrounds(self, corner: Corner) -> bool:
        """Whether a corner of any cells lies in it, its sides included."""
        return self.x <= corner.x <= self.x + self.side and self.y <= corner.y <= self.y + self.side

    def holds(self, shares: tuple[float, float]) -> bool:
        """Whether a place lies in it, its sides included."""
        return all(
            low <= share * STEPS <= low + self.side
            for share, low in zip(shares, (self.x, self.y), strict=True)
        )


def coarse() -> list[Cell]:
    """The cells that a map begins with."""
    lows = range(0, STEPS, COARSE)
    return [Cell(x, y, COARSE) for x, y in itertools.product(lows, lows)]


def finest() -> Iterator[Corner]:
    """Every corner that a cell may have."""
    for x, y in itertools.product(range(0, STEPS + 1, FINEST), repeat=2):
        yield Corner(x, y)


def corners(cells: list[Cell]) -> Iterator[Corner]:
    """The corners of cells, each once."""
    yield from dict.fromkeys(corner for cell in cells for corner in cell.corners)

"""Where on the map of a target the next trial tells most. Pure."""

from __future__ import annotations

from scripts.analysis.rates import rate
from scripts.analysis.readings import ATTEMPTS
from scripts.mapping.estimate import disagree
from scripts.mapping.grid import Cell, Corner, coarse, corners
from scripts.mapping.target_map import TargetMap

COARSE_TRIALS = 2
"""Trials at each corner of the coarse map before any other is tried."""

MOST_TRIALS = 8
"""Trials at a corner at most."""


def next_corner(one: TargetMap) -> Corner | None:
    """Where the next trial of a target tells most; None where no more is wanted.

    First every corner of the coarse map is tried. From then on it is in the cell whose middle is
    known least, by the square of the interval's width times the cell's area, at the corner that was
    tried least.
    """
    first = [
        corner
        for corner in corners(coarse())
        if one.run(corner) < COARSE_TRIALS and _wants(one, corner)
    ]
    if first:
        return min(first, key=lambda corner: (one.run(corner), corner))
    wanted = [
        (_interest(one, cell), cell)
        for cell in one.cells
        if any(_wants(one, corner) for corner in cell.corners)
    ]
    if not wanted:
        return None
    cell = max(wanted)[1]
    return min(
        (corner for corner in cell.corners if _wants(one, corner)),
        key=lambda corner: (one.run(corner), corner),
    )


def _wants(one: TargetMap, corner: Corner) -> bool:
    """Whether more trials at a corner may tell more: each that says something earns patience for
    two more that do not.
    """
    counts = one.counts(corner)
    given_up = counts.silent >= ATTEMPTS + 2 * counts.trials
    return counts.trials < MOST_TRIALS and not given_up


def _interest(one: TargetMap, cell: Cell) -> float:
    """How little is known of a cell's middle, times its area."""
    around = [*map(one.counts, cell.corners), *one.beside(cell)]
    told = [counts for counts in around if counts.trials]
    width = 1.0
    if told and not disagree(told):
        together = rate((counts.bad, counts.trials) for counts in told)
        width = together.high - together.low
    return width**2 * cell.area

"""Where on the map of a target the next trial tells most. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.analysis.rates import rate
from scripts.analysis.readings import ATTEMPTS
from scripts.mapping.estimate import disagree
from scripts.mapping.grid import Cell, Corner, coarse, corners
from scripts.mapping.target_map import TargetMap

COARSE_TRIALS = 2
"""Trials at each corner of the coarse map before any other is tried."""

MOST_TRIALS = 8
"""Trials at a corner at most."""


def next_corner(one: TargetMap, under_way: Mapping[Corner, int] = {}) -> Corner | None:
    """Where the next trial of a target tells most; None where no more is wanted.

    First every corner of the coarse map is tried. From then on it is in the cell whose middle is
    known least, by the square of the interval's width times the cell's area, at the corner that was
    tried least.

    Args:
        one: the target's map.
        under_way: trials that run at its corners now.
    """

    def run(corner: Corner) -> int:
        return one.run(corner) + under_way.get(corner, 0)

    def wanted_at(corner: Corner) -> bool:
        return _wants(one, corner, under_way.get(corner, 0))

    first = [
        corner for corner in corners(coarse()) if run(corner) < COARSE_TRIALS and wanted_at(corner)
    ]
    if first:
        return min(first, key=lambda corner: (run(corner), corner))
    wanted = [
        (
            _interest(one, cell) / (1 + sum(under_way.get(corner, 0) for corner in cell.corners)),
            cell,
        )
        for cell in one.cells
        if any(map(wanted_at, cell.corners))
    ]
    if not wanted:
        return None
    cell = max(wanted)[1]
    return min(filter(wanted_at, cell.corners), key=lambda corner: (run(corner), corner))


def _wants(one: TargetMap, corner: Corner, under_way: int) -> bool:
    """Whether more trials at a corner may tell more than those that run there: each that says
    something earns patience for two more that do not.
    """
    counts = one.counts(corner)
    given_up = counts.silent >= ATTEMPTS + 2 * counts.trials
    return counts.trials + under_way < MOST_TRIALS and not given_up


def _interest(one: TargetMap, cell: Cell) -> float:
    """How little is known of a cell's middle, times its area."""
    around = [*map(one.counts, cell.corners), *one.beside(cell)]
    told = [counts for counts in around if counts.trials]
    width = 1.0
    if told and not disagree(told):
        together = rate((counts.bad, counts.trials) for counts in told)
        width = together.high - together.low
    return width**2 * cell.area

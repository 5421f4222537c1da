"""The map of one target: cells, finer where a border runs, and what their corners say. Pure."""

from __future__ import annotations

from scripts.domain.trial import Target
from scripts.mapping.estimate import UNKNOWN, CornerCounts, Estimate, disagree, estimate
from scripts.mapping.grid import COARSE, FINEST, STEPS, Cell, Corner, coarse
from scripts.mapping.scale import Scale

BORDER_TRIALS = 2
"""Trials at each corner of a cell that a border runs through before it is split."""

SPLIT_TRIALS = 3
"""Trials at each corner of a coarse cell whose corners are alike before it is looked into."""


class TargetMap:
    """The map of one target: cells, finer where the border runs, and the trials at their corners.

    Args:
        target: what it is of.
        scales: of the two numbers.

    Attributes:
        tallies: of the corners that have trials.
    """

    def __init__(self, target: Target, scales: tuple[Scale, Scale]) -> None:
        self.target = target
        self.scales = scales
        self.tallies: dict[Corner, CornerCounts] = {}
        self._cells: list[Cell] = []

    @property
    def trials(self) -> int:
        """Trials run for it, whether they said something or not."""
        return sum(tally.trials + tally.silent for tally in self.tallies.values())

    @property
    def cells(self) -> list[Cell]:
        """The cells of the map as it stands: whatever order its trials came in."""
        if not self._cells:
            open_cells = coarse()
            while open_cells:
                cell = open_cells.pop()
                if self._ripe(cell):
                    open_cells += cell.split()
                else:
                    self._cells.append(cell)
        return self._cells

    def take(self, corner: Corner, bad: bool | None, exposed: bool) -> None:
        """Take in a trial at a corner.

        Args:
            corner: where it was.
            bad: whether it showed the signal; None for one that says nothing.
            exposed: whether it could have; see `CornerCounts`.
        """
        tally = self.tallies.setdefault(corner, CornerCounts())
        if bad is None:
            tally.silent += 1
            return
        tally.trials += 1
        tally.bad += bad
        tally.exposed += bad or exposed
        self._cells = []

    def at(self, shares: tuple[float, float]) -> Estimate:
        """How often trials fail at a place of the map, from the smallest cell around it whose
        corners have all been tried.

        Args:
            shares: of the way along each scale, 0 to 1.
        """
        near = Corner(*(round(share * STEPS) for share in shares))
        if near in self.measured() and self._numbers(near.shares) == self._numbers(shares):
            return estimate([self.tallies[near]], (1.0,))
        held = min((cell for cell in self.cells if cell.holds(shares)), key=lambda cell: cell.side)
        cell: Cell | None = held
        while cell is not None:
            tallies = [self.counts(corner) for corner in cell.corners]
            found = estimate(tallies, cell.weights(shares), self.beside(cell))
            if found.kind != "unknown":
                return found
            cell = cell.parent()
        return UNKNOWN

    def _numbers(self, shares: tuple[float, float]) -> tuple[float, ...]:
        """The two numbers at a place, as exactly as loads have them."""
        return tuple(scale.value(share) for scale, share in zip(self.scales, shares, strict=True))

    def beside(self, cell: Cell) -> list[CornerCounts]:
        """The trials within a cell or on its sides, but for its corners."""
        return [
            tally
            for corner, tally in self.measured().items()
            if cell.surrounds(corner) and corner not in cell.corners
        ]

    def measured(self) -> dict[Corner, CornerCounts]:
        """The corners that have trials which said something."""
        return {corner: tally for corner, tally in self.tallies.items() if tally.trials}

    def counts(self, corner: Corner) -> CornerCounts:
        """The trials at a corner."""
        return self.tallies.get(corner, CornerCounts())

    def run(self, corner: Corner) -> int:
        """Trials run at a corner, whether they said something or not."""
        counts = self.counts(corner)
        return counts.trials + counts.silent

    def _ripe(self, cell: Cell) -> bool:
        """Whether a cell is to be split rather than tried again at its corners: its corners have
        their trials and a border runs through it, or it is one of those that the map began with.
        """
        tallies = [self.counts(corner) for corner in cell.corners]
        least = min(tally.trials for tally in tallies)
        if not least or not self._divisible(cell):
            return False
        if disagree([*tallies, *self.beside(cell)]):
            return least >= BORDER_TRIALS
        return cell.side == COARSE and least >= SPLIT_TRIALS

    def _divisible(self, cell: Cell) -> bool:
        """Whether a cell can be split, and there are numbers between its sides."""
        if cell.side <= FINEST:
            return False
        steps = (0, cell.side // 2, cell.side)
        return all(
            len({scale.value((low + step) / STEPS) for step in steps}) == len(steps)
            for scale, low in zip(self.scales, (cell.x, cell.y), strict=True)
        )

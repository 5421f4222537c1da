"""Which trial of an atlas is run next, and what the ones so far show. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import structs

from scripts.analysis import signals
from scripts.analysis.catalogue import STALE
from scripts.analysis.rates import interval
from scripts.analysis.readings import ATTEMPTS, read
from scripts.analysis.summary import closed_early
from scripts.domain.trial import Load, Target, Trial
from scripts.mapping.atlas import Atlas
from scripts.mapping.estimate import UNKNOWN, Estimate, Tally, counted, disagree, estimate
from scripts.mapping.grid import COARSE, FINEST, STEPS, Cell, Corner, coarse, corners, finest
from scripts.mapping.scale import Scale

COARSE_TRIALS = 2
"""Trials at each corner of the coarse map before any other is tried."""

BORDER_TRIALS = 2
"""Trials at each corner of a cell that a border runs through before it is split."""

SPLIT_TRIALS = 3
"""Trials at each corner of a coarse cell whose corners agree before it is looked into."""

MOST_TRIALS = 8
"""Trials at a corner at most."""


@dataclass(frozen=True)
class MapStep:
    """The next trial: of which target, at which corner, and its number there, from 1."""

    target: Target
    corner: Corner
    load: Load
    round: int


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
        self.tallies: dict[Corner, Tally] = {}
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

    def next(self) -> Corner | None:
        """Where the next trial tells most; None where no more is wanted.

        First every corner of the coarse map is tried. From then on it is in the cell whose middle
        is known least, by the square of the interval's width times the cell's area, at the corner
        that was tried least.
        """
        first = [
            corner
            for corner in corners(coarse())
            if self.run(corner) < COARSE_TRIALS and self._wants(corner)
        ]
        if first:
            return min(first, key=lambda corner: (self.run(corner), corner))
        wanted = [
            (self._interest(cell), cell)
            for cell in self.cells
            if any(self._wants(corner) for corner in cell.corners)
        ]
        if not wanted:
            return None
        cell = max(wanted)[1]
        return min(
            (corner for corner in cell.corners if self._wants(corner)),
            key=lambda corner: (self.run(corner), corner),
        )

    def take(self, corner: Corner, bad: bool | None, exposed: bool) -> None:
        """Take in a trial at a corner.

        Args:
            corner: where it was.
            bad: whether it showed the signal; None for one that says nothing.
            exposed: whether it could have; see `Tally`.
        """
        tally = self.tallies.setdefault(corner, Tally())
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
            tallies = [self.tallies.get(corner, Tally()) for corner in cell.corners]
            found = estimate(tallies, cell.weights(shares), self._beside(cell))
            if found.kind != "unknown":
                return found
            cell = cell.parent()
        return UNKNOWN

    def _numbers(self, shares: tuple[float, float]) -> tuple[float, ...]:
        """The two numbers at a place, as exactly as loads have them."""
        return tuple(scale.value(share) for scale, share in zip(self.scales, shares, strict=True))

    def _beside(self, cell: Cell) -> list[Tally]:
        """The trials within a cell or on its sides, but for its corners."""
        return [
            tally
            for corner, tally in self.measured().items()
            if cell.surrounds(corner) and corner not in cell.corners
        ]

    def measured(self) -> dict[Corner, Tally]:
        """The corners that have trials which said something."""
        return {corner: tally for corner, tally in self.tallies.items() if tally.trials}

    def run(self, corner: Corner) -> int:
        """Trials run at a corner, whether they said something or not."""
        tally = self.tallies.get(corner, Tally())
        return tally.trials + tally.silent

    def _wants(self, corner: Corner) -> bool:
        """Whether more trials at a corner may tell more: each that says something earns patience
        for two more that do not.
        """
        tally = self.tallies.get(corner, Tally())
        given_up = tally.silent >= ATTEMPTS + 2 * tally.trials
        return tally.trials < MOST_TRIALS and not given_up

    def _ripe(self, cell: Cell) -> bool:
        """Whether a cell is to be split rather than tried again at its corners: its corners have
        their trials and a border runs through it, or it is one of those that the map began with.
        """
        tallies = [self.tallies.get(corner, Tally()) for corner in cell.corners]
        least = min(tally.trials for tally in tallies)
        if not least or not self._divisible(cell):
            return False
        if disagree([*tallies, *self._beside(cell)]):
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

    def _interest(self, cell: Cell) -> float:
        """How little is known of a cell's middle, times its area."""
        tallies = [self.tallies.get(corner, Tally()) for corner in cell.corners]
        known = [tally for tally in (*tallies, *self._beside(cell)) if tally.trials]
        width = 1.0
        if known and not disagree(known):
            bad, trials = (sum(column) for column in zip(*counted(known), strict=True))
            low, high = interval(bad, trials)
            width = high - low
        return width**2 * cell.area


class Exploration:
    """An atlas with its trials.

    Args:
        atlas: what is to be mapped.

    Attributes:
        maps: of each target, in the atlas' order.
        trials: those taken in, in order.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.signal = signals.parse(atlas.signal)
        self.maps = [TargetMap(target, (atlas.x, atlas.y)) for target in atlas.targets]
        self.trials: list[tuple[TargetMap, Corner, Trial]] = []
        self._rounds: dict[tuple[Target, Load], int] = {}

    def next(self) -> MapStep | None:
        """The trial to run next: of the targets that want one, one of the fewest; None where none
        does.
        """
        for one in sorted(self.maps, key=lambda one: one.trials):
            corner = one.next()
            if corner is not None:
                load = self.atlas.load_at(corner)
                return MapStep(
                    one.target, corner, load, 1 + self._rounds.get((one.target, load), 0)
                )
        return None

    def take(self, target: Target, corner: Corner, trial: Trial) -> None:
        """Take in a trial of a target at a corner."""
        one = next(one for one in self.maps if _anywhere(one.target) == _anywhere(target))
        one.take(corner, read(self.signal, trial).bad, self._exposed(trial))
        self.trials.append((one, corner, trial))
        # A trial that was disturbed leaves its number unused.
        key, number = (one.target, self.atlas.load_at(corner)), trial.place.round
        self._rounds[key] = max(number, self._rounds.get(key, 0))

    def replay(self, trials: Iterable[Trial]) -> None:
        """Take in the trials that a folder has."""
        # Of corners with the same numbers, where those are rounded, the coarsest is the one tried.
        places = {
            self.atlas.load_at(corner): corner
            for corner in sorted(finest(), key=lambda corner: corner.coarseness)
        }
        mapped = {_anywhere(one.target) for one in self.maps}
        for trial in trials:
            corner = places.get(trial.load)
            if corner is not None and _anywhere(trial.target) in mapped:
                self.take(trial.target, corner, trial)

    def _exposed(self, trial: Trial) -> bool:
        """Whether a trial could have shown the signal, as far as that is known: a stale connection
        needs one that the server closed while requests were to come.
        """
        return self.signal.cause != STALE or closed_early(trial.server) != 0

    @property
    def whole(self) -> bool:
        """Whether every corner of the coarse map of each target has a trial that says something."""
        return all(corner in one.measured() for one in self.maps for corner in corners(coarse()))


def _anywhere(target: Target) -> Target:
    """A target wherever its interpreter lies, whose path is not told in trials."""
    return structs.replace(target, python="")

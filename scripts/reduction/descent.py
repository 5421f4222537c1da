"""The way down: parameters are lowered alone and together, by the largest steps first.

Like a debugger of failing inputs (Zeller and Hildebrandt, IEEE TSE 28, 2002) it tries the largest
steps first; unlike one, it believes no single answer.
"""

from __future__ import annotations

from itertools import combinations

from scripts.reduction.judge import Judge
from scripts.reduction.lattice import Coordinates, Lattice
from scripts.reduction.ledger import Asking


class Descent:
    """Goes from the smallest case that was kept to smaller ones.

    Args:
        lattice: the cases.
        judge: says which of them hold.
    """

    def __init__(self, lattice: Lattice, judge: Judge) -> None:
        self.lattice = lattice
        self.judge = judge
        self.trail = judge.trail

    def down(self) -> Asking[None]:
        """Lower parameters until none goes lower, or time is short."""
        lowered = True
        while lowered and not self.judge.ledger.pace.hurry:
            lowered = (yield from self._singles()) or (yield from self._pairs())

    def _singles(self) -> Asking[bool]:
        """Lower each parameter alone; whether any went lower."""
        before = self.trail.current
        for axis in range(len(self.lattice.top)):
            if not self.lattice.idle(self.trail.current, axis):
                yield from self.lower((axis,), "")
        return self.trail.current != before

    def _pairs(self) -> Asking[bool]:
        """Lower pairs that are stuck alone; whether any went lower."""
        before = self.trail.current
        joint = self.lattice.joint
        stuck = [axis for axis, index in enumerate(before) if index and joint[axis]]
        for pair in combinations(stuck, 2):
            yield from self.lower(pair, "")
            if self.trail.current != before:
                return True
        return False

    def lower(self, axes: tuple[int, ...], why: str) -> Asking[None]:
        """Lower some parameters by as many rungs as holds: all the way, else by bisection.

        A single parameter is likely to be of no matter, so zero is tried first. Several are
        likely not to, so they go one rung, then two, four and so on.
        """
        start = self.trail.current
        most = max(start[axis] for axis in axes)
        several = len(axes) > 1
        holds, fails = 0, most + 1
        rungs = 1 if several else most
        while holds < fails - 1:
            if (yield from self.judge.holds(_lower(start, axes, rungs), why)):
                holds = rungs
            else:
                fails = rungs
            doubling = several and fails > most
            rungs = min(most, 2 * holds) if doubling else (holds + fails) // 2


def _lower(point: Coordinates, axes: tuple[int, ...], rungs: int) -> Coordinates:
    """A case with some parameters lower by so many rungs, none below its simplest value."""
    return tuple(
        max(0, index - rungs) if axis in axes else index for axis, index in enumerate(point)
    )

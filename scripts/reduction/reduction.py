"""The mathematics of making a failing case smaller when its failures are a matter of chance.

A smaller case replaces a larger one only where it fails about as reliably as the original and, if
there is a good side, passes there; both judged on trials made after it was chosen. Pure: it asks
for trials and is told what they said.
"""

from __future__ import annotations

from collections.abc import Iterable

from scripts.reduction.confirmation import CONFIRMING, Confirmation, Reduced
from scripts.reduction.descent import Descent
from scripts.reduction.judge import Judge
from scripts.reduction.lattice import ORIGINAL, Lattice
from scripts.reduction.ledger import (
    BELIEVED,
    Asking,
    Counts,
    Ledger,
    Pace,
    Side,
    kept_probability,
)
from scripts.reduction.parts import Part, Parts
from scripts.reduction.trail import Trail

PATIENCE = 20
"""Trials of the original after which a side that never shows its failure is believed."""

PATIENCE_DEAR = 8
"""Trials of the good original where trials are dear."""

DISPROOFS = 20
"""Cases that may fail to be confirmed, after which what was confirmed suffices."""


class Unfit(Exception):
    """There is nothing to reduce, or nothing smaller was confirmed; says why."""


class Reduction:
    """One reduction.

    Args:
        lattice: the cases it may try.
        two_sided: whether there is a good side that must pass.
        confirming: runs of each side that confirm the last case.
        settled: parts of a search of the same cases, which are not run again.

    Attributes:
        sides: on which trials are asked for.
        pace: how much time there is; set from outside.
        ledger: of all trials but those that confirm.
        trail: of the cases that were tried.
        parts: of the search.
    """

    def __init__(
        self,
        lattice: Lattice,
        two_sided: bool = False,
        confirming: int = CONFIRMING,
        settled: Iterable[Part] = (),
    ) -> None:
        self.lattice = lattice
        self.confirming = confirming
        self.sides: tuple[Side, ...] = ("bad", "good") if two_sided else ("bad",)
        self.pace = Pace()
        self.ledger = Ledger(self.pace)
        self.trail = Trail()
        self.parts = Parts(self.ledger, self.trail, settled)
        self._judge = Judge(self.ledger, self.trail, self.sides, self.parts)
        self._descent = Descent(lattice, self._judge)
        self._confirmation = Confirmation(self.ledger, self.trail, self.sides, confirming)

    def search(self) -> Asking[Reduced]:
        """Ask for trials until the smallest case is found and confirmed.

        Yields:
            What to run; expects for each trial whether it failed.

        Raises:
            Unfit: the original does not fail, or its good side does, or nothing was confirmed.
        """
        yield from self.parts.run(self._check_bad_original())
        if "good" in self.sides:
            yield from self.parts.run(self._check_good_original())
        while (yield from self._start()):
            smallest = yield from self._smallest()
            if smallest is not None:
                return smallest
        raise Unfit(self._why_nothing())

    def _check_bad_original(self) -> Asking[None]:
        bad = self.ledger.of(ORIGINAL, "bad")
        while bad.failed < 3 and bad.asked < PATIENCE:
            yield from self.ledger.run(ORIGINAL, "bad", 1, "the original")
        if not bad.failed:
            raise Unfit(f"the bad target does not fail: 0 of {_trials(bad)}")

    def _check_good_original(self) -> Asking[None]:
        bad, good = (self.ledger.of(ORIGINAL, side) for side in self.sides)
        alike = 0.5
        most = PATIENCE_DEAR if self.pace.dear else PATIENCE
        while good.asked < most and (
            good.trials < 3 or (alike > 1 - BELIEVED and (alike < BELIEVED or good.failed < 3))
        ):
            yield from self.ledger.run(ORIGINAL, "good", 1, "the original")
            alike = kept_probability(good, bad)
        if good.trials < 3:
            raise Unfit(f"the good target can hardly be told: {_trials(good)}")
        # One that fails more rarely is no obstacle: what is kept must pass there.
        if alike >= BELIEVED:
            raise Unfit(
                f"the good target fails too: {good.failed} of {_trials(good)}, "
                f"the bad one {bad.failed} of {bad.trials}"
            )

    def _start(self) -> Asking[bool]:
        """The first case on the lattice: the first seed that holds, else the original's place,
        else one reached from there by lowering everything at once; whether there is one.
        """
        for seed in self.lattice.seeds:
            if (yield from self._judge.holds(seed, "a small case at once")):
                return True
        top = self.lattice.top
        if (yield from self._judge.holds(top, "the same numbers in the bare script")):
            yield from self._descent.lower(tuple(range(len(top))), "everything")
            return True
        return False

    def _smallest(self) -> Asking[Reduced | None]:
        """The smallest confirmed case that is reached from where the search stands."""
        smallest: Reduced | None = None
        while self.trail.kept and (smallest is None or self.trail.disproved < DISPROOFS):
            yield from self._descent.down()
            if smallest is not None and smallest.point == self.trail.current:
                return smallest
            smallest = yield from self._confirm(smallest)
        return smallest

    def _confirm(self, smallest: Reduced | None) -> Asking[Reduced | None]:
        """The last case that was kept, where it is confirmed, else one further back, in steps that
        double; the one that was confirmed before where none is.
        """
        confirmed = None if smallest is None else smallest.point
        steps = 1
        while self.trail.kept and self.trail.current != confirmed:
            reduced = yield from self.parts.run(self._confirmation.of(self.trail.current))
            if reduced is not None:
                return reduced
            self.trail.back_up(steps, confirmed)
            steps *= 2
        return smallest

    def _why_nothing(self) -> str:
        """Why no case was confirmed, in a sentence."""
        if self._confirmation.unfinished:
            return "there was no time to confirm anything smaller than the original"
        sentence = "nothing smaller than the original fails as reliably"
        attempts = self.trail.attempts
        failing = [attempt for attempt in attempts if attempt.good.failed]
        if failing:
            sentence += (
                f" and passes on the good side, where {len(failing)} of {len(attempts)} fail too"
            )
        mute = sum(attempt.bad.untestable or attempt.good.untestable for attempt in attempts)
        if mute:
            sentence += f"; of {mute} of {len(attempts)} too many trials say nothing"
        if self._confirmation.refuted is not None:
            side, counts = self._confirmation.refuted
            sentence += (
                "; the last one that was kept was not confirmed: on the "
                f"{side} side it failed in {counts.failed} of {_trials(counts)}"
            )
        return sentence


def _trials(counts: Counts) -> str:
    """How many trials said something, and how many did not: "4 trials, 2 more say nothing"."""
    more = f", {counts.silent} more say nothing" if counts.silent else ""
    return f"{counts.trials} trials{more}"

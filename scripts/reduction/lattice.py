"""The mathematics of making a failing case smaller when its failures are a matter of chance.

A case is a point on a lattice: for each parameter the index into a ladder of values, 0 being the
simplest. A smaller case replaces a larger one only where it fails about as reliably as the
original and, if there is a good side, passes there; both judged on trials made after it was
chosen. Pure: it asks for trials and is told what they said.

Like a debugger of failing inputs (Zeller and Hildebrandt, IEEE TSE 28, 2002) it tries the largest
steps first; unlike one, it believes no single answer.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from itertools import combinations
from typing import Literal

import msgspec
import numpy as np
from scipy.special import betainc, betaincinv

Point = tuple[int, ...]
"""One index per ladder. The empty point is the original as it was given, outside the lattice."""

ORIGINAL: Point = ()

Side = Literal["bad", "good"]

KEPT = 0.8
"""A smaller case must fail at least this often, relative to what it is compared with."""

SURE = 0.98
"""Probability at which a step counts as kept; the whole is confirmed at the end."""

LIKELY = 0.9
"""Probability at which the original counts as failing by chance."""

HOPELESS = 0.005
"""Probability at which a step is given up."""

PASSES = 0.1
"""Rate of failures on the good side below which it counts as passing, in a step."""

CERTAIN = 0.99
"""Share of the confirming runs that must fail on the bad side, and pass on the good one, where
the original is not known to fail by chance."""

CHANCE = 0.97
"""Rate below which an original fails by chance."""

CONFIRMING = 100
"""Runs of each side that confirm the last case."""

PATIENCE = 20
"""Trials of the original after which a side that never shows its failure is believed."""

MOST = 1500
"""Trials of one case after which no decision means no."""

ENOUGH = 30
"""The same where trials are dear."""

FEW = 8
"""Trials of the good original where trials are dear."""

BATCH = 40
"""Trials that are asked for at most before it is looked at them, and at the clock."""

ATTEMPTS = 20
"""Cases that may fail to be confirmed, after which what was confirmed suffices."""

_GRID = (np.arange(60) + 0.5) / 60


class Counts(msgspec.Struct):
    """Trials of a case on one side: those that failed, and all of them."""

    failed: int = 0
    trials: int = 0

    def add(self, told: Iterable[bool]) -> None:
        """Take in trials: whether each failed."""
        for each in told:
            self.failed += each
            self.trials += 1


class Ask(msgspec.Struct, frozen=True):
    """Trials that are wanted.

    Attributes:
        point: of which case.
        side: on which side.
        count: how many.
        why: what for.
        final: whether they confirm the case, as the finished script.
    """

    point: Point
    side: Side
    count: int
    why: str
    final: bool = False


class Step(msgspec.Struct, frozen=True):
    """A case that was tried, and what it did to both sides.

    Attributes:
        point: the case.
        why: which parameters it changed.
        kept: whether it took the place of the one before.
        bad, good: (failed, trials) on either side.
    """

    point: Point
    why: str
    kept: bool
    bad: tuple[int, int]
    good: tuple[int, int]


class Unfit(Exception):
    """There is nothing to reduce, or nothing smaller was confirmed; says why."""


class Reduced(msgspec.Struct, frozen=True):
    """The smallest confirmed case, and the runs that confirmed it."""

    point: Point
    bad: tuple[int, int]
    good: tuple[int, int]


def kept_probability(smaller: Counts, original: Counts, share: float = KEPT) -> float:
    """Probability that a case fails at least `share` times as often as the original.

    Both rates have Jeffreys' prior (Proc. R. Soc. A 186, 1946).
    """
    rates = betaincinv(
        original.failed + 0.5, original.trials - original.failed + 0.5, _GRID
    )  # equally likely values of the original's rate
    below = betainc(smaller.failed + 0.5, smaller.trials - smaller.failed + 0.5, share * rates)
    return float(1 - below.mean())


def at_most_probability(counts: Counts, limit: float) -> float:
    """Probability that a rate is at most `limit`, under Jeffreys' prior."""
    return float(betainc(counts.failed + 0.5, counts.trials - counts.failed + 0.5, limit))


Asking = Generator[Ask, Sequence[bool], Reduced]
Testing = Generator[Ask, Sequence[bool], bool]


class Reduction:
    """One reduction.

    Args:
        top: the original's place on the lattice: the index of each parameter.
        joint: whether a parameter may be moved together with others.
        seeds: small cases worth a try before anything else, the best first.
        two_sided: whether there is a good side that must pass.
        lanes: how many trials run at a time; as many are asked for at least.
        confirming: runs of each side that confirm the last case.

    Attributes:
        current: the smallest case that was kept so far.
        steps: every case that was tried, in order.
        unfinished: whether time was too short to confirm a case.
        disproved: how many cases were kept that the confirming runs did not confirm.
        hurry: set from outside when time is short: nothing new is tried, only confirmed.
        dear: set from outside where trials take long: the original is not tried again, and a case
            that is not soon seen to be as reliable is not kept.
    """

    def __init__(
        self,
        top: Point,
        joint: Sequence[bool],
        seeds: Sequence[Point] = (),
        two_sided: bool = False,
        lanes: int = 1,
        confirming: int = CONFIRMING,
    ) -> None:
        self.top = top
        self.joint = joint
        self.seeds = seeds
        self.sides: tuple[Side, ...] = ("bad", "good") if two_sided else ("bad",)
        self.lanes = lanes
        self.confirming = confirming
        self.counts: dict[tuple[Point, Side], Counts] = {}
        self.current: Point = ORIGINAL
        self.kept: list[Point] = []
        self.steps: list[Step] = []
        self.hurry = False
        self.dear = False
        self.disproved = 0
        self.unfinished = False
        self._allowed = (1 - CERTAIN) * confirming
        self._decided: dict[Point, bool] = {}

    def search(self) -> Asking:
        """Ask for trials until the smallest case is found and confirmed.

        Yields:
            What to run; expects for each trial whether it failed.

        Raises:
            Unfit: the original does not fail, or its good side does, or nothing was confirmed.
        """
        yield from self._check_original()
        while (yield from self._start()):
            best = yield from self._smaller()
            if best is not None:
                return best
        raise Unfit(self._why_nothing())

    def _smaller(self) -> Generator[Ask, Sequence[bool], Reduced | None]:
        """The smallest confirmed case that is reached from where the search stands."""
        best: Reduced | None = None
        while self.kept and (best is None or self.disproved < ATTEMPTS):
            changed = True
            while changed and not self.hurry:
                changed = (yield from self._singles()) or (yield from self._together())
            if best is not None and best.point == self.current:
                return best
            found = yield from self._confirm(self.current)
            back = 1
            while found is None and self.kept:
                self.disproved += 1
                self._back_up(back, None if best is None else best.point)
                back *= 2
                if best is not None and self.current == best.point:
                    break
                if self.kept:
                    found = yield from self._confirm(self.current)
            best = found or best
        return best

    def _back_up(self, steps: int, confirmed: Point | None) -> None:
        """Go back from a case that was not confirmed, by so many kept cases at most.

        A case that was confirmed stays, and so does the very first until it is tried itself.
        """
        # What the trials of its steps were too few to tell, the confirming runs did.
        self._decided[self.kept[-1]] = False
        floor = 0 if confirmed is None else self.kept.index(confirmed)
        left = max(floor, len(self.kept) - 1 - steps) if len(self.kept) > 1 else -1
        for point in self.kept[left + 1 : -1]:
            self._decided.pop(point, None)  # on the way, and not known to be wrong
        del self.kept[left + 1 :]
        if self.kept:
            self.current = self.kept[-1]

    def _why_nothing(self) -> str:
        """Why no case was confirmed, in a sentence."""
        if self.unfinished:
            return "there was no time to confirm anything smaller than the original"
        said = "nothing smaller than the original fails as reliably"
        there = [each for each in self.steps if each.good[0]]
        if there:
            said += (
                f" and passes on the good side, where {len(there)} of {len(self.steps)} fail too"
            )
        return said

    def of(self, point: Point, side: Side) -> Counts:
        """The trials of a case on a side so far, those that confirm it apart."""
        return self.counts.setdefault((point, side), Counts())

    def _run(
        self, point: Point, side: Side, count: int, why: str
    ) -> Generator[Ask, Sequence[bool]]:
        told = yield Ask(point, side, max(count, self.lanes), why)
        self.of(point, side).add(told)

    def _check_original(self) -> Generator[Ask, Sequence[bool]]:
        bad, good = self.of(ORIGINAL, "bad"), self.of(ORIGINAL, "good")
        while bad.failed < 3 and bad.trials < PATIENCE:
            yield from self._run(ORIGINAL, "bad", 1, "the original")
        if not bad.failed:
            raise Unfit(f"the bad target does not fail: 0 of {bad.trials} trials")
        if "good" not in self.sides:
            return
        alike = 0.5
        most = FEW if self.dear else PATIENCE
        while good.trials < 3 or (
            good.trials < most and alike > 1 - LIKELY and (alike < LIKELY or good.failed < 3)
        ):
            yield from self._run(ORIGINAL, "good", 1, "the original")
            alike = kept_probability(good, bad)
        # One that fails more rarely is no obstacle: what is kept must pass there.
        if alike >= LIKELY:
            raise Unfit(
                f"the good target fails too: {good.failed} of {good.trials} trials, "
                f"the bad one {bad.failed} of {bad.trials}"
            )

    def _start(self) -> Testing:
        """The first case on the lattice: the first seed that holds, else the original's place,
        else one reached from there by lowering everything at once; whether there is one.
        """
        self.current = ORIGINAL
        for seed in self.seeds:
            if (yield from self._holds(seed, "a small case at once")):
                return True
        if (yield from self._holds(self.top, "the same numbers in the bare script")):
            free = tuple(range(len(self.top)))
            yield from self._lower(free, "everything")
            return True
        return False

    def _singles(self) -> Testing:
        """Lower each parameter alone; whether any went lower."""
        before = self.current
        for axis in range(len(self.top)):
            yield from self._lower((axis,), "")
        return self.current != before

    def _together(self) -> Testing:
        """Lower pairs that are stuck alone; whether any went lower."""
        before = self.current
        stuck = [axis for axis, index in enumerate(self.current) if index and self.joint[axis]]
        for pair in combinations(stuck, 2):
            yield from self._lower(pair, "")
            if self.current != before:
                return True
        return False

    def _lower(self, axes: tuple[int, ...], why: str) -> Generator[Ask, Sequence[bool]]:
        """Lower some parameters by as many rungs as holds: all the way, else by bisection.

        A single parameter is likely to be of no matter, so zero is tried first. Several are
        likely not to, so they go one rung, then two, four and so on.
        """
        start = self.current
        most = max(start[axis] for axis in axes)

        def at(rungs: int) -> Point:
            return tuple(
                max(0, index - rungs) if axis in axes else index for axis, index in enumerate(start)
            )

        if not most:
            return
        holds, fails = 0, most + 1
        tries = [most] if len(axes) == 1 else [1]
        while tries:
            rungs = tries.pop()
            if (yield from self._holds(at(rungs), why)):
                holds = rungs
            else:
                fails = rungs
            if holds < fails - 1 and holds < most:
                doubling = len(axes) > 1 and fails > most
                tries.append(min(most, 2 * holds) if doubling else (holds + fails) // 2)

    def _holds(self, point: Point, why: str) -> Testing:
        """Whether a case fails about as reliably as the original, and passes on the good side."""
        if point in self._decided:
            if self._decided[point] and point != self.current:
                self._keep(point)
            return self._decided[point]
        if self.hurry:
            return False
        fine: bool | None = True
        for side in self.sides:
            if fine:
                fine = yield from self._stands(point, side, why)
        if fine is None:
            return False  # there was no time to tell: it is not known to be wrong
        self._decided[point] = fine
        bad, good = self.of(point, "bad"), self.of(point, "good")
        self.steps.append(
            Step(point, why, fine, (bad.failed, bad.trials), (good.failed, good.trials))
        )
        if fine:
            self._keep(point)
        return fine

    def _keep(self, point: Point) -> None:
        self.current = point
        self.kept.append(point)

    def _stands(
        self, point: Point, side: Side, why: str
    ) -> Generator[Ask, Sequence[bool], bool | None]:
        """Whether a case is as it should be on a side; None where there was no time to tell."""
        counts = self.of(point, side)
        while True:
            yield from self._run(point, side, min(BATCH, max(1, counts.trials // 2)), why)
            if side == "good":
                share = at_most_probability(counts, PASSES)
            else:
                share = yield from self._share(counts)
                if share > HOPELESS and self.current != ORIGINAL:
                    share = min(share, (yield from self._beside_current(counts)))
            if share >= SURE or share <= HOPELESS:
                return share >= SURE
            if self.hurry:
                return None
            if counts.trials >= (ENOUGH if self.dear else MOST):
                return share >= 0.5 and not self.dear

    def _share(self, counts: Counts) -> Generator[Ask, Sequence[bool], float]:
        """Probability that a case fails about as reliably as the original does.

        Where the original is known worse than the case, it is what must be known better.
        """
        original = self.of(ORIGINAL, "bad")
        share = kept_probability(counts, original)
        better_known = counts.trials > 3 * original.trials
        if HOPELESS < share < SURE and better_known and not self.hurry and not self.dear:
            yield from self._run(ORIGINAL, "bad", min(BATCH, original.trials), "the original")
            share = kept_probability(counts, original)
        return share

    def _beside_current(self, counts: Counts) -> Generator[Ask, Sequence[bool], float]:
        """Probability that a case fails about as reliably as the one whose place it would take.

        That one may have been kept by a lucky run: it is believed only where it is known as well.
        """
        current = self.of(self.current, "bad")
        share = kept_probability(counts, current)
        if share < SURE and current.trials < counts.trials and not self.hurry:
            missing = min(BATCH, counts.trials - current.trials)
            yield from self._run(self.current, "bad", missing, "what it is compared with")
            share = kept_probability(counts, current)
        return share if share >= SURE or current.trials >= counts.trials else max(share, 0.5)

    def _confirm(self, point: Point) -> Generator[Ask, Sequence[bool], Reduced | None]:
        """A case with its own fresh runs, where they confirm it."""
        sides: dict[Side, Counts] = {"bad": Counts(), "good": Counts()}
        for side in self.sides:
            counts = sides[side]
            verdict = None
            while verdict is None:
                left = self.confirming - counts.trials
                batch = min(20, left) if left > 0 else max(1, counts.trials // 4)
                counts.add((yield Ask(point, side, batch, "confirming", final=True)))
                verdict = yield from self._confirmed(side, counts)
            if not verdict:
                return None
            if counts.trials > self.confirming or self.disproved:
                # Success was waited for, so what is claimed rests on runs of its own.
                fresh = sides[side] = Counts()
                fresh.add((yield Ask(point, side, self.confirming, "confirming", final=True)))
                if _wrong(side, counts) <= self._allowed < _wrong(side, fresh):
                    return None
        bad, good = sides["bad"], sides["good"]
        return Reduced(point, (bad.failed, bad.trials), (good.failed, good.trials))

    def _confirmed(self, side: Side, counts: Counts) -> Generator[Ask, Sequence[bool], bool | None]:
        """Whether the confirming runs confirm their case; None where more are needed."""
        enough = counts.trials >= self.confirming
        if _wrong(side, counts) <= self._allowed:
            return True if enough else None
        if side == "good":
            return False
        original = self.of(ORIGINAL, "bad")
        while original.trials < 4 * ENOUGH and not self.dear and not self.hurry:
            yield from self._run(ORIGINAL, "bad", BATCH, "the original")
        if not self._by_chance():
            return False
        share = yield from self._share(counts)
        if share <= HOPELESS:
            return False
        if enough and share >= SURE:
            return True
        if enough and self.hurry:
            self.unfinished = True
            return False
        return share >= 0.5 if counts.trials >= MOST else None

    def _by_chance(self) -> bool:
        """Whether the original fails by chance; where that is unknown, what took its place."""
        whole = Counts()
        original = self.of(ORIGINAL, "bad")
        for point in (ORIGINAL, *([] if original.trials >= 4 * ENOUGH else self.kept)):
            each = self.of(point, "bad")
            whole = Counts(whole.failed + each.failed, whole.trials + each.trials)
        return at_most_probability(whole, CHANCE) >= LIKELY


def _wrong(side: Side, counts: Counts) -> int:
    """Trials that did not do what they should on their side."""
    return counts.failed if side == "good" else counts.trials - counts.failed

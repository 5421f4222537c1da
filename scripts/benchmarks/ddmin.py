"""Plain ddmin, with so many repeats of each test.

Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE Transactions on
Software Engineering 28(2), 2002, figure 3: of a set that fails, one from which no single element
can be left out. It takes each outcome for certain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from math import comb
from typing import NamedTuple

from scripts.benchmarks.mixtures import HiddenCauses
from scripts.search.separation import NONE, Changes

LADDER = (1, 2, 3, 5, 7, 10, 15, 22, 32, 46, 68, 100)
"""How often a test may be repeated."""


class Minimum(NamedTuple):
    """What ddmin ends with.

    Attributes:
        changes: that still fail; None where it does not begin, as the two ends are alike.
        trials: how many it took.
    """

    changes: Changes | None
    trials: int


@cache
def least_bad(repeats: int, high: float, low: float) -> int:
    """How many of so many trials must be bad for a test to fail: with the fewest wrong outcomes,
    for one who knows the rates."""

    def below(count: int, rate: float) -> float:
        return sum(
            comb(repeats, bad) * rate**bad * (1 - rate) ** (repeats - bad) for bad in range(count)
        )

    counts = range(1, repeats + 1)
    return min(counts, key=lambda count: max(below(count, high), 1 - below(count, low)))


def minimum(hidden: HiddenCauses, repeats: int) -> Minimum:
    """What ddmin makes of a problem, each of its tests repeated as often as its outcome is open.

    Args:
        hidden: the problem, whose rates it is told.
        repeats: of each test, at most.
    """
    trial, count = hidden.trials(), 0
    least = least_bad(repeats, hidden.mixtures.high, hidden.mixtures.low)

    @cache
    def fails(changes: Changes) -> bool:
        nonlocal count
        if hidden.mixing(changes) is None:
            return False
        bad = 0
        for done in range(repeats):
            count += 1
            outcome = trial(changes)
            bad += outcome is True
            if outcome is None or bad >= least or bad + repeats - done - 1 < least:
                break
        return bad >= least

    if fails(NONE) or not fails(frozenset(hidden.changes)):
        return Minimum(None, count)
    changes = ddmin(hidden.changes, lambda some: fails(frozenset(some)))
    return Minimum(frozenset(changes), count)


def ddmin(changes: Sequence[str], fails: Callable[[Sequence[str]], bool]) -> Sequence[str]:
    """The algorithm itself.

    Args:
        changes: that fail.
        fails: whether a test of some of them does; one that is unresolved does not.
    """
    parts = 2
    while len(changes) >= 2:
        places = [len(changes) * part // parts for part in range(parts + 1)]
        spans = list(pairwise(places))
        subsets = (changes[low:high] for low, high in spans)
        complements = ([*changes[:low], *changes[high:]] for low, high in spans)
        if (smaller := next(filter(fails, subsets), None)) is not None:
            changes, parts = smaller, 2
        elif (smaller := next(filter(fails, complements), None)) is not None:
            changes, parts = smaller, max(parts - 1, 2)
        elif parts < len(changes):
            parts = min(len(changes), 2 * parts)
        else:
            break
    return changes

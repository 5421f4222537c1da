"""Which of the packages that moved together did it?

Where the culprit drags others along, two mixed environments tell: the good side's release with
what moved, and the bad side's without. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scripts.analysis.rates import Rate
from scripts.analysis.readings import Record, of
from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.targets import repinned
from scripts.domain.trial import Target
from scripts.search.question import Moved

MOST = 12
"""Trials at most of each mixed environment."""


@dataclass(frozen=True)
class Sides:
    """The two sides of a step.

    Attributes:
        package: whose points they are.
        confidence: at which a mixed environment counts as told.
        good, bad: targets right before the step and right after it.
        fix: whether the good one is the newer.
        low, high: rates of bad trials on either side.
        records: every trial so far, the mixed environments' among them.
    """

    package: str
    confidence: float
    good: Target
    bad: Target
    fix: bool
    low: Rate
    high: Rate
    records: Sequence[Record]

    def said(self, target: Target) -> list[Record]:
        """The trials of one target, in order."""
        return of(target, self.records)


def moves(sides: Sides) -> dict[str, tuple[str, str]]:
    """Packages other than the one in question that differ between the two sides."""
    old, new = (packages(sides, each) for each in (sides.good, sides.bad))
    if not old or not new:
        return {}
    return {
        name: (old.get(name, "none"), new.get(name, "none"))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name) and name != sides.package.removeprefix(SERVER_PREFIX)
    }


def packages(sides: Sides, target: Target) -> dict[str, str]:
    """What the environment of a target's trials held, on the side the question is about."""
    for each in sides.said(target):
        trial = each.trial
        serving = sides.package.startswith(SERVER_PREFIX)
        environment = trial.server.environment if serving else trial.client.environment
        if environment is not None:
            return environment.packages
    return {}


def pairs(sides: Sides) -> tuple[Target, Target] | None:
    """The two mixed targets: good with what moved, bad without it; None where nothing moved."""
    changed = moves(sides)
    if not changed:
        return None
    prefix = SERVER_PREFIX if sides.package.startswith(SERVER_PREFIX) else ""
    return (
        repinned(sides.good, {prefix + name: to for name, (_, to) in changed.items()}),
        repinned(sides.bad, {prefix + name: was for name, (was, _) in changed.items()}),
    )


def wanted(sides: Sides) -> Target | None:
    """The mixed target to try next; None when both are told, or cannot be."""
    open_ = [
        each
        for each in pairs(sides) or ()
        if not unbuildable(sides, each)
        and behaves_bad(sides, each) is None
        and len(sides.said(each)) < MOST
    ]
    return min(open_, key=lambda each: len(sides.said(each))) if open_ else None


def unbuildable(sides: Sides, target: Target) -> bool:
    """Whether no environment is to be had for a mixed target, or only that of one of the sides."""
    pins = (sorted(target.pins), sorted(target.server_pins))
    for each in (sides.good, sides.bad):
        if pins == (sorted(each.pins), sorted(each.server_pins)) and target.source == each.source:
            return True  # a package that only one side has cannot be pinned away
    return any(each.trial.outcome == "unavailable" for each in sides.said(target))


def behaves_bad(sides: Sides, target: Target) -> bool | None:
    """Whether a mixed target behaves as the bad side does; None where that is not sure."""
    low, high = ((each.bad + 0.5) / (each.trials + 1) for each in (sides.low, sides.high))
    odds = 0.0
    for each in sides.said(target):
        if each.reading.bad is not None:
            odds += math.log(high / low if each.reading.bad else (1 - high) / (1 - low))
    needed = math.log(sides.confidence / (1 - sides.confidence))
    return None if abs(odds) < needed else odds > 0


def moved(sides: Sides) -> Moved | None:
    """What moved with the culprit, and which of them did it; None where nothing moved."""
    mixed = pairs(sides)
    if mixed is None:
        return None
    changed = moves(sides)
    package = sides.package
    others = " and ".join(
        f"{name} ({to} to {was})" if sides.fix else f"{name} ({was} to {to})"
        for name, (was, to) in changed.items()
    )
    possible = [each for each in mixed if not unbuildable(sides, each)]
    if not possible:
        words = f"{others} moved along, and neither goes without the other: cannot be separated"
        return Moved(changed, "unseparated", words)
    with_moved, without = (behaves_bad(sides, each) for each in mixed)
    counts = " and ".join(str(len(sides.said(each))) for each in possible)
    trials = f"({counts} trials of the mixed environments)"
    if not any(sides.said(each) for each in possible):
        return Moved(changed, "unseparated", f"{others} moved along; not told apart")
    if len(possible) == 1:
        bad = behaves_bad(sides, possible[0])
        return _half(sides.package, changed, others, possible[0] == mixed[1], bad, trials)
    if with_moved is None or without is None:
        words = f"{others} moved along; not told apart {trials}"
        return Moved(changed, "unseparated", words)
    verdicts: dict[
        tuple[bool, bool], tuple[Literal["package", "others", "either", "together"], str]
    ] = {
        (True, True): ("either", f"{package} and {others} each do it alone"),
        (True, False): ("others", f"it is {others} that does it, not {package}"),
        (False, True): ("package", f"it is {package} itself, not {others}"),
        (False, False): ("together", f"it takes {package} and {others} together"),
    }
    did, words = verdicts[with_moved, without]
    return Moved(changed, did, f"{words} {trials}")


def _half(
    package: str,
    changed: dict[str, tuple[str, str]],
    others: str,
    without: bool,
    bad: bool | None,
    trials: str,
) -> Moved:
    """What one of the two mixed environments tells, where the other is not to be had.

    Args:
        package, changed, others: what the question is about, what moved along, and that in words.
        without: whether it is the bad side without what moved; else the good side with it.
        bad: whether it behaves as the bad side does; None where that is not sure.
        trials: how many there were, in words.
    """
    if bad is None:
        return Moved(changed, "unseparated", f"{others} moved along; not told apart {trials}")
    if bad and without:
        return Moved(changed, "package", f"it is {package} itself, not {others} {trials}")
    if bad:
        return Moved(changed, "others", f"it is {others} that does it, not {package} {trials}")
    if without:
        words = f"{package} does not do it alone: {others} moved along {trials}"
        return Moved(changed, "not alone", words)
    words = f"{others} moved along and does not do it alone {trials}"
    return Moved(changed, "unseparated", words)

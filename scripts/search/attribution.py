"""Which of the packages that moved together did it?

Where the culprit drags others along, two mixed environments tell: the good side's release with
what moved, and the bad side's without. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from scripts.analysis.rates import Rate
from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.targets import repinned
from scripts.domain.trial import Target
from scripts.search.tally import Tally

MOST_MIXED = 12
"""Trials at most of each mixed environment."""

Doer = Literal["package", "others", "either", "together", "not alone", "unseparated"]


class Mixture(msgspec.Struct, frozen=True):
    """A mixed environment and what its trials say.

    Attributes:
        trials: how many there were.
        bad: whether it behaves as the bad side does; None where that is not sure.
    """

    trials: int
    bad: bool | None


class Moved(msgspec.Struct, frozen=True):
    """What changed along with the culprit, and what tells which of them did it.

    Attributes:
        packages: name -> (version on the good side, version on the bad side).
        others_alone: the good side with what moved; None where that is not to be had.
        package_alone: the bad side without what moved; None where that is not to be had.
    """

    packages: dict[str, tuple[str, str]]
    others_alone: Mixture | None
    package_alone: Mixture | None

    @property
    def mixtures(self) -> list[Mixture]:
        """The mixed environments that are to be had."""
        return [mixed for mixed in (self.others_alone, self.package_alone) if mixed is not None]

    @property
    def did(self) -> Doer:
        """Who did it: "package" (the culprit's own change), "others" (what moved with it),
        "either" (each alone suffices), "together" (both are needed), "not alone" (not the package
        by itself; what moved could not be tried without it), "unseparated".
        """
        if any(mixed.bad is None for mixed in self.mixtures):
            return "unseparated"
        others, package = (
            None if mixed is None else mixed.bad
            for mixed in (self.others_alone, self.package_alone)
        )
        return DOERS.get((others, package), "unseparated")

    @property
    def acquits(self) -> bool:
        """Whether the package alone does not do it."""
        return self.did in ("others", "not alone")


DOERS: dict[tuple[bool | None, bool | None], Doer] = {
    (True, True): "either",
    (True, False): "others",
    (False, True): "package",
    (False, False): "together",
    (None, True): "package",
    (None, False): "not alone",
    (True, None): "others",
}
"""Who did it, by whether what moved does it alone and whether the package does; None where that
environment is not to be had."""


@dataclass(frozen=True)
class Sides:
    """The two sides of a step.

    Attributes:
        package: whose points they are.
        confidence: at which a mixed environment counts as judged.
        good, bad: targets right before the step and right after it.
        low, high: rates of bad trials on either side.
        tally: every trial so far, the mixed environments' among them.
    """

    package: str
    confidence: float
    good: Target
    bad: Target
    low: Rate
    high: Rate
    tally: Tally


def moved_packages(sides: Sides) -> dict[str, tuple[str, str]]:
    """Packages other than the one in question that differ between the two sides."""
    old, new = (packages(sides, target) for target in (sides.good, sides.bad))
    if not old or not new:
        return {}
    return {
        name: (old.get(name, "none"), new.get(name, "none"))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name) and name != sides.package.removeprefix(SERVER_PREFIX)
    }


def packages(sides: Sides, target: Target) -> dict[str, str]:
    """What the environment of a target's trials held, on the side the question is about."""
    serving = sides.package.startswith(SERVER_PREFIX)
    for record in sides.tally.of(target):
        end = record.trial.server if serving else record.trial.client
        if end.environment is not None:
            return end.environment.packages
    return {}


def pairs(sides: Sides) -> tuple[Target, Target] | None:
    """The two mixed targets: good with what moved, bad without it; None where nothing moved."""
    versions = moved_packages(sides)
    if not versions:
        return None
    prefix = SERVER_PREFIX if sides.package.startswith(SERVER_PREFIX) else ""
    return (
        repinned(sides.good, {prefix + name: to for name, (_, to) in versions.items()}),
        repinned(sides.bad, {prefix + name: was for name, (was, _) in versions.items()}),
    )


def next_mixture(sides: Sides, awaited: Sequence[Target] = ()) -> Target | None:
    """The mixed target to try next; None when both are judged, or cannot be.

    Args:
        sides: of the step.
        awaited: the target of each trial that runs.
    """

    def trials(target: Target) -> int:
        return len(sides.tally.of(target)) + awaited.count(target)

    candidates = [
        target
        for target in pairs(sides) or ()
        if not unbuildable(sides, target)
        and behaves_bad(sides, target) is None
        and trials(target) < MOST_MIXED
    ]
    return min(candidates, key=trials, default=None)


def unbuildable(sides: Sides, target: Target) -> bool:
    """Whether no environment is to be had for a mixed target, or only that of one of the sides."""
    pins = (sorted(target.pins), sorted(target.server_pins))
    for side in (sides.good, sides.bad):
        if pins == (sorted(side.pins), sorted(side.server_pins)) and target.source == side.source:
            return True  # a package that only one side has cannot be pinned away
    return any(record.trial.outcome == "unavailable" for record in sides.tally.of(target))


def behaves_bad(sides: Sides, target: Target) -> bool | None:
    """Whether a mixed target behaves as the bad side does; None where that is not sure."""
    low, high = ((rate.bad + 0.5) / (rate.trials + 1) for rate in (sides.low, sides.high))
    odds = 0.0
    for record in sides.tally.of(target):
        if record.reading.bad is not None:
            odds += math.log(high / low if record.reading.bad else (1 - high) / (1 - low))
    needed = math.log(sides.confidence / (1 - sides.confidence))
    return None if abs(odds) < needed else odds > 0


def moved(sides: Sides) -> Moved | None:
    """What moved with the culprit, and what its mixed environments say; None for nothing."""
    targets = pairs(sides)
    if targets is None:
        return None
    others_alone, package_alone = (_mixture(sides, target) for target in targets)
    return Moved(moved_packages(sides), others_alone, package_alone)


def _mixture(sides: Sides, target: Target) -> Mixture | None:
    if unbuildable(sides, target):
        return None
    return Mixture(len(sides.tally.of(target)), behaves_bad(sides, target))

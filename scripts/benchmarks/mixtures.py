"""Simulated environments between a good and a bad one, with what makes the difference hidden."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from scripts.search.separation import NONE, Changes, Explanation, SufficientSet

KINDS = ("one", "either", "together", "none")
"""One culprit; two of which either suffices; two that act only together; no difference at all."""


class MixtureKind(NamedTuple):
    """What kind of problems are drawn.

    Attributes:
        packages: how many differ.
        kind: of `KINDS`.
        high, low: rates of bad trials with a cause in place, and without.
        unresolved: share of the mixtures that cannot be had.
        mute: share of those that can be had, and no trial of which says anything.
    """

    packages: int
    kind: str
    high: float
    low: float
    unresolved: float = 0.0
    mute: float = 0.0


@dataclass(frozen=True)
class HiddenCauses:
    """One problem.

    Attributes:
        mixtures: of which kind.
        changes: names of the packages, in the order in which they are suspected.
        causes: the smallest sets that suffice; none where nothing makes a difference.
        flat: the rate of bad trials of every mixture, where nothing makes a difference.
        seed: of the luck that its trials have, and of which mixtures can be had.
    """

    mixtures: MixtureKind
    changes: tuple[str, ...]
    causes: tuple[Changes, ...]
    flat: float
    seed: str

    @cached_property
    def _fates(self) -> dict[Changes, float]:
        """What was drawn for each mixture, once."""
        return {}

    def _fate(self, changes: Changes) -> float:
        """A number of 0 to 1 that a mixture has for good; the two ends have none that matters."""
        if changes == NONE or len(changes) == len(self.changes):
            return 1.0
        if changes not in self._fates:
            draw = random.Random(f"{self.seed} {sorted(changes)}")  # noqa: S311
            self._fates[changes] = draw.random()
        return self._fates[changes]

    def mixing(self, changes: Changes) -> Changes | None:
        """What can be had of a set of changes: it, or nothing."""
        return None if self._fate(changes) < self.mixtures.unresolved else changes

    def mute(self, changes: Changes) -> bool:
        """Whether no trial of a mixture says anything."""
        return self._fate(changes) >= 1 - self.mixtures.mute and self._fate(changes) < 1

    def suffices(self, changes: Changes) -> bool:
        """Whether a set of changes makes trials bad."""
        return any(cause <= changes for cause in self.causes)

    def trials(self) -> Callable[[Changes], bool | None]:
        """A trial of a mixture: bad or good; None where it says nothing. The same luck for the
        same calls."""
        luck = random.Random(self.seed)  # noqa: S311

        def trial(changes: Changes) -> bool | None:
            if self.mixing(changes) is None:
                raise ValueError("there is no such mixture")
            if self.mute(changes):
                return None
            rate = self.mixtures.high if self.suffices(changes) else self.mixtures.low
            return luck.random() < (rate if self.causes else self.flat)

        return trial

    def agrees(self, explanation: Explanation) -> bool:
        """Whether an explanation is right. It is where all of this holds:

        - it says that both ends are alike if, and only if, nothing makes a difference;
        - every cause that it names is right (`holds`);
        - every true cause is within one that it names, or within what it names as not tried
          (`Explanation.beyond`).
        """
        if explanation.alike or not self.causes:
            return explanation.alike and not self.causes
        sets = [explanation.beyond, *(named.changes for named in explanation.causes)]
        return all(map(self.holds, explanation.causes)) and all(
            any(cause <= some for some in sets) for cause in self.causes
        )

    def holds(self, cause: SufficientSet) -> bool:
        """Whether a cause that is named is right. It is where all of this holds:

        - it suffices in truth;
        - without a change that it calls needed, its others do not suffice in truth;
        - none of it is too much: whatever smaller set of its changes suffices in truth cannot be
          had, or no trial of it says anything.
        """
        if not self.suffices(cause.changes):
            return False
        if any(self.suffices(cause.changes - {change}) for change in cause.needed):
            return False
        smaller = (
            frozenset(some)
            for size in range(1, len(cause.changes))
            for some in combinations(sorted(cause.changes), size)
        )
        return not any(self.suffices(some) and self.can_be_tried(some) for some in smaller)

    def can_be_tried(self, changes: Changes) -> bool:
        """Whether a mixture can be had, and its trials say something."""
        return self.mixing(changes) is not None and not self.mute(changes)


def hidden_causes(mixtures: MixtureKind, seed: str) -> HiddenCauses:
    """A problem drawn from its seed."""
    draw = random.Random(f"problem {seed}")  # noqa: S311
    changes = tuple(f"p{number}" for number in range(mixtures.packages))
    one, other = draw.sample(changes, 2)
    causes: dict[str, tuple[Changes, ...]] = {
        "one": (frozenset([one]),),
        "either": (frozenset([one]), frozenset([other])),
        "together": (frozenset([one, other]),),
        "none": (),
    }
    flat = draw.choice((mixtures.high, mixtures.low))
    return HiddenCauses(mixtures, changes, causes[mixtures.kind], flat, seed)

"""Simulated rows of points with a step hidden in them, for a search to locate."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Terrain(NamedTuple):
    """What kind of rows are drawn.

    Attributes:
        points: how many stand in a row.
        high, low: rates of bad trials from the step on, and before it; alike where there is none.
        untestable: share of the inner points that cannot be tested.
    """

    points: int
    high: float
    low: float
    untestable: float = 0.0

    @property
    def flat(self) -> bool:
        """Whether nothing changes in these rows."""
        return self.high == self.low


@dataclass(frozen=True)
class ChangeClaim:
    """What a search says of a hidden step.

    Attributes:
        trials: how many it took.
        before, step: last point before the step and first from it on; None where it says that
            nothing changes, or nothing.
        silent: whether it says nothing.
    """

    trials: int
    before: int | None = None
    step: int | None = None
    silent: bool = False


@dataclass(frozen=True)
class HiddenStep:
    """One row.

    Attributes:
        terrain: of which kind.
        step: the first point from the step on; None where nothing changes.
        untestable: the points that cannot be tested.
        seed: of the luck that its trials have.
    """

    terrain: Terrain
    step: int | None
    untestable: frozenset[int]
    seed: str

    def trials(self) -> Callable[[int], bool | None]:
        """A trial of a point: bad, good or untestable. The same luck for the same calls."""
        luck = random.Random(self.seed)  # noqa: S311

        def trial(point: int) -> bool | None:
            if point in self.untestable:
                return None
            after = self.step is not None and point >= self.step
            return luck.random() < (self.terrain.high if after else self.terrain.low)

        return trial

    def trial(self, point: int, number: int) -> bool | None:
        """A trial of a point, by its number among those of this point: bad, good or untestable. The
        same luck whatever is tried beside it.
        """
        if point in self.untestable:
            return None
        after = self.step is not None and point >= self.step
        luck = random.Random(f"{self.seed} {point} {number}").random()  # noqa: S311
        return luck < (self.terrain.high if after else self.terrain.low)

    def agrees(self, claim: ChangeClaim) -> bool:
        """Whether a claim is right: the step lies after its `before`, at the latest at its
        `step`."""
        if claim.silent:
            return False
        if claim.step is None or claim.before is None:
            return self.step is None
        return self.step is not None and claim.before < self.step <= claim.step


def hidden_step(terrain: Terrain, seed: str) -> HiddenStep:
    """A row drawn from its seed."""
    draw = random.Random(f"problem {seed}")  # noqa: S311
    points = terrain.points
    step = None if terrain.flat else draw.randrange(1, points)
    inner = range(1, points - 1)
    untestable = frozenset(point for point in inner if draw.random() < terrain.untestable)
    return HiddenStep(terrain, step, untestable, seed)

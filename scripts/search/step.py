"""The next trial of a search, and why it is the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scripts.domain.trial import Target

Ground = Literal[
    "stored",  # it was run before
    "bad rate",  # how often the bad end is bad tells how many good trials a good end takes
    "good end",  # it may be the good end that was left out
    "bad end",  # it may be the bad end that was left out
    "ends",  # the ends are to be verified
    "unchanged",  # so far nothing changes
    "likeliest",  # so far one point is the likeliest to change something
    "swapped",  # the ends look swapped
    "confirming",  # the answer stands, and is tried once more
    "separating",  # which of the packages that moved together did it
    "first look",  # points evenly spread
    "change",  # something may change between two points
    "filling in",  # every place is decided, and not every point tried
]


@dataclass(frozen=True)
class Reason:
    """Why a trial is the next.

    Attributes:
        ground: in a word.
        points: names of those it is about: of "likeliest" one, of "change" the two on its sides.
        probability: of "unchanged", "likeliest" and "change": that it is so, 0 to 1.
    """

    ground: Ground
    points: tuple[str, ...] = ()
    probability: float = 0.0


@dataclass(frozen=True)
class Step:
    """The next trial: its number in the series, what to run, and why."""

    round: int
    target: Target
    reason: Reason


def free_round(following: int, under_way: Sequence[Step]) -> int:
    """A round's number that neither a finished trial has nor one that runs.

    Args:
        following: the number after those of the finished ones.
        under_way: the steps whose trials run.
    """
    return max([following, *(step.round + 1 for step in under_way)])

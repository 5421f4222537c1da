"""What changed from one release of a library to another, setting by setting of their maps. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal

import msgspec
from packaging.version import Version

from scripts.analysis.compare import chance, significant
from scripts.domain import libraries
from scripts.domain.pins import pinned
from scripts.domain.trial import Trial
from scripts.mapping.exploration import Exploration, TargetMap
from scripts.mapping.grid import COARSE, Corner


class Side(msgspec.Struct, frozen=True):
    """The trials of one release at some settings.

    Attributes:
        trials: how many.
        failed: requests of theirs that failed.
        requests: all that they sent.
    """

    trials: int
    failed: int
    requests: int


class ColumnDifference(msgspec.Struct, frozen=True):
    """Two releases at one number of x, over the same numbers of y.

    Attributes:
        x: the number.
        before, after: as many trials of either, at the same settings.
        verdict: whether requests fail more or less with the newer, or no difference is shown (by a
            permutation test of the failed requests of each trial; 5 %, by Holm's method over all
            numbers of x).
    """

    x: float
    before: Side
    after: Side
    verdict: Literal["more", "fewer", "same"]


class ReleaseDifference(msgspec.Struct, frozen=True):
    """Two releases of one library.

    Attributes:
        axis: the library's.
        before, after: their names, the older first.
        columns: what differs at each number of x.
    """

    axis: str
    before: str
    after: str
    columns: list[ColumnDifference]


def release_differences(exploration: Exploration) -> list[ReleaseDifference]:
    """What changed between the releases that an atlas has maps of, library by library, an older
    one before a newer.
    """
    by_axis: dict[str, list[TargetMap]] = {}
    for one in exploration.maps:
        if one.target.axis:
            by_axis.setdefault(one.target.axis, []).append(one)
    return [
        _difference(exploration, before, after)
        for axis, maps in by_axis.items()
        for before, after in itertools.pairwise(sorted(maps, key=lambda one: _version(axis, one)))
    ]


def _version(axis: str, one: TargetMap) -> Version:
    return Version(pinned(one.target.pins)[libraries.axes()[axis].package])


def _difference(exploration: Exploration, before: TargetMap, after: TargetMap) -> ReleaseDifference:
    sides = [_by_corner(exploration, one) for one in (before, after)]
    columns: dict[int, tuple[list[Trial], list[Trial]]] = {}
    for corner in sorted(sides[0].keys() & sides[1].keys()):
        if corner.x % COARSE or corner.y % COARSE:
            continue
        count = min(len(side[corner]) for side in sides)
        old, new = columns.setdefault(corner.x, ([], []))
        old += sides[0][corner][:count]
        new += sides[1][corner][:count]
    counts = {x: [list(map(_failed, side)) for side in pair] for x, pair in columns.items()}
    surest = significant({x: chance(old, new) for x, (old, new) in counts.items()})
    scale = exploration.atlas.x
    return ReleaseDifference(
        before.target.axis,
        before.target.name,
        after.target.name,
        [
            ColumnDifference(
                scale.value(Corner(x, 0).shares[0]),
                _side(old),
                _side(new),
                _direction(*counts[x]) if x in surest else "same",
            )
            for x, (old, new) in columns.items()
        ],
    )


def _by_corner(exploration: Exploration, one: TargetMap) -> dict[Corner, list[Trial]]:
    """The trials of a map that say something of failed requests, by corner, in order."""
    found: dict[Corner, list[Trial]] = {}
    for mapped, corner, trial in exploration.trials:
        if mapped is one and trial.measured:
            found.setdefault(corner, []).append(trial)
    return found


def _failed(trial: Trial) -> int:
    return trial.client.failed_requests


def _side(trials: Sequence[Trial]) -> Side:
    failed = sum(map(_failed, trials))
    return Side(len(trials), failed, sum(trial.client.request_count for trial in trials))


def _direction(old: Sequence[int], new: Sequence[int]) -> Literal["more", "fewer"]:
    return "more" if sum(new) > sum(old) else "fewer"

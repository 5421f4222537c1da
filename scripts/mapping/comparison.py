"""What changed from one release of a library to another, setting by setting of their maps. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
from packaging.version import InvalidVersion, Version

from scripts.analysis.compare import chance, significant, tellable
from scripts.analysis.readings import Affected
from scripts.domain import libraries
from scripts.domain.pins import pinned
from scripts.mapping.exploration import Exploration, MappedTrial
from scripts.mapping.grid import COARSE, Corner
from scripts.mapping.target_map import TargetMap


class Side(msgspec.Struct, frozen=True):
    """The trials of one release at some settings.

    Attributes:
        trials: how many.
        failed: requests of theirs that showed the signal; all, of a client that hung or crashed.
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
        verdict: whether requests show the signal more or less often with the newer, or no
            difference is shown (by a permutation test of the requests of each trial that do; 5 %,
            by Holm's method over all numbers of x), or there are too few trials for one.
    """

    x: float
    before: Side
    after: Side
    verdict: Literal["more", "fewer", "same", "too few"]


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


class Counted(NamedTuple):
    """A trial: how many of its requests showed the signal, of how many."""

    failed: int
    requests: int


def release_differences(exploration: Exploration) -> list[ReleaseDifference]:
    """What changed between the releases that an atlas has maps of, library by library, an older
    one before a newer; none where the signal is not judged by request.
    """
    if exploration.signal.kind not in ("cause", "exception"):
        return []
    by_axis: dict[str, dict[Version, TargetMap]] = {}
    for one in exploration.maps:
        version = _version(one)
        if version is not None:
            by_axis.setdefault(one.target.axis, {}).setdefault(version, one)
    return [
        _difference(exploration, by_version[before], by_version[after])
        for by_version in by_axis.values()
        for before, after in itertools.pairwise(sorted(by_version))
    ]


def _version(one: TargetMap) -> Version | None:
    """The release of its library that a map is of; None where that is not known."""
    axis = libraries.axes().get(one.target.axis)
    pin = None if axis is None else pinned(one.target.pins).get(axis.package)
    try:
        return None if pin is None else Version(pin)
    except InvalidVersion:
        return None


def _difference(exploration: Exploration, before: TargetMap, after: TargetMap) -> ReleaseDifference:
    sides = [_by_corner(exploration, one) for one in (before, after)]
    columns: dict[int, tuple[list[Counted], list[Counted]]] = {}
    for corner, host in sorted(sides[0].keys() & sides[1].keys()):
        if corner.x % COARSE:
            continue
        count = min(len(side[corner, host]) for side in sides)
        old, new = columns.setdefault(corner.x, ([], []))
        old += sides[0][corner, host][:count]
        new += sides[1][corner, host][:count]
    counts = {x: [[one.failed for one in side] for side in pair] for x, pair in columns.items()}
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
                _direction(*counts[x]) if x in surest else _unsure(len(old), len(columns)),
            )
            for x, (old, new) in columns.items()
        ],
    )


def _by_corner(exploration: Exploration, one: TargetMap) -> dict[tuple[Corner, str], list[Counted]]:
    """The trials of a map that say something of the signal, by corner and host, in order: what ran
    on two hosts is not compared.
    """
    found: dict[tuple[Corner, str], list[Counted]] = {}
    for mapped in exploration.trials:
        counted = _counted(mapped) if mapped.map is one else None
        if counted is not None:
            found.setdefault((mapped.corner, mapped.trial.host.name), []).append(counted)
    return found


def _counted(mapped: MappedTrial) -> Counted | None:
    """What a trial counts for; None for one that says nothing."""
    basis, trial = mapped.reading.basis, mapped.trial
    if isinstance(basis, Affected):
        return Counted(basis.affected, trial.client.request_count)
    if trial.outcome in ("hung", "crashed"):
        sent = trial.load.requests or trial.client.request_count
        return Counted(sent, sent)
    return None


def _side(trials: Sequence[Counted]) -> Side:
    failed, requests = (sum(column) for column in zip(*trials, strict=True))
    return Side(len(trials), failed, requests)


def _direction(old: Sequence[int], new: Sequence[int]) -> Literal["more", "fewer"]:
    return "more" if sum(new) > sum(old) else "fewer"


def _unsure(trials: int, columns: int) -> Literal["same", "too few"]:
    return "same" if tellable(trials, trials, columns) else "too few"

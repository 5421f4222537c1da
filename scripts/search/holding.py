"""Holding every other package at one version across a row of points, in as few stretches as go.

What is held never takes away a point: each is resolved with it before it is. Where no one set of
versions goes with all points, the row is cut into stretches that have a set each.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec
from packaging.version import Version

from scripts.domain import targets
from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.search.question import Point, Stretch
from scripts.search.resolving import AT_A_TIME, Packages, Ready, Resolving
from scripts.search.resolving import Progress as Progress


class HeldRow(NamedTuple):
    """Points, as they are held.

    Attributes:
        points: in their order.
        stretches: in the same order; none where nothing differs from point to point.
    """

    points: list[Point]
    stretches: list[Stretch]


def held(
    points: Sequence[Point],
    package: str,
    environments: Environments,
    ready: Ready,
    progress: Progress,
) -> HeldRow:
    """The points, with every other package that differs among them held at one version.

    The versions are those that the newest point has, else those of the oldest, where all points
    that resolve go with them. Else the row is cut, from the newest on, each stretch as long as it
    can be; but what both ends can have alike is held throughout, if all go with it. A point that
    does not resolve by itself is left as it is.

    Args:
        points: releases in version order, either way.
        package: whose points they are, which is left alone.
        environments: where it is tried out; nothing is built.
        ready: what is not is held for points alone that have that version by themselves: that a
            version resolves does not mean that it can be built here.
        progress: told how it goes on.
    """
    prefix = SERVER_PREFIX if package.startswith(SERVER_PREFIX) else ""
    resolve = environments.server_packages if prefix else environments.client_packages
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        resolving = Resolving(resolve, ready, progress, pool)
        holding = Holding([point.target for point in points], {package}, prefix, resolving)
        rising = Version(points[0].name) < Version(points[-1].name)
        return _row(points, holding.cuts(rising))


def _row(points: Sequence[Point], cuts: Iterable[tuple[Packages, Sequence[int]]]) -> HeldRow:
    """Points as they are held, with the stretches that they make up.

    Args:
        points: in their order.
        cuts: versions to hold, each set with the numbers of the points that it is held for.
    """
    row, stretches = list(points), list[Stretch]()
    for pins, members in sorted(cuts, key=lambda cut: min(cut[1])):
        for number in members:
            target = _pinned(row[number].target, pins)
            row[number] = msgspec.structs.replace(row[number], target=target, held=len(stretches))
        stretches.append(Stretch(row[min(members)].name, row[max(members)].name, pins))
    return HeldRow(row, stretches)


class Holding:
    """Targets in a row with what each has by itself.

    Args:
        row: targets, by release.
        alone: packages that are left alone.
        prefix: of the names of packages, where they are those of servers' environments.
        resolving: what resolves them.

    Attributes:
        own: what each has by itself; None for one that does not resolve.
    """

    def __init__(
        self, row: Sequence[Target], alone: Collection[str], prefix: str, resolving: Resolving
    ) -> None:
        self._row = row
        self._prefix = prefix
        self._resolving = resolving
        self.own = resolving(row)
        own = [packages for packages in self.own if packages is not None]
        self._differing = _differing(own) - {name.removeprefix(prefix) for name in alone}
        self._throughout: Packages = {}

    def shared(self) -> Packages:
        """Versions to hold for all that resolve by themselves, of as many packages as can be; the
        newest target is the last.
        """
        order = _order(self.own, rising=True)
        if not order or not self._differing:
            return {}
        pins = self._for_all(self._differing - self._stepping(order), order)
        return self._apart(order) if pins is None else pins

    def _stepping(self, order: Sequence[int]) -> set[str]:
        """Names of the packages that each target has at a version that it pins: they are released
        with what it pins, and no two targets can share one.
        """
        pinned = [{pin.partition("==")[2] for pin in self._row[number].pins} for number in order]
        own = [self.own[number] or {} for number in order]
        return {
            name
            for name in self._differing
            if all(has.get(name) in pins for has, pins in zip(own, pinned, strict=True))
        }

    def cuts(self, rising: bool) -> list[tuple[Packages, Sequence[int]]]:
        """Versions to hold, each set with the numbers of the targets that it is held for.

        Args:
            rising: whether the newest target is the last.
        """
        order = _order(self.own, rising)
        if not order or not self._differing:
            return []
        pins = self._for_all(self._differing, order)
        if pins is not None:
            return [(pins, order)]
        self._throughout = self._apart(order)
        held = {name.removeprefix(self._prefix) for name in self._throughout}
        if held and _in_step([self.own[n] or {} for n in order], self._differing - held):
            return [(self._alone(number), [number]) for number in order]
        cuts = []
        while order:
            pins, reach = self._longest(order)
            if reach:
                cuts.append((self._filled(pins, order[:reach]), order[:reach]))
            order = order[max(reach, 1) :]
        return cuts

    def _alone(self, number: int) -> Packages:
        """Versions to hold for one target: its own of what is not held throughout, if they go."""
        pins = self._least([number])
        return pins if self._reach(pins, [number]) else self._throughout

    def _for_all(self, names: Collection[str], order: Sequence[int]) -> Packages | None:
        """Versions of some packages that all targets go with; None where no end's do."""
        for end, other in ((order[0], order[-1]), (order[-1], order[0])):
            pins = self._least([end], names)
            # What does not go with all mostly does not go with the other end: that is asked first.
            if not self._reach(pins, [other]):
                continue
            filled = self._least(order, names) | pins
            for versions in [filled] if filled == pins else [filled, pins]:
                if self._reach(versions, order) == len(order):
                    return versions
        return None

    def _apart(self, order: Sequence[int]) -> Packages:
        """Versions of the packages that both ends can have alike, where all go with them: what
        each release takes at a version of its own must not keep all others from being held.
        """
        names = self._exchangeable(order)
        if not names or names == self._differing:
            return {}
        return self._for_all(names, order) or {}

    def _exchangeable(self, order: Sequence[int]) -> set[str]:
        """Names of the packages of which one end can have the other's version."""
        newest, oldest = order[0], order[-1]
        # The older mostly goes with what is newer, so that little is left to be tried.
        stuck = self._stuck(oldest, newest, self._differing)
        return self._differing - self._stuck(newest, oldest, stuck)

    def _stuck(self, end: int, other: int, names: Collection[str]) -> set[str]:
        """Of some packages, those that an end cannot have at the other end's version."""
        own, others = self.own[end] or {}, self.own[other] or {}
        differing = sorted(name for name in names if own.get(name) != others.get(name))
        moving = [name for name in differing if name in others]
        resolved = self._resolving(
            _pinned(self._row[end], {self._prefix + name: others[name]}) for name in moving
        )
        going = {name for name, packages in zip(moving, resolved, strict=True) if packages}
        return {*differing} - going

    def _longest(self, order: Sequence[int]) -> tuple[Packages, int]:
        """Versions that go with as many points in a row as can be, and how many these are.

        They are the first point's own. Where these end, the least of any point up to there are
        tried: each has the newest that it allows, so that what all allow is no newer than these.
        """
        pins = self._least(order[:1])
        reach = self._reach(pins, order)
        while 0 < reach < len(order):
            lower = self._least(order[: reach + 1])
            further = self._reach(lower, order)
            if further <= reach:
                break
            pins, reach = lower, further
        return pins, reach

    def _filled(self, pins: Packages, members: Sequence[int]) -> Packages:
        """Versions to hold, with those of packages that only some targets have if they go."""
        filled = self._least(members) | pins
        fits = filled == pins or self._reach(filled, members) == len(members)
        return filled if fits else pins

    def _least(self, numbers: Iterable[int], names: Collection[str] | None = None) -> Packages:
        """The oldest version that any of some targets has of each package to hold."""
        least: Packages = {}
        counted = self._differing if names is None else set(names)
        for own in (self.own[number] or {} for number in numbers):
            for name in sorted(counted & own.keys()):
                key = self._prefix + name
                least[key] = min(least.get(key, own[name]), own[name], key=Version)
        return least | self._throughout

    def _reach(self, pins: Packages, order: Sequence[int]) -> int:
        """How many targets, from the first of these on, can be had with some versions held."""
        bare = {name.removeprefix(self._prefix): version for name, version in pins.items()}
        order = list(
            itertools.takewhile(
                lambda number: self._resolving.installs(bare, self.own[number] or {}), order
            )
        )
        reach = 0
        for start in range(0, len(order), AT_A_TIME):
            some = order[start : start + AT_A_TIME]
            for packages in self._resolving(_pinned(self._row[number], pins) for number in some):
                if packages is None:
                    return reach
                reach += 1
        return reach


def _differing(environments: Sequence[Packages]) -> set[str]:
    """Names of the packages that not all environments hold at one version."""
    versions: dict[str, list[str]] = {}
    for packages in environments:
        for name, version in packages.items():
            versions.setdefault(name, []).append(version)
    return {
        name for name, had in versions.items() if len(had) < len(environments) or len({*had}) > 1
    }


def _order(own: Sequence[Packages | None], rising: bool) -> Sequence[int]:
    """Numbers of the targets that resolve by themselves, the newest first."""
    order = [number for number, packages in enumerate(own) if packages is not None]
    return order[::-1] if rising else order


def _in_step(environments: Sequence[Packages], names: Iterable[str]) -> bool:
    """Whether one of some packages has a version of its own in each environment."""
    return any(
        len({packages.get(name) for packages in environments}) == len(environments)
        for name in names
    )


def _pinned(target: Target, pins: Packages) -> Target:
    name = f"{target.name} (others held equal)"
    return msgspec.structs.replace(targets.repinned(target, pins), name=name)

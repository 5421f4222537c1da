"""Holding every other package at one version across a row of points, in as few stretches as go.

What is held never takes away a point: each is resolved with it before it is. Where no one set of
versions goes with all points, the row is cut into stretches that have a set each.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import NamedTuple

import msgspec
from packaging.version import Version

from scripts.domain import targets
from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable
from scripts.search.question import Point, Stretch

AT_A_TIME = 2
"""Resolutions at a time: each is a process that mostly waits for the index."""

Progress = Callable[[int], None]
"""Told after each resolution how many there were."""

Ready = Callable[[str], bool]
"""Whether a pin installs without a compiler."""

Packages = dict[str, str]
"""What an environment holds: name -> version."""


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
    can be. A point that does not resolve by itself is left as it is.

    Args:
        points: releases in version order, either way.
        package: whose points they are, which is left alone.
        environments: where it is tried out; nothing is built.
        ready: what is not is held for points alone that have that version by themselves: that a
            version resolves does not mean that it can be built here.
        progress: told how it goes on.
    """
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return _Holding(points, package, environments, ready, progress, pool).row()


class _Holding:
    """The points of a row with what each has by itself.

    Args:
        points, package, environments, ready, progress: as for `held`.
        pool: where resolutions run.
    """

    def __init__(
        self,
        points: Sequence[Point],
        package: str,
        environments: Environments,
        ready: Ready,
        progress: Progress,
        pool: Executor,
    ) -> None:
        self._points = points
        self._prefix = SERVER_PREFIX if package.startswith(SERVER_PREFIX) else ""
        self._resolve = (
            environments.server_packages if self._prefix else environments.client_packages
        )
        self._ready = functools.cache(ready)
        self._progress = progress
        self._pool = pool
        self._count = 0
        self._own = self._resolved(point.target for point in points)
        own = [packages for packages in self._own if packages is not None]
        self._differing = _differing(own) - {package.removeprefix(self._prefix)}

    def row(self) -> HeldRow:
        """The points as they are held, with the stretches that they make up."""
        order = [number for number, own in enumerate(self._own) if own is not None]
        if not order or not self._differing:
            return HeldRow(list(self._points), [])
        rising = Version(self._points[0].name) < Version(self._points[-1].name)
        cuts = self._cuts(order[::-1] if rising else order)
        points = list(self._points)
        stretches: list[Stretch] = []
        for pins, members in sorted(cuts, key=lambda cut: min(cut[1])):
            for number in members:
                target = _pinned(points[number].target, pins)
                points[number] = msgspec.structs.replace(
                    points[number], target=target, held=len(stretches)
                )
            names = points[min(members)].name, points[max(members)].name
            stretches.append(Stretch(*names, pins))
        return HeldRow(points, stretches)

    def _cuts(self, order: Sequence[int]) -> list[tuple[Packages, Sequence[int]]]:
        """Versions to hold, each set with the points that it is held for.

        Args:
            order: numbers of the points that resolve by themselves, the newest first.
        """
        for end, other in ((order[0], order[-1]), (order[-1], order[0])):
            pins = self._least([end])
            # What does not go with all mostly does not go with the other end: that is asked first.
            if self._reach(pins, [other]) and self._reach(pins, order) == len(order):
                return [(self._filled(pins, order), order)]
        cuts = []
        while order:
            pins, reach = self._longest(order)
            if reach:
                cuts.append((self._filled(pins, order[:reach]), order[:reach]))
            order = order[max(reach, 1) :]
        return cuts

    def _longest(self, order: Sequence[int]) -> tuple[Packages, int]:
        """Versions that go with as many points in a row as can be, and how many these are.

        They are the first point's own. Where these end, the least that any point up to there has
        are tried: a point has the newest version that it allows, so that what all allow is no
        newer than the least of them.
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
        """Versions to hold with those of packages that only some of the points have, if they go."""
        filled = self._least(members) | pins
        fits = filled == pins or self._reach(filled, members) == len(members)
        return filled if fits else pins

    def _least(self, numbers: Iterable[int]) -> Packages:
        """The oldest version that any of some points has of each package to hold."""
        least: Packages = {}
        for own in (self._own[number] or {} for number in numbers):
            for name in sorted(self._differing & own.keys()):
                key = self._prefix + name
                least[key] = min(least.get(key, own[name]), own[name], key=Version)
        return least

    def _reach(self, pins: Packages, order: Sequence[int]) -> int:
        """How many points, from the first of these on, can be had with some versions held."""
        order = list(itertools.takewhile(lambda number: self._installs(pins, number), order))
        reach = 0
        for start in range(0, len(order), 2 * AT_A_TIME):
            some = order[start : start + 2 * AT_A_TIME]
            for packages in self._resolved(
                _pinned(self._points[number].target, pins) for number in some
            ):
                if packages is None:
                    return reach
                reach += 1
        return reach

    def _installs(self, pins: Packages, number: int) -> bool:
        """Whether nothing is held for a point that needs a compiler and that it has not itself."""
        own = self._own[number] or {}
        bare = {name.removeprefix(self._prefix): version for name, version in pins.items()}
        return all(
            own.get(name) == version or self._ready(f"{name}=={version}")
            for name, version in bare.items()
        )

    def _resolved(self, asked: Iterable[Target]) -> list[Packages | None]:
        """What the environments of targets would hold; None for one that does not resolve."""
        resolved = []
        for packages in self._pool.map(self._packages, asked):
            self._count += 1
            self._progress(self._count)
            resolved.append(packages)
        return resolved

    def _packages(self, target: Target) -> Packages | None:
        try:
            return self._resolve(target)
        except Unavailable:
            return None


def _differing(environments: Sequence[Packages]) -> set[str]:
    """Names of the packages that not all environments hold at one version."""
    versions: dict[str, list[str]] = {}
    for packages in environments:
        for name, version in packages.items():
            versions.setdefault(name, []).append(version)
    return {
        name for name, had in versions.items() if len(had) < len(environments) or len({*had}) > 1
    }


def _pinned(target: Target, pins: Packages) -> Target:
    name = f"{target.name} (others held equal)"
    return msgspec.structs.replace(targets.repinned(target, pins), name=name)

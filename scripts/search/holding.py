"""Holding every other package at one version across a row of points, where pins allow it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from scripts.domain import targets
from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable
from scripts.search.question import Point

Packages = Callable[[Target], dict[str, str] | None]
"""Finds the packages of a target's environment; None where it cannot be built."""


def held(points: Sequence[Point], package: str, environments: Environments) -> list[Point]:
    """The points, with every other package held at one version across them where pins allow.

    What differs between the two ends is pinned at the version of the one or the other end, all
    together or else one by one, where both ends can be had that way.

    Args:
        points: in order; the two ends are the first and the last.
        package: whose points they are, which is left alone.
        environments: where it is tried out.
    """
    serving = package.startswith(SERVER_PREFIX)
    build = environments.server if serving else environments.client

    def packages(target: Target) -> dict[str, str] | None:
        try:
            return build(target).description.packages
        except Unavailable:
            return None

    pins = _pins((points[0].target, points[-1].target), package, packages)
    if not pins:
        return list(points)
    return [msgspec.structs.replace(point, target=_pinned(point.target, pins)) for point in points]


def _pins(ends: tuple[Target, Target], package: str, packages: Packages) -> dict[str, str]:
    """Pins that hold what differs between both ends at one version, as far as pins allow."""
    old, new = (packages(end) for end in ends)
    if old is None or new is None:
        return {}
    prefix = SERVER_PREFIX if package.startswith(SERVER_PREFIX) else ""
    differing = [
        prefix + name
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name) and prefix + name != package
    ]
    versions = [{prefix + name: version for name, version in end.items()} for end in (new, old)]

    def fits(pins: dict[str, str]) -> bool:
        return all(packages(targets.repinned(end, pins)) is not None for end in ends)

    for side in versions:
        together = {name: side[name] for name in differing if name in side}
        if together and fits(together):
            return together
    return _one_by_one(differing, versions, fits)


def _one_by_one(
    names: Sequence[str],
    versions: Sequence[dict[str, str]],
    fits: Callable[[dict[str, str]], bool],
) -> dict[str, str]:
    """Pins of those packages that can be held, each beside the ones before it.

    Args:
        names: of the packages.
        versions: of every package, on the one side and on the other.
        fits: whether both ends can be had with some pins.
    """
    pins: dict[str, str] = {}
    for name in names:
        for side in versions:
            if name in side and fits(pins | {name: side[name]}):
                pins[name] = side[name]
                break
    return pins


def _pinned(target: Target, pins: dict[str, str]) -> Target:
    name = f"{target.name} (others held equal)"
    return msgspec.structs.replace(targets.repinned(target, pins), name=name)

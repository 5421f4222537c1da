"""Holding every other package at one version across a row of points, where pins allow it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scripts.domain import targets
from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable
from scripts.search.question import Point


def held(points: Sequence[Point], package: str, environments: Environments) -> list[Point]:
    """The points, with every other package held at one version across them where pins allow.

    What differs between the two ends is pinned at the version of the one or the other end, all
    together or else one by one, where both ends can be had that way.

    Args:
        points: in order; the two ends are the first and the last.
        package: whose points they are, which is left alone.
        environments: where it is tried out.
    """
    ends = (points[0].target, points[-1].target)
    serving = package.startswith(SERVER_PREFIX)
    prefix = SERVER_PREFIX if serving else ""
    build = environments.server if serving else environments.client

    def packages(target: Target) -> dict[str, str] | None:
        try:
            return build(target).description.packages
        except Unavailable:
            return None

    old, new = (packages(each) for each in ends)
    if old is None or new is None:
        return list(points)
    differing = [
        name
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name) and prefix + name != package
    ]
    pins: dict[str, str] = {}

    def fits(more: dict[str, str]) -> bool:
        return all(packages(targets.repinned(each, pins | more)) is not None for each in ends)

    for names in ([differing], [[each] for each in differing]):
        for group in names:
            for side in (new, old):
                more = {prefix + name: side[name] for name in group if name in side}
                if more and not more.keys() <= pins.keys() and fits(more):
                    pins |= more
                    break
        if pins:
            break
    if not pins:
        return list(points)

    def pinned(target: Target) -> Target:
        name = f"{target.name} (others held equal)"
        return msgspec.structs.replace(targets.repinned(target, pins), name=name)

    return [msgspec.structs.replace(each, target=pinned(each.target)) for each in points]

"""Where cases lie: each is a place on a lattice, given by an index into each ladder of values.

Index 0 is the simplest value of its ladder, so that a smaller case has smaller coordinates.
"""

from __future__ import annotations

import msgspec

Coordinates = tuple[int, ...]
"""One index per ladder. Those of the original as it was given, outside the lattice, are empty."""

ORIGINAL: Coordinates = ()


class Lattice(msgspec.Struct, frozen=True):
    """The cases that a reduction may try.

    Attributes:
        top: the original's place: the index of each parameter.
        joint: whether a parameter may be moved together with others.
        seeds: small cases worth a try before anything else, the best first.
        parents: the parameter that each is a part of, None for none; empty where none is.
    """

    top: Coordinates
    joint: tuple[bool, ...]
    seeds: tuple[Coordinates, ...] = ()
    parents: tuple[int | None, ...] = ()

    def idle(self, point: Coordinates, axis: int) -> bool:
        """Whether a parameter is of no matter at a place: what it is a part of is gone there."""
        parent = self.parents[axis] if self.parents else None
        return parent is not None and (not point[parent] or self.idle(point, parent))

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
    """

    top: Coordinates
    joint: tuple[bool, ...]
    seeds: tuple[Coordinates, ...] = ()

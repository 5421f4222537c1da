"""What is to be mapped, as written to its folder: some targets, over two numbers of a load."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
from msgspec import structs

from scripts.domain.trial import Load, Target
from scripts.mapping.grid import Corner
from scripts.mapping.scale import Scale
from scripts.trials import store

ATLAS = "map.json"
"""Of a folder: the atlas whose trials it holds."""

ATLAS_SCHEMA = 1
"""Version of the layout of an atlas' file."""


class Atlas(msgspec.Struct, frozen=True, kw_only=True):
    """A map of each of some targets, as stored in a folder.

    Attributes:
        name: of the folder.
        created: UTC, ISO 8601.
        command: the arguments that asked it.
        signal: what is mapped, as the user wrote it.
        targets: a map of each.
        load: all its numbers but two.
        x, y: those two.
        budget: seconds.
        deadline: seconds each client may take; None for the load's own.
    """

    schema: int = ATLAS_SCHEMA
    name: str
    created: str
    command: tuple[str, ...]
    signal: str
    targets: list[Target]
    load: Load
    x: Scale
    y: Scale
    budget: float
    deadline: float | None = None

    def __post_init__(self) -> None:
        """Make sure that it can be mapped: a file may say anything.

        Raises:
            ValueError: it cannot.
        """
        if not self.targets or len(set(self.targets)) < len(self.targets):
            raise ValueError("its targets are none, or not each another")
        if self.x.name == self.y.name:
            raise ValueError(f"a map over {self.x.name} twice")
        if not 0 < self.budget < math.inf:
            raise ValueError(f"a budget of {self.budget} s")

    def load_at(self, corner: Corner) -> Load:
        """The load at a corner of the map."""
        numbers = {
            scale.quantity.field: int(value) if scale.quantity.whole else value
            for scale, share in zip((self.x, self.y), corner.shares, strict=True)
            for value in [scale.value(share)]
        }
        return self.load.derived(**numbers)

    def identity(self) -> tuple[object, ...]:
        """What makes one atlas ask the same as another, of whichever releases: all but how long and
        when.
        """
        load = structs.replace(self.load, base="")
        axes = sorted(target.axis for target in self.targets)
        return self.signal, axes, load, self.x, self.y


def create(atlas: Atlas, place: Path | None = None) -> Path:
    """Make an atlas' folder and write it there.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    return store.create_folder(atlas, ATLAS, place)


def load_atlas(folder: Path) -> Atlas:
    """Read an atlas.

    Raises:
        UsageProblem: the folder holds none of this schema.
    """
    return store.read_purpose(folder, ATLAS, Atlas, "map", ATLAS_SCHEMA)

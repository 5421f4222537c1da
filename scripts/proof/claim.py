"""What is to be proven, as written to its folder: that a change mends, under some circumstances."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scripts.domain.trial import Load, Target
from scripts.trials import store

CLAIM = "claim.json"
"""Of a folder: the claim whose trials it holds."""

CLAIM_SCHEMA = 1
"""Version of the layout of a claim's file."""


class Setting(msgspec.Struct, frozen=True):
    """One circumstance that a change is tried under.

    Attributes:
        name: as a call gives it.
        words: what tables call it.
        before, after: what runs without the change and with it.
        load: under which load.
        once: whether one pair of trials is all.
    """

    name: str
    words: str
    before: Target
    after: Target
    load: Load
    once: bool = False


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A change and what it is tried under, as stored in a folder.

    Attributes:
        name: of the folder.
        created: UTC, ISO 8601.
        command: the arguments that asked it.
        change: what people call the change.
        package: that it changes.
        signals: what it is to mend, each as the user wrote it.
        settings: in the order of the table.
        clone: folder of the repository whose commits are compared; empty for none.
        confidence: of every verdict.
        budget: seconds.
        most: pairs of trials under one circumstance.
        deadline: seconds each client may take; None for the load's own.
    """

    schema: int = CLAIM_SCHEMA
    name: str
    created: str
    command: tuple[str, ...]
    change: str
    package: str
    signals: tuple[str, ...]
    settings: list[Setting]
    clone: str = ""
    confidence: float
    budget: float
    most: int
    deadline: float | None = None


def create(claim: Claim, place: Path | None = None) -> Path:
    """Make a claim's folder and write it there.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    return store.create_folder(claim, CLAIM, place)


def load_claim(folder: Path) -> Claim:
    """Read a claim.

    Raises:
        UsageProblem: the folder holds none of this schema.
    """
    return store.read_purpose(folder, CLAIM, Claim, "proof", CLAIM_SCHEMA)

"""Trials on disk: one JSON file each, written once, read back whole or refused.

A campaign is a folder under results/ that holds its plan and its trials.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from scripts.environments import PROJECT
from scripts.files import replace
from scripts.model import SCHEMA, Trial
from scripts.problems import UsageProblem

RESULTS = PROJECT / "results"
PLAN = "campaign.json"


def write(trial: Trial, folder: Path) -> Path:
    """Write a trial into its campaign's folder.

    Returns:
        The path of the file.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    path = folder / trial.file_name
    replace(path, msgspec.json.encode(trial) + b"\n")
    return path


def read(path: Path) -> Trial:
    """Read one trial.

    Raises:
        UsageProblem: there is no such file, or it is not a trial of this schema.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"{shown(path)} cannot be read: {error.strerror}.") from error
    try:
        version = json.loads(data).get("schema")
    except (ValueError, AttributeError) as error:
        raise UsageProblem(
            f"{shown(path)} is damaged (not a trial's JSON): delete it and resume its campaign."
        ) from error
    if version != SCHEMA:
        raise UsageProblem(
            f"{shown(path)} has schema {str(version)[:20]!r}, not {SCHEMA}: measure it again."
        )
    try:
        return msgspec.json.decode(data, type=Trial)
    except msgspec.MsgspecError as error:
        raise UsageProblem(
            f"{shown(path)} is damaged ({error}): delete it and resume its campaign."
        ) from error


def trials(folder: Path) -> list[Trial]:
    """Every trial of a campaign, in order.

    Raises:
        UsageProblem: one of them is damaged.
    """
    return [read(path) for path in sorted(folder.glob("[0-9]*.json"))]


def shown(path: Path) -> str:
    """A path as it is shown to people: relative to where they are, where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)

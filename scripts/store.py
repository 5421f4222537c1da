"""Trials on disk: one JSON file each, written once, read back whole or refused.

A campaign is a folder under results/ that holds its plan and its trials.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from pathlib import Path

import msgspec

from scripts.files import replace
from scripts.model import SCHEMA, Trial
from scripts.pins import PROJECT
from scripts.problems import UsageProblem

RESULTS = PROJECT / "results"
PUBLISHED = RESULTS / "published"
PLAN = "campaign.json"
LARGEST = 64_000_000
"""Bytes a trial file may unpack to; more is damage or malice."""


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
        data = unpacked(path.read_bytes())
    except OSError as error:
        raise UsageProblem(f"{shown(path)} cannot be read: {error.strerror or error}.") from error
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
    return [read(path) for path in sorted(folder.glob("[0-9]*.json*"))]


def find(name: Path) -> Path:
    """The file of a trial: as given, or by the name that reports cite (campaign/0001).

    Raises:
        UsageProblem: there is no such trial, or more than one.
    """
    if name.is_file():
        return name
    if name.is_dir():
        raise UsageProblem(f"{name} is a folder; name one trial in it.")
    matches = {
        each
        for place in (RESULTS, PUBLISHED)
        for each in (place / name.parent.name).glob("[0-9]*.json*")
        if each.name.startswith(f"{name.name}-")
    }
    # A published trial is a copy of the one it was published from.
    unique = sorted(matches, key=lambda each: each.suffix == ".gz")
    if not unique or len({each.name.removesuffix(".gz") for each in unique}) > 1:
        raise UsageProblem(f"there is no trial {str(name)!r}; name its file, or campaign/0001.")
    return unique[0]


def unpacked(data: bytes) -> bytes:
    """A trial file's JSON, whether it is compressed or not.

    Raises:
        OSError: it claims to be compressed and is not, or is too large.
    """
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            plain = stream.read(LARGEST + 1)
    except (EOFError, zlib.error) as error:
        raise OSError("its compressed data is damaged") from error
    if len(plain) > LARGEST:
        raise OSError("it is too large for a trial")
    return plain


def shown(path: Path) -> str:
    """A path as it is shown to people: relative to where they are, where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)

"""Trials on disk: one JSON file each, written once, read back whole or refused.

Trials lie in folders under results/, or under the folder that the environment variable
RESULTS_FOLDER names. Each folder holds one more file, which says what its trials are for: the plan
of a campaign, the question of a search, the task of a reduction. What is published stays in the
clone, where git keeps it.
"""

from __future__ import annotations

import contextlib
import datetime
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from scripts.domain import targets
from scripts.domain.files import PROJECT, replace
from scripts.domain.paths import shown
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import TRIAL_SCHEMA, Load, Target, Trial
from scripts.trials.layouts import LAYOUTS

PUBLISHED = PROJECT / "results" / "published"
"""The folders of trials that git keeps."""

PLAN = "campaign.json"
"""The file that says what a campaign is for."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""What a folder of trials may be called."""

LARGEST = 64_000_000
"""Bytes a trial file may unpack to; more is damage or malice."""


class _Versioned(msgspec.Struct):
    """The part of a trial's file that says how to read the rest."""

    schema: object = None


class Purpose(Protocol):
    """What a folder of trials is for: a campaign's plan, a search's question."""

    @property
    def schema(self) -> int:
        """Version of its layout."""

    @property
    def name(self) -> str:
        """Name of the folder."""


AnyPurpose = TypeVar("AnyPurpose", bound=Purpose)


def results() -> Path:
    """Where folders of trials are made: what RESULTS_FOLDER says, else the clone's results/."""
    folder = os.environ.get("RESULTS_FOLDER")
    return Path(folder).absolute() if folder else PROJECT / "results"


def named_now() -> tuple[str, str]:
    """A name for a new folder of trials, and the time it is made (UTC, ISO 8601).

    Of two that one process makes within a second, the later is named after the next second.
    """
    now = named = datetime.datetime.now(datetime.UTC)
    while (name := f"{named:%Y%m%d-%H%M%S}-{os.getpid()}") in _NAMED:
        named += datetime.timedelta(seconds=1)
    _NAMED.add(name)
    return name, now.isoformat(timespec="seconds")


_NAMED: set[str] = set()
"""The names that this process made."""


def create_folder(
    purpose: Purpose, file: str, place: Path | None = None, beside: Mapping[str, Purpose] = {}
) -> Path:
    """Make a folder of trials, and write down what it is for.

    Args:
        purpose: it names the folder.
        file: of the folder, that says what it is for.
        place: the folder that it is made in; None for where results go.
        beside: further files by name, which are written first: a folder that says what it is for
            has them.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    folder = (place or results()) / purpose.name
    try:
        folder.mkdir(parents=True)
        for name, other in {**beside, file: purpose}.items():
            replace(folder / name, encode_purpose(other))
    except OSError as error:
        raise MeasurementProblem(f"{shown(folder)} cannot be written: {error.strerror}.") from error
    return folder


def read_purpose(
    folder: Path, file: str, kind: type[AnyPurpose], word: str, schema: int
) -> AnyPurpose:
    """What a folder of trials is for.

    Args:
        folder: the folder.
        file: of the folder, that says what it is for.
        kind: what that file holds.
        word: what people call it: "campaign" or "bisection".
        schema: the version of its layout that is understood.

    Raises:
        UsageProblem: the folder holds none of this schema.
    """
    try:
        purpose = decoded(_contents(folder / file), kind)
        check_targets(purpose)
    except OSError as error:
        raise UsageProblem(f"{shown(folder)} holds no {word} (no {file}).") from error
    except (msgspec.MsgspecError, UsageProblem) as error:
        why = str(error).rstrip(".")
        raise UsageProblem(f"{shown(folder / file)} is damaged ({why}).") from error
    if purpose.name and not NAME.fullmatch(purpose.name):
        raise UsageProblem(f"{shown(folder / file)} is damaged (its name is none of ours).")
    if purpose.schema != schema:
        raise UsageProblem(
            f"{shown(folder)} has schema {purpose.schema}, not {schema}: start anew."
        )
    return purpose


Beside = TypeVar("Beside", bound=msgspec.Struct)


def read_beside(path: Path, kind: type[Beside]) -> Beside:
    """What a file holds that lies beside trials.

    Raises:
        UsageProblem: it cannot be read, or is damaged.
    """
    try:
        return decoded(_contents(path), kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageProblem(f"{shown(path)} is damaged ({error}).") from error


Decoded = TypeVar("Decoded")


def decoded(data: bytes, kind: type[Decoded]) -> Decoded:
    """What JSON holds that was kept on disk.

    Raises:
        msgspec.MsgspecError: it is none of this kind, or nested without end.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except RecursionError:
        raise msgspec.DecodeError("it is nested too deep") from None


HOLDING = (msgspec.Struct, list, tuple)
"""What may hold a target, or be one."""


def check_targets(value: object, checked: set[Target] | None = None) -> None:
    """Make sure that every target that a stored value holds can be one.

    Args:
        value: anything stored.
        checked: those that were looked at already.

    Raises:
        UsageProblem: one cannot.
    """
    seen = set() if checked is None else checked
    if isinstance(value, Target):
        if value not in seen:
            targets.check(value)
            seen.add(value)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            inner = getattr(value, name)
            if isinstance(inner, HOLDING) and not isinstance(inner, Load):
                check_targets(inner, seen)
    elif isinstance(value, list | tuple):
        for inner in value:
            if isinstance(inner, HOLDING):
                check_targets(inner, seen)


def _contents(path: Path) -> bytes:
    """A file's bytes, of one that may be ours: others are too large.

    Raises:
        OSError: it cannot be read, or is too large.
    """
    with path.open("rb") as stream:
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OSError("it is too large for a file of ours")
    return data


def encode_purpose(purpose: Purpose) -> bytes:
    """What a folder of trials is for, as its file holds it."""
    return msgspec.json.format(msgspec.json.encode(purpose)) + b"\n"


def write(trial: Trial, folder: Path) -> Path:
    """Write a trial into a folder of trials.

    Returns:
        The path of its file.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    path = folder / trial.file_name
    replace(path, msgspec.json.encode(trial) + b"\n")
    return path


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """While trials are run into a folder: what the system refuses is said, with what to do.

    Raises:
        MeasurementProblem: there is no room, or too many files are open.
    """
    try:
        yield
    except OSError as error:
        raise MeasurementProblem(
            f"a trial could not be written to {shown(folder)}: {error.strerror}; "
            "make room and resume."
        ) from error


def read(path: Path) -> Trial:
    """Read one trial.

    Raises:
        UsageProblem: there is no such file, or it is not a trial of this schema.
    """
    try:
        data = unpacked(_contents(path))
    except OSError as error:
        raise UsageProblem(f"{shown(path)} cannot be read: {error.strerror or error}.") from error
    return _checked(data, path)


def checked(data: bytes) -> Trial:
    """A trial as JSON that somebody else sent.

    Raises:
        UsageProblem: it is none of this schema.
    """
    return _checked(data, Path("what it sent"))


def _checked(data: bytes, path: Path) -> Trial:
    """A trial's JSON, read.

    Args:
        data: the JSON.
        path: where it comes from.

    Raises:
        UsageProblem: it is not a trial of this schema.
    """
    try:
        schema = decoded(data, _Versioned).schema
    except msgspec.MsgspecError as error:
        raise _damaged(path, "not a trial's JSON") from error
    layout = LAYOUTS.get(schema) if isinstance(schema, int) else None
    if layout is None:
        raise UsageProblem(
            f"{shown(path)} has schema {str(schema)[:20]!r}, not {TRIAL_SCHEMA}: measure it again."
        )
    try:
        return _whole(layout(data))
    except (msgspec.MsgspecError, ValueError) as error:
        raise _damaged(path, error) from error
    except RecursionError as error:
        raise _damaged(path, "nested too deep") from error


def _whole(trial: Trial) -> Trial:
    """A trial whose parts fit together: a file may say anything.

    Raises:
        ValueError: they do not.
    """
    client = trial.client
    for failure in client.raised:
        count = len(failure.chain)
        parents = [link.parent for link in failure.chain if link.parent is not None]
        if not count or any(not 0 <= parent < count for parent in parents):
            raise ValueError("an exception follows from none of its chain")
    kinds = [] if client.requests is None else client.requests.failure
    if any(kind is not None and not 0 <= kind < len(client.failures) for kind in kinds):
        raise ValueError("a request failed of none of its failures")
    return trial


def _damaged(path: Path, why: object) -> UsageProblem:
    return UsageProblem(f"{shown(path)} is damaged ({why}): delete it and resume its campaign.")


def trials(folder: Path) -> list[Trial]:
    """Every trial of a folder, in order.

    Raises:
        UsageProblem: one of them is damaged.
    """
    return [read(path) for path in sorted(folder.glob("[0-9]*.json*"))]


def without_disturbed(folder: Path) -> Iterator[Trial]:
    """Every trial of a folder, in order, one by one, but for those that somebody disturbed: they
    are to run again, and their files are removed.

    Raises:
        UsageProblem: one of them is damaged.
        MeasurementProblem: one cannot be removed.
    """
    for path in sorted(folder.glob("[0-9]*.json*")):
        trial = read(path)
        if trial.outcome == "disturbed":
            remove(path)
        else:
            yield trial


def remove(path: Path) -> None:
    """Remove the file of a trial that is to run again.

    Raises:
        MeasurementProblem: it cannot be removed.
    """
    try:
        path.unlink()
    except OSError as error:
        raise MeasurementProblem(f"{shown(path)} cannot be removed: {error}.") from error


def has_trials(folder: Path) -> bool:
    """Whether a folder holds any trial."""
    return any(folder.glob("[0-9]*.json*"))


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
        path
        for folder in (results(), PUBLISHED)
        for path in (folder / name.parent.name).glob("[0-9]*.json*")
        if path.name.startswith(f"{name.name}-")
    }
    # A published trial is a copy of the one it was published from.
    unpublished_first = sorted(matches, key=lambda path: path.suffix == ".gz")
    if len({path.name.removesuffix(".gz") for path in matches}) != 1:
        raise UsageProblem(f"there is no trial {str(name)!r}; name its file, or campaign/0001.")
    return unpublished_first[0]


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

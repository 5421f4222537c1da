"""What is taken of each stored trial, kept beside the trials.

Every answer follows from the trials' files. Of a folder with many of them, what an answer takes of
each is kept in one more file, so that the next answer reads only the files that came or changed.
That index is thrown away where it is damaged, or was made by other code. Without it, or where it
cannot be written, answers are the same and take longer. What is published is never read from one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import signal
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

import msgspec

from scripts.domain.shared import Shared
from scripts.domain.trial import Trial
from scripts.trials import extract_index, store
from scripts.trials.extract_index import Encoded, Index, Stored

LEAST = 300
"""Trials from which on a folder has an index: fewer are read in about a second."""

BATCH = 100
"""Trials that are read before what was taken of them is written: an interruption costs these."""

SEVERAL = 1000
"""Trials to be read from which on several processes do it."""

TRIAL = re.compile(r"[0-9].*\.json")
"""How the name of a trial's file begins."""

AHEAD = 2
"""Batches that each process is given ahead of the one that is written."""

KEY_BYTES = 12
"""Bytes of the hash that what is shared is known by."""

Kept = TypeVar("Kept")

Progress = Callable[[int, int], None]
"""Told how many trials of how many that came or changed have been read."""


@dataclass(frozen=True)
class Extract(Generic[Kept]):
    """What is taken of a trial.

    Attributes:
        name: names it, with all that it depends on beside the trial and the code.
        type: what it is.
        of: takes it; a function of a module, for other processes to call.
    """

    name: str
    type: type[Kept]
    of: Callable[[Trial], Kept]


def extracted(
    folder: Path,
    extract: Extract[Kept],
    progress: Progress | None = None,
    files: Sequence[Stored] | None = None,
) -> Iterator[Kept]:
    """What is taken of every trial of a folder, in order, one by one.

    Args:
        folder: with its trials.
        extract: what is taken of each.
        progress: told while trials that came or changed are read.
        files: those of its trials, where they are known already.

    Raises:
        UsageProblem: one of the trials is damaged.
    """
    files = stored(folder) if files is None else files
    with contextlib.ExitStack() as held:
        kept: Iterator[Encoded] = iter(())
        index = None
        if indexed(folder, files):
            index = held.enter_context(extract_index.opened(folder, extract.name))
        if index is not None:
            _fill(index, folder, extract, files, progress)
            kept = _readable(index, folder)
        decoder = _Decoder(extract.type, index)
        for file, data in _joined(files, kept):
            value = None if data is None else decoder.decoded(data)
            yield extract.of(store.read(folder / file.name)) if value is None else value
        if decoder.damaged:
            extract_index.thrown_away(folder)


def _joined(
    files: Iterable[Stored], kept: Iterator[Encoded]
) -> Iterator[tuple[Stored, bytes | None]]:
    """Files with what is kept of each; None where that is nothing, or of another state of it.

    Args:
        files, kept: both in the order of the names.
    """
    row = next(kept, None)
    for file in files:
        while row is not None and row.file.name < file.name:
            row = next(kept, None)
        yield file, row.data if row is not None and row.file == file else None


def indexed(folder: Path, files: Sequence[Stored]) -> bool:
    """Whether a folder has an index: not one of few trials, nor what is published."""
    return len(files) >= LEAST and store.PUBLISHED not in folder.parents


def stored(folder: Path) -> list[Stored]:
    """The files of a folder's trials, in order."""
    with os.scandir(folder) as entries:
        found = [
            Stored(entry.name, status.st_size, status.st_mtime_ns)
            for entry in entries
            if TRIAL.match(entry.name)
            for status in [entry.stat()]
        ]
    return sorted(found, key=attrgetter("name"))


def _fill(
    index: Index,
    folder: Path,
    extract: Extract[Kept],
    files: Sequence[Stored],
    progress: Progress | None,
) -> None:
    """Bring an index up to date, as far as it can be written.

    Raises:
        UsageProblem: one of the trials is damaged.
    """
    with contextlib.suppress(sqlite3.Error):  # then more is taken from the files
        lacking = index.lacking(files)
        done = 0
        for taken, shared in _taken(folder, extract, lacking):
            index.add(taken, shared)
            done += len(taken)
            if progress is not None:
                progress(done, len(lacking))


Taken = tuple[list[Encoded], dict[bytes, bytes]]
"""What was taken of some trials, and what they share, by key."""


def _taken(folder: Path, extract: Extract[Kept], files: Sequence[Stored]) -> Iterator[Taken]:
    """What is taken of these trials, some at a time, by several processes where they are many."""
    parts = [files[start : start + BATCH] for start in range(0, len(files), BATCH)]
    if len(files) < SEVERAL:
        yield from (_take(folder, extract, part) for part in parts)
        return
    count = os.cpu_count() or 1
    # A fork would copy what other threads hold.
    with ProcessPoolExecutor(count, get_context("spawn"), _leave_to_starter) as processes:
        running: deque[Future[Taken]] = deque()
        try:
            for part in parts:
                running.append(processes.submit(_take, folder, extract, part))
                if len(running) > AHEAD * count:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            processes.shutdown(wait=True, cancel_futures=True)


def _leave_to_starter() -> None:
    """Ctrl-C ends the process that waits for this one, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _take(folder: Path, extract: Extract[Any], files: Sequence[Stored]) -> Taken:
    shared: dict[bytes, bytes] = {}

    def key(value: object) -> bytes:
        if not isinstance(value, Shared):
            raise NotImplementedError  # as msgspec asks of what it does not know
        data = msgspec.msgpack.encode(value.value)
        person = type(value.value).__name__.encode()
        name = hashlib.blake2b(data, digest_size=KEY_BYTES, person=person).digest()
        shared[name] = data
        return name

    encoder = msgspec.msgpack.Encoder(enc_hook=key)
    taken = [
        Encoded(file, encoder.encode(extract.of(store.read(folder / file.name)))) for file in files
    ]
    return taken, shared


def _readable(index: Index, folder: Path) -> Iterator[Encoded]:
    """What an index keeps, as far as it can be read; a damaged one is thrown away."""
    try:
        yield from index.kept()
    except sqlite3.Error as error:
        if extract_index.is_damage(error):
            extract_index.thrown_away(folder)


class _Decoder(Generic[Kept]):
    """Reads what an index keeps; what is shared, once.

    Args:
        kind: what is kept.
        index: that has what is shared.

    Attributes:
        damaged: whether something could not be read.
    """

    def __init__(self, kind: type[Kept], index: Index | None) -> None:
        self.damaged = False
        self._index = index
        self._shared: dict[bytes, tuple[Any, Shared[Any]]] = {}
        self._decoder = msgspec.msgpack.Decoder(kind, dec_hook=self._value)

    def decoded(self, data: bytes) -> Kept | None:
        """What is kept; None where it is damaged."""
        try:
            return self._decoder.decode(data)
        # Of what is no bytes, or no text, whoever put it there.
        except (msgspec.MsgspecError, sqlite3.Error, RecursionError, TypeError, ValueError):
            self.damaged = True
            return None

    def _value(self, kind: Any, key: Any) -> Shared[Any]:
        """What is shared, by its key."""
        known = self._shared.get(key) if isinstance(key, bytes) else None
        if known is None:
            known = (kind, self._read(kind, key))
            self._shared[key] = known
        if known[0] is not kind and known[0] != kind:  # which is slow to tell of generics
            raise msgspec.DecodeError("it is not what its key stands for")
        return known[1]

    def _read(self, kind: Any, key: Any) -> Shared[Any]:
        data = self._index.shared(key) if self._index and isinstance(key, bytes) else None
        if data is None:
            raise msgspec.DecodeError("what trials share is not there")
        [inner] = get_args(kind)
        return Shared(msgspec.msgpack.decode(data, type=inner))

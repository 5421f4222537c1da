"""The file in which what is taken of a folder's trials is kept: an index, never the truth itself.

It is an SQLite database: rows are fetched whole, by file, and a few come at a time, while another
process may do the same. That is what SQLite is for, and Python has it. DuckDB sums up columns,
which no answer here asks for, and would be one more package.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from scripts.domain.files import PROJECT

INDEX = ".index.sqlite"
"""Of a folder of trials: the file in which what is taken of them is kept."""

PATIENCE = 5.0
"""Seconds to wait for another process that writes the same file."""

AT_ONCE = 1000
"""Rows read at once: while they are, no other process writes."""

SOURCES = (
    "commands/stored_campaign.py",
    "domain/*",
    "analysis/*",
    "report/gate/*",
    "report/told.py",
    "trials/extract_index.py",
    "trials/extracts.py",
    "trials/kept_answers.py",
    "trials/layouts.py",
    "trials/store.py",
)
"""The code by which extracts and answers are made."""

LIBRARIES = ("msgspec", "numpy", "scipy")
"""The libraries that it computes with."""

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""What SQLite says of a file that is none of ours, or no longer."""

LAYOUT = """
DROP TABLE IF EXISTS code;
DROP TABLE IF EXISTS extract;
DROP TABLE IF EXISTS shared;
DROP TABLE IF EXISTS answer;
CREATE TABLE code (made_by TEXT NOT NULL);
CREATE TABLE extract (
    name TEXT NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL, written INTEGER NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (name, file)
) WITHOUT ROWID;
CREATE TABLE shared (key BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE answer (name TEXT PRIMARY KEY, files BLOB NOT NULL, data BLOB NOT NULL);
"""


class Stored(NamedTuple):
    """A trial's file: its name, and by what it is known to be the same: its bytes, and when it was
    written, in nanoseconds.
    """

    name: str
    size: int
    written: int


class Encoded(NamedTuple):
    """What was taken of a trial: of which file, and as bytes."""

    file: Stored
    data: bytes


class Index:
    """What is kept of a folder's trials under one name. All its methods raise `sqlite3.Error`.

    Args:
        connection: to the database.
        name: of what is taken.
    """

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    def lacking(self, files: Sequence[Stored]) -> list[Stored]:
        """Of a folder's files, in order, those that came or changed; what is kept of files that
        are gone goes.
        """
        kept = list(self._rows("size, written"))
        if kept == files:
            return []
        names = {file.name for file in files}
        gone = [(self._name, name) for name, *_ in kept if name not in names]
        self._connection.executemany("DELETE FROM extract WHERE name = ? AND file = ?", gone)
        same = set(kept)
        return [file for file in files if file not in same]

    def add(self, taken: Iterable[Encoded], shared: dict[bytes, bytes]) -> None:
        """Keep what was taken of some trials, with what they share, by key."""
        rows = [(self._name, *one.file, one.data) for one in taken]
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(
                "INSERT OR IGNORE INTO shared VALUES (?, ?)", shared.items()
            )
            self._connection.executemany("INSERT OR REPLACE INTO extract VALUES (?,?,?,?,?)", rows)
            self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def kept(self) -> Iterator[Encoded]:
        """What is kept, in the order of the files' names."""
        for name, size, written, data in self._rows("size, written, data"):
            yield Encoded(Stored(name, size, written), data)

    def shared(self, key: bytes) -> bytes | None:
        """What some trials share, by its key; None where it is not there."""
        row = self._connection.execute("SELECT data FROM shared WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def answer(self, files: bytes) -> bytes | None:
        """What files say together, by a digest of them; None where no answer of these is kept."""
        query = "SELECT data FROM answer WHERE name = ? AND files = ?"
        row = self._connection.execute(query, (self._name, files)).fetchone()
        return None if row is None else row[0]

    def keep_answer(self, files: bytes, data: bytes) -> None:
        """Keep what files say together, by a digest of them, in place of what others said."""
        row = (self._name, files, data)
        self._connection.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", row)

    def _rows(self, columns: str) -> Iterator[tuple[Any, ...]]:
        """Columns of each row, after its file's name, in the order of the names."""
        query = (
            f"SELECT file, {columns} FROM extract "  # noqa: S608 - ours
            f"WHERE name = ? AND file > ? AND typeof(file) = 'text' ORDER BY file LIMIT {AT_ONCE}"
        )
        last = ""
        while rows := self._connection.execute(query, (self._name, last)).fetchall():
            yield from rows
            last = rows[-1][0]


@contextlib.contextmanager
def opened(folder: Path, name: str) -> Iterator[Index | None]:
    """The index of a folder, made where there is none; None where it cannot be.

    Args:
        folder: of trials.
        name: of what is taken of them.
    """
    try:
        connection = _connected(folder / INDEX)
    except (sqlite3.Error, OSError):
        yield None
        return
    with contextlib.closing(connection):
        yield Index(connection, name)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is none of ours, or no longer."""
    # What the module finds itself has no code; the low byte of one tells its kind.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def thrown_away(folder: Path) -> None:
    """Remove a folder's index: it is damaged."""
    for name in (INDEX, f"{INDEX}-journal"):
        with contextlib.suppress(OSError):
            (folder / name).unlink(missing_ok=True)


def _connected(path: Path) -> sqlite3.Connection:
    """A connection to a database with our tables, made anew where it is another's or damaged.

    Raises:
        sqlite3.Error, OSError: it cannot be.
    """
    if path.is_symlink():
        raise OSError("an index is no link to what may be somebody else's")
    try:
        return _checked(path)
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
    thrown_away(path.parent)
    return _checked(path)


def _checked(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        ours = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'code'"
        made = bool(connection.execute(ours).fetchone()[0])
        if not made or connection.execute("SELECT made_by FROM code").fetchone() != (code(),):
            connection.executescript(f"BEGIN IMMEDIATE; {LAYOUT}")
            connection.execute("INSERT INTO code VALUES (?)", (code(),))
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def code() -> str:
    """A digest of the code by which they are made: what other code made is of no use."""
    versions = " ".join((sys.version, *map(metadata.version, LIBRARIES)))
    digest = hashlib.sha256(versions.encode())
    for pattern in SOURCES:
        for path in sorted((PROJECT / "scripts").glob(pattern)):
            if path.suffix in (".py", ".txt"):
                digest.update(path.read_bytes())
    return digest.hexdigest()

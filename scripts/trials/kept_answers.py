"""What all trials of a folder say together, kept until one of their files comes, changes or goes.

It lies in the folder's index, beside what is taken of each trial, and goes the same way: where it
is not there, or damaged, it is worked out anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from scripts.trials import extract_index
from scripts.trials.extract_index import Stored
from scripts.trials.extracts import indexed

Answer = TypeVar("Answer")


def kept_answer(
    folder: Path, name: str, kind: type[Answer], files: Sequence[Stored]
) -> Answer | None:
    """What was kept of these files; None where nothing was, or of other ones.

    Args:
        folder: of trials.
        name: names the answer, with all that it depends on beside the files and the code.
        kind: what it is.
        files: the folder's, as they are now.
    """
    if not indexed(folder, files):
        return None
    try:
        with extract_index.opened(folder, name) as index:
            data = None if index is None else index.answer(_digest(files))
        return None if data is None else msgspec.msgpack.decode(data, type=kind)
    except sqlite3.Error as error:
        if extract_index.is_damage(error):
            extract_index.thrown_away(folder)
    # Of what is no bytes, or no text, whoever put it there.
    except (msgspec.MsgspecError, RecursionError, TypeError, ValueError):
        extract_index.thrown_away(folder)
    return None


def keep_answer(folder: Path, name: str, answer: object, files: Sequence[Stored]) -> None:
    """Keep what these files say together, where the folder has an index that can be written, and
    the answer is read again as it was: a whole number where any may stand would come back with a
    decimal point.

    Args:
        folder: of trials.
        name: as in `kept_answer`.
        answer: what they say.
        files: as they were before they were read.
    """
    data = msgspec.msgpack.encode(answer)
    if indexed(folder, files) and _comes_back(data, answer):
        with contextlib.suppress(sqlite3.Error), extract_index.opened(folder, name) as index:
            if index is not None:
                index.keep_answer(_digest(files), data)


def _comes_back(data: bytes, answer: object) -> bool:
    """Whether an answer is printed the same when it is read again."""
    try:
        again = msgspec.msgpack.decode(data, type=type(answer))
    except msgspec.ValidationError:
        return False
    return msgspec.json.encode(again) == msgspec.json.encode(answer)


def _digest(files: Sequence[Stored]) -> bytes:
    """What files are known to be the same by."""
    return hashlib.blake2b(msgspec.msgpack.encode(files)).digest()

"""The text of files that somebody else wrote: bounded, in whichever encoding, quoted with care."""

from __future__ import annotations

import codecs
import os
import re
import stat
from pathlib import Path

from scripts.domain.paths import shown
from scripts.domain.problems import UsageProblem
from scripts.domain.words import plain

LARGEST = 32 * 2**20
"""Bytes of the largest file that is read; locks of uv reach a few million."""

QUOTED_CHARACTERS = 60
"""As much of a line as a sentence quotes."""

CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")
"""What stands before the host of an address."""


def text_of(path: Path, kind: str = "one that lists an environment") -> str:
    """The text of a file: UTF-8, or UTF-16 where a mark at its beginning says so.

    Args:
        path: of the file.
        kind: what is meant to be named, in words.

    Raises:
        UsageProblem: it is missing, no file, too large, unreadable or no text.
    """
    name = path_words(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageProblem(f"{name} is no file: name {kind}.")
        if status.st_size > LARGEST:
            raise UsageProblem(f"{name} is larger than {LARGEST >> 20} MB: name a smaller file.")
        data = path.read_bytes()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise UsageProblem(f"{name} cannot be read: {reason}.") from error
    except ValueError as error:
        raise UsageProblem(f"{name} cannot be read: no file has such a name.") from error
    # PowerShell writes UTF-16 where output goes to a file.
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{name} is no text: name {kind}.") from error


def path_words(path: Path) -> str:
    """A path in a sentence: it may come from such a file too."""
    return plain(shown(path))


def quoted(text: str, characters: int = QUOTED_CHARACTERS) -> str:
    """A text of such a file in a sentence: on one line, printable, short, without credentials."""
    safe = plain(" ".join(CREDENTIALS.sub("", text).split()))
    return safe if len(safe) <= characters else safe[: characters - 1] + "…"

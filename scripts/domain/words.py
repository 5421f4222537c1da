"""Failures, durations and choices in words."""

from __future__ import annotations

import contextlib
import errno
import re
import signal
from collections.abc import Iterable

from scripts.domain.trial import Failure, Link


def chain_words(chain: Iterable[Link]) -> str:
    """A chain of exceptions in one line, the one raised first: "httpx.ReadError < ... < OSError".

    Module paths are cut to the package; an OSError says its errno by name.
    """
    return " < ".join(link_words(link) for link in chain)


def link_words(link: Link) -> str:
    """One exception: its package, its type and, where it has one, its errno."""
    package = link.module.split(".")[0]
    prefix = "" if package in ("builtins", "__main__") else f"{package}."
    number = ""
    if link.errno is not None:
        number = f" [{errno.errorcode.get(link.errno, link.errno)}]"
    return f"{prefix}{link.type}{number}"


def raised(failure: Failure) -> str:
    """The exception a failure was raised as, without its package."""
    return failure.chain[0].type if failure.chain else "unknown"


def status_words(status: int | None) -> str:
    """An exit status in words: "status 3", "signal SIGKILL"; None is one that was not left."""
    if status is None:
        return "no exit status"
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-status).name}"
    return f"status {status}"


def plain(text: str) -> str:
    """A text from elsewhere without what a terminal would obey."""
    return "".join(
        character if character in "\n\t" or character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


LONGEST_WORD = 400
"""Characters of a word, as a path or a pin, that a sentence holds."""


def shortened(sentence: str) -> str:
    """A sentence with its longest words cut: nobody reads a name of thousands of letters."""
    return re.sub(
        rf"\S{{{LONGEST_WORD},}}",
        lambda word: f"{word[0][: LONGEST_WORD // 4]}…({len(word[0]):,} characters)",
        sentence,
    )


def duration(seconds: float) -> str:
    """Seconds as "42 s" or "3 min 05 s"."""
    rounded = round(seconds)
    return f"{rounded} s" if rounded < 60 else f"{rounded // 60} min {rounded % 60:02d} s"


def amount(value: float, unit: str) -> str:
    """A number with its unit, in two or three digits."""
    if unit == "s":
        return f"{1000 * value:.3g} ms" if 0 < value < 1 else f"{value:.3g} s"
    return f"{value:,.0f} {unit}".rstrip()


def listed(names: Iterable[str]) -> str:
    """One or more names in a row: "a, b and c"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def alternatives(names: Iterable[str]) -> str:
    """One or more names of which one is to be chosen: "a, b or c"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last

"""Values that are safe wherever they stand: numbers, versions, addresses of this machine alone."""

from __future__ import annotations

import builtins
import errno
import keyword
import re
import signal
import types
from collections.abc import Collection

from scripts.report.gate.withheld import PLACEHOLDER, Ledger

MOST_DIGITS = 9
"""Digits of all numbers of one value: more may be a card's, a telephone's or an account's."""

LONGEST_NUMBER = 9
"""Digits of one number."""

LOCAL = r"(?:localhost|127\.0\.0\.1|\[::1\]|::1|0\.0\.0\.0)"
"""A host that is this machine, whichever it is."""

PLACES = r"<(?:environment|server environment|python|project)>(?:/[A-Za-z0-9_.+-]{1,80}){0,20}"
"""A path in what was installed: its folder is hidden."""

SAFE = re.compile(
    "|".join(
        (
            PLACEHOLDER.pattern,
            PLACES,
            rf"(?<![\w.])(?:https?://)?{LOCAL}(?::\d{{1,5}})?(?![\w.@:])",
            # A number, and a version with its usual ends.
            r"(?<![\w.+-])[-+]?\d+(?:\.\d+){0,4}(?:(?:a|b|rc|\.post|\.dev)\d{1,5}|e[-+]?\d{1,3}|%)?"
            r"(?![\w+-]|\.\w)",
            r"(?<![\w.])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?![\w@])",
            r"[ \n\t!-/:-@\[-^`{-~]",
        )
    )
)
"""What may be safe, piece by piece; a word only where it is known."""

WORDS = frozenset(
    {
        *keyword.kwlist,
        *(kind.__name__ for kind in vars(builtins).values() if isinstance(kind, type)),
        *(kind.__name__ for kind in vars(types).values() if isinstance(kind, type)),
        *errno.errorcode.values(),
        *(number.name for number in signal.Signals),
        "self",
        "process_image",
    }
)
"""Words of Python itself, of the operating system, and of the document's service."""

DIGIT = re.compile(r"\d")

ADDRESSED = re.compile(rf"<|(?:https?://)?{LOCAL}")
"""What has digits that are no number's."""

QUAD = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
"""An address, which only looks like a version."""


def gated(text: str, ledger: Ledger, visible: Collection[str] = (), kind: str = "value") -> str:
    """A value as it gets out: from the first piece that is not known to be safe to the last, its
    kind and length stand for it.

    Args:
        text: the value, without what no reader sees.
        ledger: takes what is kept back.
        visible: words that get out already, as those of a library's source.
        kind: what it is called where it is kept back.
    """
    unsafe = _unsafe(text, visible)
    if unsafe is None:
        return text
    start, end = unsafe
    return text[:start] + ledger.withhold(kind, text[start:end]) + text[end:]


def safe(text: str) -> bool:
    """Whether a value is known to be safe."""
    return _unsafe(text, ()) is None


def _unsafe(text: str, visible: Collection[str]) -> tuple[int, int] | None:
    """From where to where a value is not known to be safe; None for one that is."""
    start, end, position, digits = len(text), 0, 0, 0
    while position < len(text):
        match = SAFE.match(text, position)
        if match and _known(match[0], visible):
            if not ADDRESSED.match(match[0]):
                digits += len(DIGIT.findall(match[0]))
            position = match.end()
            continue
        start = min(start, position)
        position = match.end() if match else position + 1
        end = position
    if digits > MOST_DIGITS:
        return 0, len(text)
    return (start, end) if end else None


def _known(piece: str, visible: Collection[str]) -> bool:
    """Whether a piece of a value is known to be safe."""
    if ADDRESSED.match(piece):
        return True
    if piece[0].isalpha() or piece[0] == "_":
        return all(word in WORDS or word in visible for word in piece.split("."))
    numbers = re.findall(r"\d+", piece)
    return not QUAD.fullmatch(piece) and all(len(one) <= LONGEST_NUMBER for one in numbers)

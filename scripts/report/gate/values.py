"""Values that are safe wherever they stand: numbers, versions, addresses of this machine alone."""

from __future__ import annotations

import builtins
import errno
import keyword
import re
import signal
import types
from collections.abc import Collection

from scripts.report.gate.withheld import GIVEN, PLACEHOLDER, Gate

MOST_DIGITS = 9
"""Digits of all numbers of one value: more may be a card's, a telephone's or an account's."""

MOST_GIVEN = 4
"""Digits of what a user gave: more may be a password's."""

LONGEST_NUMBER = 9
"""Digits of one number."""

LOCAL = r"(?:localhost|127\.0\.0\.1|\[::1\]|::1|0\.0\.0\.0)"
"""A host that is this machine, whichever it is."""

PLACES = r"<(?:environment|server environment|python)>(?:/[A-Za-z0-9_.+-]{1,80}){0,20}"
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

AROUND = " \t\n'\"()[]{},:;"
"""What may stand around a value, and is none of it."""

DIGIT = re.compile(r"\d")

ADDRESSED = re.compile(rf"<|(?:https?://)?{LOCAL}")
"""What has digits that are no number's."""

QUAD = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
"""An address, which only looks like a version."""


def gated(text: str, gate: Gate, visible: Collection[str] = (), kind: str = "value") -> str:
    """A value as it gets out: itself, or its kind and length within the quotes and brackets around.

    Args:
        text: the value, without what no reader sees.
        gate: takes what is kept back.
        visible: words that get out already, as those of a library's source.
        kind: what it is called where it is kept back.
    """
    given = kind in GIVEN and len(DIGIT.findall(text)) > MOST_GIVEN and not ADDRESSED.match(text)
    if safe(text, visible) and not given:
        return text
    core = text.strip(AROUND) or text
    start = text.index(core)
    return text[:start] + gate.withhold(kind, core) + text[start + len(core) :]


def safe(text: str, visible: Collection[str] = ()) -> bool:
    """Whether a value is known to be safe, piece by piece."""
    position, digits = 0, 0
    while position < len(text):
        match = SAFE.match(text, position)
        if match is None or not _known(match[0], visible):
            return False
        if not ADDRESSED.match(match[0]):
            digits += len(DIGIT.findall(match[0]))
        position = match.end()
    return digits <= MOST_DIGITS


def _known(piece: str, visible: Collection[str]) -> bool:
    """Whether a piece of a value is known to be safe."""
    if ADDRESSED.match(piece):
        return ".." not in piece
    if piece[0].isalpha() or piece[0] == "_":
        return all(word in WORDS or word in visible for word in piece.split("."))
    numbers = re.findall(r"\d+", piece)
    return not QUAD.search(piece) and all(len(one) <= LONGEST_NUMBER for one in numbers)

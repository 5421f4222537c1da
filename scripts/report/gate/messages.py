"""Which messages of exceptions get out: those that stand in the code that raised them.

Three things know a message: the operating system, for an errno; the trial, which noted what of it
stands in the source of the library that raised it; and the list below, of what Python, OpenSSL and
the libraries say that are older than that note, or written in C. A hole in such a message holds a
value, which is looked at by itself.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path

from msgspec import structs

from scripts.domain.trial import Link
from scripts.report.gate import values
from scripts.report.gate.withheld import LONGEST, PLACEHOLDER, Gate, legible

ERRNO = re.compile(r"\[(?:Errno|WinError|SSL) ?(?:-?\d{1,6}|None)?\] ")
"""What stands before the text of an errno."""

RESOLVER = (
    "Name or service not known",
    "Temporary failure in name resolution",
    "No address associated with hostname",
    "Non-recoverable failure in name resolution",
    "Servname not supported for ai_socktype",
    "nodename nor servname provided, or not known",
    "getaddrinfo failed",
)
"""What the resolver says, whose numbers are no errno."""

TEMPLATES = Path(__file__).with_name("known_messages.txt")
"""The list: a message a line, {} for a hole."""


@cache
def _system_texts() -> frozenset[str]:
    return frozenset((*map(os.strerror, errno.errorcode), *RESOLVER))


@cache
def _cut_apart() -> dict[str, list[tuple[str, ...]]]:
    """The templates by their first letters, each as what stands around its holes."""
    apart: dict[str, list[tuple[str, ...]]] = {}
    lines = TEMPLATES.read_text().splitlines()
    for template in (line for line in lines if not line.startswith("#")):
        pieces = tuple(template.split("{}"))
        start = pieces[0][:4] if len(pieces[0]) >= 4 else ""
        apart.setdefault(start, []).append(pieces)
    return apart


def gated(link: Link, chain: Sequence[Link], gate: Gate, visible: Collection[str] = ()) -> Link:
    """A link as it gets out, with what of its message is known then.

    Args:
        link, chain: it and those it belongs to, of which another may know the same message.
        gate: takes what is kept back.
        visible: words that get out already.
    """
    alike = (other.known for other in chain if other.message == link.message)
    pieces = _pieces(link.message, gate, visible, max((link.known, *alike), key=_covered))
    known, position = [], 0
    for literal, piece in pieces:
        if literal and piece:
            known.append((position, position + len(piece)))
        position += len(piece)
    return structs.replace(
        link,
        message="".join(piece for _, piece in pieces),
        known=tuple(known) if link.known else (),
    )


def _covered(spans: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)


def text(message: str, gate: Gate, visible: Collection[str] = (), kind: str = "message") -> str:
    """A message as it gets out, of which nobody noted what stands in a source.

    Args:
        message: itself.
        gate: takes what is kept back.
        visible: words that get out already.
        kind: what it is called where it is kept back whole.
    """
    return "".join(piece for _, piece in _pieces(message, gate, visible, (), kind))


def _pieces(
    message: str,
    gate: Gate,
    visible: Collection[str],
    known: Sequence[tuple[int, int]],
    kind: str = "message",
) -> list[tuple[bool, str]]:
    """A message as it gets out, in pieces: (whether it stands in a source, text)."""
    seen = legible(message)
    if not seen or PLACEHOLDER.fullmatch(seen):
        return [(False, seen)]
    if seen != message or len(message) > LONGEST:
        known = ()  # it counts other characters
    before = ERRNO.match(seen)
    start = before.end() if before else 0
    said = seen[start:]
    if len(said) <= LONGEST:
        if said in _system_texts():
            return [(True, seen)]
        pieces = pieces_of(said) or (_named_file(said) if before else None)
        if pieces is not None:
            return [(True, seen[:start]), *_filled(pieces, gate, visible)]
    spans = _inside(known, len(seen))
    if spans:
        return _filled(_around(seen, spans), gate, visible)
    return [(False, gate.withhold(kind, seen))]


@lru_cache(maxsize=1024)
def pieces_of(message: str) -> tuple[tuple[bool, str], ...] | None:
    """A message that a template knows, as (whether it is the template's, text); None for one that
    none knows. Most lines of a campaign's tracebacks are alike.
    """
    apart = _cut_apart()
    for start in (message[:4], ""):
        for template in apart.get(start, ()):
            if (pieces := _fitted(template, message)) is not None:
                return tuple(pieces)
    return None


def _fitted(template: tuple[str, ...], message: str) -> list[tuple[bool, str]] | None:
    """A message in a template's pieces, and what lies in its holes; None where it does not fit."""
    first, *rest = template
    if not rest:
        return [(True, message)] if message == first else None
    if not message.startswith(first) or not message.endswith(rest[-1]):
        return None
    last = len(message) - len(rest[-1])
    pieces, position = [(True, first)], len(first)
    for literal in rest[:-1]:
        place = message.find(literal, position, last)
        if place < 0:
            return None
        pieces += [(False, message[position:place]), (True, literal)]
        position = place + len(literal)
    if position > last:
        return None
    return [*pieces, (False, message[position:last]), (True, rest[-1])]


def _named_file(said: str) -> list[tuple[bool, str]] | None:
    """An errno's text with the file it is about; None where it is no such text."""
    words, colon, path = said.partition(": ")
    known = words in _system_texts() and colon
    return [(True, words + colon), (False, path)] if known else None


def _filled(
    pieces: Iterable[tuple[bool, str]], gate: Gate, visible: Collection[str]
) -> list[tuple[bool, str]]:
    """A message's pieces, what lies in its holes looked at each by itself."""
    return [
        (literal, piece if literal else _hole(piece, gate, visible)) for literal, piece in pieces
    ]


def _hole(value: str, gate: Gate, visible: Collection[str]) -> str:
    """What a hole of a message holds: often another message."""
    start = before.end() if (before := ERRNO.match(value)) else 0
    if value[start:] in _system_texts():
        return value
    if (pieces := pieces_of(value[start:])) is not None and any(known for known, _ in pieces):
        filled = _filled(pieces, gate, visible)
        return value[:start] + "".join(piece for _, piece in filled)
    return values.gated(value, gate, visible)


def _inside(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Spans that lie in a text, in order, none in another: a trial's file may say anything."""
    inside: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if (inside[-1][1] if inside else 0) <= start < end <= length:
            inside.append((start, end))
    return inside


def _around(message: str, spans: Sequence[tuple[int, int]]) -> list[tuple[bool, str]]:
    """A message in what of it is known, and what lies around that."""
    pieces, position = [], 0
    for start, end in spans:
        pieces += [(False, message[position:start]), (True, message[start:end])]
        position = end
    return [*pieces, (False, message[position:])]

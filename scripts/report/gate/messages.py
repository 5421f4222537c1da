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
from functools import cache

from scripts.domain.trial import Link
from scripts.report.gate import values
from scripts.report.gate.withheld import LONGEST, PLACEHOLDER, Ledger, plain

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

TEMPLATES = (
    # Python
    "pop from an empty deque",
    "pop from an empty set",
    "pop from empty list",
    "list.remove(x): x not in list",
    "list index out of range",
    "tuple index out of range",
    "string index out of range",
    "deque mutated during iteration",
    "dictionary changed size during iteration",
    "Set changed size during iteration",
    "division by zero",
    "maximum recursion depth exceeded",
    "maximum recursion depth exceeded while calling a Python object",
    "maximum recursion depth exceeded in comparison",
    "generator raised StopIteration",
    "coroutine raised StopIteration",
    "generator already executing",
    "cannot reuse already awaited coroutine",
    "can't start new thread",
    "cannot schedule new futures after shutdown",
    "cannot schedule new futures after interpreter shutdown",
    "'{}' object has no attribute '{}'",
    "type object '{}' has no attribute '{}'",
    "module '{}' has no attribute '{}'",
    "partially initialized module '{}' has no attribute '{}' (most likely due to a circular import)",
    "No module named '{}'",
    "No module named '{}'; '{}' is not a package",
    "cannot import name '{}' from '{}' ({})",
    "name '{}' is not defined",
    "cannot access local variable '{}' where it is not associated with a value",
    "local variable '{}' referenced before assignment",
    "'{}' object is not callable",
    "'{}' object is not iterable",
    "'{}' object is not subscriptable",
    "'{}' object does not support item assignment",
    "'{}' object does not support the asynchronous context manager protocol",
    "'{}' object does not support the context manager protocol",
    "object {} can't be used in 'await' expression",
    "unsupported operand type(s) for {}: '{}' and '{}'",
    "'{}' not supported between instances of '{}' and '{}'",
    "{}() got an unexpected keyword argument '{}'",
    "{}() missing {} required positional argument: '{}'",
    "{}() missing {} required positional arguments: {}",
    "{}() missing {} required keyword-only argument: '{}'",
    "{}() takes {} positional arguments but {} were given",
    "{}() takes {} positional argument but {} were given",
    "not enough values to unpack (expected {}, got {})",
    "too many values to unpack (expected {})",
    "invalid literal for int() with base {}: {}",
    "could not convert string to float: {}",
    "a bytes-like object is required, not '{}'",
    'can only concatenate str (not "{}") to str',
    "'{}' codec can't decode byte {} in position {}: {}",
    "'{}' codec can't encode character {} in position {}: {}",
    "timed out",
    "The read operation timed out",
    "The write operation timed out",
    "The handshake operation timed out",
    "_ssl.c:{}: The handshake operation timed out",
    "{} ({} sub-exception)",
    "{} ({} sub-exceptions)",
    # OpenSSL
    "The operation did not complete (read) (_ssl.c:{})",
    "The operation did not complete (write) (_ssl.c:{})",
    "TLS/SSL connection has been closed (EOF) (_ssl.c:{})",
    "EOF occurred in violation of protocol (_ssl.c:{})",
    "[SSL: APPLICATION_DATA_AFTER_CLOSE_NOTIFY] application data after close notify (_ssl.c:{})",
    "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:{})",
    "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:{})",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:{})",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in"
    " certificate chain (_ssl.c:{})",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self signed certificate (_ssl.c:{})",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer"
    " certificate (_ssl.c:{})",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:{})",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is"
    " not valid for '{}'. (_ssl.c:{})",
    "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:{})",
    "[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure (_ssl.c:{})",
    # asyncio and anyio
    "Event loop is closed",
    "Connect call failed {}",
    "Multiple exceptions: {}",
    "error while attempting to bind on address {}: {}",
    "unable to perform operation on <{}>; the handler is closed",
    "Cancelled by cancel scope {}",
    "Cancelled via cancel scope {}",
    "Exceptions from Trio nursery",
    "unhandled errors in a TaskGroup",
    "All connection attempts failed",
    # the clients
    "this socket was already closed",
    "Server disconnected",
    "Server disconnected without sending a response.",
    "Cannot write to closing transport",
    "Can not write request body for {}",
    "Cannot connect to host {} ssl:{} [{}]",
    "Connection closed",
    "Connection lost",
    "Connection aborted.",
    "Remote end closed connection without response",
    "peer closed connection without sending complete message body (incomplete chunked read)",
    "peer closed connection without sending complete message body (received {} bytes, expected {})",
    "Response payload is not completed: {}",
    "Connection timeout to host {}",
    "Timeout on reading data from socket",
    "<ConnectionTerminated error_code:{}, last_stream_id:{}, additional_data:{}>",
    # what the document's client prints
    "Response {}: {}'message': 'Image processed successfully after a delay'{}",
    "Total time: {} seconds",
)
"""Messages as they stand in sources; {} is a hole."""


@cache
def _system_texts() -> frozenset[str]:
    return frozenset((*map(os.strerror, errno.errorcode), *RESOLVER))


@cache
def _cut_apart() -> dict[str, list[tuple[str, ...]]]:
    """The templates by their first letters, each as what stands around its holes."""
    apart: dict[str, list[tuple[str, ...]]] = {}
    for template in TEMPLATES:
        pieces = tuple(template.split("{}"))
        start = pieces[0][:4] if len(pieces[0]) >= 4 else ""
        apart.setdefault(start, []).append(pieces)
    return apart


def gated(link: Link, chain: Sequence[Link], ledger: Ledger, visible: Collection[str] = ()) -> str:
    """A link's message as it gets out.

    Args:
        link, chain: it and those it belongs to, of which another may know the same message.
        ledger: takes what is kept back.
        visible: words that get out already.
    """
    alike = (other.known for other in chain if other.message == link.message)
    return text(link.message, ledger, visible, max((link.known, *alike), key=_covered))


def _covered(spans: Sequence[tuple[int, int]]) -> int:
    return sum(end - start for start, end in spans)


def text(
    message: str,
    ledger: Ledger,
    visible: Collection[str] = (),
    known: Sequence[tuple[int, int]] = (),
    kind: str = "message",
) -> str:
    """A message as it gets out.

    Args:
        message: itself.
        ledger: takes what is kept back.
        visible: words that get out already.
        known: (from, to) of what of it stands in the source that raised it.
        kind: what it is called where it is kept back whole.
    """
    seen = plain(message)
    if not seen or PLACEHOLDER.fullmatch(seen):
        return seen
    if seen != message or len(message) > LONGEST:
        known = ()  # it counts other characters
    before = ERRNO.match(seen)
    start = before.end() if before else 0
    said = seen[start:]
    if len(said) <= LONGEST:
        if said in _system_texts():
            return seen
        pieces = pieces_of(said) or (_named_file(said) if before else None)
        if pieces is not None:
            return seen[:start] + _filled(pieces, ledger, visible)
    spans = _inside(known, len(seen))
    if spans:
        return _filled(_around(seen, spans), ledger, visible)
    return ledger.withhold(kind, seen)


def pieces_of(message: str) -> list[tuple[bool, str]] | None:
    """A message that a template knows, as (whether it is the template's, text); None for one that
    none knows.
    """
    apart = _cut_apart()
    for start in (message[:4], ""):
        for template in apart.get(start, ()):
            if (pieces := _fitted(template, message)) is not None:
                return pieces
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


def _filled(pieces: Iterable[tuple[bool, str]], ledger: Ledger, visible: Collection[str]) -> str:
    """A message of pieces, its holes looked at each by itself."""
    return "".join(piece if literal else _hole(piece, ledger, visible) for literal, piece in pieces)


def _hole(value: str, ledger: Ledger, visible: Collection[str]) -> str:
    """What a hole of a message holds: often another message."""
    start = before.end() if (before := ERRNO.match(value)) else 0
    if value[start:] in _system_texts():
        return value
    if (pieces := pieces_of(value[start:])) is not None and any(known for known, _ in pieces):
        return value[:start] + _filled(pieces, ledger, visible)
    return values.gated(value, ledger, visible)


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

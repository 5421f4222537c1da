"""What the probes left behind, as records of a trial."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import structs

from scripts.domain.blocked import Blocked
from scripts.domain.trial import (
    Client,
    Connection,
    Failure,
    ImportedLibrary,
    Lag,
    Requests,
    Server,
    Stray,
    Turn,
    Worked,
)

STDERR_LINES = 20
"""Lines of standard error, and of standard output, that a trial keeps of a known script."""

OUTPUT_BYTES = 64_000
"""Bytes of either that it keeps of a script of the user's own."""


class ClientNote(msgspec.Struct, frozen=True):
    """What the client's probe noted. Moments are seconds on the monotonic clock.

    Attributes:
        began, ended: the measured window.
        cpu: seconds of processor time in it: of the user, of the system.
        peak_memory: bytes.
        lag: of the event loop; None where there was none to look at.
        replaced: constants that were replaced, by name.
        recorded: whether the script was recorded per request.
        requests, failures: per request and per distinct failure.
        connections: those it made.
        noted: what is noted of them beyond themselves.
        overridden: what the target's prelude replaced.
        refused: why that changes nothing here; None where it does, or there is none.
        outside: host and port on another machine that it was about to connect to; None for none.
        served: those it accepted; None where its server is another process.
        script_failure: the exception the script ended with.
        strays: those that went past it.
        libraries: those that were imported, by module name.
        hung: the stacks of a script that was still running at the deadline.
    """

    began: float
    ended: float
    cpu: tuple[float, float]
    peak_memory: int
    lag: Lag | None
    replaced: dict[str, float | int | str]
    recorded: bool
    requests: Requests
    failures: list[Failure]
    connections: list[Connection]
    served: list[Connection] | None
    script_failure: Failure | None
    libraries: dict[str, ImportedLibrary]
    hung: str | None = None
    strays: list[Stray] = []
    noted: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    refused: str | None = None
    outside: str | None = None

    def client(self, zero: float) -> Client:
        """The record of the client.

        Args:
            zero: the trial's zero on the monotonic clock.
        """
        return Client(
            libraries=self.libraries,
            requests=_requests(self.requests, zero) if self.recorded else None,
            failures=self.failures,
            script_failure=self.script_failure,
            strays=self.strays,
            noted=self.noted,
            overridden=self.overridden,
            wall=round(self.ended - self.began, 6),
            cpu_user=round(self.cpu[0], 6),
            cpu_system=round(self.cpu[1], 6),
            peak_memory=self.peak_memory,
            lag=None if self.lag is None else _lag(self.lag, zero),
            connections=[since_zero(connection, zero) for connection in self.connections],
        )

    def server(self, zero: float) -> Server:
        """The record of the server that a client has in itself; an empty one where it has none."""
        if self.served is None:
            return Server()
        return Server(connections=[since_zero(connection, zero) for connection in self.served])


class ServerNote(msgspec.Struct, frozen=True):
    """What the server's probe noted. Moments are seconds on the monotonic clock.

    Attributes:
        connections: those it accepted, in order; None where it accepts them out of the probe's
            sight.
        cpu: seconds of processor time: of the user, of the system.
        replaced: constants that were replaced, by name.
        worked: how often it worked on each request, by number; None where none was looked for.
    """

    connections: list[Connection] | None
    cpu: tuple[float, float]
    replaced: dict[str, float | int | str]
    worked: dict[int, int] | None = None

    def server(self, zero: float, without: Collection[int]) -> Server:
        """The record of the server.

        Args:
            zero: the trial's zero on the monotonic clock.
            without: client ports of connections that are not the client's.
        """
        worked = None
        if self.worked:
            repeated = {number: times for number, times in self.worked.items() if times > 1}
            worked = Worked(len(self.worked), repeated)
        if self.connections is None:
            return Server(cpu=sum(self.cpu), worked=worked)
        clients = [connection for connection in self.connections if connection.port not in without]
        return Server(
            connections=[since_zero(connection, zero) for connection in clients],
            cpu=sum(self.cpu),
            worked=worked,
        )


Note = TypeVar("Note", bound=msgspec.Struct)


def loaded(path: Path, kind: type[Note]) -> Note | None:
    """A probe's note; None where it wrote none.

    Raises:
        msgspec.ValidationError: it is no note of this kind.
    """
    try:
        note = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return msgspec.convert(note, kind, str_keys=True) if isinstance(note, dict) else None


def answers(path: Path) -> dict[int, int] | None:
    """How many answers of each HTTP status stand in a server's access log, 0 for none at all; None
    where there is no such line.

    Args:
        path: of the log, whose lines begin with the status, or with -1 for none.
    """
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return None
    words = (line.split(maxsplit=1)[0] for line in text.splitlines() if line.strip())
    counts = Counter(max(0, int(word)) for word in words if re.fullmatch(r"[1-5]\d\d|-1", word))
    return dict(sorted(counts.items())) or None


def tail(path: Path, lines: int = STDERR_LINES) -> str:
    """The last lines of a file, at most 8000 characters; empty where there is no such file."""
    return _last_lines(output(path)[0], lines)


def output(path: Path) -> tuple[str, bool]:
    """The last 64 kB of what a process wrote to a file, and whether there is more before them."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - OUTPUT_BYTES))
            return stream.read().decode(errors="replace"), size > OUTPUT_BYTES
    except OSError:
        return "", False


def shortened(text: str) -> tuple[str, bool]:
    """What a trial keeps of the output of a script that is known, and whether that is not all."""
    kept = _last_lines(text, STDERR_LINES)
    return kept, kept != "\n".join(text.splitlines())


def _last_lines(text: str, lines: int) -> str:
    return "\n".join(text.splitlines()[-lines:])[-8000:]


def since_zero(connection: Connection, zero: float) -> Connection:
    """A connection with its moments counted from the trial's zero."""
    return structs.replace(
        connection,
        opened=_since(zero, connection.opened),
        turns=[_turn(turn, zero) for turn in connection.turns],
        arrivals=[
            (_since(zero, arrived), _maybe(zero, answered))
            for arrived, answered in connection.arrivals
        ],
        timer=_maybe(zero, connection.timer),
        closed=_maybe(zero, connection.closed),
        delivered=_maybe(zero, connection.delivered),
        eof=_maybe(zero, connection.eof),
        lost=_maybe(zero, connection.lost),
    )


def _turn(turn: Turn, zero: float) -> Turn:
    return structs.replace(
        turn,
        tried=_since(zero, turn.tried),
        wrote=_maybe(zero, turn.wrote),
        first_byte=_maybe(zero, turn.first_byte),
        assigned=_maybe(zero, turn.assigned),
        looked=_maybe(zero, turn.looked),
        paused=_maybe(zero, turn.paused),
    )


def _requests(requests: Requests, zero: float) -> Requests:
    return Requests(
        start=[_since(zero, moment) for moment in requests.start],
        end=[_maybe(zero, moment) for moment in requests.end],
        failure=requests.failure,
    )


def _lag(lag: Lag, zero: float) -> Lag:
    stalls = [(_since(zero, began), _since(zero, ended)) for began, ended in lag.stalls]
    return structs.replace(lag, stalls=stalls, blocked=_blocked(lag.blocked, zero))


def _blocked(blocked: Blocked | None, zero: float) -> Blocked | None:
    if blocked is None:
        return None
    spans = [
        (_since(zero, began), _since(zero, ended), stack) for began, ended, stack in blocked.spans
    ]
    return structs.replace(blocked, spans=spans)


def _since(zero: float, moment: float) -> float:
    """Seconds from a trial's zero to a moment on the same clock."""
    return round(moment - zero, 6)


def _maybe(zero: float, moment: float | None) -> float | None:
    """The same of a moment that may not have come."""
    return None if moment is None else _since(zero, moment)

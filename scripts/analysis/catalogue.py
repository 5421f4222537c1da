"""The causes there are: their names, what to change about each, and what each rests on.

A cause is facts only; its sentence is made in `scripts.report.causes`. Times are seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from scripts.analysis.connections import Case


class Advice(msgspec.Struct, frozen=True):
    """What to change on either side; empty where there is nothing.

    Those of `ADVICE` are templates (Jinja), which `scripts.report.advice` fills in: `expiry`, and
    each of a library's `Settings`, is what its users write, empty where it is not known which
    library or what; `event_loop` says whether the client has one, `uvicorn` whether that serves.
    """

    client: str
    server: str


STALE = "stale connection"
OWN_POOL = "closed by its own pool"
STARVED = "pool starvation"
NO_RESPONSE = "server closed without a response"
MID_RESPONSE = "server closed mid-response"
RESET_BEFORE = "reset before a response"
RESET_MID = "reset mid-response"
RUBBISH = "answered with rubbish"
ERROR_STATUS = "answered with an error status"
SLOW_SERVER = "server too slow"
LATE_CLIENT = "client too late to read"
REFUSED = "could not connect: refused"
BACKLOG = "could not connect: never accepted"
DESCRIPTORS = "could not connect: out of descriptors"
PORTS = "could not connect: out of ports"
LOOKUP = "could not connect: name lookup"
CANCELLED = "cancelled"
MEMORY = "out of memory"
KILLED = "client killed"
SERVER_DIED = "server died"
UNKNOWN = "unknown"

_REPEAT = "repeat requests that are safe to repeat{{ repeats | noted }}"

ADVICE = {
    STALE: Advice(
        "hold fewer connections{{ pool_size | noted }}"
        "{% if event_loop %}, and keep the event loop free, so that it stalls less{% endif %}; "
        "repeat requests that are safe to repeat{{ repeats | noted }}; letting idle connections "
        "expire{{ expiry | noted }} sooner than the server closes them helps only by more than "
        "the longest {{ 'stall' if event_loop else 'time the client is blocked' }}",
        "keep idle connections longer than any client does"
        "{{ 'uvicorn: --timeout-keep-alive' | noted if uvicorn }}",
    ),
    OWN_POOL: Advice("use a release of the library whose pool does not close what it lends", ""),
    STARVED: Advice(
        "send fewer requests at a time, or allow more connections{{ pool_size | noted }} or a "
        "longer pool timeout{{ pool_timeout | noted }}",
        "answer faster",
    ),
    NO_RESPONSE: Advice(_REPEAT, "find out why it closes"),
    MID_RESPONSE: Advice(_REPEAT, "find out why it closes"),
    RESET_BEFORE: Advice(_REPEAT, "find out why it resets"),
    RESET_MID: Advice(_REPEAT, "find out why it resets"),
    RUBBISH: Advice("", "find out what answers there: it is no HTTP"),
    ERROR_STATUS: Advice(
        "look at the status before the answer is read",
        "look into its log; behind a load balancer, let replicas keep idle connections for longer "
        "than the balancer does",
    ),
    SLOW_SERVER: Advice("allow a longer timeout{{ read_timeout | noted }}", "answer faster"),
    LATE_CLIENT: Advice("keep the event loop free: it was busy when the answer lay ready", ""),
    REFUSED: Advice("check the address", "start it, or let it listen there"),
    BACKLOG: Advice(
        "open connections more slowly",
        "accept faster, or allow a longer backlog{{ 'uvicorn: --backlog' | noted if uvicorn }}",
    ),
    DESCRIPTORS: Advice(
        "raise the limit (ulimit -n), or hold fewer connections{{ pool_size | noted }}", ""
    ),
    PORTS: Advice("keep connections alive instead of opening new ones", ""),
    LOOKUP: Advice("check the host's name and the resolver", ""),
    CANCELLED: Advice("the caller gave up: look there", ""),
    MEMORY: Advice("hold fewer requests or smaller payloads at a time", ""),
    KILLED: Advice("look for what killed it: the kernel's log names the out-of-memory killer", ""),
    SERVER_DIED: Advice("", "look at its last words"),
    UNKNOWN: Advice("", ""),
}
"""What to change, by cause."""


class Errno(msgspec.Struct, frozen=True):
    """Connecting failed with this errno."""

    errno: int


class NotInTime(msgspec.Struct, frozen=True):
    """No connection could be made in time.

    Attributes:
        stalled: how long the client's event loop was blocked meanwhile.
    """

    stalled: float


class NeverAccepted(msgspec.Struct, frozen=True):
    """The server never accepted the connection that the request was written on.

    Attributes:
        written: when; None where that is not known.
    """

    written: float | None


class Starved(msgspec.Struct, frozen=True):
    """The request was given no connection in time.

    Attributes:
        waited: how long it waited; None for one that was still under way.
        stalled: how long the client's event loop was blocked meanwhile.
        held_up_by: what took most of that time.
    """

    waited: float | None
    stalled: float
    held_up_by: Literal["event loop", "queue"]


class Unreadable(msgspec.Struct, frozen=True):
    """An answer came that is no HTTP.

    Attributes:
        first_byte: when it came.
    """

    first_byte: float


class ErrorAnswer(msgspec.Struct, frozen=True):
    """A whole answer came that the client could not use, and by its log the server gave some with
    an error status.

    Attributes:
        statuses: the HTTP statuses from 400 on that stand in the log, "502" or "502, 504".
        logged: how many answers have one.
    """

    statuses: str
    logged: int


class ClosedForAnother(msgspec.Struct, frozen=True):
    """The client closed the connection in the name of another request.

    Attributes:
        closed: when.
        closer: number of the other request.
        written: when this request was written; 0 where that is not known.
    """

    closed: float
    closer: int
    written: float


class ClosedOnRequest(msgspec.Struct, frozen=True):
    """The server closed the connection on this very request.

    Attributes:
        after: how long after it had read the request; None where it read nothing.
    """

    after: float | None


class ClosedUnwritten(msgspec.Struct, frozen=True):
    """The connection was closing before anything of the request was written.

    Attributes:
        closed_meanwhile: connections that the server closed while the request waited, or that the
            client saw closed only then.
    """

    closed_meanwhile: int


Reading = Literal["paused", "active", "on demand", "not noted"]
"""Whether the client's event loop would read what comes on a socket; "on demand" of a client that
has none, or whose socket is read by the request alone."""

UNDECIDED = 0.001
"""Seconds within which it cannot be told whether a close reached the client before its write or
after: between a moment that is noted and what it is the moment of, a process may have had to wait
for a processor."""


class ClosedIdle(msgspec.Struct, frozen=True, kw_only=True):
    """The server closed an idle connection, and the client wrote on it.

    Attributes:
        idle: how long it had been idle when it was closed; None where that is not known.
        keep_alive_timer: whether the server's keep-alive timer closed it; None where the timers of
            that server are not noted.
        assigned_to_close: from the pool's last assignment of the connection to its close; below 0
            where it was closed first, None where the assignment was not noted.
        tried_to_close: from the client's first try to write to the close.
        close_to_write: from its close to the client's write; below 0 where the two crossed.
        reached_to_write: the same from when the close had reached the client's side: asyncio
            closes a socket a pass of its loop after it is told to.
        looks: whether looks at its socket, other than the event loop's, were noted.
        looked_to_close: from the last of them before the try to the close; None for none.
        readable: what that look said; None for none.
        reading: whether the event loop read the socket when the close came.
        tls: whether the connection was over TLS: then the close comes as a record, the last one.
        seen_when_tried: whether the client had seen the end of stream when it tried.
        stalled: how long the client's event loop was blocked between the assignment (the try where
            that was not noted), or the close if that was earlier, and the write.
        served_before: requests that the connection had carried before.
    """

    idle: float | None
    keep_alive_timer: bool | None
    assigned_to_close: float | None
    tried_to_close: float
    close_to_write: float
    reached_to_write: float
    looks: bool
    looked_to_close: float | None
    readable: bool | None
    reading: Reading
    tls: bool
    seen_when_tried: bool
    stalled: float
    served_before: int

    @property
    def told(self) -> bool:
        """Whether a look at its socket right before the write would have told of the close."""
        return self.seen_when_tried or (self._reached and not self.hidden)

    @property
    def hidden(self) -> bool:
        """Whether such a look would have told nothing, or may have, although the close had reached
        the client: one that came after it told nothing, or it came over TLS, and the event loop,
        which read the socket, may have taken it from there with the answer before it.
        """
        taken = self.tls and self.reading == "active"
        return self._reached and not self.seen_when_tried and (taken or self.overlooked)

    @property
    def looked_to_write(self) -> float | None:
        """From the last look at its socket to the write; None for no look."""
        return None if self.looked_to_close is None else self.looked_to_close + self.close_to_write

    @property
    def after_look(self) -> bool:
        """Whether it came between the last look at its socket and the write."""
        looked = self.looked_to_close is not None and self.looked_to_close > 0
        return looked and self.close_to_write > 0

    @property
    def overlooked(self) -> bool:
        """Whether a look at its socket came when the close had reached the client, and told
        nothing.
        """
        if self.looked_to_write is None or self.readable is not False:
            return False
        return self.reached_to_write - self.looked_to_write > UNDECIDED

    @property
    def undecided(self) -> bool:
        """Whether it may have told, or not: the close and the write came too near to each other.
        Where neither this nor what stands above is so, the write was first, and nobody could have
        known.
        """
        near = -UNDECIDED <= self.reached_to_write <= UNDECIDED
        return near and not self.seen_when_tried

    @property
    def _reached(self) -> bool:
        """Whether the close had reached the client when it wrote, beyond doubt."""
        return self.reached_to_write > UNDECIDED


class LateReading(msgspec.Struct, frozen=True):
    """The client's event loop was blocked while the answer lay ready.

    Attributes:
        ready: how long it lay ready before the client gave up.
        stalled: how long of that the loop was blocked.
    """

    ready: float
    stalled: float


class LateAnswer(msgspec.Struct, frozen=True):
    """The server gave no whole answer in time.

    Attributes:
        waited: how long the client waited for it.
        server: what the server had done by then.
    """

    waited: float
    server: Literal["read nothing", "answered nothing", "not done", "still sending"]


class Died(msgspec.Struct, frozen=True):
    """A process died.

    Attributes:
        detail: how, in the trial's words.
    """

    detail: str


class Unexplained(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a failure that shows no cause.

    Attributes:
        under_way: whether the request was still under way at the end.
        raised, message: type and message of the exception; both empty where there was none.
        connection: whether a connection is known that it was written on; what follows is of that.
        server_end: whether the server's end of it is known.
        errno: of the OSError it was lost with; None for none.
        eof, closed: whether the client saw the end of stream, and whether it closed it.
        perhaps_unread: seconds from when a relay handed the request to the server until that
            closed, where it may not have read it; None for anything else.
    """

    under_way: bool
    raised: str
    message: str
    connection: bool
    server_end: bool
    errno: int | None
    eof: bool
    closed: bool
    perhaps_unread: float | None = None


Evidence = (
    Errno
    | NotInTime
    | NeverAccepted
    | Starved
    | Unreadable
    | ErrorAnswer
    | ClosedForAnother
    | ClosedOnRequest
    | ClosedUnwritten
    | ClosedIdle
    | LateReading
    | LateAnswer
    | Died
    | Unexplained
)
"""What a cause rests on."""

Sure = Literal["certain", "likely", "unknown"]
"""How sure a cause is: both ends' notes show it, only one's do, or neither's."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why one request failed.

    Attributes:
        request: its number; None for a script that failed as a whole, or died.
        name: one of the keys of `ADVICE`.
        sure: how sure that is.
        port: the client's port of the connection; None where there was none.
        evidence: what it rests on; None where its name says all.
    """

    request: int | None
    name: str
    sure: Sure
    port: int | None = None
    evidence: Evidence | None = None


Rule = Callable[[Case], Cause | None]
"""Looks at one case; None where its notes do not show the cause that the rule is for."""


def because(
    case: Case, name: str, evidence: Evidence | None = None, sure: Sure = "certain"
) -> Cause:
    """The cause of a case."""
    port = None if case.client is None else case.client.port
    return Cause(request=case.number, name=name, sure=sure, port=port, evidence=evidence)

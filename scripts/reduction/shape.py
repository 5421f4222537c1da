"""Cases as numbers: what a generated script consists of, and by which steps it gets simpler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from scripts.domain import libraries
from scripts.domain.trial import Load
from scripts.reduction.lattice import Coordinates, Lattice

COUNTS = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 400, 500, 700, 1000)
"""Round numbers, none more than 1.5 times the one before it but for the first."""

SECONDS = (0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0,
           5.0, 7.0, 10.0, 15.0, 20.0, 30.0)  # fmt: skip

"""Round numbers likewise. Anything shorter drowns in the noise of a busy machine."""

Effect = Literal["error", "timeout", "cost"]
"""What is sought: an exception, one that says that time ran out, or what requests cost."""

BYTES = (0, 1, 10, 100, 1_000, 10_000, 30_000, 100_000, 1_000_000)


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A generated case: a bare server and a client.

    Attributes:
        library: whose interface the client uses.
        processes: 1 for a server in a thread of the client's process, else 2.
        order: whether all requests begin together, or one after the other's end.
        requests: how many in all.
        connections: how many the pool may hold.
        payload_bytes: of each request's body; without one it is a GET.
        delay: seconds the server takes for an answer.
        keep_alive: seconds after which it closes an idle connection; None for never.
        keepalive_expiry: seconds after which the client does; None for the library's default.
        work: seconds by which the caller blocks the event loop: after each response where the
            requests begin together, right after the start of each where they go in turn.
        timeout: seconds each request may take.
    """

    library: str
    processes: int
    order: Literal["together", "in turn"]
    requests: int
    connections: int
    payload_bytes: int
    delay: float
    keep_alive: float | None
    keepalive_expiry: float | None
    work: float
    timeout: float

    @property
    def words(self) -> str:
        """The shape in a line."""
        parts = [f"{self.library}, {_many(self.requests, 'request')} {self.order}"]
        parts += [_many(self.connections, "connection")]
        parts += [] if self.keep_alive is None else [f"keep-alive {self.keep_alive:g} s"]
        parts += [f"work {self.work:g} s"] if self.work else []
        parts += [f"delay {self.delay:g} s"] if self.delay else []
        parts += [
            f"body {self.payload_bytes} byte{'s' if self.payload_bytes > 1 else ''}"
            if self.payload_bytes
            else "GET"
        ]
        parts += [f"timeout {self.timeout:g} s"] if self.timeout != self.no_timeout else []
        parts += [] if self.keepalive_expiry is None else [f"expiry {self.keepalive_expiry:g} s"]
        return ", ".join([*parts, "two processes" if self.processes == 2 else "one process"])

    @property
    def trigger(self) -> str:
        """What makes the case fail, of all that its script does."""
        if self.work:
            when = "after each response"
            if self.order == "in turn":
                when = "right after the start of each request"
            parts = [f"time.sleep of {self.work:g} s {when}"]
        else:
            parts = [f"{_many(self.requests, 'request')} {self.order}"]
        parts += [] if self.keep_alive is None else [
            f"a server that closes what is idle for {self.keep_alive:g} s"
        ]  # fmt: skip
        parts += [f"a server that takes {self.delay:g} s for an answer"] if self.delay else []
        return " and ".join(parts)

    no_timeout = 10.0
    """Seconds to wait where the timeout is of no matter: so long that a hang still ends."""


class Space(msgspec.Struct, frozen=True):
    """Every shape that a reduction may try.

    Attributes:
        ladders: values of each parameter, the simplest first, in the order they are tried.
        top: the original's place.
        effect: what is sought.
    """

    ladders: dict[str, tuple[float | str | None, ...]]
    top: Coordinates
    effect: Effect = "error"

    def shape(self, point: Coordinates) -> Shape:
        """The shape at a point."""
        pairs = zip(self.ladders.items(), point, strict=True)
        return msgspec.convert({name: values[index] for (name, values), index in pairs}, Shape)

    def words(self, point: Coordinates) -> str:
        """The shape at a point, in a line."""
        return self.shape(point).words

    def lattice(self) -> Lattice:
        """Where these shapes lie; only numbers may be lowered together with others."""
        numbers = (name not in ("library", "processes", "order") for name in self.ladders)
        return Lattice(self.top, tuple(numbers), tuple(self.seeds()))

    def at(self, **values: float | str | None) -> Coordinates:
        """The point with these values, or the nearest above; the simplest where none is given."""
        return tuple(
            _rung(ladder, values[name]) if name in values else 0
            for name, ladder in self.ladders.items()
        )

    def seeds(self) -> Iterator[Coordinates]:
        """Small cases that may fail the same way, those with the fewest parts first.

        In a large case the library keeps the loop busy while connections go stale; in a small one
        the caller must. For a timeout a slow server takes the place of work. What requests cost
        shows with many alone.
        """
        for library in self.ladders["library"]:
            if self.effect == "cost":
                for requests, connections in ((100, 30), (200, 70), (400, 150)):
                    yield self.at(library=library, requests=requests, connections=connections)
                continue
            for requests, connections in ((2, 1), (5, 2), (15, 5)):
                for order in ("together", "in turn"):
                    common = {"library": library, "order": order, "requests": requests,
                              "connections": connections, "payload_bytes": 1}  # fmt: skip
                    if self.effect == "timeout":
                        yield self.at(**common, delay=1.5, timeout=1.0)
                    else:
                        yield self.at(**common, keep_alive=0.1, work=0.3, timeout=10.0)


def shape_space(axis: str, library: str, load: Load, effect: Effect) -> Space:
    """The shapes under a load.

    Args:
        axis: of the target.
        library: the only one whose interface may be used; empty for any of the axis.
        load: the original's, all of its numbers given.
        effect: what is sought. The length of a timeout matters to a timeout alone, and what
            requests cost hangs on no time at all.
    """
    waits = effect == "timeout"
    layers = tuple(name for name in libraries.reducible()[axis] if library in ("", name))
    timeout = load.timeout if waits and load.timeout else Shape.no_timeout
    expiry = load.keepalive_expiry
    kept = libraries.LIBRARIES[axis].keep_alive
    if expiry is None and load.expiry_factor != 1 and kept is not None:
        expiry = kept.seconds * load.expiry_factor
    ladders: dict[str, tuple[float | str | None, ...]] = {
        "requests": ladder_to(COUNTS, load.requests),
        "connections": ladder_to(COUNTS, load.concurrency),
        "order": ("together", "in turn"),
        "library": layers,
        "processes": (1, 2),
        "payload_bytes": ladder_to(BYTES, load.payload_bytes),
        "delay": (0.0, *ladder_to(SECONDS, load.delay)),
        "work": (0.0, *SECONDS[:8]),
        # A machine that is slow for a second must not look like the bug.
        "timeout": ladder_to(SECONDS[SECONDS.index(1.0) :], timeout) if waits else (timeout,),
        "keep_alive": (None, *ladder_to(SECONDS, load.keep_alive)),
        "keepalive_expiry": (None,) if expiry is None else (None, expiry),
    }  # fmt: skip
    if effect == "cost":
        times: dict[str, tuple[float | str | None, ...]] = {
            "delay": (0.0,), "work": (0.0,), "keep_alive": (None,), "keepalive_expiry": (None,)
        }  # fmt: skip
        ladders |= times | {"order": ("together",), "processes": (1,)}
    # The original has no work of the caller's, and begins all requests together.
    free = ("work", "order")
    top = tuple(0 if name in free else len(values) - 1 for name, values in ladders.items())
    return Space(ladders, top, effect)


def _many(count: int, noun: str) -> str:
    """A number of things: "1 connection", "2 requests"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def ladder_to(values: Sequence[float], last: float | None) -> tuple[float, ...]:
    """A ladder of these values that ends at the original's; at the last of them for None."""
    end = values[-1] if last is None else last
    return (*(value for value in values if value < end), end)


def _rung(ladder: Sequence[float | str | None], value: float | str | None) -> int:
    """The index of a value, or of the nearest number above it; the last where there is none."""
    for rung, step in enumerate(ladder):
        if step == value:
            return rung
        if isinstance(step, (int, float)) and isinstance(value, (int, float)) and step >= value:
            return rung
    return len(ladder) - 1

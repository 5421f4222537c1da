"""What the relay between client and server noted, and what follows for the server's connections."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec import structs

from scripts.domain.trial import Beyond, Connection, Relay, Server
from scripts.trials.notes import ServerNote, since_zero


class Passed(msgspec.Struct, frozen=True):
    """A connection that the relay stood in.

    Attributes:
        own: the relay's port towards the server; None where there was no connection to it.
        seen: the connection as the server would have noted it, under the client's port.
        handed: of what is encrypted, the last that came from the server: (when, when the client
            was handed it).
    """

    own: int | None
    seen: Connection
    handed: list[tuple[float, float]] = []

    def delivered(self, closed: float | None) -> float | None:
        """When the server's close was handed to the client.

        Over TLS a server first says that it closes, as one more piece of what is encrypted, and
        may keep the connection until the client has answered that.

        Args:
            closed: when it closed, as the server itself noted it.
        """
        if closed is None or not self.handed:
            return self.seen.delivered
        return next((handed for came, handed in self.handed if came >= closed), None)


class RelayNote(msgspec.Struct, frozen=True):
    """What the relay noted. Moments are seconds on the monotonic clock.

    Attributes:
        connections: those it accepted, in order.
        latency: seconds that it was to hold all, each way.
        added, longest: seconds that it held a piece beyond that: the median, and at worst.
        cpu: seconds of processor time.
    """

    connections: list[Passed]
    latency: float
    added: float | None
    longest: float | None
    cpu: float

    @property
    def relay(self) -> Relay:
        """The relay itself."""
        return Relay(self.latency, _rounded(self.added), _rounded(self.longest), self.cpu)

    def server(self, zero: float) -> Server:
        """The record of a server that leaves no note of its own; without connections where none
        came, as from a client that went past the relay.

        Args:
            zero: the trial's zero on the monotonic clock.
        """
        seen = [since_zero(passed.seen, zero) for passed in self.connections if passed.own]
        return Server(connections=seen or None, noted_by="relay", relay=self.relay)

    def misses(self, noted: Iterable[Connection]) -> bool:
        """Whether most of the connections that a server noted are none of its own: then they are of
        another, which stands between. A few may share a port by chance.

        Args:
            noted: connections that were accepted, by the port they came from.
        """
        own = {passed.own for passed in self.connections if passed.own}
        ports = {connection.port for connection in noted if connection.arrivals}
        return 2 * len(own & ports) < len(ports)

    def renamed(self, noted: Iterable[Connection]) -> list[Connection]:
        """What the server noted of the connections that passed, under the client's port, and when
        each close was handed to the client.

        Args:
            noted: by the relay's port; moments on the monotonic clock.
        """
        by_own: dict[int | None, list[Passed]] = {}
        for passed in self.connections:
            by_own.setdefault(passed.own, []).append(passed)
        pairs = (
            (connection, _latest(by_own.get(connection.port, ()), connection.opened))
            for connection in noted
        )
        return [
            structs.replace(
                connection, port=passed.seen.port, delivered=passed.delivered(connection.closed)
            )
            for connection, passed in pairs
            if passed is not None
        ]


def server_record(
    noted: ServerNote | None, passed: RelayNote | None, zero: float, looked: Collection[int]
) -> Server:
    """The record of a server out of its own note and the relay's; None for one that is not there.

    Args:
        noted, passed: the two.
        zero: the trial's zero on the monotonic clock.
        looked: client ports of connections that are not the client's.
    """
    if noted is None:
        return Server() if passed is None else passed.server(zero)
    if passed is None:
        return noted.server(zero, looked)
    if noted.connections is None:
        return structs.replace(passed.server(zero), cpu=sum(noted.cpu))
    if noted.connections and passed.misses(noted.connections):
        # Something of the server's own stands before what accepts.
        return structs.replace(
            passed.server(zero),
            cpu=sum(noted.cpu),
            worked=noted.server(zero, ()).worked,
            beyond=_beyond(noted.connections),
        )
    renamed = structs.replace(noted, connections=passed.renamed(noted.connections))
    return structs.replace(renamed.server(zero, ()), relay=passed.relay)


def _beyond(accepted: Sequence[Connection]) -> Beyond:
    """What went on behind a balancer while requests were to come, out of the connections that the
    servers there accepted; those on which no request came are left out.
    """
    used = [connection for connection in accepted if connection.arrivals]
    last = max((connection.arrivals[-1][0] for connection in used), default=0.0)
    closed = [one for one in used if one.closed is not None and one.closed < last]
    by_servers = sum(connection.closed_first for connection in closed)
    left = sum(one.eof is not None and one.eof < last and not one.closed_first for one in used)
    return Beyond(len(used), sum(len(connection.arrivals) for connection in used), by_servers, left)


def _latest(passed: Iterable[Passed], accepted: float) -> Passed | None:
    """Of the connections from one port the last that was opened before one was accepted."""
    earlier = [one for one in passed if one.seen.opened <= accepted]
    return max(earlier, key=lambda one: one.seen.opened, default=None)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)

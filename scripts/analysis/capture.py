"""Whether a packet capture has a trial's closes and writes in the order that its notes have.

The notes are this project's own, at both ends; what is captured between them is not. For each
failed request the capture alone says which came first: the server's end of the connection, or the
client's bytes of the request. The notes only say where in the capture to look for either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from scripts.analysis.causes import explain
from scripts.analysis.connections import SAME_BEGINNING, Case, by_port, cases
from scripts.domain.packet import Packet
from scripts.domain.trial import Connection, Trial

WITNESS_SCHEMA = 1
"""Version of the layout in which a witness is stored."""

WITNESS = "capture-0001.json"
"""Of the folder of one trial: what a capture of it says. No file of a trial is called so: those
begin with a number."""

APART = 0.005
"""Seconds over which a close and a write lie apart: a loop closes a pass after it was told to."""


class Order(msgspec.Struct, frozen=True):
    """In which order the server closed and the client wrote, for one failed request.

    Attributes:
        request: its number.
        port: of the client, which names its connection.
        cause: why it failed, as the notes have it.
        noted: seconds from the close to the write in the notes; below zero where the write was
            first.
        captured: the same in the capture; None where it lacks either.
    """

    request: int | None
    port: int
    cause: str
    noted: float
    captured: float | None


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """A trial's notes beside a capture of the same trial.

    Attributes:
        schema: version of this layout.
        trial: as campaign/order.
        packets: how many were captured.
        agreeing: failed requests whose close and write lie apart, and come in the same order.
        contradicting: those that come in the other order.
        near: those whose close and write do not lie over 5 ms apart, or whose write comes while
            the server is still closing, as with TLS until the client has answered: their order may
            differ.
        missing: those whose close or write is not in the capture.
        uncompared: how many others failed: the server did not close by itself, or no write is
            noted.
    """

    schema: int = WITNESS_SCHEMA
    trial: str
    packets: int
    agreeing: list[Order]
    contradicting: list[Order]
    near: list[Order]
    missing: list[Order]
    uncompared: int


Exchange = Sequence[Packet]
"""The packets of one connection, in order, from the one that opens it."""


@dataclass(frozen=True)
class _Noted:
    """What both ends noted of a failed request: when the server closed, when the client wrote."""

    client: Connection
    server: Connection
    closed: float
    written: float

    @property
    def near(self) -> bool:
        """Whether they come too near to each other for their order to be the same elsewhere."""
        # It is done when the loop gives it up, which is a pass after it was told to close.
        over = self.closed if self.server.lost is None else max(self.closed, self.server.lost)
        return self.closed - APART <= self.written <= max(self.closed + APART, over)


def compared(packets: Sequence[Packet], trial: Trial) -> Witness:
    """A trial's notes beside its capture.

    Compared are those failed requests whose connection the server closed by itself, as far as both
    ends noted it.

    Args:
        packets: of the capture, in the order of their times.
        trial: the trial.
    """
    exchanges = _exchanges(packets)
    offset = _offset(exchanges, trial)
    failed = [(case, _noted(case)) for case in cases(trial)]
    witness = Witness(
        trial=trial.name,
        packets=len(packets),
        agreeing=[],
        contradicting=[],
        near=[],
        missing=[],
        uncompared=sum(noted is None for _, noted in failed),
    )
    for case, noted in failed:
        if noted is not None:
            exchange = _exchange(noted, exchanges, offset)
            _compare(case, noted, _captured(exchange, case, noted.written, offset), witness)
    return witness


def _noted(case: Case) -> _Noted | None:
    """What both ends noted of a failed request; None where there is nothing to compare."""
    client, server, written = case.client, case.server, case.written
    if client is None or server is None or written is None:
        return None
    if server.closed is None or not server.closed_first:
        return None
    # Through a relay, it is the client's side that is captured.
    closed = server.closed if server.delivered is None else server.delivered
    return _Noted(client, server, closed, written)


def _compare(case: Case, noted: _Noted, captured: float | None, witness: Witness) -> None:
    """Put the order of one failed request where it belongs."""
    order = Order(
        request=case.number,
        port=noted.client.port,
        cause=explain(case).name,
        noted=noted.written - noted.closed,
        captured=captured,
    )
    if order.captured is None:
        witness.missing.append(order)
    elif noted.near:
        witness.near.append(order)
    elif (order.captured > 0) == (order.noted > 0):
        witness.agreeing.append(order)
    else:
        witness.contradicting.append(order)


def _exchanges(packets: Iterable[Packet]) -> dict[int, list[list[Packet]]]:
    """The captured connections by the client's port, each list in the order they were opened."""
    exchanges: dict[int, list[list[Packet]]] = {}
    for packet in packets:
        if packet.opens:
            exchanges.setdefault(packet.source, []).append([packet])
            continue
        for port in (packet.source, packet.destination):
            if port in exchanges:
                exchanges[port][-1].append(packet)
    return exchanges


def _offset(exchanges: Mapping[int, Sequence[Exchange]], trial: Trial) -> float:
    """Seconds to add to a moment of the trial to have it on the capture's clock.

    A connection's first packet comes before either end notes that it is open. The shortest such
    delay is nearest to the truth, while that of most may be a busy event loop's. Closes and writes
    have no part in it, and neither have ports that were used more than once.
    """
    differences = [
        exchanges[port][0][0].at - connections[0].opened
        for side in (trial.client.connections, trial.server.connections or ())
        for port, connections in by_port(side).items()
        if len(connections) == 1 and len(exchanges.get(port, ())) == 1
    ]
    return max(differences, default=0.0)


def _exchange(
    noted: _Noted, exchanges: Mapping[int, Sequence[Exchange]], offset: float
) -> Exchange:
    """The captured packets of a connection; none where it was not captured."""
    opened = min(noted.client.opened, noted.server.opened) + offset + SAME_BEGINNING
    same = exchanges.get(noted.client.port, ())
    before = [packets for packets in same if packets[0].at <= opened]
    return before[-1] if before else ()


def _captured(exchange: Exchange, case: Case, written: float, offset: float) -> float | None:
    """Seconds from the server's close to the client's write in a capture; None where it lacks
    either.

    Args:
        exchange: the captured packets of its connection.
        case: the failed request.
        written: when it was written, by the notes.
        offset: of the capture's clock.
    """
    if not exchange:
        return None
    port = exchange[0].source
    since, until = _span(case, written)
    closes = [packet.at for packet in exchange if packet.destination == port and packet.closes]
    writes = [
        packet.at
        for packet in exchange
        if packet.source == port and packet.payload and since < packet.at - offset < until
    ]
    if not closes or not writes:
        return None
    return min(writes, key=lambda at: abs(at - offset - written)) - closes[0]


def _span(case: Case, written: float) -> tuple[float, float]:
    """From when until when what a client writes is nearer to this request than to those before
    and after it on the same connection.
    """
    before = replace(case, turn=case.turn - 1).written if case.turn else None
    last = case.client is None or case.turn + 1 == len(case.client.turns)
    after = None if last else replace(case, turn=case.turn + 1).written
    return (
        -math.inf if before is None else (before + written) / 2,
        math.inf if after is None else (written + after) / 2,
    )

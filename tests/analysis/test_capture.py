"""A capture beside a trial's notes: made-up packets of connections whose true order is known."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from scripts.analysis.capture import APART, Witness, compared
from scripts.analysis.catalogue import STALE
from scripts.domain.packet import ACK, FIN, RST, SYN, Packet
from scripts.domain.trial import Connection, Trial, Turn
from tests.builders import READ_ERROR, SERVED, USED, failing

pytestmark = pytest.mark.pure

CLIENT, SERVER = USED.port, 8000
WALL = 1_700_000_000.0
"""The trial's zero on the capture's clock."""


def sent(at: float, flags: int = ACK, payload: int = 0, port: int = CLIENT) -> Packet:
    """A packet from the client."""
    return Packet(WALL + at, port, SERVER, flags, payload)


def got(at: float, flags: int = ACK, payload: int = 0, port: int = CLIENT) -> Packet:
    """A packet from the server."""
    return Packet(WALL + at, SERVER, port, flags, payload)


def captured(*last: Packet, port: int = CLIENT) -> list[Packet]:
    """A connection that carried one request and its answer, and what came after."""
    first = [
        sent(-0.001, SYN, port=port),
        got(-0.0009, SYN | ACK, port=port),
        sent(-0.0008, port=port),
        sent(0.1001, payload=300, port=port),
        got(0.8001, payload=90, port=port),
        sent(0.8002, port=port),
    ]
    return sorted([*first, *last], key=lambda packet: packet.at)


def stale(client: Connection = USED, server: Connection = SERVED) -> Trial:
    """A trial whose second request failed: closed at 9.2 s, written at 9.4 s."""
    return failing(READ_ERROR, client=client, server=server)


Verdict = Literal["agreeing", "contradicting", "near", "missing"]
VERDICTS: tuple[Verdict, ...] = ("agreeing", "contradicting", "near", "missing")


def verdicts(witness: Witness) -> list[Verdict]:
    """Which verdicts a witness has, once for each failed request."""
    return [verdict for verdict in VERDICTS for _ in getattr(witness, verdict)]


def test_a_capture_that_has_the_close_before_the_write_agrees() -> None:
    packets = captured(got(9.2003, FIN | ACK), sent(9.2004), sent(9.4001, payload=300))
    witness = compared(packets, stale())
    assert (verdicts(witness), witness.uncompared) == (["agreeing"], 0)
    [order] = witness.agreeing
    assert (order.request, order.port, order.cause) == (1, CLIENT, STALE)
    assert order.noted == pytest.approx(0.2)
    assert order.captured == pytest.approx(0.1998, abs=1e-6)
    assert (witness.trial, witness.packets) == (stale().name, len(packets))


@pytest.mark.parametrize("flags", [FIN | ACK, RST, RST | ACK])
def test_a_capture_that_has_the_write_first_contradicts(flags: int) -> None:
    packets = captured(sent(9.4001, payload=300), got(9.4003, flags))
    witness = compared(packets, stale())
    assert verdicts(witness) == ["contradicting"]
    assert witness.contradicting[0].captured == pytest.approx(-0.0002, abs=1e-6)


@pytest.mark.parametrize(
    ("written", "lost", "verdict"),
    [
        (9.2 + 0.9 * APART, None, "near"),
        (9.2 - 0.9 * APART, None, "near"),
        (9.2 + 1.1 * APART, None, "agreeing"),
        (9.2 - 1.1 * APART, None, "contradicting"),
        (9.24, 9.25, "near"),
        (9.26, 9.25, "agreeing"),
    ],
)
def test_what_comes_while_the_server_closes_is_near(
    written: float, lost: float | None, verdict: Verdict
) -> None:
    client = structs.replace(USED, turns=[Turn(0, 0.1, 0.1, 0.9), Turn(1, 9.0, written, None)])
    packets = captured(got(9.1, FIN | ACK), sent(written, payload=300))
    trial = stale(client, structs.replace(SERVED, lost=lost))
    assert verdicts(compared(packets, trial)) == [verdict]


@pytest.mark.parametrize(
    "packets",
    [
        [],
        captured(),
        captured(sent(9.4001, payload=300)),
        captured(got(9.2003, FIN | ACK)),
        captured(got(9.2003, FIN | ACK), sent(9.2004, FIN | ACK)),
        captured(got(9.2003, FIN | ACK), sent(9.4001, payload=300), port=6),
    ],
    ids=["nothing", "neither", "no close", "no write", "the client's close", "another port"],
)
def test_what_is_not_in_the_capture_is_missing(packets: list[Packet]) -> None:
    assert verdicts(compared(packets, stale())) == ["missing"]


def test_a_connection_is_told_from_the_one_before_it_on_the_same_port() -> None:
    packets = captured(got(9.2003, FIN | ACK), sent(9.4001, payload=300))
    before = [sent(-5.0, SYN), sent(-4.9, payload=300), got(-4.8, FIN | ACK)]
    after = [sent(20.0, SYN), sent(20.1, payload=300), got(20.2, FIN | ACK)]
    # The clocks are set against each other by a connection whose port was used once.
    client = Connection(6, 1.0)
    trial = stale()
    trial.client.connections.append(client)
    packets = [*before, *packets, *after, sent(0.999, SYN, port=6)]
    witness = compared(packets, trial)
    assert verdicts(witness) == ["agreeing"]
    assert witness.agreeing[0].captured == pytest.approx(0.1998, abs=1e-6)


def test_what_both_ends_did_not_note_is_not_compared() -> None:
    packets = captured(got(9.2003, FIN | ACK), sent(9.4001, payload=300))
    for trial in (
        failing(READ_ERROR, client=USED),
        stale(server=structs.replace(SERVED, closed=None)),
        stale(server=structs.replace(SERVED, eof=9.1)),
        failing(READ_ERROR, client=None, server=SERVED),
    ):
        witness = compared(packets, trial)
        assert (verdicts(witness), witness.uncompared) == ([], 1)


@given(
    closed=st.floats(2.0, 18.0),
    gap=st.floats(-1.0, 1.0),
    passes=st.floats(0.0, 0.9 * APART),
    late=st.floats(0.0, 0.3),
    clock=st.floats(-1e9, 1e9),
)
def test_true_notes_are_never_contradicted(
    closed: float, gap: float, passes: float, late: float, clock: float
) -> None:
    """Whatever the clock, however late an end notes that it is open, however long a pass takes."""
    written = closed + gap
    client = Connection(
        CLIENT, late, turns=[Turn(0, 0.5, 0.5, 0.9), Turn(1, written, written, None)]
    )
    server = Connection(CLIENT, late, arrivals=[(0.6, 0.8)], closed=closed, how="end of stream")
    last = [got(closed + passes, FIN | ACK), sent(written + 1e-4, payload=300)]
    packets = [structs.replace(packet, at=packet.at + clock) for packet in captured(*last)]
    witness = compared(packets, failing(READ_ERROR, client=client, server=server, end=20.0))
    apart = abs(gap) > APART
    assert verdicts(witness) == ["agreeing" if apart else "near"]


@given(gap=st.floats(APART + 1e-3, 1.0), first=st.sampled_from(["close", "write"]))
def test_a_note_that_is_wrong_is_contradicted(gap: float, first: str) -> None:
    """The notes have one order, the capture the other, each as far apart."""
    noted = gap if first == "close" else -gap
    client = structs.replace(USED, turns=[Turn(0, 0.1, 0.1, 0.9), Turn(1, 5.0, 5.0 + noted, None)])
    server = structs.replace(SERVED, closed=5.0, timer=5.0)
    packets = captured(got(5.0 + noted, FIN | ACK), sent(5.0, payload=300))
    witness = compared(packets, stale(client, server))
    assert verdicts(witness) == ["contradicting"]


def test_through_a_relay_the_close_is_captured_when_the_client_is_handed_it() -> None:
    packets = captured(sent(9.4001, payload=300), got(9.5001, FIN | ACK))
    late = structs.replace(SERVED, delivered=9.5)
    assert verdicts(compared(packets, stale(server=late))) == ["agreeing"]
    assert verdicts(compared(packets, stale())) == ["contradicting"]

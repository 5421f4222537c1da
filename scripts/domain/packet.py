"""A packet of a capture: what tells when a connection was opened, written on and closed."""

from __future__ import annotations

import msgspec

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
"""Flags of TCP."""


class Packet(msgspec.Struct, frozen=True):
    """One TCP segment as it passed the network.

    Attributes:
        at: seconds on the wall clock, since 1970.
        source, destination: ports.
        flags: of TCP, as its header has them.
        payload: bytes it carried.
    """

    at: float
    source: int
    destination: int
    flags: int
    payload: int

    @property
    def opens(self) -> bool:
        """Whether a client opens a connection with it."""
        return self.flags & (SYN | ACK) == SYN

    @property
    def closes(self) -> bool:
        """Whether its sender closes the connection with it, or resets it."""
        return bool(self.flags & (FIN | RST))

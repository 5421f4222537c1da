"""What stood between client and server, in words."""

from __future__ import annotations

from scripts.domain.trial import Server
from scripts.report.causes import seconds_words


def relay_words(server: Server) -> str:
    """What the relay of a trial did and added, in sentences; empty where none stood there."""
    relay = server.relay
    if relay is None:
        return ""
    words = "A relay stood between client and server"
    if relay.latency:
        words += f" and held all for {seconds_words(relay.latency)} each way"
    if relay.added is not None:
        beyond = " to that" if relay.latency else " to what passed"
        words += f"; it added {seconds_words(relay.added)}{beyond} (measured, median"
        words += f"; at worst {seconds_words(relay.longest)})"
    if server.noted_by == "relay":
        words += (
            ". The server's side is what the relay saw of it: not when the server read, nor why "
            "it closed"
        )
    return f"{words}."

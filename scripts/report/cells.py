"""Numbers as people read them, the same on the terminal and in Markdown."""

from __future__ import annotations

import math

from scripts.analysis.summary import Row
from scripts.domain.libraries import CONTROL, DOCUMENT, LIBRARIES
from scripts.domain.trial import Load

UNKNOWN = "unknown"


def cells(row: Row) -> tuple[str, ...]:
    """A row of the matrix as texts: target, trials, failed requests, failing trials, wall time,
    ratio to the control, processor time per request, connections.
    """
    if not row.trials:
        return (row.target.name, "0", *["not measured"] * 2, *[""] * 4)
    low, high = row.failing_interval or (0.0, 1.0)
    opened = UNKNOWN if row.connections is None else f"{row.connections:.0f}"
    return (
        row.target.name,
        str(row.trials),
        f"{row.failed} of {row.requests}" if row.requests else "not counted",
        f"{row.failing} of {row.trials} ({low:.0%} to {high:.0%})",
        UNKNOWN if row.wall is None else f"{row.wall:.1f} s",
        "" if row.ratio is None else f"{row.ratio:.1f}",
        UNKNOWN if row.cpu_per_request is None else f"{row.cpu_per_request:.1f} ms",
        opened + (f" (pool {row.limit})" if row.limit else ""),
    )


def separating(row: Row) -> tuple[str, ...]:
    """What separates a row's target from others, as texts: target, connections opened beyond what
    its pool holds, those the server closed while requests were to come, share of time its loop
    stood still, longest stall, and the time from the server's closing of a connection to the
    client's write on it.
    """
    opened, limit = row.connections, row.limit
    return (
        row.target.name,
        UNKNOWN if opened is None or limit is None else f"{max(0, opened - limit):.0f}",
        UNKNOWN if row.closed is None else f"{row.closed:.0f}",
        UNKNOWN if row.stalled is None else f"{row.stalled:.0%}",
        UNKNOWN if row.longest_stall is None else f"{row.longest_stall:.2f} s",
        "none" if row.window is None else " / ".join(f"{each:.1f}" for each in row.window) + " ms",
    )


def load_words(load: Load) -> str:
    """A load in a sentence, with what the scripts have where it says nothing."""
    payload = 4 * math.ceil((load.payload_bytes or 30_000) / 3) / 1000
    defaults = ((name, LIBRARIES[name].keep_alive) for name in (DOCUMENT, CONTROL))
    expiry = " or ".join(f"{kept.seconds:g} s ({name})" for name, kept in defaults if kept)
    if load.keepalive_expiry is not None:
        expiry = f"{load.keepalive_expiry:g} s"
    return (
        f"{load.requests or 1000} POST requests of {payload:g} kB, {load.concurrency or 300} at a "
        f"time; an answer takes {_or(load.delay, 3)} s and a request {_or(load.timeout, 30)} s at "
        f"most; the server closes a connection that is idle for {_or(load.keep_alive, 5)} s, the "
        f"client one that is idle for {expiry}."
    )


def _or(value: float | None, usual: float) -> str:
    return f"{usual if value is None else value:g}"

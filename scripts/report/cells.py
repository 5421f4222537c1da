"""Numbers as people read them, the same on the terminal and in Markdown."""

from __future__ import annotations

import math
from collections import Counter

import msgspec

from scripts.analysis.summary import Races, Row
from scripts.domain.libraries import CONTROL, DOCUMENT, LIBRARIES
from scripts.domain.trial import LOADS, Load
from scripts.report import matrix
from scripts.report.unsaid import Footnotes

NOT_KNOWN = "unknown"


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the matrix as texts, in the order of a table's columns."""

    target: str
    layer: str = ""
    trials: str
    failed: str
    failing: str
    wall: str = ""
    ratio: str = ""
    cpu: str = ""
    connections: str = ""


def cells(row: Row) -> Cells:
    """A row of the matrix as texts."""
    if not row.trials:
        unmeasured = "not measured"
        return Cells(target=row.target.name, trials="0", failed=unmeasured, failing=unmeasured)
    low, high = row.failing_interval or (0.0, 1.0)
    opened = NOT_KNOWN if row.connections is None else f"{row.connections:.0f}"
    return Cells(
        target=row.target.name,
        layer=row.surroundings.layer,
        trials=str(row.trials),
        failed=f"{row.failed} of {row.requests}" if row.requests else "not counted",
        failing=f"{row.failing} of {row.trials} ({low:.0%} to {high:.0%})",
        wall=NOT_KNOWN if row.wall is None else f"{row.wall:.1f} s",
        ratio="" if row.ratio is None else f"{row.ratio:.1f}",
        cpu=NOT_KNOWN if row.cpu_per_request is None else f"{row.cpu_per_request:.1f} ms",
        connections=opened + (f" (pool {row.limit})" if row.limit else ""),
    )


def marked_cells(row: Row, notes: Footnotes) -> Cells:
    """The same with the number of the row's note after the target's name."""
    return msgspec.structs.replace(cells(row), target=notes.marked(row.target.name, row.unsaid))


class Separation(msgspec.Struct, frozen=True, kw_only=True):
    """What separates a target from others, as texts, in the order of a table's columns.

    Attributes:
        target: its name.
        layer: version of anyio it ran with; empty for none.
        beyond_pool: connections opened beyond what its pool holds.
        closed: those the server closed while requests were to come.
        stalled, longest_stall: share of time its loop was blocked, and the longest at a time.
        assignments: how often a request that was written was assigned a connection, in the mean.
        window: from the server's closing of a connection to the client's write on it.
    """

    target: str
    layer: str
    beyond_pool: str
    closed: str
    stalled: str
    longest_stall: str
    assignments: str
    window: str


def separation(row: Row) -> Separation:
    """What separates a row's target from others."""
    opened, limit = row.connections, row.limit
    return Separation(
        target=row.target.name,
        layer=row.surroundings.layer,
        beyond_pool=NOT_KNOWN
        if opened is None or limit is None
        else f"{max(0, opened - limit):.0f}",
        closed=NOT_KNOWN if row.closed is None else f"{row.closed:.0f}",
        stalled=NOT_KNOWN if row.stalled is None else f"{row.stalled:.0%}",
        longest_stall=NOT_KNOWN if row.longest_stall is None else f"{row.longest_stall:.2f} s",
        assignments=NOT_KNOWN if row.assignments is None else f"{row.assignments:.1f}",
        window=window_words(row.races),
    )


def window_words(races: Races) -> str:
    """The least, the median and the most time from a close to the write after it."""
    if races.window_ms is None:
        return "none"
    return " / ".join(f"{milliseconds:.1f}" for milliseconds in races.window_ms) + " ms"


def exceptions(row: Row) -> list[tuple[str, int]]:
    """Which exceptions a row's failed requests raised, each with how many, commonest first."""
    counts: Counter[str] = Counter()
    for kind in row.failures:
        counts[matrix.raised_words(kind)] += kind.requests
    return counts.most_common()


def reasons(row: Row) -> str:
    """What a row's failed requests raised and why: "3 x httpx.ReadError: stale connection"."""
    counts: Counter[str] = Counter()
    for kind in row.failures:
        counts[f"{matrix.raised_words(kind)}: {matrix.cause_words(kind)}"] += kind.requests
    return ", ".join(f"{requests} x {reason}" for reason, requests in counts.most_common())


def load_words(load: Load) -> str:
    """A load in a sentence or two, with what the scripts have where it says nothing."""
    payload = 4 * math.ceil((load.payload_bytes or 30_000) / 3) / 1000
    defaults = ((name, LIBRARIES[name].keep_alive) for name in (DOCUMENT, CONTROL))
    expiry = " or ".join(
        f"{load.expiry_factor * kept.seconds:g} s ({name})" for name, kept in defaults if kept
    )
    if load.keepalive_expiry is not None:
        expiry = f"{load.keepalive_expiry:g} s"
    return (
        f"{load.requests or 1000} POST requests of {payload:g} kB, {load.concurrency or 300} at a "
        f"time; an answer takes {_or(load.delay, 3)} s and a request {_or(load.timeout, 30)} s at "
        f"most; the server closes a connection that is idle for {_or(load.keep_alive, 5)} s, the "
        f"client one that is idle for {expiry}{_between(load)}.{_clock_words(load)}"
    )


def load_in_short(load: Load) -> str:
    """A load in a line: "1000 POST requests, 300 at a time, server's keep-alive 0.5 s"."""
    return (
        f"{load.requests or 1000} POST requests, {load.concurrency or 300} at a time, server's "
        f"keep-alive {_or(load.keep_alive, 5)} s"
    )


def _between(load: Load) -> str:
    """What stands between client and server under a load, as the end of a sentence."""
    words = "" if load.latency is None else f"; all takes {load.latency:g} s each way"
    return words + ("; both speak TLS" if load.tls else "")


def _clock_words(load: Load) -> str:
    """How much faster than the document's the clocks of both ends run, and what is not scaled;
    empty for a load that scales not all times of the server alike.
    """
    usual = LOADS["document"]
    scales = {_scale(load.delay, usual.delay), _scale(load.keep_alive, usual.keep_alive)}
    if len(scales) > 1 or scales <= {1.0, None} or load.keepalive_expiry is not None:
        return ""
    [scale] = scales
    faster = f"{1 / (scale or 1):g} times as fast as the document's"
    if load.expiry_factor == 1:
        return f" The server's clock runs {faster}, the client's does not."
    if load.expiry_factor != scale:
        return ""
    return (
        f" The clocks of both ends run {faster}; the time limit of a request and the speed of "
        "processors are not scaled."
    )


def _scale(seconds: float | None, usual: float | None) -> float | None:
    """What a time is of the usual one, rounded; None where either is not said or nothing."""
    return round(seconds / usual, 9) if seconds and usual else None


def _or(value: float | None, usual: float) -> str:
    return f"{usual if value is None else value:g}"

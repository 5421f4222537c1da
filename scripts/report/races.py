"""How the requests that failed on a stale connection met its close, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.analysis.catalogue import CROSSED
from scripts.analysis.summary import Races

SHORTEST = f"{1000 * CROSSED:g} ms"
"""What a close must have reached the client before the write by, in words."""


def races_words(races: Races, latency: float = 0.0) -> str:
    """What a look could have told, when the connections were assigned, and whether they were read.

    Args:
        races: at least one.
        latency: seconds that a relay held back what passed, each way.
    """
    return " ".join(_sentences(races, latency))


def _sentences(races: Races, latency: float) -> Iterable[str]:
    where = f"with {1000 * latency:g} ms each way" if latency else "on loopback"
    others = "; in the others the two crossed, or nearly so" if races.told < races.stale else ""
    yield (
        f"In {races.told} of {races.stale} ({where}) the close had reached the client over "
        f"{SHORTEST} before the write, so that a look at the socket right before it would have "
        f"told{others}."
    )
    if races.noted:
        yield (
            f"{races.assigned} of {races.noted} had been assigned the connection before it was "
            "closed."
        )
    if races.watched:
        yield (
            f"In {races.paused} of {races.watched} the event loop did not read the socket then: "
            "reading was paused."
        )
    if races.stood:
        yield (
            f"In {races.stood} the event loop stood still for over 100 ms between the assignment, "
            "or the close, and the write."
        )


def summed(races: Iterable[Races]) -> Races:
    """Those of several rows together; their windows are left out."""
    rows = list(races)
    return Races(
        stale=sum(row.stale for row in rows),
        told=sum(row.told for row in rows),
        noted=sum(row.noted for row in rows),
        assigned=sum(row.assigned for row in rows),
        watched=sum(row.watched for row in rows),
        paused=sum(row.paused for row in rows),
        stood=sum(row.stood for row in rows),
        window=None,
    )

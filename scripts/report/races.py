"""How the requests that failed on a stale connection met its close, in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.analysis.summary import Races, Row
from scripts.domain.libraries import LAYER
from scripts.domain.trial import Load
from scripts.report.causes import NEARNESS


def races_words(rows: Iterable[Row]) -> str:
    """What a look could have told, when the connections were assigned, and whether they were read;
    empty where no request failed on a stale connection.

    Args:
        rows: told together where what lies between client and server is the same, and the version
            of anyio.
    """
    paths: dict[str, list[Races]] = {}
    for row in rows:
        if row.races.stale:
            paths.setdefault(_conditions(row), []).append(row.races)
    return " ".join(
        sentence for path, races in paths.items() for sentence in _sentences(summed(races), path)
    )


def _conditions(row: Row) -> str:
    """What lies between client and server, and the version of anyio, where it goes through one."""
    layer = row.surroundings.layer
    return path_words(row.load) + (f", {LAYER} {layer}" if layer else "")


def races_cells(races: Races) -> tuple[str, ...]:
    """The same as cells of a table: how many there are, a look would have told of, would or may not
    have told of although the close had come, may have told of, had been assigned before the close,
    were not read.
    """
    return (
        str(races.stale),
        f"{races.told} of {races.stale}",
        f"{races.hidden} of {races.stale}",
        f"{races.undecided} of {races.stale}",
        f"{races.assigned} of {races.noted}",
        f"{races.paused} of {races.watched}",
    )


def path_words(load: Load) -> str:
    """What lies between client and server."""
    if load.latency is None:
        return "over TLS, on loopback" if load.tls else "on loopback"
    delay = f"with {1000 * load.latency:g} ms each way" if load.latency else "through a relay"
    return f"over TLS, {delay}" if load.tls else delay


def _sentences(races: Races, path: str) -> Iterable[str]:
    said = (
        f"Of {races.stale} requests that were written on a stale connection ({path}), in "
        f"{races.told} the close had reached the client over {NEARNESS} before the write, so that "
        "a look at the socket right before it would have told"
    )
    if races.hidden:
        said += f"; in {races.hidden} it had too, but {hidden_words(races)}"
    if races.undecided:
        said += f"; in {races.undecided} the two came within {NEARNESS}, too near to tell"
    crossed = races.stale - races.told - races.hidden - races.undecided
    yield f"{said}; in {crossed} the write was first." if crossed else f"{said}."
    if races.noted:
        yield (
            f"{races.assigned} of {races.noted} had been assigned the connection before it was "
            "closed."
        )
    if races.watched:
        yield (
            f"In {races.paused} of {races.watched} reading was paused when the server closed: the "
            "event loop did not read the socket."
        )
    if races.blocked:
        yield (
            f"In {races.blocked} the event loop was blocked for over 100 ms at some time between "
            f"the {_since(races)}, or the close if that was earlier, and the write."
        )


def hidden_words(races: Races) -> str:
    """Why a look would have told nothing although the close had come: of requests of which some
    were `hidden`.
    """
    if races.hidden == races.overlooked:
        return "a look that came after it told nothing"
    shown = f" (in {races.overlooked} one that came after it told nothing)"
    return (
        "a look would have told nothing, or may have: over TLS a server's close comes as a record, "
        "which the event loop may have read with the answer before it"
        f"{shown if races.overlooked else ''}"
    )


def _since(races: Races) -> str:
    """From when on a connection was a request's, as far as that was noted."""
    if races.noted == races.stale:
        return "assignment"
    return (
        "assignment (the first try to write, where that was not noted)"
        if races.noted
        else ("first try to write")
    )


def summed(races: Iterable[Races]) -> Races:
    """Those of several rows together; their times are left out."""
    rows = list(races)
    return Races(
        stale=sum(row.stale for row in rows),
        told=sum(row.told for row in rows),
        hidden=sum(row.hidden for row in rows),
        overlooked=sum(row.overlooked for row in rows),
        undecided=sum(row.undecided for row in rows),
        noted=sum(row.noted for row in rows),
        assigned=sum(row.assigned for row in rows),
        watched=sum(row.watched for row in rows),
        paused=sum(row.paused for row in rows),
        blocked=sum(row.blocked for row in rows),
        looked=sum(row.looked for row in rows),
        after_look=sum(row.after_look for row in rows),
        window_ms=None,
        look_ms=None,
    )

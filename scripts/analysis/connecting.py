"""Rules of causes: no connection could be made."""

from __future__ import annotations

import errno

from scripts.analysis.catalogue import (
    BACKLOG,
    DESCRIPTORS,
    LOOKUP,
    PORTS,
    REFUSED,
    Cause,
    Errno,
    NotInTime,
    Rule,
    because,
)
from scripts.analysis.connections import Case, is_half, stall_in

CONNECT_ERRNOS = {
    errno.ECONNREFUSED: REFUSED,
    errno.EMFILE: DESCRIPTORS,
    errno.ENFILE: DESCRIPTORS,
    errno.EADDRNOTAVAIL: PORTS,
}
"""What connecting fails of, by errno."""


def not_connected(case: Case) -> Cause | None:
    """Connecting failed: the errno says how; without one it took too long."""
    if case.symptom not in ("no connection", "unknown"):
        return None
    number = _connect_errno(case)
    if number is not None:
        return because(case, CONNECT_ERRNOS[number], Errno(number))
    if any(link.type == "gaierror" for link in case.chain):
        return because(case, LOOKUP)
    timed_out = any("Timeout" in link.type for link in case.chain)
    if case.symptom != "no connection" or not timed_out or case.client is not None:
        return None
    if case.trial.client.lag is None and "trio" in case.trial.client.libraries:
        return None  # how late its event loop was, nobody looked at
    stalled = stall_in(case, case.start, case.end)
    if not case.noted or is_half(stalled, case.start, case.end):
        return None
    return because(case, BACKLOG, NotInTime(stalled), "likely")


def _connect_errno(case: Case) -> int | None:
    """The errno that connecting failed with, if it is one that tells a cause."""
    # What an unknown exception came of is no evidence; what it is itself is.
    links = case.chain if case.symptom == "no connection" else case.chain[:1]
    numbers = {link.errno for link in links if link.errno is not None and link.errno > 0}
    for number, name in CONNECT_ERRNOS.items():
        # Of several addresses one may refuse for its own reasons: it is no cause beside another.
        if number in numbers and (name != REFUSED or numbers == {errno.ECONNREFUSED}):
            return number
    return None


RULES: tuple[Rule, ...] = (not_connected,)
"""Asked in this order."""

"""Why a request failed: the client's and the server's note of one connection, joined.

Both ends noted each connection under the client's port and on one clock. A cause is given only
where the notes show it; what they do not show is "unknown", with what was seen. A wrong cause is
worse than none.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable

from scripts.analysis import closing, connecting, waiting
from scripts.analysis.catalogue import (
    CANCELLED,
    ERROR_STATUS,
    KILLED,
    MEMORY,
    RUBBISH,
    SERVER_DIED,
    UNKNOWN,
    Cause,
    Died,
    ErrorAnswer,
    Rule,
    Unexplained,
    Unreadable,
    because,
)
from scripts.analysis.connections import Case, cases
from scripts.domain.trial import Trial


def causes(trial: Trial) -> list[Cause]:
    """Why each failed request of a trial failed, in the order of the requests.

    Args:
        trial: any trial; notes that are missing or contradict each other make causes unknown.

    Returns:
        One cause for each failed request, and one without a request for a client that died.
    """
    crash = [_crash(trial)] if trial.outcome == "crashed" else []
    return [explain(case) for case in cases(trial)] + crash


def main_cause(trials: Iterable[Trial]) -> str | None:
    """The cause that most trials show: failures cluster in a trial, so trials are what counts.

    Of causes that as many trials show it is the one of most requests; None where no failure is of
    a known cause.
    """
    showing: Counter[str] = Counter()
    requests: Counter[str] = Counter()
    for trial in trials:
        names = [cause.name for cause in causes(trial) if cause.name != UNKNOWN]
        requests.update(names)
        showing.update(set(names))
    return max(requests, key=lambda name: (showing[name], requests[name]), default=None)


def explain(case: Case) -> Cause:
    """Why one request failed: the first rule that its notes satisfy."""
    for rule in RULES:
        cause = rule(case)
        if cause is not None:
            return cause
    return _unexplained(case)


def _cancelled(case: Case) -> Cause | None:
    return because(case, CANCELLED) if case.symptom == "cancelled" else None


def _memory(case: Case) -> Cause | None:
    return because(case, MEMORY) if case.symptom == "memory" else None


def _server_died(case: Case) -> Cause | None:
    if case.trial.outcome != "server-died" or case.symptom not in ("gone", "no connection"):
        return None
    return because(case, SERVER_DIED, Died(case.trial.detail))


def _rubbish(case: Case) -> Cause | None:
    if case.symptom != "rubbish" or case.first_byte is None:
        return None
    return because(case, RUBBISH, Unreadable(case.first_byte))


def _error_status(case: Case) -> Cause | None:
    """A whole answer came, in which nothing failed but what the caller made of it."""
    answers = case.trial.server.answers or {}
    errors = {status: count for status, count in answers.items() if status >= 400}
    whole = case.first_byte is not None and case.arrival is not None and case.arrival[1] is not None
    if case.symptom != "unknown" or not errors or not whole:
        return None
    evidence = ErrorAnswer(", ".join(map(str, sorted(errors))), sum(errors.values()))
    return because(case, ERROR_STATUS, evidence, "likely")


RULES: tuple[Rule, ...] = (
    _cancelled,
    _memory,
    _server_died,
    _rubbish,
    _error_status,
    *connecting.RULES,
    *closing.RULES,
    *waiting.RULES,
)
"""In the order they are asked."""


def _unexplained(case: Case) -> Cause:
    """What was seen, where that shows no cause."""
    client = case.client
    seen = Unexplained(
        under_way=case.end is None,
        raised=case.chain[0].type if case.chain else "",
        message=case.chain[0].message if case.chain else "",
        connection=client is not None,
        server_end=case.server is not None,
        errno=client.errno if client else None,
        eof=client is not None and client.eof is not None,
        closed=client is not None and client.closed is not None,
        perhaps_unread=closing.perhaps_unread(case),
    )
    return because(case, UNKNOWN, seen, "unknown")


def _crash(trial: Trial) -> Cause:
    """Why the client's process died; a kill is known by its signal."""
    died = Died(trial.detail)
    if trial.client.exit_status == -signal.SIGKILL:
        return Cause(request=None, name=KILLED, sure="certain", evidence=died)
    return Cause(request=None, name=UNKNOWN, sure="unknown", evidence=died)

"""Who closed idle connections on whom: between a client and what answers it, and behind that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from scripts.analysis.summary import median
from scripts.domain.trial import Server, Trial


class Hops(msgspec.Struct, frozen=True):
    """Who closed idle connections on whom, over several trials, while requests were to come.

    Attributes:
        kept: median seconds from the last answer on a connection to the close by what answers the
            client; None where it closed none.
        by_server: idle connections to the client that this closed.
        by_client: those that the client closed by itself.
        behind_by_replica: connections behind it that the replicas closed; None where nothing is
            known of what is behind.
        behind_by_balancer: those that the balancer closed.
        answers: how many answers of each HTTP status but 200 it gave by its own log, 0 for requests
            that it gave none; None where it keeps no log.
    """

    kept: float | None
    by_server: int
    by_client: int
    behind_by_replica: int | None
    behind_by_balancer: int | None
    answers: dict[int, int] | None


def hops(trials: Sequence[Trial]) -> Hops | None:
    """Who closed idle connections on whom; None where no trial tells.

    Args:
        trials: of one target under one load.
    """
    told = [trial for trial in trials if trial.measured and trial.server.connections is not None]
    if not told:
        return None
    behind = [trial.server.beyond for trial in told if trial.server.beyond is not None]
    logs = [trial.server.answers for trial in told if trial.server.answers is not None]
    return Hops(
        median(seconds for trial in told for seconds in kept(trial.server)),
        sum(len(list(kept(trial.server))) for trial in told),
        sum(_by_client(trial) for trial in told),
        sum(one.closed for one in behind) if behind else None,
        sum(one.left for one in behind) if behind else None,
        _others(logs) if logs else None,
    )


def kept(server: Server) -> Iterable[float]:
    """Seconds for which a server kept each idle connection that it closed by itself while requests
    were to come, from the last byte of the last answer on it.
    """
    used = [connection for connection in server.connections or () if connection.arrivals]
    last = max((connection.arrivals[-1][0] for connection in used), default=0.0)
    for connection in used:
        answered, closed = connection.arrivals[-1][1], connection.closed
        if closed is None or answered is None or not connection.closed_first:
            continue
        if answered <= closed < last:
            yield closed - answered


def _by_client(trial: Trial) -> int:
    """Idle connections that a client closed by itself before it wrote its last request."""
    used = [one for one in trial.client.connections if one.turns]
    last = max((one.turns[-1].tried for one in used), default=0.0)
    return sum(
        one.closed is not None
        and one.closed < last
        and one.closed_first
        and one.errno is None
        and one.turns[-1].first_byte is not None
        for one in used
    )


def _others(logs: Iterable[dict[int, int]]) -> dict[int, int]:
    """How many answers of each status but 200 stand in some logs."""
    counts: Counter[int] = Counter()
    for log in logs:
        counts.update({status: count for status, count in log.items() if status != 200})
    return dict(sorted(counts.items()))

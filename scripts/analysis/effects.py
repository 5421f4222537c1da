"""What else a change does, beside what it is to mend: what it costs, which failures are new, and
what arrives more than once. From pairs of trials, one without it and one with it. Pure.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from scripts.analysis.evidence import median_interval
from scripts.analysis.proof import SHOWN
from scripts.analysis.readings import nearest_rank, seen
from scripts.domain.trial import Trial

TrialPair = tuple[Trial, Trial]
"""A trial without the change, and one with it."""


def percentile(share: float) -> Callable[[Trial], float | None]:
    """A measure: seconds within which so large a share of the answered requests ended."""

    def seconds(trial: Trial) -> float | None:
        requests = trial.client.requests
        if requests is None:
            return None
        columns = zip(requests.start, requests.end, requests.failure, strict=True)
        spans = sorted(
            end - start for start, end, failure in columns if end is not None and failure is None
        )
        return nearest_rank(spans, share) if spans else None

    return seconds


def _connections(trial: Trial) -> float | None:
    return float(len(trial.client.connections)) or None


def _memory(trial: Trial) -> float | None:
    memory = trial.client.peak_memory
    return None if memory is None else float(memory)


Unit = Literal["seconds", "milliseconds", "bytes", "count"]
"""What people read a measure in; its values are in seconds, bytes or a count."""


class Measure(NamedTuple):
    """What a change may cost: its name, its unit, and its value of a trial, None where it was not
    measured.
    """

    name: str
    unit: Unit
    of: Callable[[Trial], float | None]


PROCESSOR_TIME = "processor time per request"

MEASURES = (
    Measure(PROCESSOR_TIME, "milliseconds", lambda it: it.client.cpu_per_request),
    Measure("wall time", "seconds", lambda it: it.client.wall),
    Measure("p50 of answers", "seconds", percentile(0.5)),
    Measure("p99 of answers", "seconds", percentile(0.99)),
    Measure("connections opened", "count", _connections),
    Measure("peak memory", "bytes", _memory),
)
"""What a change may cost."""


FEW = 0.01
"""Share of a trial's requests that may fail for its costs to count."""


def comparable(before: Trial, after: Trial) -> bool:
    """Whether what two trials cost can be compared: in both at least 99 of 100 requests that were
    meant were answered, since a request that fails, or is not sent, costs less.
    """
    return all(_answered(trial) for trial in (before, after))


def _answered(trial: Trial) -> bool:
    client = trial.client
    if trial.outcome != "completed":
        return False
    if client.requests is None:
        return not trial.failing
    meant = max(trial.load.requests or 0, client.request_count)
    return client.request_count - client.failed_requests >= (1 - FEW) * meant


class Cost(msgspec.Struct, frozen=True):
    """What a change costs by one measure.

    Attributes:
        measure: its name.
        unit: what people read it in.
        pairs: how many it rests on: those in which at most one of 100 requests failed on either
            side.
        before, after: medians, in seconds, bytes, or as a count.
        ratio: median of the pairs' ratios, with the change to without.
        low, high: between which that lies, at 95 % at every moment; None where the pairs are too
            few to say.
    """

    measure: str
    unit: Unit
    pairs: int
    before: float
    after: float
    ratio: float
    low: float | None
    high: float | None


def costs(pairs: Sequence[TrialPair]) -> list[Cost]:
    """What a change costs by every measure that was taken, of the pairs that are `comparable`."""
    compared = [pair for pair in pairs if comparable(*pair)]
    values = {
        measure: [(measure.of(before), measure.of(after)) for before, after in compared]
        for measure in MEASURES
    }
    return [cost for measure in MEASURES if (cost := cost_of(measure, values[measure]))]


def cost_of(measure: Measure, pairs: Iterable[tuple[float | None, float | None]]) -> Cost | None:
    """What a change costs by a measure; None where no pair was measured."""
    measured = [(before, after) for before, after in pairs if before and after is not None]
    if not measured:
        return None
    ratios = [after / before for before, after in measured]
    within = median_interval(ratios, SHOWN)
    return Cost(
        measure.name,
        measure.unit,
        len(measured),
        statistics.median(before for before, _ in measured),
        statistics.median(after for _, after in measured),
        statistics.median(ratios),
        within[0] if within else None,
        within[1] if within else None,
    )


class FurtherFailure(msgspec.Struct, frozen=True):
    """A failure that more trials had with the change than without it.

    Attributes:
        name: of the exception, or how the client ended.
        before, after: trials that had it, without the change and with it.
    """

    name: str
    before: int
    after: int


def further_failures(pairs: Sequence[TrialPair]) -> list[FurtherFailure]:
    """The failures that more trials had with a change, those of most trials first."""
    before, after = (
        Counter(name for trial in side for name in set(seen(trial)))
        for side in zip(*pairs, strict=True)
    )
    more = [
        FurtherFailure(name, before[name], count)
        for name, count in after.items()
        if count > before[name]
    ]
    return sorted(more, key=lambda failure: (failure.before - failure.after, failure.name))


class Arrivals(msgspec.Struct, frozen=True):
    """How many requests of some trials the server worked on more than once.

    Attributes:
        requests: that it worked on.
        repeated: of these, more than once.
    """

    requests: int
    repeated: int


def arrivals(trials: Iterable[Trial]) -> Arrivals | None:
    """Of trials, those whose requests were counted; None where no trial's were."""
    worked = [trial.server.worked for trial in trials if trial.server.worked is not None]
    if not worked:
        return None
    return Arrivals(sum(one.requests for one in worked), sum(len(one.repeated) for one in worked))

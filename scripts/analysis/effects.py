"""What else a change does, beside what it is to mend: what it costs, which failures are new, and
what arrives more than once. From pairs of trials, one without it and one with it. Pure.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

import msgspec

from scripts.analysis.evidence import median_interval
from scripts.analysis.proof import SHOWN
from scripts.analysis.readings import seen
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
        return spans[max(1, math.ceil(share * len(spans))) - 1] if spans else None

    return seconds


def _connections(trial: Trial) -> float | None:
    return float(len(trial.client.connections)) or None


def _memory(trial: Trial) -> float | None:
    memory = trial.client.peak_memory
    return None if memory is None else float(memory)


MEASURES: dict[str, Callable[[Trial], float | None]] = {
    "processor time per request": lambda trial: trial.client.cpu_per_request,
    "wall time": lambda trial: trial.client.wall,
    "p50 of answers": percentile(0.5),
    "p99 of answers": percentile(0.99),
    "connections opened": _connections,
    "peak memory": _memory,
}
"""What a change may cost, by name: each of one trial; None where it was not measured."""


class Cost(msgspec.Struct, frozen=True):
    """What a change costs by one measure.

    Attributes:
        measure: its name.
        pairs: in how many both trials were measured.
        before, after: medians, in seconds, bytes, or as a count.
        ratio: median of the pairs' ratios, with the change to without.
        low, high: between which that lies, at 95 % at every moment; None where the pairs are too
            few to say.
    """

    measure: str
    pairs: int
    before: float
    after: float
    ratio: float
    low: float | None
    high: float | None


def costs(pairs: Sequence[TrialPair]) -> list[Cost]:
    """What a change costs by every measure that was taken: of the pairs both of which completed,
    since what breaks off costs less.
    """
    completed = [pair for pair in pairs if {trial.outcome for trial in pair} == {"completed"}]
    return [
        cost
        for measure, of in MEASURES.items()
        if (cost := cost_of(measure, [(of(before), of(after)) for before, after in completed]))
    ]


def cost_of(measure: str, pairs: Iterable[tuple[float | None, float | None]]) -> Cost | None:
    """What a change costs by a measure; None where no pair was measured."""
    measured = [(before, after) for before, after in pairs if before and after is not None]
    if not measured:
        return None
    ratios = [after / before for before, after in measured]
    within = median_interval(ratios, SHOWN)
    return Cost(
        measure,
        len(measured),
        statistics.median(before for before, _ in measured),
        statistics.median(after for _, after in measured),
        statistics.median(ratios),
        within[0] if within else None,
        within[1] if within else None,
    )


class NewFailure(msgspec.Struct, frozen=True):
    """A failure that no trial without the change had.

    Attributes:
        name: of the exception, or how the client ended.
        trials: with the change that had it.
    """

    name: str
    trials: int


def new_failures(pairs: Sequence[TrialPair]) -> list[NewFailure]:
    """The failures that came with a change, those of most trials first."""
    known = {name for before, _ in pairs for name in seen(before)}
    counts: dict[str, int] = {}
    for _, after in pairs:
        for name in set(seen(after)) - known:
            counts[name] = counts.get(name, 0) + 1
    ordered = sorted(counts.items(), key=lambda count: (-count[1], count[0]))
    return [NewFailure(name, trials) for name, trials in ordered]


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

"""What running several trials at a time changes: the same targets and loads, side by side."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import structs

from scripts.analysis.rates import CONFIDENCE
from scripts.domain.trial import Load, Target, Trial


class Ran(msgspec.Struct, frozen=True):
    """What trials lost that ran so many at a time.

    Attributes:
        lanes: how many ran at a time.
        trials, failing: trials, and those in which at least one request failed.
        requests, failed: over all those trials.
        counts: failed requests of each trial.
        files: the trials, as campaign/order.
    """

    lanes: int
    trials: int
    failing: int
    requests: int
    failed: int
    counts: list[int]
    files: list[str]


class Multiple(msgspec.Struct, frozen=True):
    """How many times as many requests fail, with the 95 % interval of that."""

    times: float
    low: float
    high: float


class LaneEffect(msgspec.Struct, frozen=True):
    """One target under one load, one trial at a time and several.

    Attributes:
        target, load: what, and under what.
        one, several: what was lost on either side.
        ratio: of failed requests, several at a time against one; None where either lost none, or
            has a single trial.
    """

    target: Target
    load: Load
    one: Ran
    several: Ran
    ratio: Multiple | None


Judged = tuple[Load, Target, str, str, str, int]
"""What is run, and where: the load, the target, the client's Python, the system, the processor and
how many cores of it.
"""


def lane_effects(trials: Sequence[Trial]) -> list[LaneEffect]:
    """What trials say of every target and load that ran both one at a time and several, on the
    same kind of machine.
    """
    groups: dict[Judged, dict[int, list[Trial]]] = {}
    for trial in trials:
        if trial.measured and trial.client.requests is not None:
            groups.setdefault(_judged(trial), {}).setdefault(trial.place.lanes, []).append(trial)
    return [
        _effect(by_lanes[1], by_lanes[lanes])
        for by_lanes in groups.values()
        if 1 in by_lanes
        for lanes in sorted(by_lanes)
        if lanes > 1
    ]


def _judged(trial: Trial) -> Judged:
    target = structs.replace(trial.target, python="")
    python = trial.client.environment.python if trial.client.environment else ""
    host = trial.host
    return trial.load, target, python, host.platform, host.cpu, host.cores


def _effect(alone: Sequence[Trial], beside: Sequence[Trial]) -> LaneEffect:
    one, several = _ran(alone), _ran(beside)
    return LaneEffect(
        alone[0].target, alone[0].load, one, several, ratio(one.counts, several.counts)
    )


def _ran(trials: Sequence[Trial]) -> Ran:
    return Ran(
        lanes=trials[0].place.lanes,
        trials=len(trials),
        failing=sum(trial.failing for trial in trials),
        requests=sum(trial.client.request_count for trial in trials),
        failed=sum(trial.client.failed_requests for trial in trials),
        counts=[trial.client.failed_requests for trial in trials],
        files=[trial.name for trial in trials],
    )


class Spread(NamedTuple):
    """A mean, the variance of its logarithm, and how many degrees of freedom that has."""

    mean: float
    variance: float
    freedom: float


def ratio(one: Sequence[int], several: Sequence[int]) -> Multiple | None:
    """How many times as many requests fail, from the failed requests of each trial of both sides.

    Requests of a trial fail together, so trials are what counts. The interval is that of the
    difference of the means' logarithms (delta method), with Student's t and the degrees of freedom
    of Welch (Biometrika 34, 1947). No side is taken to scatter less than chance makes it, which is
    as a Poisson distribution does.

    Returns:
        The ratio; None where either side has a single trial, or lost nothing.
    """
    if min(len(one), len(several)) < 2 or not sum(one) or not sum(several):
        return None
    return _ratio([one], [several])


def _ratio(one: Sequence[Sequence[int]], several: Sequence[Sequence[int]]) -> Multiple:
    """The ratio of what either side loses where each target of it runs once, with its interval.

    Args:
        one, several: failed requests of each trial, by target; each of two trials or more.
    """
    from scipy.stats import t  # a second of imports, for this alone

    old, new = _spread(one), _spread(several)
    variance = old.variance + new.variance
    freedom = variance**2 / sum(side.variance**2 / side.freedom for side in (old, new))
    reach = float(t.ppf((1 + CONFIDENCE) / 2, freedom)) * math.sqrt(variance)
    times = new.mean / old.mean
    return Multiple(times, times * math.exp(-reach), times * math.exp(reach))


def _spread(targets: Sequence[Sequence[int]]) -> Spread:
    means = [statistics.fmean(counts) for counts in targets]
    parts = [
        (max(statistics.variance(counts), mean) / len(counts), len(counts) - 1)
        for counts, mean in zip(targets, means, strict=True)
    ]
    total = sum(variance for variance, _ in parts)
    freedom = total**2 / sum(variance**2 / free for variance, free in parts)
    return Spread(sum(means), total / sum(means) ** 2, freedom)


def comparable(effects: Sequence[LaneEffect]) -> list[LaneEffect]:
    """Those that have two trials or more either way."""
    return [effect for effect in effects if min(effect.one.trials, effect.several.trials) > 1]


def together(effects: Sequence[LaneEffect]) -> Multiple | None:
    """The ratio over all targets and loads that have two trials or more either way: of what a run
    of each of them loses.

    Returns:
        The ratio; None where there are none, or either side lost nothing.
    """
    pairs = [(effect.one.counts, effect.several.counts) for effect in comparable(effects)]
    one, several = [old for old, _ in pairs], [new for _, new in pairs]
    if not sum(map(sum, one)) or not sum(map(sum, several)):
        return None
    return _ratio(one, several)

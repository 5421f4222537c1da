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


class Ratio(msgspec.Struct, frozen=True):
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
    ratio: Ratio | None


Judged = tuple[Load, Target, str, int]
"""What is run, and where: the load, the target, the processor and how many cores of it."""


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
    return trial.load, structs.replace(trial.target, python=""), trial.host.cpu, trial.host.cores


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
    """The logarithm of a mean: its variance, and how many degrees of freedom that has."""

    variance: float
    freedom: int


def ratio(one: Sequence[int], several: Sequence[int]) -> Ratio | None:
    """How many times as many requests fail, from the failed requests of each trial of both sides.

    Requests of a trial fail together, so trials are what counts. The interval is that of the
    difference of the means' logarithms (delta method), with Student's t and the degrees of freedom
    of Welch (Biometrika 34, 1947). No side is taken to scatter less than chance makes it, which is
    as a Poisson distribution does.

    Returns:
        The ratio; None where either side has a single trial, or lost nothing.
    """
    from scipy.stats import t  # a second of imports, for this alone

    if min(len(one), len(several)) < 2 or not sum(one) or not sum(several):
        return None
    old, new = _spread(one), _spread(several)
    variance = old.variance + new.variance
    freedom = variance**2 / sum(side.variance**2 / side.freedom for side in (old, new))
    reach = float(t.ppf((1 + CONFIDENCE) / 2, freedom)) * math.sqrt(variance)
    times = statistics.fmean(several) / statistics.fmean(one)
    return Ratio(times, times * math.exp(-reach), times * math.exp(reach))


def _spread(counts: Sequence[int]) -> Spread:
    mean = statistics.fmean(counts)
    variance = max(statistics.variance(counts), mean)
    return Spread(variance / (len(counts) * mean**2), len(counts) - 1)


def together(effects: Sequence[LaneEffect]) -> Ratio | None:
    """The ratio over all targets and loads: that of each counts by how narrow its interval is.

    Returns:
        The ratio; None where none of them has one.
    """
    parts = [effect.ratio for effect in effects if effect.ratio is not None]
    if not parts:
        return None
    reaches = [math.log(part.high / part.low) / 2 for part in parts]
    weights = [reach**-2 for reach in reaches]
    middle = sum(w * math.log(part.times) for w, part in zip(weights, parts, strict=True))
    middle, reach = middle / sum(weights), sum(weights) ** -0.5
    return Ratio(math.exp(middle), math.exp(middle - reach), math.exp(middle + reach))

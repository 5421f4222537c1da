"""What a trial says about a signal: it is bad, it is good, or it says nothing.

Pure: a trial and its control in, a reading out. Its words are made in `scripts.report.readings`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.causes import causes
from scripts.analysis.signals import Signal
from scripts.domain.trial import Failure, Link, Outcome, Target, Trial
from scripts.domain.words import raised

ATTEMPTS = 2
"""Trials of a point that may say nothing before it counts as untestable."""

SLOWER = 1.25
"""Two ends whose costs differ by a smaller factor than this are alike: the machine's own noise."""

OVERLOADED = 2.0
"""Load average per core beyond which a missed deadline says nothing about the client."""

Silence = Literal[
    "not measured",  # the trial says nothing about its target
    "overloaded",  # it missed its deadline on a machine that had far more to do
    "ended early",  # it hung or crashed, which is not what is looked for
    "no cost",  # what a request costs was not measured, or not the control's
    "no requests",  # its requests were not recorded
    "unknown cause",  # a request failed, and it is not known of which cause
]
"""Why a trial says nothing about a signal."""


@dataclass(frozen=True)
class Silent:
    """The trial says nothing: why, and how it ended."""

    reason: Silence
    outcome: Outcome
    detail: str


@dataclass(frozen=True)
class Ended:
    """Judged by how the client ended; the exit status is None for one that left none."""

    outcome: Outcome
    exit_status: int | None


@dataclass(frozen=True)
class Struck:
    """Judged by requests: how many the signal struck, of how many; how many failed otherwise."""

    struck: int
    requests: int
    otherwise: int


@dataclass(frozen=True)
class Ratio:
    """Judged by cost per request against the control's; without a threshold it is yet to be set."""

    ratio: float
    threshold: float | None


@dataclass(frozen=True)
class Percentile:
    """Judged by how long requests take: which percentile, as the signal writes it, and seconds."""

    percentile: str
    seconds: float


Basis = Silent | Ended | Struck | Ratio | Percentile
"""What a reading rests on."""


@dataclass(frozen=True)
class Reading:
    """What a trial says about a signal.

    Attributes:
        bad: whether it is there; None where the trial says nothing.
        basis: what that rests on.
        other: failures that are not the one sought: exceptions, causes, or how the trial ended.
    """

    bad: bool | None
    basis: Basis
    other: tuple[str, ...] = ()

    @property
    def value(self) -> float | None:
        """The number it was judged by: requests struck, ratio or seconds; None without one."""
        if isinstance(self.basis, Struck):
            return float(self.basis.struck)
        if isinstance(self.basis, Ratio):
            return self.basis.ratio
        return self.basis.seconds if isinstance(self.basis, Percentile) else None

    @property
    def silent(self) -> bool:
        """Whether the trial says nothing, not even a number to be judged later."""
        return self.bad is None and self.value is None

    @property
    def verdict(self) -> Literal["bad", "good", "measured", "no verdict"]:
        """In a word or two; "measured" is what is not judged yet."""
        if self.bad is None:
            return "no verdict" if self.silent else "measured"
        return "bad" if self.bad else "good"


@dataclass
class Record:
    """One trial of a series, with its control where it needs one, and what it says."""

    target: Target
    trial: Trial
    control: Trial | None
    reading: Reading


def of(target: Target, records: Iterable[Record]) -> list[Record]:
    """The trials of one target, in order."""
    return [record for record in records if record.target == target]


def untestable(records: Iterable[Record]) -> bool:
    """Whether a point is given up, going by its trials: too many said nothing.

    One that cannot be had will not be had the next time. Each trial that says something earns
    patience for two more that do not.
    """
    silent = answered = 0
    for record in records:
        if not record.reading.silent:
            answered += 1
        else:
            silent += ATTEMPTS if record.trial.outcome == "unavailable" else 1
    return silent >= ATTEMPTS + 2 * answered


def read(signal: Signal, trial: Trial, control: Trial | None = None) -> Reading:
    """What a trial says about a signal.

    Args:
        signal: what is looked for.
        trial: any trial.
        control: the control's trial of the same round, where the signal needs one.
    """
    if not trial.measured:
        return _silent("not measured", trial)
    if trial.outcome == "hung" and overloaded(trial):
        return _silent("overloaded", trial)
    if signal.kind == "exit":
        bad = _ended_early(trial) or bool(trial.client.exit_status)
        return Reading(bad, Ended(trial.outcome, trial.client.exit_status))
    if signal.kind == "ratio":
        return _by_cost(signal, trial, control)
    if signal.kind == "percentile":
        return _by_percentile(signal, trial)
    return _by_cause(signal, trial) if signal.kind == "cause" else _by_exception(signal, trial)


def overloaded(trial: Trial) -> bool:
    """Whether the machine had far more to do than this trial, when it began."""
    return trial.host.load is not None and trial.host.load > OVERLOADED * max(1, trial.host.cores)


def between(good: Sequence[float], bad: Sequence[float]) -> float | None:
    """The ratio that separates two ends: half way between them, by factor.

    Args:
        good, bad: ratios of the trials of either end, at least one of each.

    Returns:
        None where the ends overlap or hardly differ.
    """
    highest, lowest = max(good), min(bad)
    return math.sqrt(highest * lowest) if lowest > SLOWER * highest else None


def _silent(reason: Silence, trial: Trial, other: tuple[str, ...] = ()) -> Reading:
    return Reading(None, Silent(reason, trial.outcome, trial.detail), other=other)


def _ended_early(trial: Trial) -> bool:
    return trial.outcome in ("hung", "crashed")


def _by_cost(signal: Signal, trial: Trial, control: Trial | None) -> Reading:
    """How a request's cost compares with the control's."""
    if _ended_early(trial):
        return _silent("ended early", trial, (trial.outcome,))
    cost = _cost(signal, trial)
    beside = None if control is None else _cost(signal, control)
    if cost is None or not beside:
        return _silent("no cost", trial)
    ratio = cost / beside
    basis = Ratio(ratio, signal.threshold)
    if signal.threshold is None:
        return Reading(None, basis)
    return Reading(ratio > signal.threshold, basis, _exceptions(trial))


def _cost(signal: Signal, trial: Trial) -> float | None:
    """Seconds per request, of a script that is not recorded in all; None where not measured."""
    if trial.outcome != "completed":
        return None
    if signal.measure == "wall":
        return trial.client.wall_per_request
    return trial.client.cpu_per_request


def _by_percentile(signal: Signal, trial: Trial) -> Reading:
    """How long so many of the requests take at most."""
    requests = trial.client.requests
    if requests is None or not requests.start:
        return _silent("no requests", trial)
    # A request under way at the end took at least as long as it had: the slowest of all.
    spans = sorted(
        math.inf if end is None else end - start
        for start, end in zip(requests.start, requests.end, strict=True)
    )
    rank = max(1, math.ceil(float(signal.percentile) / 100 * len(spans)))
    seconds = spans[rank - 1]
    bad = seconds > (signal.threshold or 0.0)
    return Reading(bad, Percentile(signal.percentile, seconds), other=_exceptions(trial))


def _by_cause(signal: Signal, trial: Trial) -> Reading:
    """How many requests failed of a cause."""
    names = [cause.name for cause in causes(trial)]
    struck = names.count(signal.cause)
    other = tuple(sorted(set(names) - {signal.cause}))
    if not struck and UNKNOWN in other:
        # It may have been the one sought: not knowing is no verdict.
        return _silent("unknown cause", trial, (UNKNOWN,))
    return _by_count(trial, struck, len(names) - struck, other)


def _by_exception(signal: Signal, trial: Trial) -> Reading:
    """How many requests failed with an exception, or a chain of them."""
    failures = list(trial.client.failures)
    if trial.client.script_failure is not None and not failures:
        failures.append(trial.client.script_failure)
    struck = otherwise = 0
    other = set()
    for failure in failures:
        count = max(1, failure.count)
        if matches(failure, signal.chain):
            struck += count
        else:
            otherwise += count
            other.add(raised(failure))
    return _by_count(trial, struck, otherwise, tuple(sorted(other)))


def _by_count(trial: Trial, struck: int, otherwise: int, other: tuple[str, ...]) -> Reading:
    if not struck and _ended_early(trial):
        return _silent("ended early", trial, (trial.outcome,))
    basis = Struck(struck, trial.client.request_count, otherwise)
    return Reading(struck > 0, basis, other)


def _exceptions(trial: Trial) -> tuple[str, ...]:
    """The exceptions that the requests of a trial raised."""
    return tuple(sorted({raised(failure) for failure in trial.client.failures}))


def matches(failure: Failure, chain: Sequence[str]) -> bool:
    """Whether a failure was raised as the chain's first name with the others under it, in order.

    Names between them do not matter; those on another branch of a group do not count.
    """
    first, *under = chain
    for leaf in range(len(failure.chain)):
        top, *rest = _path(failure.chain, leaf)
        links = iter(rest)
        if called(top, first) and all(any(called(link, name) for link in links) for name in under):
            return True
    return False


def _path(links: Sequence[Link], leaf: int) -> list[Link]:
    """The links from the exception that was raised down to one of those under it."""
    path: list[int] = []
    place: int | None = leaf
    while place is not None and place not in path:
        path.append(place)
        place = links[place].parent
    return [links[place] for place in reversed(path)]


def called(link: Link, name: str) -> bool:
    """Whether a signal calls an exception by this name: "ReadError", "httpx.ReadError".

    A package prefix need not spell out the private module the exception lives in.
    """
    *package, kind = name.split(".")
    return link.type == kind and link.module.split(".")[: len(package)] == package

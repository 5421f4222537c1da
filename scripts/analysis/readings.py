"""What a trial says about a signal: it is bad, it is good, or it says nothing.

Pure: a trial and its control in, a reading out. Its words are made in `scripts.report.readings`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import msgspec

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.causes import causes
from scripts.analysis.gist import Brief, about
from scripts.analysis.signals import SKIP, Kind, Signal
from scripts.domain.shared import Shared
from scripts.domain.trial import (
    Environment,
    Failure,
    Link,
    Outcome,
    Place,
    Target,
    Trial,
)
from scripts.domain.words import raised, status_words

ATTEMPTS = 2
"""Trials of a point that may say nothing before it counts as untestable."""

SLOWER = 1.25
"""Two ends whose costs differ by a smaller factor than this are alike: the machine's own noise."""

OVERLOADED = 2.0
"""Load average per core beyond which a missed deadline says nothing about the client."""

ENOUGH = 0.5
"""Share of a trial's requests that must have been able to show a signal, for it to be good."""

Silence = Literal[
    "not measured",  # the trial says nothing about its target
    "overloaded",  # it missed its deadline on a machine that had far more to do
    "skipped",  # the script said by its exit status that it cannot tell
    "ended early",  # it hung or crashed, which is not what is looked for
    "ended otherwise",  # the script failed in another way, before it could show the signal
    "too few",  # too few of its requests could have shown it
    "output cut",  # it may stand in output that was not kept
    "no cost",  # what a request costs was not measured, or not the control's
    "no amount",  # the time or the memory it took was not measured
    "no requests",  # its requests were not recorded, or it sent none
    "unknown cause",  # a request failed, and it is not known of which cause
]
"""Why a trial says nothing about a signal."""


class Silent(msgspec.Struct, frozen=True, tag=True):
    """The trial says nothing: why, and how it ended; of "too few", how many of how many requests
    could have shown the signal.
    """

    reason: Silence
    outcome: Outcome
    detail: str
    able: tuple[int, int] = (0, 0)


class Ended(msgspec.Struct, frozen=True, tag=True):
    """Judged by how the client ended; the exit status is None for one that left none, and the
    exception behind it is empty where none is known.
    """

    outcome: Outcome
    exit_status: int | None
    exception: str = ""


class Affected(msgspec.Struct, frozen=True, tag=True):
    """Judged by requests.

    Attributes:
        affected: how many the signal affected.
        requests: of how many; None for a script that is judged as a whole.
        otherwise: how many failed otherwise.
        where: of an exception that ended neither a request nor the script, where it ended; empty
            for every other.
    """

    affected: int
    requests: int | None
    otherwise: int
    where: str = ""


class Printed(msgspec.Struct, frozen=True, tag=True):
    """Judged by what the script printed: the stream, and the line that matched; empty for none."""

    stream: str
    line: str


class Ratio(msgspec.Struct, frozen=True, tag=True):
    """Judged by cost per request against the control's; without a threshold it is yet to be set."""

    ratio: float
    threshold: float | None


class Percentile(msgspec.Struct, frozen=True, tag=True):
    """Judged by how long requests take: which percentile, as the signal writes it, and seconds."""

    percentile: str
    seconds: float


class Amount(msgspec.Struct, frozen=True, tag=True):
    """Judged by what the script took: bytes of memory or seconds; without a threshold it is yet
    to be set.
    """

    measure: Literal["memory", "wall"]
    amount: float
    threshold: float | None


Basis = Silent | Ended | Affected | Printed | Ratio | Percentile | Amount
"""What a reading rests on."""


class Reading(msgspec.Struct, frozen=True):
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
        """What it was judged by: requests affected, ratio, seconds or bytes; None without."""
        match self.basis:
            case Affected(affected):
                return float(affected)
            case Ratio(ratio):
                return ratio
            case Percentile(_, seconds):
                return seconds
            case Amount(_, amount):
                return amount
        return None

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


class End(NamedTuple):
    """An end of a stored trial, as far as a search takes it: what it ran with, and wall seconds."""

    environment: Environment | None
    wall: float | None = None


class Sighting(Brief, frozen=True, kw_only=True, array_like=True):
    """What a search takes of a stored trial that it needs no whole one of.

    Attributes:
        said: what it says about the signal that is sought.
    """

    said: Shared[Reading]

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.about.value.campaign, self.order, self.round, self.about.value.lanes)

    @property
    def client(self) -> End:
        """Its client."""
        return End(self.about.value.client, self.wall)

    @property
    def server(self) -> End:
        """Its server."""
        return End(self.about.value.server)


def sighting(signal: Signal, trial: Trial) -> Sighting:
    """What a search for a signal takes of a stored trial, of one that needs no control."""
    return Sighting(
        about=Shared(about(trial)),
        order=trial.place.order,
        round=trial.place.round,
        outcome=trial.outcome,
        measured=trial.measured,
        wall=trial.client.wall,
        said=Shared(read(signal, trial)),
    )


@dataclass(slots=True)
class Record:
    """One trial of a series, with its control where it needs one, and what it says."""

    target: Target
    trial: Trial | Sighting
    control: Trial | Sighting | None
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


def reading_of(
    signal: Signal, trial: Trial | Sighting, control: Trial | Sighting | None
) -> Reading:
    """What a trial says about a signal; of one that was sighted for it, what it said then."""
    if isinstance(trial, Sighting):
        return trial.said.value
    return read(signal, trial, control if isinstance(control, Trial) else None)


def read(signal: Signal, trial: Trial, control: Trial | None = None) -> Reading:
    """What a trial says about a signal.

    Args:
        signal: what is looked for.
        trial: any trial.
        control: the control's trial of the same round, where the signal needs one.
    """
    if trial.outcome == "script-failed" and signal.kind in ("exception", "exit", "output"):
        sought = READERS[signal.kind](signal, trial, control)
        if sought.bad:  # what cannot be imported is a bug, too
            return sought
    if trial.outcome == "disturbed" and signal.status == trial.client.exit_status is not None:
        return READERS[signal.kind](signal, trial, control)  # asked for by its very signal
    if not trial.measured:
        other = _exceptions(trial) if trial.outcome == "script-failed" else ()
        return _silent("not measured", trial, other)
    # Where a hang is sought, its deadline follows from what others took on the same machine.
    if trial.outcome == "hung" and signal.kind != "hang" and overloaded(trial):
        return _silent("overloaded", trial)
    if trial.client.exit_status == SKIP:
        return _silent("skipped", trial)
    return READERS[signal.kind](signal, trial, control)


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


def _silent(
    reason: Silence, trial: Trial, other: tuple[str, ...] = (), able: tuple[int, int] = (0, 0)
) -> Reading:
    return Reading(None, Silent(reason, trial.outcome, trial.detail, able), other=other)


def _unless_hindered(trial: Trial, reading: Reading) -> Reading:
    """A reading, where the trial could have shown the signal; else one that says nothing.

    A script judged as a whole could not where it ended in another way. Of one that is judged by
    request, at least half of the requests must have been answered.

    Args:
        trial: any that was measured.
        reading: what the trial says then.
    """
    client, other = trial.client, seen(trial)
    if trial.outcome in ("hung", "crashed"):
        return _silent("ended early", trial, other)
    failed = client.script_failure is not None or bool(client.exit_status)
    if client.requests is None:
        return _silent("ended otherwise", trial, other) if failed or client.strays else reading
    broke_off, meant = _broke_off(trial), trial.load.requests
    if meant is None and (failed or broke_off):
        return _silent("ended otherwise", trial, other)
    sent = max(len(client.requests.start), meant or 0 if broke_off else 0)
    if not sent:
        return _silent("no requests", trial, other)
    able = client.request_count - client.failed_requests
    return reading if able >= ENOUGH * sent else _silent("too few", trial, other, (able, sent))


def _broke_off(trial: Trial) -> bool:
    """Whether a script ended in an exception that none of its requests raised, so that it may
    have sent fewer than it meant to.
    """
    ends = [stray.failure for stray in trial.client.strays if stray.where == "exit"]
    ends += [trial.client.script_failure] if trial.client.script_failure else []
    raised_by_requests = {failure.chain for failure in trial.client.failures}
    return any(failure.chain not in raised_by_requests for failure in ends)


def seen(trial: Trial) -> tuple[str, ...]:
    """What went wrong in a trial, by name: exceptions, else how it ended; empty for nothing."""
    if trial.outcome == "hung":
        return (*_exceptions(trial), "hang")
    status = trial.client.exit_status
    names = _exceptions(trial)
    if trial.outcome == "crashed" or (status and (status < 0 or not names)):
        names = (*names, status_words(status))
    return names


def _by_ending(signal: Signal, trial: Trial, control: Trial | None) -> Reading:  # noqa: ARG001
    """With which status the client ended."""
    status = trial.client.exit_status
    exceptions = _exceptions(trial)
    if trial.outcome == "hung":
        return _silent("ended early", trial, seen(trial))
    ended = Ended(trial.outcome, status, " and ".join(exceptions) if status else "")
    if signal.status is None:
        vanished = trial.outcome == "crashed" and status is None
        return Reading(vanished or (bool(status) and status != signal.passing), ended)
    if status == signal.status:
        return Reading(True, ended)
    return _silent("ended otherwise", trial, seen(trial)) if status else Reading(False, ended)


def _by_hang(signal: Signal, trial: Trial, control: Trial | None) -> Reading:  # noqa: ARG001
    """Whether the client was still running at its deadline."""
    if trial.outcome == "hung":
        return Reading(True, Ended("hung", None))
    return _unless_hindered(trial, Reading(False, Ended(trial.outcome, trial.client.exit_status)))


def _by_output(signal: Signal, trial: Trial, control: Trial | None) -> Reading:  # noqa: ARG001
    """What the client printed."""
    text = trial.client.stdout if signal.stream == "stdout" else trial.client.stderr
    for line in text.splitlines():
        if re.search(signal.pattern, line):
            return Reading(True, Printed(signal.stream, line.strip()))
    if trial.client.cut:
        return _silent("output cut", trial)
    return _unless_hindered(trial, Reading(False, Printed(signal.stream, "")))


def _by_amount(signal: Signal, trial: Trial, control: Trial | None) -> Reading:  # noqa: ARG001
    """How much memory, or time, the client took."""
    measure: Literal["memory", "wall"] = "wall" if signal.kind == "wall" else "memory"
    amount = trial.client.wall if measure == "wall" else trial.client.peak_memory
    if amount is None:
        return _silent("no amount", trial, seen(trial))
    basis = Amount(measure, float(amount), signal.threshold)
    if signal.threshold is not None and amount > signal.threshold:
        return Reading(True, basis, _exceptions(trial))
    return _unless_hindered(trial, Reading(None if signal.unset else False, basis))


def _by_cost(signal: Signal, trial: Trial, control: Trial | None) -> Reading:
    """How a request's cost compares with the control's; what ended early or failed costs less."""
    if trial.outcome != "completed":
        return _silent("ended early", trial, seen(trial))
    cost = _cost(signal, trial)
    beside = None if control is None else _cost(signal, control)
    if cost is None or not beside:
        return _silent("no cost", trial)
    basis = Ratio(cost / beside, signal.threshold)
    if signal.threshold is None:
        return _unless_hindered(trial, Reading(None, basis))
    bad = basis.ratio > signal.threshold
    return _unless_hindered(trial, Reading(bad, basis, _exceptions(trial)))


def _cost(signal: Signal, trial: Trial) -> float | None:
    """Seconds per request, of a script that is not recorded in all; None where not measured."""
    if trial.outcome != "completed":
        return None
    if signal.measure == "wall":
        return trial.client.wall_per_request
    return trial.client.cpu_per_request


def _by_percentile(signal: Signal, trial: Trial, control: Trial | None) -> Reading:  # noqa: ARG001
    """How long so many of the requests take at most."""
    requests = trial.client.requests
    if requests is None or not requests.start:
        return _silent("no requests", trial)
    # A request under way at the end took at least as long as it had: the slowest of all.
    spans = sorted(
        math.inf if end is None else end - start
        for start, end in zip(requests.start, requests.end, strict=True)
    )
    seconds = nearest_rank(spans, float(signal.percentile) / 100)
    bad = seconds > (signal.threshold or 0.0)
    reading = Reading(bad, Percentile(signal.percentile, seconds), other=_exceptions(trial))
    return reading if bad else _unless_hindered(trial, reading)


def nearest_rank(ordered: Sequence[float], share: float) -> float:
    """The smallest of some values that at least so large a share of them do not exceed.

    Args:
        ordered: at least one, the smallest first.
        share: 0 to 1.
    """
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]


def _by_cause(signal: Signal, trial: Trial, control: Trial | None) -> Reading:  # noqa: ARG001
    """How many requests failed of a cause."""
    if trial.client.requests is None and not trial.client.connections:
        return _silent("no requests", trial, seen(trial))
    names = [cause.name for cause in causes(trial)]
    affected = names.count(signal.cause)
    other = tuple(sorted(set(names) - {signal.cause}))
    if not affected and UNKNOWN in other:
        # It may have been the one sought: not knowing is no verdict.
        return _silent("unknown cause", trial, (UNKNOWN,))
    return _by_count(trial, affected, len(names) - affected, other)


def _by_exception(signal: Signal, trial: Trial, control: Trial | None) -> Reading:  # noqa: ARG001
    """How many requests failed with an exception, or a chain of them."""
    failures = _failures(trial)
    affected = sum(max(1, kind.count) for kind in failures if matches(kind, signal.chain))
    others = [kind for kind in failures if not matches(kind, signal.chain)]
    otherwise = sum(max(1, kind.count) for kind in others)
    strays = [stray for stray in trial.client.strays if matches(stray.failure, signal.chain)]
    elsewhere = strays[0].where if affected and len(strays) == affected else ""
    names = tuple(sorted({raised(kind) for kind in others}))
    return _by_count(trial, affected, otherwise, names, elsewhere)


def _by_count(
    trial: Trial, affected: int, otherwise: int, other: tuple[str, ...], where: str = ""
) -> Reading:
    requests = trial.client.requests
    basis = Affected(affected, None if requests is None else len(requests.start), otherwise, where)
    reading = Reading(affected > 0, basis, other)
    return reading if affected else _unless_hindered(trial, reading)


def _failures(trial: Trial) -> list[Failure]:
    """Every failure of a trial once: of its requests, of the script as a whole, and those that
    ended elsewhere.
    """
    client = trial.client
    failures = list(client.failures)
    if client.script_failure is not None and (not failures or _broke_off(trial)):
        failures.append(client.script_failure)
    return failures + [stray.failure for stray in client.strays]


READERS: dict[Kind, Callable[[Signal, Trial, Trial | None], Reading]] = {
    "exception": _by_exception,
    "cause": _by_cause,
    "ratio": _by_cost,
    "percentile": _by_percentile,
    "exit": _by_ending,
    "hang": _by_hang,
    "output": _by_output,
    "memory": _by_amount,
    "wall": _by_amount,
}
"""How a trial is read for each kind of signal."""


def _exceptions(trial: Trial) -> tuple[str, ...]:
    """The exceptions that a trial raised, wherever."""
    return tuple(sorted({raised(failure) for failure in _failures(trial)}))


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
    parts, kinds = name.split("."), link.type.split(".")
    for length in range(1, len(kinds) + 1):
        package = parts[:-length]
        if parts[-length:] == kinds[-length:] and (
            not package
            or (length == len(kinds) and link.module.split(".")[: len(package)] == package)
        ):
            return True
    return False

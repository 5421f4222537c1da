"""Whether the same trials come out otherwise on one host than on another."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from scripts.analysis.permutation import stratified_chance
from scripts.analysis.readings import Record
from scripts.domain.trial import Trial

if TYPE_CHECKING:
    from scripts.analysis.permutation import Array, Statistic

DIFFERENT = 0.05
"""Hosts are said to differ where chance alone would set them so far apart less often than this."""


class HostValue(NamedTuple):
    """What a trial came to.

    Attributes:
        judged: what was run, and under what: only what is the same is compared.
        host: its host's name.
        value: how much of it failed, or cost.
    """

    judged: Hashable
    host: str
    value: float


class HostEffect(msgspec.Struct, frozen=True):
    """Hosts, beside each other.

    Attributes:
        hosts: how many ran trials.
        trials: how many are of what ran on more than one of them.
        judged: of how many such.
        chance: how often chance alone would set hosts so far apart, 0 to 1; None where nothing ran
            on two of them.
        verdict: what that comes to.
    """

    hosts: int
    trials: int
    judged: int
    chance: float | None
    verdict: Literal["differ", "no difference shown", "cannot tell"]


def host_effect(values: Iterable[HostValue]) -> HostEffect | None:
    """Whether hosts differ; None where there is one.

    By a permutation test: trials of what is the same are shared out among the hosts anew, as many
    to each as it ran. What is compared is how far the means of the hosts lie from that of all,
    squared, by trial. Which host gets the next trial hangs on which is free: where those that fail
    take much longer than others, hosts seem to differ somewhat more often than is said.
    """
    by_judged: dict[Hashable, list[HostValue]] = {}
    hosts = set()
    for one in values:
        if one.host:  # trials from before hosts were noted say nothing of them
            by_judged.setdefault(one.judged, []).append(one)
            hosts.add(one.host)
    if len(hosts) < 2:
        return None
    groups = [group for group in by_judged.values() if len({one.host for one in group}) > 1]
    trials = sum(map(len, groups))
    if not groups:
        return HostEffect(len(hosts), 0, 0, None, "cannot tell")
    chance = stratified_chance([_stratum(group) for group in groups])
    verdict: Literal["differ", "no difference shown"] = (
        "differ" if chance < DIFFERENT else "no difference shown"
    )
    return HostEffect(len(hosts), trials, len(groups), chance, verdict)


def _stratum(group: Sequence[HostValue]) -> tuple[Array, Statistic]:
    """The values of what is the same, and how far the means of its hosts lie from that of all."""
    import numpy as np  # a tenth of a second, for this alone

    hosts = sorted({one.host for one in group})
    places = np.array([[one.host == host for host in hosts] for one in group], dtype=np.float64)
    counts = places.sum(axis=0)

    def apart(values: Array) -> Array:
        means = values @ places / counts
        squared: Array = ((means - values.mean(axis=1, keepdims=True)) ** 2) @ counts
        return squared

    return np.array([one.value for one in group], dtype=np.float64), apart


def of_trials(trials: Iterable[Trial]) -> HostEffect | None:
    """Whether requests fail more often on one host than on another."""
    return host_effect(
        HostValue((trial.target, trial.load), trial.host.name, _failed(trial))
        for trial in trials
        if trial.measured
    )


def _failed(trial: Trial) -> float:
    client = trial.client
    return failed_share(client.failed_requests, client.request_count, trial.failing)


def failed_share(failed: int, requests: int | None, failing: bool) -> float:
    """The share of a trial's requests that failed; whether it did, of one without requests."""
    return failed / requests if requests else float(failing)


def of_records(records: Iterable[Record]) -> HostEffect | None:
    """Whether what is sought shows more often on one host than on another, or costs more there."""
    return host_effect(
        HostValue(record.target, record.trial.host.name, value)
        for record in records
        if (value := _value(record)) is not None
    )


def _value(record: Record) -> float | None:
    """What a trial says, as a number; None where it says nothing."""
    reading = record.reading
    if reading.value is not None:
        return reading.value
    return None if reading.bad is None else float(reading.bad)

"""What a survey's trials say, entry by entry, beside the first of its group."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

import msgspec
import numpy as np
from msgspec import structs

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.causes import causes, main_cause
from scripts.analysis.effects import Arrivals, arrivals
from scripts.analysis.hops import Hops, hops
from scripts.analysis.permutation import stratified_chance
from scripts.analysis.summary import Row, summarise
from scripts.analysis.surroundings import Measured, Unsaid, unsaid
from scripts.domain.surveys import BETWEEN, Entry, Survey
from scripts.domain.trial import Load, Target, Trial

if TYPE_CHECKING:
    from scripts.analysis.permutation import Array, Statistic

SIGNIFICANT = 0.05
"""A difference counts where chance alone would show one as large less often than this, in any of
those that are compared with the same entry."""

RESAMPLES = 20_000
"""Ways to share out the trials that a test looks at, at most; of ten trials a side, not all."""

Verdict = Literal[
    "none",  # none fails
    "none that way",  # none fails as those do that it is compared with, but some do otherwise
    "fewer",
    "same",  # no difference is shown
    "too few",  # so few trials that no difference could be
    "more",
    "not measured",
]
"""How many requests fail, beside those of another entry."""

Key = tuple[Target, Load]
"""What is run, wherever."""

Compared = TypeVar("Compared", bound=Hashable)


class SurveyLine(msgspec.Struct, frozen=True):
    """One entry with what was measured of it.

    Attributes:
        entry: what was asked.
        row: over its trials, with what differs unsaid from what it is compared with; None where
            there is none.
        verdict: beside what it is compared with; None for what others are compared with.
        arrivals: how many requests reached the server more than once; None where they were not
            counted.
        hops: who closed idle connections on whom; None where that is not asked, or not known.
    """

    entry: Entry
    row: Row | None
    verdict: Verdict | None
    arrivals: Arrivals | None = None
    hops: Hops | None = None


def answered(survey: Survey, trials: Sequence[Trial]) -> list[SurveyLine]:
    """Every entry of a survey with what its trials say.

    A remedy is compared with the survey's first entry, anything else with the first of its group
    that has the same server. What is compared is how many requests of each trial fail as those
    of that entry mostly do: requests fail together, trials do not.

    Args:
        survey: what was asked.
        trials: all that were run for it.
    """
    rows = {
        _key(row): structs.replace(row, unsaid=None) for row in summarise(trials).rows if row.trials
    }
    measured: dict[Key, list[Trial]] = {}
    for trial in trials:
        if trial.measured:
            measured.setdefault(_key(trial), []).append(trial)
    verdicts: dict[Key, Verdict] = {}
    for first, others in _families(survey).items():
        compared = {other: measured.get(other, []) for other in others}
        verdicts |= judged(measured.get(first, []), compared)
        for other in compared:
            if first in rows and other in rows:
                difference = _unsaid(rows[first], rows[other])
                rows[other] = structs.replace(rows[other], unsaid=difference)
    return [
        SurveyLine(
            entry,
            rows.get(_key(entry)),
            verdicts.get(_key(entry)),
            arrivals(measured.get(_key(entry), ())),
            hops(measured.get(_key(entry), ())) if survey.topic in BETWEEN else None,
        )
        for entry in survey.entries
    ]


def _unsaid(first: Row, row: Row) -> Unsaid | None:
    """How a row differs from what it is compared with, beyond what the two are called."""
    there, here = (Measured(one.target, one.load, one.surroundings) for one in (first, row))
    return unsaid(there, here)


def _families(survey: Survey) -> dict[Key, list[Key]]:
    """What is compared with each first entry."""
    first: dict[tuple[str, str], Key] = {}
    families: dict[Key, list[Key]] = {}
    for entry in survey.entries:
        group = "" if survey.topic == "remedies" else entry.group
        key = _key(entry)
        beside = first.setdefault((group, entry.target.server), key)
        family = families.setdefault(beside, [])
        if key != beside:
            family.append(key)
    return families


def _key(run: Entry | Trial | Row) -> Key:
    """What is run, wherever: the interpreter's path is not told in trials."""
    return structs.replace(run.target, python=""), run.load


def judged(before: Sequence[Trial], after: Mapping[Key, Sequence[Trial]]) -> dict[Key, Verdict]:
    """Whether requests fail less often than before, for each of several.

    By an exact permutation test (Fisher, The Design of Experiments, 1935) of the failed requests
    of each trial, and Holm's method over them all (Scandinavian Journal of Statistics 6, 1979).

    Args:
        before: trials of what all are compared with.
        after: trials of each.
    """
    cause = main_cause(before)
    sides = {key: beside(before, trials, cause) for key, trials in after.items()}
    chances = {key: pair.chance() for key, pair in sides.items() if pair.old and pair.new}
    verdicts: dict[Key, Verdict] = dict.fromkeys(after, "not measured")
    verdicts |= {
        key: "same" if key in chances and pair.tellable(len(chances)) else "too few"
        for key, pair in sides.items()
        if before and after[key]
    }
    for key in significant(chances):
        verdicts[key] = _difference(sides[key], any(trial.failing for trial in after[key]))
    return verdicts


class HostSamples(NamedTuple):
    """Failed requests of the trials of two sides, host by host: of hosts that ran both.

    Attributes:
        hosts: of each the two samples.
    """

    hosts: list[tuple[list[int], list[int]]]

    @property
    def old(self) -> list[int]:
        """All of the one side."""
        return [count for old, _ in self.hosts for count in old]

    @property
    def new(self) -> list[int]:
        """All of the other."""
        return [count for _, new in self.hosts for count in new]

    @property
    def apart(self) -> float:
        """How much more of the other side's requests fail, by trial, the hosts weighed as the test
        does.
        """
        return sum(
            (sum(new) / len(new) - sum(old) / len(old)) * _weight(old, new)
            for old, new in self.hosts
        )

    def tellable(self, compared: int) -> bool:
        """Whether the largest difference there can be would count, as `tellable`."""
        ways = math.prod(math.comb(len(old) + len(new), len(old)) for old, new in self.hosts)
        return 2 / ways * compared < SIGNIFICANT

    def chance(self) -> float:
        """How often chance alone would set them this far apart, each host compared with itself."""
        if len(self.hosts) == 1:
            return chance(*self.hosts[0])
        return stratified_chance([_stratum(*host) for host in self.hosts], two_sided=True)


def beside(before: Sequence[Trial], after: Sequence[Trial], cause: str | None) -> HostSamples:
    """The trials of two sides, those of hosts that ran one of them alone left out."""
    hosts: dict[str, tuple[list[int], list[int]]] = {}
    for side, trials in enumerate((before, after)):
        for trial in trials:
            hosts.setdefault(trial.host.name, ([], []))[side].append(affected(trial, cause))
    return HostSamples([samples for samples in hosts.values() if all(samples)])


def _weight(old: Sequence[int], new: Sequence[int]) -> float:
    """What a host's two samples count for."""
    return len(old) * len(new) / (len(old) + len(new))


def _stratum(old: Sequence[int], new: Sequence[int]) -> tuple[Array, Statistic]:
    """The trials of a host, and how far its two means lie apart, weighted by their number."""
    contrast = np.array([-1 / len(old)] * len(old) + [1 / len(new)] * len(new))
    contrast *= _weight(old, new)
    return np.array([*old, *new], dtype=np.float64), lambda rows: rows @ contrast


def tellable(before: int, after: int, compared: int) -> bool:
    """Whether the largest difference there can be would count between so many trials.

    Args:
        before, after: trials of either side.
        compared: how many are compared with the same one.
    """
    # Both ways of sharing the trials out that lie as far apart as can be.
    return 2 / math.comb(before + after, before) * compared < SIGNIFICANT


def significant(chances: Mapping[Compared, float]) -> list[Compared]:
    """Which of several differences count, by Holm's method: the surest first, each held against
    as many as are left.
    """
    surest = sorted(chances, key=lambda key: chances[key])
    for place, key in enumerate(surest):
        if chances[key] * (len(surest) - place) >= SIGNIFICANT:
            return surest[:place]
    return surest


def _difference(sides: HostSamples, otherwise: bool) -> Verdict:
    """Which way two samples differ that do.

    Args:
        sides: failed requests of each trial.
        otherwise: whether some of the new trials fail, in whatever way.
    """
    if sides.apart > 0:
        return "more"
    if sum(sides.new):
        return "fewer"
    return "none that way" if otherwise else "none"


def affected(trial: Trial, cause: str | None) -> int:
    """Failed requests of a trial that are of a cause, or may be; all where none is named, and of
    a trial that failed as a whole.
    """
    if trial.failing and not trial.client.failed_requests:
        if trial.client.requests is not None:
            return trial.client.request_count
        return trial.load.requests or 1
    if cause is None:
        return trial.client.failed_requests
    return sum(one.name in (cause, UNKNOWN) for one in causes(trial))


def chance(before: Sequence[int], after: Sequence[int]) -> float:
    """How often chance alone would set two samples this far apart: 0 to 1."""
    from scipy.stats import permutation_test  # a second of imports, for this alone

    if len({*before, *after}) < 2 or min(len(before), len(after)) < 2:
        return 1.0
    result = permutation_test(
        (np.array(before, float), np.array(after, float)),
        lambda one, other, axis: one.mean(axis=axis) - other.mean(axis=axis),
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(0),
    )
    return float(result.pvalue)

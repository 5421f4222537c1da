"""How well the changes that make a difference are told from those that do not: ours beside plain
ddmin, on simulated mixtures.

All get the same problems, and each trial's luck is drawn from the problem's own seed.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import NamedTuple

import msgspec
import numpy as np

from scripts.analysis.rates import interval
from scripts.benchmarks.ddmin import LADDER, Minimum, minimum
from scripts.benchmarks.mixtures import KINDS, HiddenCauses, MixtureKind, hidden_causes
from scripts.search.separation import NONE, CauseSearch, Explanation, SufficientSet

PACKAGES = (10, 30, 60)

RATE_PAIRS = ((1.0, 0.0), (0.9, 0.0), (0.5, 0.0), (0.2, 0.0), (0.9, 0.2))
"""Rates of bad trials with a cause in place, and without."""

GAPS = ((0.0, 0.0), (0.1, 0.0), (0.3, 0.0), (0.0, 0.1))
"""Shares of the mixtures that cannot be had, and of those whose trials say nothing."""

CONFIDENCE = 0.95
"""At which ours stops."""

LIMIT = 300
"""Trials after which ours has no answer."""


class Separated(NamedTuple):
    """What ours ends with: None where it has no answer within `LIMIT` trials; and the trials."""

    explanation: Explanation | None
    trials: int


class SeparationScore(msgspec.Struct, frozen=True):
    """Our search and plain ddmin on one kind of problem.

    Attributes:
        packages: how many differ.
        kind: "one" culprit, "either" of two, two "together", or "none".
        high, low: rates of bad trials with a cause in place, and without.
        unresolved: share of the mixtures that cannot be had.
        mute: share of the mixtures no trial of which says anything.
        problems: how many.
        answered: in how many ours had an answer within the trials that it may take.
        right: in how many that was right.
        untried: in how many of those a true cause is named only as not tried.
        claimed: the confidence it claimed, mean of the answers; 0 where there are none.
        median, most: trials it took, their median and 95th percentile.
        repeats: of each test of ddmin, at most: the fewest with which it is right as often as
            ours, or else as it can be.
        plain_right: in how many ddmin was right. It names one cause, which is all that is asked
            of it.
        plain_median, plain_most: trials it took.
    """

    packages: int
    kind: str
    high: float
    low: float
    unresolved: float
    mute: float
    problems: int
    answered: int
    right: int
    untried: int
    claimed: float
    median: float
    most: float
    repeats: int
    plain_right: int
    plain_median: float
    plain_most: float

    @property
    def interval(self) -> tuple[float, float]:
        """The exact 95 % interval of the share of right answers."""
        return interval(self.right, self.answered) if self.answered else (0.0, 1.0)


def separated(hidden: HiddenCauses) -> Separated:
    """What our search makes of a problem."""
    separation = CauseSearch(hidden.changes, hidden.mixing, CONFIDENCE)
    trial = hidden.trials()
    for count in range(LIMIT):
        changes = separation.next()
        if changes is None:
            return Separated(separation.known(), count)
        bad = trial(changes)
        if bad is None:
            separation.skip(changes)
        else:
            separation.record(changes, bad)
    return Separated(separation.known(), LIMIT)


def named(hidden: HiddenCauses, least: Minimum) -> bool:
    """Whether what ddmin ends with is right: one cause, none of it too much; or no difference."""
    if least.changes is None or not hidden.causes:
        return least.changes is None and not hidden.causes
    return hidden.holds(SufficientSet(least.changes, NONE))


def kinds(packages: Sequence[int]) -> Iterator[MixtureKind]:
    """Every kind of problem."""
    for number, kind, rates, gaps in product(packages, KINDS, RATE_PAIRS, GAPS):
        yield MixtureKind(number, kind, *rates, *gaps)


def score(mixtures: MixtureKind, problems: int, seed: int) -> SeparationScore:
    """Both ways on so many problems of one kind."""
    drawn = [
        hidden_causes(mixtures, f"{seed} {' '.join(map(str, mixtures))} {number}")
        for number in range(problems)
    ]
    ours = [separated(hidden) for hidden in drawn]
    pairs = zip(drawn, (end.explanation for end in ours), strict=True)
    answers = [(hidden, told) for hidden, told in pairs if told is not None]
    right = [(hidden, told) for hidden, told in answers if hidden.agrees(told)]
    repeats, plain = _plain(drawn, len(right))
    trials, plain_trials = [end.trials for end in ours], [end.trials for end in plain]
    return SeparationScore(
        *mixtures,
        problems=problems,
        answered=len(answers),
        right=len(right),
        untried=sum(any(cause <= told.beyond for cause in hidden.causes) for hidden, told in right),
        claimed=statistics.fmean([told.confidence for _, told in answers] or [0.0]),
        median=statistics.median(trials),
        most=float(np.percentile(trials, 95)),
        repeats=repeats,
        plain_right=sum(map(named, drawn, plain)),
        plain_median=statistics.median(plain_trials),
        plain_most=float(np.percentile(plain_trials, 95)),
    )


def _plain(drawn: Sequence[HiddenCauses], right: int) -> tuple[int, list[Minimum]]:
    """What ddmin ends with, and the fewest repeats with which it is right as often as asked, or
    as it can be."""
    best: tuple[int, int, list[Minimum]] = (-1, 0, [])
    for repeats in LADDER:
        ends = [minimum(hidden, repeats) for hidden in drawn]
        count = sum(map(named, drawn, ends))
        if count > best[0]:
            best = count, repeats, ends
        if count >= right:
            break
    _, repeats, ends = best
    return repeats, ends


def separation_scores(
    problems: int,
    seed: int,
    packages: Sequence[int],
    workers: int,
    tell: Callable[[str], None],
) -> list[SeparationScore]:
    """Both ways on every kind of problem.

    Args:
        problems: of each kind.
        seed: from which all problems are drawn.
        packages: how many differ.
        workers: processes to use.
        tell: told of each kind that is done.
    """
    scored: list[SeparationScore] = []
    every = list(kinds(packages))
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(score, mixtures, problems, seed) for mixtures in every]
        for number, (mixtures, job) in enumerate(zip(every, jobs, strict=True), 1):
            scored.append(job.result())
            rates = f"{mixtures.high:g}/{mixtures.low:g}"
            tell(f"[{number}/{len(every)}] {mixtures.packages} packages, {mixtures.kind}, {rates}")
    return scored

"""How the next trials of a case are likely to end, by what the trials before say."""

from __future__ import annotations

from functools import cache
from math import exp, lgamma
from typing import NamedTuple

from scripts.reduction.lattice import ORIGINAL
from scripts.reduction.ledger import Ask
from scripts.reduction.reduction import Reduction

EXACT = 2
"""Trials of which each number of failures is an outcome of its own; of more, the likeliest few."""

STRENGTH = 10.0
"""Trials that the original's rate is worth, at most, as a guess at another case's."""


class Belief(NamedTuple):
    """A beta distribution of a rate, with its share in a mixture."""

    share: float
    failing: float
    passing: float


Beliefs = tuple[Belief, ...]


class Chance(NamedTuple):
    """So many failures among some trials, and how likely that is."""

    share: float
    failed: int


def beliefs(reduction: Reduction, ask: Ask) -> Beliefs:
    """What is believed of a case's rate before its first trial.

    A case that was never tried is as it should be about as often as those before it were: then it
    fails as the original does, and on the good side it passes. Else it is the other way round.
    """
    original = reduction.ledger.of(ORIGINAL, "bad")
    if ask.final:
        known = reduction.ledger.of(ask.point, ask.side)
        return (Belief(1.0, known.failed + 0.5, known.trials - known.failed + 0.5),)
    if ask.point == ORIGINAL and ask.side == "bad":
        return (Belief(1.0, 0.5, 0.5),)
    weight = min(1.0, STRENGTH / (original.trials + 1))
    failing = weight * (original.failed + 0.5)
    passing = weight * (original.trials - original.failed + 0.5)
    share = _right(reduction, ask)
    fails = share if ask.side == "bad" else 1 - share
    return (Belief(fails, failing, passing), Belief(1 - fails, 0.1, 2.0))


def _right(reduction: Reduction, ask: Ask) -> float:
    """Share of cases that are as they should be on a side, of those that were tried there."""
    attempts = reduction.trail.attempts
    if ask.side == "good":
        reached = [attempt for attempt in attempts if attempt.good.asked]
        return (sum(attempt.kept for attempt in reached) + 2) / (len(reached) + 3)
    held = sum(attempt.kept or attempt.good.asked > 0 for attempt in attempts)
    return (held + 1) / (len(attempts) + 2)


@cache
def chances(prior: Beliefs, failed: int, trials: int, more: int) -> tuple[Chance, ...]:
    """How many of some more trials may fail, the likeliest first.

    Args:
        prior: what was believed before the first.
        failed, trials: failures and trials so far.
        more: how many more.
    """
    logs = [_log_evidence(belief, failed, trials - failed) for belief in prior]
    weights = [belief.share * exp(log - max(logs)) for belief, log in zip(prior, logs, strict=True)]
    total = sum(weights)
    shares: dict[int, float] = {}
    for belief, weight in zip(prior, weights, strict=True):
        now = Belief(weight / total, belief.failing + failed, belief.passing + trials - failed)
        for chance in _alone(now, more):
            shares[chance.failed] = shares.get(chance.failed, 0.0) + chance.share
    return tuple(sorted((Chance(share, failed) for failed, share in shares.items()), reverse=True))


def _alone(belief: Belief, more: int) -> list[Chance]:
    """The same under a single belief."""
    rate = belief.failing / (belief.failing + belief.passing)
    if more > EXACT:
        return [Chance(belief.share, round(rate * more))]
    outcomes = range(more + 1)
    return [Chance(belief.share * _share(belief, failed, more), failed) for failed in outcomes]


def _share(belief: Belief, failed: int, trials: int) -> float:
    """Probability of so many failures, a beta-binomial one."""
    ways = lgamma(trials + 1) - lgamma(failed + 1) - lgamma(trials - failed + 1)
    return exp(ways + _log_evidence(belief, failed, trials - failed))


def _log_evidence(belief: Belief, failed: int, passed: int) -> float:
    """Logarithm of the probability of failures and passes in a given order."""
    failing, passing = belief.failing, belief.passing
    return (
        lgamma(failing + failed)
        - lgamma(failing)
        + lgamma(passing + passed)
        - lgamma(passing)
        + lgamma(failing + passing)
        - lgamma(failing + passing + failed + passed)
    )

"""Evidence that may be looked at after every trial, and at which anyone may stop.

An e-value of 100 against a hypothesis comes up at most once in a hundred times while it is true,
however often one looks and whenever one stops (Ville, Étude critique de la notion de collectif,
1939; Ramdas and others, Statistical Science 38, 2023). Each here is a likelihood, averaged over
what may be true instead, to the likelihood of the hypothesis' own edge. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

EVERY = 0.97
"""Of the belief that a rate is below its bound, the share that goes to a rate of zero: as little
as lets 44 trials without a failure show a tenth at most, at 99 % confidence."""

HALF = 0.5
"""Both parameters of Jeffreys' prior of a rate."""


def fewer(less: int, more: int) -> float:
    """Evidence that a change makes less fail, against that it does not.

    Of pairs of trials, one unchanged and one changed, those tell in which more failed in one of the
    two. Where the change makes no less fail, that is the changed one at least half of the time:
    also where the machine changes from one pair to the next. What may be true instead is that it is
    so in a smaller share of them, each alike (the sign test of pairs, as McNemar's, Psychometrika
    12, 1947).

    Args:
        less: pairs in which less failed in the changed trial.
        more: pairs in which more did.
    """
    from scipy.special import betainc, betaln  # a quarter of a second of imports, for proofs alone

    tail = float(betainc(more + 1, less + 1, HALF))
    if not tail:
        return 0.0
    weight = float(betaln(more + 1, less + 1)) + math.log(tail)
    return _exponential(weight + (less + more + 1) * math.log(2))


def below(bad: int, trials: int, bound: float) -> float:
    """Evidence that a rate is below a bound, against that it is not.

    Args:
        bad: trials that failed.
        trials: in all.
        bound: between 0 and 1.
    """
    from scipy.special import betainc, betaln  # as above

    never = 0.0 if bad else EVERY * _exponential(-trials * math.log1p(-bound))
    share = float(betainc(bad + 1, trials - bad + 1, bound))
    if not share:
        return never
    weight = float(betaln(bad + 1, trials - bad + 1)) + math.log(share / bound)
    edge = bad * math.log(bound) + (trials - bad) * math.log1p(-bound)
    return never + (1 - EVERY) * _exponential(weight - edge)


def rate_interval(bad: int, trials: int, confidence: float) -> tuple[float, float]:
    """The rates that trials do not speak against: with this confidence, the true one lies in it at
    every moment at which one may look (a confidence sequence: Robbins, Annals of Mathematical
    Statistics 41, 1970).

    Args:
        bad: trials that failed.
        trials: in all.
        confidence: 0 to 1.

    Returns:
        The lowest and the highest.
    """
    from scipy.optimize import brentq  # half a second of imports, for this alone

    if not trials:
        return 0.0, 1.0
    limit = -math.log1p(-confidence)
    weight = _mixed(bad, trials)

    def excess(rate: float) -> float:
        likely = bad * math.log(rate) if bad else 0.0
        likely += (trials - bad) * math.log1p(-rate) if trials > bad else 0.0
        return weight - likely - limit

    share, edge = bad / trials, 1e-12
    low = brentq(excess, edge, share) if bad and excess(edge) > 0 else 0.0
    high = brentq(excess, share, 1 - edge) if bad < trials and excess(1 - edge) > 0 else 1.0
    return float(low), float(high)


def median_interval(values: Sequence[float], confidence: float) -> tuple[float, float] | None:
    """Between which the median lies of what values come from, at every moment at which one may
    look (Howard and Ramdas, Bernoulli 28, 2022); None where they are too few to say.

    Args:
        values: one for each pair of trials.
        confidence: 0 to 1.
    """
    count = len(values)
    limit = -math.log1p(-confidence)
    # Were so few of the values below the median, one that is tossed for each would be no fair coin.
    least = next(
        (few for few in range(count // 2 + 1) if _mixed(few, count) + count * math.log(2) < limit),
        None,
    )
    if not least:
        return None
    ordered = sorted(values)
    return ordered[least - 1], ordered[count - least]


def _mixed(bad: int, trials: int) -> float:
    """Logarithm of the likelihood of trials in one order, averaged over all rates."""
    from scipy.special import betaln  # as above

    return float(betaln(bad + HALF, trials - bad + HALF) - betaln(HALF, HALF))


def _exponential(power: float) -> float:
    """The exponential, of what is too large for a number, infinity."""
    return math.exp(power) if power < 700 else math.inf

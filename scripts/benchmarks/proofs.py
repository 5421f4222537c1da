"""How often a proof is wrong, and how many trials it takes: simulated pairs whose rates are known.

Each proof is looked at after every pair, and stops as soon as it is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import msgspec
import numpy as np
from scipy.special import expit, logit
from scipy.stats import binom

from scripts.analysis.proof import MENDED, Pair, Proof, Verdict
from scripts.analysis.rates import interval


class ProofKind(NamedTuple):
    """A kind of change: the rates of failing trials without it and with it, by how much both drift
    from pair to pair (standard deviation of their log-odds, drawn once a pair for both), and how
    many requests fail in such a trial beyond the first, in the mean: they cluster.
    """

    before: float
    after: float
    drift: float = 0.0
    beyond_before: float = 0.0
    beyond_after: float = 0.0


KINDS = (
    ProofKind(0.5, 0.0),
    ProofKind(1.0, 0.0),
    ProofKind(0.2, 0.02),
    ProofKind(0.5, 0.1),
    ProofKind(0.5, 0.15),
    ProofKind(0.01, 0.0),
    ProofKind(0.05, 0.05),
    ProofKind(0.5, 0.5),
    ProofKind(0.5, 0.5, 1.5),
    ProofKind(0.5, 0.15, 1.5),
    ProofKind(0.05, 0.1),
    ProofKind(0.2, 0.6),
    ProofKind(1.0, 1.0, beyond_before=20.0, beyond_after=20.0),
    ProofKind(0.5, 0.5, beyond_before=5.0, beyond_after=5.0),
    ProofKind(1.0, 1.0, beyond_before=60.0, beyond_after=20.0),
    ProofKind(0.5, 0.05, beyond_before=3.0, beyond_after=3.0),
)
"""The kinds of changes that are simulated."""

CONFIDENCE = 0.99
"""At which proofs stop."""

SURE = 0.999
"""Power of a test of a fixed size where all proofs told the way."""

CLAIMS = ("mends", "helps", "harms")
"""Verdicts that claim which way it goes."""

LIMIT = 400
"""Pairs after which a proof ends without being settled."""


class ProofScore(msgspec.Struct, frozen=True):
    """Proofs of one kind of change.

    Attributes:
        before, after: rates of failing trials without the change and with it.
        drift: of both from pair to pair, as the standard deviation of their log-odds.
        beyond_before, beyond_after: requests that fail in a failing trial beyond the first, the
            mean.
        problems: how many were simulated.
        verdicts: how often each came out.
        wrong: how many claimed what is not so.
        pairs: that they took, the mean.
        told: pairs after which the way it goes was told, the mean of those in which it was; None
            where it never was.
        fixed: pairs that a test of as many as were laid down before takes to tell as often which
            way it goes; None where there is no way, or none so many tell.
    """

    before: float
    after: float
    drift: float
    beyond_before: float
    beyond_after: float
    problems: int
    verdicts: dict[str, int]
    wrong: int
    pairs: float
    told: float | None
    fixed: int | None

    @property
    def interval(self) -> tuple[float, float]:
        """The exact 95 % interval of the share of wrong verdicts."""
        return interval(self.wrong, self.problems)


class Proven(NamedTuple):
    """What a simulated proof ends with, after how many pairs, and after how many of them it told
    which way it goes; None where it did not.
    """

    verdict: Verdict
    pairs: int
    told: int | None


def proven(kind: ProofKind, seed: int) -> Proven:
    """One proof, looked at after every pair."""
    luck = np.random.default_rng([seed, *map(ord, repr(tuple(kind)))])
    # Drawn about the log-odds: a rate of none or of all stays what it is.
    odds = logit([kind.before, kind.after])
    drifts = kind.drift * luck.standard_normal(LIMIT)
    draws = luck.random((LIMIT, 2))
    beyond = luck.poisson(luck.exponential([kind.beyond_before, kind.beyond_after], (LIMIT, 2)))
    running, told = Proof(CONFIDENCE), None
    for drift, drawn, more in zip(drifts, draws, beyond, strict=True):
        failed = (drawn < expit(odds + drift)) * (1 + more)
        running.take(Pair(int(failed[0]), int(failed[1])))
        if told is None and running.verdict in CLAIMS:
            told = running.pairs
        if running.settled:
            break
    return Proven(running.verdict, running.pairs, told)


def wrong(kind: ProofKind, verdict: Verdict) -> bool:
    """Whether a verdict claims of a kind of change what is not so."""
    if verdict == "mends" and _typical(kind) > MENDED:
        return True
    before = (kind.before, kind.beyond_before)
    after = (kind.after, kind.beyond_after)
    if verdict == "harms":
        return after <= before
    return verdict in ("helps", "mends") and after >= before


def _typical(kind: ProofKind) -> float:
    """The mean rate with the change."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    rates = expit(logit(kind.after) + kind.drift * nodes)
    return float(np.average(rates, weights=weights))


def fixed_size(kind: ProofKind, power: float) -> int | None:
    """Pairs that the sign test of a fixed size takes for a power; None where it never has it.

    It claims a direction at the same confidence, and may be looked at once.
    """
    if kind.before == kind.after or not power or any(kind[2:]):
        return None
    worse = max(kind.before, kind.after) * (1 - min(kind.before, kind.after))
    better = min(kind.before, kind.after) * (1 - max(kind.before, kind.after))
    for pairs in range(1, LIMIT + 1):
        if _power(pairs, worse, better) >= power:
            return pairs
    return None


def _power(pairs: int, worse: float, better: float) -> float:
    """How often a sign test tells of so many pairs which side fails more.

    Args:
        pairs: how many.
        worse, better: chances that the side alone fails that fails more, and the other.
    """
    told = np.arange(pairs + 1)
    # The most failures of the better side at which the test still claims.
    most = binom.ppf((1 - CONFIDENCE) / 2, told, 0.5).astype(int)
    most -= binom.cdf(most, told, 0.5) > (1 - CONFIDENCE) / 2
    claimed = binom.cdf(most, told, better / (worse + better))
    return float(np.sum(binom.pmf(told, pairs, worse + better) * claimed))


def proof_scores(
    problems: int, seed: int, processes: int, tell: Callable[[str], None]
) -> list[ProofScore]:
    """A score for each kind of change.

    Args:
        problems: simulated of each kind.
        seed: from which they are drawn.
        processes: how many work at a time.
        tell: is told what goes on.
    """
    with ProcessPoolExecutor(processes) as pool:
        return list(_scores(pool, problems, seed, tell))


def _scores(
    pool: ProcessPoolExecutor, problems: int, seed: int, tell: Callable[[str], None]
) -> Iterator[ProofScore]:
    for kind in KINDS:
        tell(f"proof: {kind.before:g} to {kind.after:g}")
        seeds = [seed + number for number in range(problems)]
        ended = list(pool.map(proven, [kind] * problems, seeds, chunksize=25))
        verdicts: dict[str, int] = {}
        for proof in ended:
            verdicts[proof.verdict] = verdicts.get(proof.verdict, 0) + 1
        told = [proof.told for proof in ended if proof.told is not None]
        yield ProofScore(
            *kind,
            problems,
            dict(sorted(verdicts.items())),
            sum(wrong(kind, proof.verdict) for proof in ended),
            float(np.mean([proof.pairs for proof in ended])),
            float(np.mean(told)) if told else None,
            fixed_size(kind, min(len(told) / problems, SURE)),
        )

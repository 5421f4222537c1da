"""How well each method locates steps that are hidden in simulated rows.

All get the same rows, and each trial's luck is drawn from the row's own seed.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import msgspec
import numpy as np

from scripts.analysis.rates import interval
from scripts.benchmarks.hidden import ChangeClaim, HiddenStep, Terrain, hidden_step
from scripts.benchmarks.methods import CONFIDENCES, CURVE, LIMIT, METHODS
from scripts.search.changepoint import Search

SIZES = (22, 128, 1000)

RATE_PAIRS = ((1.0, 0.0), (0.9, 0.0), (0.5, 0.0), (0.2, 0.0), (0.1, 0.0), (0.9, 0.1))
"""Rates of bad trials from the step on, and before it."""

UNTESTABLE = (0.0, 0.1, 0.3)

BARE = "ours"
"""Our search by itself."""

RIVAL = "git-bayesect"
"""The method whose trials ours are compared with."""


class SearchScore(msgspec.Struct, frozen=True):
    """One method on one kind of row.

    Attributes:
        points: how many a row has.
        high, low: rates of bad trials from the step on, and before it; they are the same where
            nothing changes.
        untestable: share of the points that no trial can judge.
        method: which search.
        confidence: it was asked for; plain bisection knows none.
        problems: how many rows.
        right: in how many its claim was right.
        false: in how many it named a culprit where there was none, or the wrong one.
        silent: in how many it made no claim, within `LIMIT` trials or at all.
        mean, most: trials on average, and their 95th percentile.
    """

    points: int
    high: float
    low: float
    untestable: float
    method: str
    confidence: float
    problems: int
    right: int
    false: int
    silent: int
    mean: float
    most: float

    @property
    def terrain(self) -> Terrain:
        """The kind of row."""
        return Terrain(self.points, self.high, self.low, self.untestable)

    @property
    def interval(self) -> tuple[float, float]:
        """The exact 95 % interval of the share of right answers."""
        return interval(self.right, self.problems)


class TrialsRatio(msgspec.Struct, frozen=True):
    """Our trials against another method's: the mean over kinds of row, and the largest.

    Attributes:
        method, confidence: of the other.
        mean, most: over the kinds in which something changes and every point can be tested.
        unanswered: share of the rows with untestable points in which the other made no claim.
    """

    method: str
    confidence: float
    mean: float
    most: float
    unanswered: float


class TradeOff(msgspec.Struct, frozen=True):
    """What a method's claims at one confidence cost, and how often they are right.

    Attributes:
        method, confidence: which, and what it was asked for.
        problems: how many rows, of the kinds in which something changes and every point can be
            tested.
        right: in how many its claim was right.
        worst: share of right claims in the kind in which it was right the least often.
        mean: trials it took, on average over the rows.
    """

    method: str
    confidence: float
    problems: int
    right: int
    worst: float
    mean: float


def contest(
    problems: int, seed: int, sizes: Sequence[int], workers: int, tell: Callable[[str], None]
) -> list[SearchScore]:
    """Every method on every kind of row.

    Args:
        problems: rows of each kind.
        seed: from which all rows are drawn.
        sizes: how many points.
        workers: processes to use.
        tell: told of each kind that is done.

    Returns:
        A score for each kind, method and confidence; kinds without a step come last.
    """
    kinds = list(terrains(sizes))
    scored: list[SearchScore] = []
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(scores, terrain, problems, seed) for terrain in kinds]
        for number, (terrain, job) in enumerate(zip(kinds, jobs, strict=True), 1):
            scored += job.result()
            rates = f"{terrain.high:g}/{terrain.low:g}"
            dead = f"{terrain.untestable:.0%} dead"
            tell(f"[{number}/{len(kinds)}] {terrain.points} points, {rates}, {dead}")
    return scored


def terrains(sizes: Sequence[int]) -> Iterator[Terrain]:
    """Every kind of row, those without a step last."""
    for points, (high, low), untestable in product(sizes, RATE_PAIRS, UNTESTABLE):
        yield Terrain(points, high, low, untestable)
    for points, rate in product(sizes, sorted({rate for pair in RATE_PAIRS for rate in pair})):
        yield Terrain(points, rate, rate)


def scores(terrain: Terrain, problems: int, seed: int) -> list[SearchScore]:
    """Every method on one kind of row, at every confidence."""
    rows = [
        hidden_step(terrain, f"{seed} {' '.join(map(str, terrain))} {number}")
        for number in range(problems)
    ]
    scored: list[SearchScore] = []
    for method, locate in METHODS.items():
        if terrain.flat and method == "plain":
            continue  # it has no way to say that nothing changes
        claims = [locate(row) for row in rows]
        for confidence in CURVE if method in (BARE, RIVAL) else CONFIDENCES:
            silent = ChangeClaim(LIMIT, silent=True)
            claimed = [by_confidence.get(confidence, silent) for by_confidence in claims]
            scored.append(score(rows, claimed, method, confidence))
    return scored


def score(
    rows: Sequence[HiddenStep], claims: Sequence[ChangeClaim], method: str, confidence: float
) -> SearchScore:
    """One method's claims, at one confidence, on rows that are all of one kind."""
    right = [row.agrees(claim) for row, claim in zip(rows, claims, strict=True)]
    trials = [claim.trials for claim in claims]
    return SearchScore(
        *rows[0].terrain,
        method=method,
        confidence=confidence,
        problems=len(rows),
        right=sum(right),
        false=sum(
            claim.step is not None and not agrees
            for claim, agrees in zip(claims, right, strict=True)
        ),
        silent=sum(claim.silent for claim in claims),
        mean=statistics.fmean(trials),
        most=float(np.percentile(trials, 95)),
    )


def ratios(scored: Sequence[SearchScore]) -> list[TrialsRatio]:
    """Our trials against git-bayesect's.

    Where points cannot be tested it mostly asks for one of them for ever; the few rows it ends
    there are its easiest, and are left out.
    """
    return [_ratio([row for row in scored if row.confidence == claimed], claimed)
            for claimed in CONFIDENCES]  # fmt: skip


def _ratio(scored: Sequence[SearchScore], confidence: float) -> TrialsRatio:
    """The same at one confidence."""
    means = {(row.terrain, row.method): row.mean for row in scored}
    factors = [
        mean / means[terrain, RIVAL]
        for (terrain, method), mean in means.items()
        if method == BARE and not terrain.flat and not terrain.untestable
    ]
    unanswered = [
        row.silent / row.problems for row in scored if row.method == RIVAL and row.untestable
    ]
    return TrialsRatio(
        RIVAL, confidence, statistics.fmean(factors), max(factors), statistics.fmean(unanswered)
    )


def trade_offs(scored: Sequence[SearchScore]) -> list[TradeOff]:
    """The curve of trials against right claims, of our search by itself and of git-bayesect."""
    rows = [row for row in scored if not row.terrain.flat and not row.untestable]
    return [
        _trade_off([row for row in rows if (row.method, row.confidence) == asked])
        for asked in product((BARE, RIVAL), CURVE)
    ]


def _trade_off(rows: Sequence[SearchScore]) -> TradeOff:
    """One place of the curve: the kinds of row pooled."""
    problems = sum(row.problems for row in rows)
    return TradeOff(
        method=rows[0].method,
        confidence=rows[0].confidence,
        problems=problems,
        right=sum(row.right for row in rows),
        worst=min(row.right / row.problems for row in rows),
        mean=sum(row.mean * row.problems for row in rows) / problems,
    )


def choosing(points: int = 1000, times: int = 21) -> float:
    """Seconds that choosing the next of so many points takes, at the median."""
    search, luck = Search(points), random.Random(1)  # noqa: S311
    seconds = []
    for _ in range(times):
        point = luck.randrange(points)
        search.record(point, point > points // 3 and luck.random() < 0.5)
        began = time.perf_counter()
        search.next()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)

"""How much faster searches end that several workers run, and whether they are right as often.

A worker runs one trial at a time, on a clock that is made up. The rows are those of `hidden`; the
n-th trial of a point gives the same and takes the same time however many workers there are.
"""

from __future__ import annotations

import math
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from scripts.benchmarks.events import asked, seconds_taken
from scripts.benchmarks.hidden import ChangeClaim, HiddenStep, Terrain, hidden_step
from scripts.benchmarks.methods import CONFIDENCES, made_question, made_trial
from scripts.domain.trial import Place, Target, Trial
from scripts.search.bisection import Bisection
from scripts.search.history import History
from scripts.search.question import Point
from scripts.search.step import Step
from scripts.trials.campaign import STARTING

WORKERS = (1, 2, 4, 8)

SIZES = (22, 128)

RATE_PAIRS = ((1.0, 0.0), (0.9, 0.0), (0.5, 0.0), (0.2, 0.0), (0.9, 0.1))
"""Rates of bad trials from the step on, and before it."""

FLAT = (0.0, 0.5)
"""Rates of rows in which nothing changes."""

RESAMPLES = 2000
"""Draws of problems from which the interval of a mean is told."""

Verb = Literal["bisect", "history"]
"""Which search."""


class WorkersScore(msgspec.Struct, frozen=True):
    """A search on one kind of row, with so many workers.

    Attributes:
        verb: which search.
        points: how many a row has.
        high, low: rates of bad trials from the step on, and before it; alike where nothing changes.
        confidence: it was asked for.
        workers: trials at a time.
        problems: how many rows.
        faster: how many times as fast it ends as with one worker: geometric mean over the rows.
        faster_low, faster_high: its 95 % interval, by drawing rows again.
        asked: how many times as fast it is to be.
        mean: trials it takes, on average.
        claims: in how many rows it claims anything.
        right: in how many of these it is right.
    """

    verb: Verb
    points: int
    high: float
    low: float
    confidence: float
    workers: int
    problems: int
    faster: float
    faster_low: float
    faster_high: float
    asked: float
    mean: float
    claims: int
    right: int


class Course(NamedTuple):
    """How a search went: how many seconds it took, and what it claims."""

    seconds: float
    claim: ChangeClaim


def course(hidden: HiddenStep, verb: Verb, confidence: float, workers: int) -> Course:
    """A search as it is used, on made-up trials that end in an exception where they are bad."""
    points = [
        Point(str(place), Target(f"point {place}", "")) for place in range(hidden.terrain.points)
    ]
    question = made_question(points, "ReadError", None, confidence)
    search = Bisection(question) if verb == "bisect" else History(question)
    places, tried = {point.target: place for place, point in enumerate(points)}, Counter[int]()

    def trying(step: Step) -> tuple[float, Trial]:
        point = places[step.target]
        tried[point] += 1
        noise = random.Random(f"noise {hidden.seed} {point} {tried[point]}")  # noqa: S311
        made = made_trial(step.target, hidden.trial(point, tried[point]), noise)
        place = Place("", order=step.round, round=step.round)
        seconds = STARTING + (made.client.wall or 0.0)
        return seconds, msgspec.structs.replace(made, place=place)

    seconds = seconds_taken(search, workers, trying)
    trials = len(search.tally.records)
    if isinstance(search, Bisection):
        answer = search.sure
        claim = None if answer is None else ChangeClaim(trials, answer.before, answer.step)
    else:
        claim = _line_claim(search, trials)
    return Course(seconds, ChangeClaim(trials, silent=True) if claim is None else claim)


def _line_claim(history: History, trials: int) -> ChangeClaim | None:
    """What a history claims of a row with one step or none; None where it claims nothing."""
    if not history.sure:
        return None
    match history.claim().changes:
        case []:
            return ChangeClaim(trials)
        case [change]:
            return ChangeClaim(trials, change.before, change.after)
    return ChangeClaim(trials, -1, -1)  # more than there are: no step lies there


def scores(
    verb: Verb, terrain: Terrain, confidence: float, problems: int, seed: int
) -> list[WorkersScore]:
    """A search on one kind of row, with each number of workers."""
    rows = [
        hidden_step(terrain, f"{seed} {' '.join(map(str, terrain))} {number}")
        for number in range(problems)
    ]
    alone: list[Course] = []
    scored = []
    for workers in WORKERS:
        courses = [course(row, verb, confidence, workers) for row in rows]
        alone = alone or courses
        claimed = [(row, one.claim) for row, one in zip(rows, courses, strict=True)]
        claimed = [(row, claim) for row, claim in claimed if not claim.silent]
        scored.append(
            WorkersScore(
                verb=verb,
                points=terrain.points,
                high=terrain.high,
                low=terrain.low,
                confidence=confidence,
                workers=workers,
                problems=problems,
                **_faster(alone, courses, seed),
                asked=asked(by_chance(terrain.high, terrain.low), workers),
                mean=float(np.mean([one.claim.trials for one in courses])),
                claims=len(claimed),
                right=sum(row.agrees(claim) for row, claim in claimed),
            )
        )
    return scored


class Together(NamedTuple):
    """A search with one claim and number of workers, the kinds of row pooled.

    Attributes:
        verb, confidence, workers: which.
        by_chance: how many times as fast it ends as with one worker where trials are bad by chance:
            geometric mean of the kinds; None where there are none.
        steady: the same where they are bad every time or never.
        right, claims: how many of its claims are right, and how many there are.
    """

    verb: Verb
    confidence: float
    workers: int
    by_chance: float | None
    steady: float | None
    right: int
    claims: int


def pooled(scores: Sequence[WorkersScore]) -> list[Together]:
    """The kinds of row pooled, by search, confidence and number of workers."""
    names = dict.fromkeys((score.verb, score.confidence, score.workers) for score in scores)
    together = []
    for name in names:
        own = [score for score in scores if (score.verb, score.confidence, score.workers) == name]
        together.append(
            Together(
                *name,
                _mean_faster([score for score in own if by_chance(score.high, score.low)]),
                _mean_faster([score for score in own if not by_chance(score.high, score.low)]),
                sum(score.right for score in own),
                sum(score.claims for score in own),
            )
        )
    return together


def _mean_faster(scores: Sequence[WorkersScore]) -> float | None:
    return statistics.geometric_mean(score.faster for score in scores) if scores else None


def by_chance(high: float, low: float) -> bool:
    """Whether trials of a row are bad by chance: neither every time nor never on one side."""
    return not {high, low} <= {0.0, 1.0}


def _faster(alone: Sequence[Course], courses: Sequence[Course], seed: int) -> dict[str, float]:
    """How many times as fast searches end as with one worker, with the interval of that."""
    ratios = np.log(
        [one.seconds / other.seconds for one, other in zip(alone, courses, strict=True)]
    )
    draws = np.random.default_rng(seed).choice(ratios, (RESAMPLES, len(ratios))).mean(axis=1)
    low, high = np.exp(np.percentile(draws, (2.5, 97.5)))
    return {
        "faster": float(np.exp(ratios.mean())),
        "faster_low": float(low),
        "faster_high": float(high),
    }


def kinds(sizes: Sequence[int]) -> Iterator[tuple[Verb, Terrain, float]]:
    """Every search, kind of row and confidence."""
    verbs: tuple[Verb, ...] = ("bisect", "history")
    pairs = (*RATE_PAIRS, *((rate, rate) for rate in FLAT))
    for verb, points, rates, confidence in product(verbs, sizes, pairs, CONFIDENCES):
        yield verb, Terrain(points, *rates), confidence


def workers_scores(
    problems: int, seed: int, sizes: Sequence[int], processes: int, tell: Callable[[str], None]
) -> list[WorkersScore]:
    """Every search on every kind of row, with each number of workers.

    Args:
        problems: rows of each kind for a bisection; a history, which takes longer, gets a fifth.
        seed: from which all rows are drawn.
        sizes: how many points.
        processes: to use.
        tell: told of each kind that is done.
    """
    scored: list[WorkersScore] = []
    every = list(kinds(sizes))
    with ProcessPoolExecutor(processes) as pool:
        jobs = [pool.submit(scores, *kind, _many(kind[0], problems), seed) for kind in every]
        for number, ((verb, terrain, confidence), job) in enumerate(
            zip(every, jobs, strict=True), 1
        ):
            scored += job.result()
            rates = f"{terrain.high:g}/{terrain.low:g}"
            row = f"{terrain.points} points, {rates}, claims {confidence:.0%}"
            tell(f"[{number}/{len(every)}] {verb} with several workers, {row}")
    return scored


def _many(verb: Verb, problems: int) -> int:
    """Rows of each kind that a search gets, of so many."""
    return problems if verb == "bisect" else math.ceil(problems / 5)

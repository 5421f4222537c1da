"""Ways to locate a hidden step: our search bare and as it is used, git-bayesect's, and plain
bisection.

Each claims, for every confidence, the step it would name at that confidence. One that makes no
claim within `LIMIT` trials is silent.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Literal

from scripts.benchmarks.hidden import ChangeClaim, HiddenStep
from scripts.domain.trial import Client, Failure, Host, Link, Load, Place, Requests, Target, Trial
from scripts.search.bisection import Bisection
from scripts.search.changepoint import Search
from scripts.search.question import Point, Question

CONFIDENCES = (0.95, 0.99)

CURVE = (0.8, 0.9, *CONFIDENCES, 0.995)
"""Those at which our search by itself and git-bayesect's are compared."""

LIMIT = 1500
"""Trials after which a search counts as having no answer."""

REPEATS = 10
"""Trials of a point in repeated plain bisection, unless one is bad before."""

COST = {True: 2.0, False: 1.0}
"""What a request costs in a bad trial and in a good one, by how much a control's does."""

NOISE = 0.07
"""How far the logarithms of costs lie apart; a trial's ratio to its control by 10 %, thus."""

WALL = 12.0
"""What a trial takes, give or take the noise."""

Claims = Mapping[float, ChangeClaim]
"""By confidence; none where the search was silent."""


def search_alone(hidden: HiddenStep) -> Claims:
    """Our search by itself, both ends first."""
    points = hidden.terrain.points
    search, trial = Search(points), hidden.trials()
    claims: dict[float, ChangeClaim] = {}
    ends = [0, points - 1]
    for count in range(1, LIMIT + 1):
        point = ends.pop() if ends else search.next()
        bad = trial(point)
        if bad is None:
            search.skip(point)
        else:
            search.record(point, bad)
        answer = search.answer()
        for confidence in CURVE:
            if answer.confidence >= confidence and not ends:
                claims.setdefault(confidence, ChangeClaim(count, answer.before, answer.step))
        if len(claims) == len(CURVE):
            break
    return claims


def search_as_used(hidden: HiddenStep, signal: Literal["ReadError", "slow"]) -> Claims:
    """Our search as `bisect` runs it, on made-up trials that end in an exception or cost more."""
    return {confidence: _bisected(hidden, signal, confidence) for confidence in CONFIDENCES}


def _bisected(hidden: HiddenStep, signal: str, confidence: float) -> ChangeClaim:
    """What a bisection that asks for this confidence claims."""
    points = [
        Point(str(place), Target(f"point {place}", "")) for place in range(hidden.terrain.points)
    ]
    control = Target("control", "") if signal == "slow" else None
    bisection = Bisection(made_question(points, signal, control, confidence))
    places = {point.target: place for place, point in enumerate(points)}
    trial, noise = hidden.trials(), random.Random(f"noise {hidden.seed}")  # noqa: S311
    while (step := bisection.next()) is not None:
        bad = trial(places[step.target])
        made = made_trial(step.target, bad, noise)
        beside = made_trial(control, False, noise) if control is not None else None
        bisection.take(step, made, beside)
    answer, trials = bisection.sure, len(bisection.tally.records)
    if answer is None:
        return ChangeClaim(trials, silent=True)
    return ChangeClaim(trials, answer.before, answer.step)


MADE_UP = Load("made up")

HOST = Host("", "", 1, 0, 0, None, None)

STRUCK = Failure((Link("httpx", "ReadError", "", None, "raised", None),), "", 1)


def made_question(
    points: list[Point], signal: str, control: Target | None, confidence: float
) -> Question:
    """A question about made-up points."""
    return Question(
        name="",
        created="",
        command=("bisect",),
        package="httpx",
        points=points,
        fix=False,
        signal=signal,
        load=MADE_UP,
        control=control,
        confidence=confidence,
        budget=None,
        most=LIMIT,
    )


def made_trial(target: Target, bad: bool | None, noise: random.Random) -> Trial:
    """A trial of two requests, made up: bad in every way that a signal may ask for.

    One of them is answered, so that what requests cost can be told, too.

    Args:
        target: of the point, or the control.
        bad: whether it is bad; None for one that cannot be had.
        noise: moves what it costs.
    """
    client = Client()
    if bad is not None:
        client = Client(
            requests=Requests([0.0, 0.0], [1.0, 1.0], [0 if bad else None, None]),
            failures=[STRUCK] if bad else [],
            wall=WALL * noise.lognormvariate(0, NOISE),
            cpu_user=COST[bad] * noise.lognormvariate(0, NOISE),
            cpu_system=0.0,
        )
    return Trial(
        place=Place(""),
        started="",
        target=target,
        load=MADE_UP,
        host=HOST,
        outcome="unavailable" if bad is None else "completed",
        client=client,
    )


def git_bayesect(hidden: HiddenStep) -> Claims:
    """git-bayesect's search, as its `run` goes on, with its own way to skip."""
    from git_bayesect import Bisector  # only who compares needs it

    points = hidden.terrain.points
    search, trial = Bisector([1] * points), hidden.trials()
    claims: dict[float, ChangeClaim] = {}
    last = points - 1  # it counts from the newest
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its logarithm of a zeroed prior
        for count in range(1, LIMIT + 1):
            index = search.select()
            bad = trial(last - index)
            if bad is None and search.prior_weights[index] == 0:
                # It would ask for this commit, which it knows cannot be tested, for ever.
                return dict.fromkeys(CURVE, ChangeClaim(count, silent=True)) | claims
            search.record(index, bad)
            best = int(search.distribution.argmax())
            for confidence in CURVE:
                if search.distribution[best] >= confidence:
                    claims.setdefault(confidence, _theirs(hidden, count, last - best))
            if len(claims) == len(CURVE):
                break
    return claims


def _theirs(hidden: HiddenStep, count: int, step: int) -> ChangeClaim:
    """The claim that a step lies there; that it lies at the first point means "nowhere"."""
    if not step:
        return ChangeClaim(count)
    # A commit that cannot be tested cannot be told from the one before it.
    before = step - 1
    while before in hidden.untestable:
        before -= 1
    return ChangeClaim(count, before, step)


def plain_bisection(hidden: HiddenStep) -> Claims:
    """Plain bisection, each point tried up to ten times: bad if once bad. Knows no confidence."""
    trial = hidden.trials()
    low, high, count = 0, hidden.terrain.points - 1, 0
    while high - low > 1:
        middle = (low + high) // 2
        nearest = sorted(range(low + 1, high), key=lambda point: abs(point - middle))
        point, bad, tried = _first_testable(nearest, trial)
        count += tried
        if bad is None:
            break
        low, high = (low, point) if bad else (point, high)
    return dict.fromkeys(CONFIDENCES, ChangeClaim(count, low, high))


def _first_testable(
    points: Iterable[int], trial: Callable[[int], bool | None]
) -> tuple[int, bool | None, int]:
    """The first of some points that can be tested.

    Returns:
        The point; whether one of its trials was bad, None where no point can be tested; and how
        many trials it took.
    """
    point, count = -1, 0
    for point in points:
        for _ in range(REPEATS):
            count += 1
            bad = trial(point)
            if bad is not False:
                break
        if bad is not None:
            return point, bad, count
    return point, None, count


METHODS: Mapping[str, Callable[[HiddenStep], Claims]] = {
    "ours": search_alone,
    "bisect ReadError": partial(search_as_used, signal="ReadError"),
    "bisect slow": partial(search_as_used, signal="slow"),
    "git-bayesect": git_bayesect,
    "plain": plain_bisection,
}

OURS = ("ours", "bisect ReadError", "bisect slow")
"""Those of the methods that are this project's."""

"""Searches on simulated problems whose answer is known: ours, git-bayesect's, plain bisection's.

All three get the same problems, and each trial's luck is drawn from the problem's own seed.
"""

from __future__ import annotations

import random
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product

import msgspec
import numpy as np

from scripts.analysis.rates import interval
from scripts.search.changepoint import Search

SIZES = (22, 128, 1000)
RATES = ((1.0, 0.0), (0.9, 0.0), (0.5, 0.0), (0.2, 0.0), (0.1, 0.0), (0.9, 0.1))
"""Rates of bad trials from the change on, and before it."""

UNTESTABLE = (0.0, 0.1, 0.3)
CONFIDENCES = (0.95, 0.99)
MOST = 1500
"""Trials after which a search counts as having no answer."""

REPEATS = 10
"""Trials of a point in repeated plain bisection, unless one is bad before."""

METHODS = ("ours", "git-bayesect", "plain")


@dataclass(frozen=True)
class Problem:
    """A row of points: the first bad one (None for nowhere), both rates, what cannot be tested."""

    points: int
    change: int | None
    high: float
    low: float
    untestable: frozenset[int]
    seed: str

    def trials(self) -> Callable[[int], bool | None]:
        """A trial of a point: bad, good or untestable. The same luck for the same calls."""
        luck = random.Random(self.seed)  # noqa: S311

        def trial(point: int) -> bool | None:
            if point in self.untestable:
                return None
            after = self.change is not None and point >= self.change
            return luck.random() < (self.high if after else self.low)

        return trial

    def right(self, before: int | None, step: int | None) -> bool:
        """Whether an answer is right: the change lies after `before`, at the latest at `step`."""
        if step is None or before is None:
            return self.change is None and step is None
        return self.change is not None and before < self.change <= step


class Row(msgspec.Struct, frozen=True):
    """One method on one kind of problem.

    Attributes:
        points, high, low, untestable: of the problems; high equals low where nothing changes.
        method: which search.
        confidence: it was asked for; plain bisection knows none.
        problems: how many.
        right: how many it answered right.
        false: how many it named a culprit for where there was none, or the wrong one.
        silent: how many it gave no answer to, within `MOST` trials or at all.
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
    def interval(self) -> tuple[float, float]:
        """The exact 95 % interval of the share of right answers."""
        return interval(self.right, self.problems)


Answer = tuple[int, int | None, int | None]
"""Trials, last point before the step, first from it on; both None for "nothing changes"; -1 for
no answer."""


def problem(points: int, high: float, low: float, share: float, seed: str) -> Problem:
    """A problem drawn from its seed; where both rates are one, nothing changes."""
    draw = random.Random(f"problem {seed}")  # noqa: S311
    change = draw.randrange(1, points) if high != low else None
    dead = frozenset(each for each in range(1, points - 1) if draw.random() < share)
    return Problem(points, change, high, low, dead, seed)


def ours(each: Problem) -> dict[float, Answer]:
    """Our search, both ends first."""
    search, trial = Search(each.points), each.trials()
    found: dict[float, Answer] = {}
    following: list[int] = [0, each.points - 1]
    for count in range(1, MOST + 1):
        point = following.pop() if following else search.next()
        bad = trial(point)
        if bad is None:
            search.skip(point)
        else:
            search.record(point, bad)
        answer = search.answer()
        for confidence in CONFIDENCES:
            if answer.confidence >= confidence and not following:
                found.setdefault(confidence, (count, answer.before, answer.step))
        if len(found) == len(CONFIDENCES):
            break
    return found


def theirs(each: Problem) -> dict[float, Answer]:
    """git-bayesect's search, as its `run` goes on, with its own way to skip."""
    from git_bayesect import Bisector  # only this comparison needs it to be installed

    search, trial = Bisector([1] * each.points), each.trials()
    found: dict[float, Answer] = {}
    last = each.points - 1  # it counts from the newest
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its logarithm of a zeroed prior
        for count in range(1, MOST + 1):
            index = search.select()
            bad = trial(last - index)
            if bad is None and search.prior_weights[index] == 0:
                # It would ask for this commit, which it knows cannot be tested, for ever.
                return dict.fromkeys(CONFIDENCES, (count, -1, -1)) | found
            search.record(index, bad)
            best = int(search.distribution.argmax())
            for confidence in CONFIDENCES:
                if search.distribution[best] >= confidence and confidence not in found:
                    step = last - best
                    # A commit that cannot be tested cannot be told from the one before it.
                    before = step - 1
                    while before in each.untestable:
                        before -= 1
                    found[confidence] = (count, before, step) if step else (count, None, None)
            if len(found) == len(CONFIDENCES):
                break
    return found


def plain(each: Problem) -> dict[float, Answer]:
    """Plain bisection, each point tried up to ten times: bad if once bad. Knows no confidence."""
    trial = each.trials()
    low, high, count = 0, each.points - 1, 0
    while high - low > 1:
        middle = (low + high) // 2
        order = sorted(range(low + 1, high), key=lambda point: abs(point - middle))
        verdict = None
        for point in order:
            for _ in range(REPEATS):
                count += 1
                verdict = trial(point)
                if verdict is not False:
                    break
            if verdict is not None:
                low, high = (low, point) if verdict else (point, high)
                break
        else:
            break
    return dict.fromkeys(CONFIDENCES, (count, low, high))


SEARCHES = {"ours": ours, "git-bayesect": theirs, "plain": plain}


def contest(
    problems: int, seed: int, sizes: Sequence[int], workers: int, tell: Callable[[str], None]
) -> list[Row]:
    """Every search on every kind of problem.

    Args:
        problems: of each kind.
        seed: from which all problems are drawn.
        sizes: how many points.
        workers: processes to use.
        tell: told of each kind that is done.

    Returns:
        A row for each kind, method and confidence; kinds without a change come last.
    """
    kinds = [(n, high, low, dead) for n, (high, low), dead in product(sizes, RATES, UNTESTABLE)]
    flat = sorted({rate for pair in RATES for rate in pair})
    kinds += [(n, rate, rate, 0.0) for n, rate in product(sizes, flat)]
    rows: list[Row] = []
    with ProcessPoolExecutor(workers) as pool:
        jobs = [pool.submit(_kind, kind, problems, seed) for kind in kinds]
        for number, job in enumerate(jobs, 1):
            rows += job.result()
            points, high, low, dead = kinds[number - 1]
            tell(f"[{number}/{len(kinds)}] {points} points, {high:g}/{low:g}, {dead:.0%} dead")
    return rows


def _kind(kind: tuple[int, float, float, float], problems: int, seed: int) -> list[Row]:
    points, high, low, dead = kind
    drawn = [
        problem(points, high, low, dead, f"{seed} {points} {high} {low} {dead} {number}")
        for number in range(problems)
    ]
    rows = []
    for method in METHODS:
        if high == low and method == "plain":
            continue  # it has no way to say that nothing changes
        answers = [SEARCHES[method](each) for each in drawn]
        for confidence in CONFIDENCES:
            given = [each.get(confidence, (MOST, -1, -1)) for each in answers]
            right = sum(
                one.right(before, step) and before != -1
                for one, (_, before, step) in zip(drawn, given, strict=True)
            )
            silent = sum(before == -1 for _, before, _ in given)
            unchanged = sum(before is None for _, before, _ in given)
            false = problems - silent - (right if high != low else 0) - unchanged
            counts = [count for count, *_ in given]
            rows.append(
                Row(
                    points,
                    high,
                    low,
                    dead,
                    method,
                    confidence,
                    problems,
                    right,
                    false,
                    silent,
                    statistics.fmean(counts),
                    float(np.percentile(counts, 95)),
                )
            )
    return rows


class Ratio(msgspec.Struct, frozen=True):
    """Our trials against another method's: the mean over kinds, and the largest.

    Attributes:
        method, confidence: of the other.
        mean, most: over the kinds in which something changes and every point can be tested.
        unanswered: share of the other's problems with untestable points that it never ended.
    """

    method: str
    confidence: float
    mean: float
    most: float
    unanswered: float


def ratios(rows: Sequence[Row]) -> list[Ratio]:
    """Our trials against git-bayesect's.

    Where points cannot be tested it mostly asks for one of them for ever; the few problems it
    ends there are its easiest, and are left out.
    """
    found = []
    for confidence in CONFIDENCES:
        means = {
            (row.points, row.high, row.low, row.untestable, row.method): row.mean
            for row in rows
            if row.confidence == confidence and row.high != row.low and not row.untestable
        }
        each = [
            mean / means[points, high, low, dead, "git-bayesect"]
            for (points, high, low, dead, method), mean in means.items()
            if method == "ours"
        ]
        hindered = [
            row.silent / row.problems
            for row in rows
            if row.method == "git-bayesect" and row.untestable and row.confidence == confidence
        ]
        unanswered = statistics.fmean(hindered)
        found.append(
            Ratio("git-bayesect", confidence, statistics.fmean(each), max(each), unanswered)
        )
    return found


def choosing(points: int = 1000, times: int = 21) -> float:
    """Seconds that choosing the next of so many points takes, at the median."""
    search, luck = Search(points), random.Random(1)  # noqa: S311
    taken = []
    for _ in range(times):
        point = luck.randrange(points)
        search.record(point, point > points // 3 and luck.random() < 0.5)
        began = time.perf_counter()
        search.next()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)

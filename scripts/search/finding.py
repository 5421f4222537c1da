"""What a bisection found, as facts, out of the trials it ran. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import msgspec

from scripts.analysis.hosts import HostEffect, of_records
from scripts.analysis.rates import Rate
from scripts.analysis.signals import Signal
from scripts.domain import targets
from scripts.domain.trial import Load
from scripts.search import attribution, segments
from scripts.search.attribution import Moved
from scripts.search.bisection import Bisection
from scripts.search.question import Point
from scripts.search.tally import BadEnd

FURTHER = 0.9
"""How likely a further change must be to be told."""

ANOTHER = 0.5
"""Further changes expected on either side of a step, before any trial."""

CANDIDATES = 3
"""Candidates shown of an undecided search."""

Ending = Literal[
    "nothing judged",  # no two points could be judged
    "mute end",  # an end that was named says nothing
    "no good end",  # none of those that were tried is one, or the trials or the time ran out
    "no bad end",  # likewise
    "never bad",  # the bad end was never bad, so that there is nothing to find the start of
    "ran out",  # the trials or the time ran out before the search was sure
    "unchanged",  # nothing changes between the two ends
    "swapped",  # the good end is bad and the bad end good
    "step",  # the signal comes with the newer side, or goes with it where a fix was sought
]

Verdict = Literal["culprit", "unchanged", "undecided"]

VERDICTS: dict[Ending, Verdict] = {
    "step": "culprit",
    "unchanged": "unchanged",
    "swapped": "unchanged",
}
"""What an ending amounts to; every other leaves it undecided."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a bisection found.

    Attributes:
        ending: how it ended.
        package, load: of the question; the package is empty where points are days.
        deadline: seconds each client was given; None for the load's own.
        signal: what bad means, with the threshold that was found for it.
        fix: whether the good end is the newer.
        sides: the points on both sides of the step, the older first; the two ends where there is
            no step, None where they could not be judged.
        before, after: rates of bad trials before and from the step, in version order; of the two
            ends where there is no step.
        confidence: in the verdict, 0 to 1; None where undecided.
        likeliest: (later point of the step, probability) of the best candidates, where undecided.
        unchanged: probability that nothing changes, where undecided; None where it was not asked.
        trials: how many trials it rests on, controls not counted.
        silent: how many more said nothing.
        untestable: names of points that no trial could judge.
        between: names of untestable points right between the two sides, any of which may be the
            culprit.
        instead: what the trials of each untestable point, and of a mute end, showed, by name, with
            how many did.
        mute: name of the end that says nothing; empty for none.
        ended: of the signal "exit": how the bad trials ended, the most frequent first.
        otherwise: failures that are not the signal, by name, with the trials that showed them.
        also: (point, probability) of further changes within the range, on either side of the step:
            the later point of each, in version order.
        moved_with: what changed along with it.
        changed: of days, what is installed otherwise from the later side on: name -> (version
            before, version from then on); None for what is not installed.
        gaps: of days, those between the two sides from which on nothing could be installed.
        hosts: whether the hosts differ that ran its trials; None where one did.
    """

    ending: Ending
    package: str
    load: Load
    deadline: float | None
    signal: Signal
    fix: bool
    sides: tuple[Point, Point] | None = None
    before: Rate | None = None
    after: Rate | None = None
    confidence: float | None = None
    likeliest: list[tuple[str, float]] = []
    unchanged: float | None = None
    trials: int
    silent: int = 0
    untestable: list[str] = []
    between: list[str] = []
    instead: dict[str, dict[str, int]] = {}
    mute: str = ""
    ended: list[BadEnd] = []
    otherwise: dict[str, int] = {}
    also: list[tuple[str, float]] = []
    moved_with: Moved | None = None
    changed: dict[str, tuple[str | None, str | None]] = {}
    gaps: list[str] = []
    hosts: HostEffect | None = None

    @property
    def by_day(self) -> bool:
        """Whether its points are days of the whole environment."""
        return not self.package

    @property
    def verdict(self) -> Verdict:
        """Whether a culprit was found, nothing changes, or it stays undecided."""
        return VERDICTS.get(self.ending, "undecided")

    @property
    def step(self) -> tuple[Point, Point] | None:
        """The points on both sides of the step, the older first; None where there is none."""
        return self.sides if self.ending == "step" else None

    @property
    def last_good(self) -> str | None:
        """Name of the last good point, where the signal comes."""
        return None if self.step is None or self.fix else self.step[0].name

    @property
    def first_bad(self) -> str | None:
        """Name of the first bad point, where the signal comes."""
        return None if self.step is None or self.fix else self.step[1].name

    @property
    def last_bad(self) -> str | None:
        """Name of the last bad point, where the signal goes."""
        return self.step[0].name if self.step is not None and self.fix else None

    @property
    def first_good(self) -> str | None:
        """Name of the first good point, where the signal goes."""
        return self.step[1].name if self.step is not None and self.fix else None

    @property
    def days(self) -> tuple[str | None, str | None] | None:
        """Days of the points on both sides of the step, the older first."""
        return None if self.step is None else (self.step[0].day, self.step[1].day)

    @property
    def commit(self) -> str | None:
        """Hash of the later point, where points are commits."""
        return None if self.step is None else self.step[1].commit


def finding(bisection: Bisection) -> Finding:
    """What is known, as an answer."""
    bare = _without_sides(bisection)
    if bisection.mute is not None:
        name = bisection.question.points[bisection.mute].name
        return msgspec.structs.replace(bare, ending="mute end", mute=name)
    if len(bisection.usable) < 2 or not bare.trials:
        return bare
    good, bad = bisection.usable[0], bisection.usable[-1]
    ends = _sided(bisection, bare, [good], [bad])
    if bisection.widening.end or bisection.widening.lost:
        ending: Ending = "no good end" if bisection.question.widen == "good" else "no bad end"
        if ending == "no good end" and not bisection.rate([bad]).bad:
            ending = "never bad"
        return msgspec.structs.replace(ends, ending=ending)
    answer = bisection.sure
    if answer is None:
        unchanged = bisection.search.answer().unchanged
        return msgspec.structs.replace(
            ends, ending="ran out", likeliest=_likeliest(bisection), unchanged=unchanged
        )
    if answer.step is None or answer.before is None:
        low, high = bisection.rate([good]), bisection.rate([bad])
        swapped = low.trials and high.trials and low.low > high.high
        return msgspec.structs.replace(
            ends, ending="swapped" if swapped else "unchanged", confidence=answer.confidence
        )
    low_side = [point for point in bisection.usable if point <= answer.before]
    high_side = [point for point in bisection.usable if point >= answer.step]
    step = _sided(bisection, bare, low_side, high_side)
    points = bisection.question.points[answer.before + 1 : answer.step]
    return msgspec.structs.replace(
        step,
        ending="step",
        confidence=answer.confidence,
        between=[point.name for point in points],
        also=[*further(bisection, low_side), *further(bisection, high_side)],
        moved_with=None
        if bisection.question.by_day
        else attribution.moved(bisection.sides(answer.before, answer.step)),
        changed=_changed(bisection, step),
        gaps=_gaps(bisection, step),
    )


def _changed(bisection: Bisection, finding: Finding) -> dict[str, tuple[str | None, str | None]]:
    """What the two sides of a step install otherwise, where these are days."""
    if not bisection.question.by_day or finding.sides is None:
        return {}
    older, newer = finding.sides
    return targets.repins(older.target, newer.target)


def _gaps(bisection: Bisection, finding: Finding) -> list[str]:
    """The days between the two sides of a step from which on nothing could be installed."""
    older, newer = ("", "") if finding.sides is None else (side.name for side in finding.sides)
    return [day for day in bisection.question.gaps if older < day < newer]


def _without_sides(bisection: Bisection) -> Finding:
    """What is known of any bisection, whether or not it can be judged."""
    question, tally = bisection.question, bisection.tally
    ends = bisection.widening
    untestable = [
        point for point in sorted(bisection.search.untestable) if ends.first <= point <= ends.last
    ]
    return Finding(
        ending="nothing judged",
        hosts=of_records(tally.records),
        package=question.package,
        load=question.load,
        deadline=question.deadline,
        signal=tally.signal,
        fix=question.fix,
        trials=tally.judged,
        silent=len(tally.records) - tally.judged,
        untestable=[question.points[point].name for point in untestable],
        instead={question.points[point].name: tally.instead(point) for point in untestable},
        ended=bisection.tally.bad_ends(),
        otherwise=tally.otherwise,
    )


def _sided(bisection: Bisection, bare: Finding, low: list[int], high: list[int]) -> Finding:
    """A finding with two sides: the points where they meet, and how often each side is bad.

    Args:
        bisection: the bisection.
        bare: what is known without sides.
        low, high: indices of the points on the good side and on the bad one.
    """
    points = bisection.question.points
    sides, rates = (points[low[-1]], points[high[0]]), (bisection.rate(low), bisection.rate(high))
    if bisection.question.fix:
        sides, rates = sides[::-1], rates[::-1]
    return msgspec.structs.replace(bare, sides=sides, before=rates[0], after=rates[1])


def _likeliest(bisection: Bisection) -> list[tuple[str, float]]:
    """The likeliest steps so far, each by its later side in version order."""
    points, usable = bisection.question.points, bisection.usable
    # A search for a fix runs the other way.
    later = {step: before for before, step in pairwise(usable)} if bisection.question.fix else {}
    candidates = bisection.search.answer().candidates[:CANDIDATES]
    return [(points[later.get(step, step)].name, share) for step, share in candidates]


def further(bisection: Bisection, side: list[int]) -> list[tuple[str, float]]:
    """A further change on one side of a step, where it is likelier than none: none or one.

    A search for one step is led astray by two. Its own trials tell when that is so.

    Args:
        bisection: the bisection.
        side: indices of the side's points that can be tested.
    """
    counts = [bisection.search.trials(point) for point in side]
    marginal = segments.rates(*zip(*counts, strict=True))
    shares, steady = segments.changes(marginal, ANOTHER)
    if 1 - steady <= FURTHER:
        return []
    step = int(shares.argmax())
    # In version order the later of the two; a search for a fix runs the other way.
    later = side[step] if bisection.question.fix else side[step + 1]
    return [(bisection.question.points[later].name, 1 - steady)]

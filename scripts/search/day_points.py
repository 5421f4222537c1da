"""From two days to a question: a point for each way in which the client's environment resolves."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise

from scripts.domain import targets
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Target
from scripts.environments import index
from scripts.environments.contents import Contents
from scripts.environments.uv import Unreachable
from scripts.search import days
from scripts.search.days import Day, Progress
from scripts.search.holding import HeldRow
from scripts.search.points import Asked, posed
from scripts.search.question import Point, Question

TODAY = "today"
"""What people may write for the last day."""


@dataclass(frozen=True)
class DaySpan:
    """Two days.

    Attributes:
        first, last: of them, the earlier first.
    """

    first: datetime.date
    last: datetime.date

    @classmethod
    def of(cls, text: str, today: str) -> DaySpan:
        """Two days as written on a command line: "2024-10-20..today".

        Args:
            text: as it was written.
            today: the last day (YYYY-MM-DD) that there is.

        Raises:
            UsageProblem: it cannot be read, its days are not in order, or one is in the future.
        """
        written = [today if part == TODAY else part for part in text.split("..")]
        wrong = [part for part in written if not targets.is_day(part)]
        if len(written) != 2 or wrong:
            raise UsageProblem(
                f"{text!r} is no pair of days; write it like --dates 2024-10-20..today."
            )
        ahead = [day for day in written if day > today]
        if ahead:
            raise UsageProblem(f"{ahead[0]} is in the future: the last day there is, is {today}.")
        first, last = map(datetime.date.fromisoformat, written)
        if first >= last:
            raise UsageProblem(f"{first} is not before {last}: write the earlier day first.")
        return cls(first, last)


def about_days(asked: Asked, span: DaySpan, contents: Contents, progress: Progress) -> Question:
    """A question about the days on which the client's environment resolves differently.

    Args:
        asked: what is asked; its package is empty.
        span: the two days.
        contents: where it is resolved.
        progress: told how that goes on.

    Raises:
        UsageProblem: it cannot be had at one of the two, or never changes between them.
        MeasurementProblem: the index cannot be reached.
    """
    target = asked.target
    row = _row(target, span, contents, progress)
    resolved = [day for day in row if day.packages is not None]
    # What is installed again after days on which nothing could be is no other point.
    anew = [day for before, day in pairwise(resolved) if day.packages != before.packages]
    points = [_point(target, day) for day in [*resolved[:1], *anew]]
    if len(points) < 2:
        raise UsageProblem(
            f"from {span.first} to {span.last} the same is installed on every day: name days that "
            "are farther apart, or pin less."
        )
    gaps = [day.day.isoformat() for day in row if day.packages is None]
    ends = points[0].name, points[-1].name
    return posed(asked, HeldRow(points, []), ends, gaps=gaps)


def _row(target: Target, span: DaySpan, contents: Contents, progress: Progress) -> list[Day]:
    """The days on which a target resolves differently, of which it does on the first and the last.

    Raises:
        UsageProblem, MeasurementProblem: as `about_days`.
    """

    resolving = cache(partial(contents.on_day, target))

    def between(first: datetime.date, last: datetime.date) -> list[Day]:
        return days.days(first, last, resolving, index.upload_days, progress)

    try:
        # The two by themselves first: what lies between them may take a minute.
        for end in (span.first, span.last):
            [day] = between(end, end)
            if day.lacking is not None:
                why = str(day.lacking).rstrip(".")
                raise UsageProblem(
                    f"on {end} it could not be installed ({why}): name a later first day."
                    if end == span.first
                    else f"on {end} it could not be installed: {why}."
                )
        return between(span.first, span.last)
    except Unreachable as error:
        raise MeasurementProblem(f"{error}: connect, and ask again.") from error


def _point(target: Target, day: Day) -> Point:
    """A day as a point: all that was installed on it, pinned."""
    name = day.day.isoformat()
    titled = f"{target.name}, all as of {name}"
    return Point(name, targets.filled(target, day.packages or {}, titled), name)

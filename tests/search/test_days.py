"""On which days an environment resolves differently, over timelines that are made up."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.environments.contents import Packages
from scripts.environments.uv import Unavailable, Unreachable
from scripts.search.days import Day, days

pytestmark = pytest.mark.pure

BEGAN = datetime.date(2024, 1, 1)


def day(number: int) -> datetime.date:
    return BEGAN + datetime.timedelta(number)


class Timeline:
    """Packages whose releases come on certain days; the first of them is what is asked for.

    Args:
        releases: of each package its releases, each as (its day, names that it needs).
        broken: days on which nothing resolves.

    Attributes:
        looks: the days that were asked about.
    """

    def __init__(
        self,
        releases: dict[str, list[tuple[int, frozenset[str]]]],
        broken: Iterable[int] = (),
    ) -> None:
        self.releases = releases
        self.broken = {day(number).isoformat() for number in broken}
        self.looks: list[str] = []

    def resolve(self, on: str) -> Packages:
        """What is installed on a day: of each package that is needed the newest."""
        self.looks.append(on)
        if on in self.broken:
            raise Unavailable("no versions go together")
        number = (datetime.date.fromisoformat(on) - BEGAN).days
        packages: Packages = {}
        needed = [next(iter(self.releases))]
        while needed:
            name = needed.pop()
            out = [release for release in sorted(self.releases[name]) if release[0] <= number]
            if not out:
                raise Unavailable(f"there is no {name}")
            packages[name] = f"{len(out)}.0"
            needed += out[-1][1] - packages.keys()
        return packages

    def released(self, name: str) -> list[datetime.date]:
        return [day(number) for number, _ in self.releases[name]]

    def days(self, first: int, last: int) -> list[Day]:
        return days(day(first), day(last), self.resolve, self.released, lambda _: None)


def by_force(timeline: Timeline, first: int, last: int) -> list[tuple[datetime.date, object]]:
    """The same days, out of looking at every one."""
    row: list[tuple[datetime.date, object]] = []
    for number in range(first, last + 1):
        try:
            packages: Packages | None = timeline.resolve(day(number).isoformat())
        except Unavailable:
            packages = None
        row.append((day(number), packages))
    return [row[0], *(after for before, after in pairwise(row) if after[1] != before[1])]


NAMES = "abcde"
NUMBERS = st.integers(0, 90)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Of packages, all of which were there before the first day but for what is asked for."""
    later = st.lists(st.tuples(NUMBERS, st.sets(st.sampled_from(NAMES))), max_size=4)
    return Timeline(
        {
            name: [
                *([] if name == "a" and draw(st.booleans()) else [(-1, frozenset[str]())]),
                *((number, frozenset(needed)) for number, needed in draw(later)),
                *([(90, frozenset[str]())] if name == "a" else []),
            ]
            for name in NAMES
        }
    )


@settings(max_examples=80, deadline=None)
@given(timelines(), NUMBERS, NUMBERS)
def test_every_day_on_which_it_resolves_otherwise_is_there_and_no_other(
    timeline: Timeline, one: int, other: int
) -> None:
    first, last = sorted((one, other))
    row = timeline.days(first, last)
    looks = len(timeline.looks)
    assert len(set(timeline.looks)) == looks
    assert [(day.day, day.packages) for day in row] == by_force(timeline, first, last)
    assert all((day.lacking is None) == (day.packages is not None) for day in row)


def test_few_days_are_looked_at() -> None:
    timeline = Timeline(
        {
            "a": [(number, frozenset({"b"})) for number in range(0, 3000, 1000)],
            "b": [(number, frozenset()) for number in range(0, 3000, 500)],
        }
    )
    counts: list[int] = []
    row = days(day(10), day(3640), timeline.resolve, timeline.released, counts.append)
    assert [(one.day - BEGAN).days for one in row] == [10, *range(500, 3000, 500)]
    assert counts == list(range(1, len(timeline.looks) + 1))
    assert len(timeline.looks) <= 7


def test_days_on_which_it_does_not_resolve_are_told_with_what_is_lacking() -> None:
    timeline = Timeline({"a": [(0, frozenset()), (40, frozenset())]}, broken=range(20, 30))
    timeline.releases["a"] += [(20, frozenset()), (30, frozenset())]
    row = timeline.days(5, 50)
    assert [((one.day - BEGAN).days, one.packages) for one in row] == [
        (5, {"a": "1.0"}),
        (20, None),
        (30, {"a": "3.0"}),
        (40, {"a": "4.0"}),
    ]
    assert str(row[1].lacking) == "no versions go together"


def test_before_the_first_release_there_is_nothing() -> None:
    row = Timeline({"a": [(30, frozenset())]}).days(3, 60)
    assert [(one.day, one.packages) for one in row] == [
        (day(3), None),
        (day(30), {"a": "1.0"}),
    ]


def test_one_day_is_looked_at_once() -> None:
    timeline = Timeline({"a": [(0, frozenset())]})
    assert timeline.days(7, 7) == [Day(day(7), {"a": "1.0"})]
    assert len(timeline.looks) == 1


def test_a_silent_index_ends_it() -> None:
    def resolve(on: str) -> Packages:
        raise Unreachable("no answer")

    with pytest.raises(Unreachable):
        days(day(0), day(9), resolve, lambda _: [], lambda _: None)

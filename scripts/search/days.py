"""The days on which an environment resolves differently, between two days.

It changes only on days on which one of its packages was released. Two days that resolve alike are
taken to have nothing between them: releases add up, and what was the newest on both was so in
between. So stretches are halved, and those that end as they begin are not looked into.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

from scripts.environments.contents import Packages
from scripts.environments.uv import Unavailable, Unreachable

AT_A_TIME = 4
"""Resolutions at a time: each is a process that mostly waits for the index."""

Resolve = Callable[[str], Packages]
"""What an environment would have held on a day (YYYY-MM-DD); raises Unavailable."""

Released = Callable[[str], Iterable[datetime.date]]
"""The days on which anything of a package, by name, was released."""

Progress = Callable[[int], None]
"""Told after each resolution how many there were."""


class Day(NamedTuple):
    """The first day on which an environment resolves in one way.

    Attributes:
        day: it.
        packages: name -> version; None where it does not resolve.
        lacking: why not; None where it does.
    """

    day: datetime.date
    packages: Packages | None
    lacking: Unavailable | None = None


def days(
    first: datetime.date,
    last: datetime.date,
    resolve: Resolve,
    released: Released,
    progress: Progress,
) -> list[Day]:
    """The first day, and all up to the last on which it resolves otherwise than on the day before.

    Args:
        first, last: the first is the earlier, or both are one.
        resolve: what is asked; several at a time.
        released: when packages were.
        progress: told how it goes on.

    Raises:
        Unreachable: the package index is silent.
    """
    looks = _Looks(released)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        open_days = list(dict.fromkeys([first, last]))
        while open_days:
            for day in pool.map(lambda date: _resolved(date, resolve), open_days):
                looks.add(day)
                progress(len(looks.days))
            open_days = looks.middles()
    row = [looks.days[date] for date in sorted(looks.days)]
    return [row[0], *(day for before, day in pairwise(row) if day.packages != before.packages)]


class _Looks:
    """The days that were looked at, and those on which something may change.

    Args:
        released: when packages were.

    Attributes:
        days: by date.
    """

    def __init__(self, released: Released) -> None:
        self.days: dict[datetime.date, Day] = {}
        self._released = released
        self._packages: set[str] = set()
        self._candidates: set[datetime.date] = set()

    def add(self, day: Day) -> None:
        """Take in a day, with the days on which its packages were released."""
        self.days[day.day] = day
        for name in sorted(set(day.packages or {}) - self._packages):
            self._packages.add(name)
            self._candidates.update(self._released(name))

    def middles(self) -> list[datetime.date]:
        """The middle days of the stretches that end otherwise than they begin."""
        stretches = (
            (before, after)
            for before, after in pairwise(sorted(self.days))
            if self.days[before].packages != self.days[after].packages
        )
        return [day for stretch in stretches if (day := self._middle(*stretch)) is not None]

    def _middle(self, before: datetime.date, after: datetime.date) -> datetime.date | None:
        """The middle one of the days between two on which something may change; None for none."""
        inner = sorted(day for day in self._candidates if before < day < after)
        if inner:
            return inner[len(inner) // 2]
        if after in self._candidates or (after - before).days == 1:
            return None
        return before + (after - before) // 2


def _resolved(date: datetime.date, resolve: Resolve) -> Day:
    """A day with what it resolves to.

    Raises:
        Unreachable: the package index is silent.
    """
    try:
        return Day(date, resolve(date.isoformat()))
    except Unreachable:
        raise
    except Unavailable as error:
        return Day(date, None, error)

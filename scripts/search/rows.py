"""Sets of the changes between two environments: which can be had, and rows of them.

A row goes from no change to all of them, each of its sets with all of the one before it and more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from itertools import combinations, islice

Changes = frozenset[str]
"""A set of changes, by name: of the good environment, those that are made."""

Mixing = Callable[[Changes], Changes | None]
"""What can be had where a set of changes is asked for: that set, or one with what it cannot be had
without; None where none can be had."""

Row = tuple[Changes, ...]
"""Sets of changes, each with all of the one before it and more: from none to all."""

NONE: Changes = frozenset()
"""No change: the good environment."""

PAIRS = 40
"""How many times some changes are tried together where none can be by itself."""


class ChangeRows:
    """What can be had of the changes.

    Args:
        changes: their names; those that are likeliest to matter first.
        mixing: what can be had of a set.

    Attributes:
        every: all of them.
        mute: sets that can be had and not be judged.
    """

    def __init__(self, changes: Sequence[str], mixing: Mixing) -> None:
        self.changes = tuple(changes)
        self.every: Changes = frozenset(changes)
        self.mute: set[Changes] = set()
        self._mixing = mixing
        self._had: dict[Changes, Changes | None] = {NONE: NONE, self.every: self.every}
        self._rows: dict[tuple[Changes, Changes, int, frozenset[Changes]], Row] = {}

    def can_be_tried(self, changes: Changes) -> bool:
        """Whether a set of changes can be had as it is, and judged."""
        return self._had_for(changes) == changes and changes not in self.mute

    def row(self, bottom: Changes, top: Changes, order: int) -> Row:
        """A row from none to all through sets that can be had between two.

        Args:
            bottom, top: the two.
            order: its number: odd ones go down from the top, from the third on backwards.
        """
        # Of the first order each set stays in its place, lest its trials lose their use.
        mute = frozenset(self.mute if order else ())
        name = (bottom, top, order, mute)
        if name not in self._rows:
            names = self.changes if order < 2 else self.changes[::-1]
            falling = order % 2 == 1
            start, end = (top, bottom) if falling else (bottom, top)
            way = self._way(start, end, names, mute)
            inner = way[::-1] if falling else way
            own = [bottom] if self._had_for(bottom) == bottom else []
            sets = [NONE, *own, *inner, top, self.every]
            self._rows[name] = tuple(dict.fromkeys(sets))
        return self._rows[name]

    def parts(self, changes: Changes) -> list[Changes]:
        """A set of changes where it can be tried, else as large parts of it as can be."""
        if self.can_be_tried(changes):
            return [changes]
        mute = frozenset(self.mute)
        orders = (self.changes, self.changes[::-1])
        largest = (self._way(NONE, changes, names, mute)[-1:] for names in orders)
        return list(dict.fromkeys(part for sets in largest for part in sets))

    def _way(
        self, start: Changes, end: Changes, names: Sequence[str], mute: frozenset[Changes]
    ) -> list[Changes]:
        """Sets that can be had from one towards another, up or down, each as little nearer to it
        as can be.

        Args:
            start, end: of the two, one has all that the other has.
            names: of changes, in the order in which they are made, or changed back.
            mute: sets that are passed by.
        """
        sets: list[Changes] = []
        current = start
        while rest := [name for name in names if name in current ^ end]:
            nearer = (
                mixed
                for some in _additions(rest)
                if (mixed := self._had_for(current ^ some)) is not None
                and mixed ^ end < current ^ end
                and mixed not in mute
            )
            following = next(nearer, None)
            if following is None:
                break
            current = following
            sets.append(current)
        return sets

    def _had_for(self, changes: Changes) -> Changes | None:
        """What can be had where a set of changes is asked for, asked once."""
        if changes not in self._had:
            self._had[changes] = self._mixing(changes)
        return self._had[changes]


def omissions(core: Changes, needed: Set[str]) -> Iterable[Changes]:
    """Each of some changes by itself, then some together of those that are not needed by then."""
    yield from (frozenset([name]) for name in sorted(core))
    rest = sorted(core - needed)
    larger = (some for size in range(2, len(rest) + 1) for some in combinations(rest, size))
    yield from map(frozenset, islice(larger, PAIRS))


def _additions(names: Sequence[str]) -> Iterable[Changes]:
    """Each of some changes by itself, then pairs of them."""
    yield from (frozenset([name]) for name in names)
    yield from map(frozenset, islice(combinations(names, 2), PAIRS))

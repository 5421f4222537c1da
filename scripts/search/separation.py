"""Which of the changes between two environments make the difference, when trials fail by chance.

Of the environment that is good, a set of changes makes another one: none of them the good one
itself, all of them the bad one. Along a row of such sets, each with what the one before it has and
more, the rate at which trials are bad steps up once: what is added there is needed. With it kept,
a shorter row says what else is needed, until nothing else is. So it is found what suffices; then,
with that changed back, whether anything else does it too.

The rows are those of QuickXplain (Junker, AAAI 2004), which needs few trials where little suffices;
each is searched as `changepoint` searches, for answers that are a matter of chance. Knows nothing
of packages, processes or files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scripts.search.changepoint import Answer, Search

Changes = frozenset[str]
"""A set of changes, by name: of the good environment, those that are made."""

Mixing = Callable[[Changes], Changes | None]
"""What can be had where a set of changes is asked for: that set, or one with what it cannot be had
without; None where none can be had."""

NONE: Changes = frozenset()
"""No change: the good environment."""

SHARE = 4
"""Decisions among which doubt is shared from the start: the two ends, what suffices, that nothing
else is needed, and what is left when it is changed back."""

ORDERS = 4
"""Orders of the same changes that are tried, to tell apart what some of them leave together."""

PAIRS = 40
"""Pairs tried where no change can be had by itself."""

Row = tuple[Changes, ...]
"""Sets of changes, each with all of the one before it and more: from none to all."""


@dataclass(frozen=True)
class Cause:
    """Changes that suffice.

    Attributes:
        changes: their names.
        needed: those of them without which the others do not suffice; of the rest that could not
            be tried.
    """

    changes: Changes
    needed: Changes


@dataclass(frozen=True)
class Explanation:
    """What makes the difference.

    Attributes:
        alike: whether both ends behave alike, so that nothing does.
        causes: each suffices by itself; the first was found first.
        back: sets with all of them changed back, which are good: the bad environment's other
            changes where those can be had, else as many of them as can be.
        beyond: other changes that are in none of these, so that whether they suffice was not
            tried.
        confidence: in all of this, 0 to 1.
    """

    alike: bool
    causes: tuple[Cause, ...]
    back: tuple[Changes, ...]
    beyond: Changes
    confidence: float


class _Open(Exception):
    """A row that is not decided yet."""

    def __init__(self, search: Search, row: Row) -> None:
        super().__init__()
        self.search = search
        self.row = row


@dataclass(frozen=True)
class _Decision:
    """A row with what its trials say."""

    search: Search
    row: Row
    answer: Answer


class Separation:
    """The changes, and the trials of sets of them so far.

    Args:
        changes: their names; those that are likeliest to matter first.
        mixing: what can be had of a set.
        confidence: at which to stop, 0 to 1.

    Raises:
        ValueError: there is no change.
    """

    def __init__(self, changes: Sequence[str], mixing: Mixing, confidence: float) -> None:
        if not changes:
            raise ValueError("there is no change")
        self.changes = tuple(changes)
        self.every: Changes = frozenset(changes)
        self.confidence = confidence
        self._mixing = mixing
        self._trials: dict[Changes, tuple[int, int]] = {}
        self._mute: set[Changes] = set()
        self._had: dict[Changes, Changes | None] = {NONE: NONE, self.every: self.every}
        self._rows: dict[tuple[Changes, Changes, int, frozenset[Changes]], Row] = {}
        self._decisions: list[_Decision] = []

    def record(self, changes: Changes, bad: bool) -> None:
        """Take in one trial of a set of changes: whether it was bad."""
        count, trials = self.trials(changes)
        self._trials[changes] = count + bad, trials + 1

    def skip(self, changes: Changes) -> None:
        """Take in that a set of changes cannot be judged."""
        self._mute.add(changes)

    def trials(self, changes: Changes) -> tuple[int, int]:
        """How many trials of a set were bad, and how many there were."""
        return self._trials.get(changes, (0, 0))

    def next(self, costs: Mapping[Changes, float] | None = None) -> Changes | None:
        """The set whose trial tells most per cost about what is still open; None for nothing.

        Args:
            costs: of a trial of each set, in any unit; 1 for one that is not there.
        """
        try:
            self._explanation()
        except _Open as pending:
            own = [(costs or {}).get(changes, 1.0) for changes in pending.row]
            return pending.row[pending.search.next(own)]
        return None

    def likeliest(self) -> list[tuple[Changes, float]]:
        """Of what is still open, (changes, probability) that what is needed is among them, the
        likeliest first; nothing where nothing is open.
        """
        try:
            self._explanation()
        except _Open as pending:
            return [
                (pending.row[step] - pending.row[step - 1], share)
                for step, share in pending.search.answer().candidates
            ]
        return []

    def known(self) -> Explanation | None:
        """What makes the difference; None where that is still open."""
        try:
            return self._explanation()
        except _Open:
            return None

    def _explanation(self) -> Explanation:
        """What makes the difference.

        Raises:
            _Open: that is not decided yet.
        """
        self._decisions = []
        if self._first_bad((NONE, self.every)) is None:
            return Explanation(True, (), (), NONE, self._sure())
        causes: list[Cause] = []
        left, bad = self.every, self.every
        while bad:
            causes.append(self._cause(bad))
            left -= causes[-1].changes
            back = self._parts(left)
            bad = next((part for part in back if self._is_bad(part)), NONE)
        beyond = left - frozenset().union(*back)
        return Explanation(False, tuple(causes), tuple(back), beyond, self._sure())

    def _cause(self, top: Changes) -> Cause:
        """What suffices, out of a set that does: no more of it than has to be."""
        core = NONE
        while core != top:
            before, top = self._step(core, top)
            if top == core:
                break
            core |= top - before
        return self._least(core)

    def _step(self, core: Changes, top: Changes) -> tuple[Changes, Changes]:
        """Two sets, of which the first is good and the second bad, with as little between them as
        can be.

        Args:
            core: what is kept; where it is bad by itself, it is the second.
            top: the largest of the row, which is bad.
        """
        before, after = NONE, top
        bottom = core
        for order in range(ORDERS):
            row = self._row(bottom, after, order)
            place = self._first_bad(row)
            if place is None:
                break
            before, after = row[place - 1], row[place]
            if after == core or len(after - before) == 1 or not core <= before:
                break
            bottom = before
        return before, after

    def _parts(self, changes: Changes) -> list[Changes]:
        """A set of changes where it can be tried, else as large parts of it as can be."""
        if self._can_be_tried(changes):
            return [changes]
        names = [name for name in self.changes if name in changes]
        mute = frozenset(self._mute)
        largest = (self._up(NONE, changes, order, mute)[-1:] for order in (names, names[::-1]))
        return list(dict.fromkeys(part for sets in largest for part in sets))

    def _least(self, core: Changes) -> Cause:
        """What suffices, without those of its changes that it does not need."""
        needed: set[str] = set()
        for change in sorted(core):
            rest = self._had_for(core - {change})
            if rest is None or not rest < core:
                continue
            bad = self._is_bad(rest)
            if bad:
                return self._least(rest)
            if bad is not None:
                needed |= core - rest if len(core - rest) == 1 else NONE
        return Cause(core, frozenset(needed))

    def _is_bad(self, changes: Changes) -> bool | None:
        """Whether a set of changes is bad; None where it cannot be tried."""
        if changes in (NONE, self.every):
            return changes != NONE
        if not self._can_be_tried(changes):
            return None
        place = self._first_bad((NONE, changes, self.every))
        return None if place is None else place == 1

    def _can_be_tried(self, changes: Changes) -> bool:
        """Whether a set of changes can be had as it is, and judged."""
        return self._had_for(changes) == changes and changes not in self._mute

    def _first_bad(self, row: Row) -> int | None:
        """Index of the first set of a row that is bad; None where all of the row are alike.

        Raises:
            _Open: that is not decided yet.
        """
        search = Search(len(row))
        for place, changes in enumerate(row):
            if changes in self._mute:
                search.skip(place)
                continue
            bad, trials = self.trials(changes)
            for number in range(trials):
                search.record(place, number < bad)
        if len(search.testable) < 2:
            return None
        answer = search.answer()
        self._decisions.append(_Decision(search, row, answer))
        if answer.confidence < 1 - (1 - self.confidence) / SHARE:
            raise _Open(search, row)
        return answer.step

    def _sure(self) -> float:
        """How likely it is that all decisions are right: their doubts together.

        Raises:
            _Open: that is not as likely as was asked; the row that is the most doubtful.
        """
        doubts = [1 - decision.answer.confidence for decision in self._decisions]
        confidence = max(0.0, 1 - sum(doubts))
        if confidence < self.confidence:
            worst = self._decisions[doubts.index(max(doubts))]
            raise _Open(worst.search, worst.row)
        return confidence

    def _row(self, bottom: Changes, top: Changes, order: int) -> Row:
        """A row from none to all through sets that can be had between two.

        Args:
            bottom, top: the two.
            order: its number: odd ones go down from the top, from the third on backwards.
        """
        mute = frozenset(self._mute)
        name = (bottom, top, order, mute if order else frozenset())
        if name not in self._rows:
            names = self.changes if order < 2 else self.changes[::-1]
            inner = self._down if order % 2 else self._up
            kept = [bottom] if self._had_for(bottom) == bottom else []
            sets = [NONE, *kept, *inner(bottom, top, names, name[3]), top, self.every]
            self._rows[name] = tuple(dict.fromkeys(sets))
        return self._rows[name]

    def _up(
        self, bottom: Changes, top: Changes, names: Sequence[str], mute: frozenset[Changes]
    ) -> list[Changes]:
        """Sets that can be had from one up to another, each with as little more as can be."""
        sets: list[Changes] = []
        current = bottom
        rest = [name for name in names if name in top - bottom]
        while rest:
            further = (
                mixed
                for more in _additions(rest)
                if (mixed := self._had_for(current | more)) is not None
                and current < mixed <= top
                and mixed not in mute
            )
            following = next(further, None)
            if following is None:
                break
            current = following
            sets.append(current)
            rest = [name for name in rest if name not in current]
        return sets

    def _down(
        self, bottom: Changes, top: Changes, names: Sequence[str], mute: frozenset[Changes]
    ) -> list[Changes]:
        """The same from the upper one down, the lowest first."""
        sets: list[Changes] = []
        current = top
        rest = [name for name in names if name in top - bottom]
        while rest:
            further = (
                mixed
                for less in _additions(rest)
                if (mixed := self._had_for(current - less)) is not None
                and bottom <= mixed < current
                and mixed not in mute
            )
            following = next(further, None)
            if following is None:
                break
            current = following
            sets.append(current)
            rest = [name for name in rest if name in current]
        return sets[::-1]

    def _had_for(self, changes: Changes) -> Changes | None:
        """What can be had where a set of changes is asked for, asked once."""
        if changes not in self._had:
            self._had[changes] = self._mixing(changes)
        return self._had[changes]


def _additions(names: Sequence[str]) -> Iterable[Changes]:
    """Each of some changes by itself, then pairs of them."""
    yield from (frozenset([name]) for name in names)
    pairs = [
        frozenset([one, other]) for place, one in enumerate(names) for other in names[place + 1 :]
    ]
    yield from pairs[:PAIRS]

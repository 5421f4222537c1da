"""Which of the changes between two environments make the difference, when trials fail by chance.

Of the environment that is good, a set of changes makes another one: none of them the good one
itself, all of them the bad one. Along a row of such sets, each with what the one before it has and
more, the rate at which trials are bad steps up once: what is added there is needed. With it kept,
a shorter row says what else is needed, until nothing else is. So it is found what suffices; then,
with that changed back, whether anything else does it too.

The rows are those of QuickXplain (Junker, AAAI 2004), which needs few trials where little suffices;
each is searched as `changepoint` searches, for answers that are a matter of chance. They only lead
somewhere. Each set of which something is said in the end is tried by itself: what suffices, what is
left of it without each of its changes, and what is left when it is changed back. The doubts of
these sets together are the answer's; what rows have told of the two rates counts for all of them.
Knows nothing of packages, processes or files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations, islice

from scripts.search.changepoint import Answer, Search

Changes = frozenset[str]
"""A set of changes, by name: of the good environment, those that are made."""

Mixing = Callable[[Changes], Changes | None]
"""What can be had where a set of changes is asked for: that set, or one with what it cannot be had
without; None where none can be had."""

NONE: Changes = frozenset()
"""No change: the good environment."""

LEAD = 0.9
"""How sure a decision must be to go on from it. What is claimed in the end is tried by itself, so
that a wrong lead costs trials and no more."""

ORDERS = 4
"""Orders of the same changes that are tried, to tell apart what some of them leave together."""

PAIRS = 40
"""How many times some changes are tried together where none can be by itself."""

SHARE = 5
"""Into how many parts the doubt that is left is split before what is bad is looked into: a set
that is taken for bad and is not would be searched in vain."""

RARE = 4
"""How many times as rare it is that one change more is needed, and that there is one cause more."""

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

    def __init__(self, search: Search, sets: Mapping[int, Changes]) -> None:
        super().__init__()
        self.search = search
        self.sets = sets


@dataclass(frozen=True)
class _Decision:
    """A row with what its trials say.

    Attributes:
        search: of the first set that is bad.
        sets: those of the row, by their points in it.
        counts: how many trials of each point were bad, and how many there were.
        answer: the likeliest.
        rarity: how many times as rare as its prior has it that is what it says.
    """

    search: Search
    sets: Mapping[int, Changes]
    counts: Mapping[int, tuple[int, int]]
    answer: Answer
    rarity: float = 1

    @property
    def first(self) -> Changes | None:
        """The first set that is bad; None where all are alike."""
        return None if self.answer.step is None else self.sets[self.answer.step]

    @property
    def doubt(self) -> float:
        """How likely it is that the row is otherwise."""
        return self.rarity * (1 - self.answer.confidence)


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
        self._decisions: dict[tuple[Row, bool], _Decision] = {}
        self._claims: list[_Decision] = []
        self._judged: dict[Changes, bool] = {}

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
            own = [1.0] * pending.search.points
            for point, changes in pending.sets.items():
                own[point] = (costs or {}).get(changes, 1.0)
            return pending.sets[pending.search.next(own)]
        return None

    def known(self) -> Explanation | None:
        """What makes the difference; None where that is still open, or an end cannot be judged."""
        try:
            return self._explanation()
        except _Open:
            return None

    def _explanation(self) -> Explanation | None:
        """What makes the difference; None where an end cannot be judged.

        Raises:
            _Open: that is not decided yet.
        """
        self._claims, self._judged = [], {}
        if not self._mute.isdisjoint((NONE, self.every)):
            return None
        ends = self._decided((NONE, self.every), LEAD)
        if ends.first is None:
            self._claims = [self._firm(ends)]
            return Explanation(True, (), (), NONE, self._sure())
        causes: list[Cause] = []
        left, bad = self.every, self.every
        while bad:
            causes.append(self._cause(bad))
            left -= causes[-1].changes
            back = self._parts(left)
            bad = next((part for part in back if self._is_bad(part, RARE)), NONE)
        beyond = left - frozenset().union(*back)
        return Explanation(False, tuple(causes), tuple(back), beyond, self._sure())

    def _cause(self, top: Changes) -> Cause:
        """What suffices, out of a set that does: no more of it than has to be."""
        core = NONE
        while core != top and not self._seems_bad(core):
            before, top = self._step(core, top)
            core |= top - before
        return self._least(core)

    def _seems_bad(self, core: Changes) -> bool:
        """Whether what is kept is likely to suffice, so that no row need be searched for more."""
        if core == NONE or not self._can_be_tried(core):
            return False
        return self._decided((NONE, core, self.every), LEAD, even=True).first == core

    def _step(self, core: Changes, top: Changes) -> tuple[Changes, Changes]:
        """Two sets, of which the first is good and the second bad, with as little between them as
        can be.

        Args:
            core: what is kept; where it is bad by itself, or cannot be tried and the smallest set
                with it that can be is bad, the first is the empty one.
            top: the largest of the row, which is bad.
        """
        before, after = NONE, top
        bottom = core
        for order in range(ORDERS):
            row = self._row(bottom, after, order)
            decision = self._decided(row, LEAD)
            if decision.first is None:
                raise _Open(decision.search, decision.sets)
            place = min(row.index(decision.first), row.index(after))
            before, after = row[place - 1], row[place]
            if not core <= before or len(after - before) == 1:
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
        claims = list(self._claims)
        needed: set[str] = set()
        for some in _omissions(core, needed):
            rest = core - some
            bad = self._is_bad(rest, rare_good=max(1.0, RARE / len(core)))
            if bad:
                self._claims = claims
                return self._least(rest)
            if bad is not None and len(some) == 1:
                needed |= some
        self._is_bad(core, rare_bad=RARE ** max(0, len(needed) - 1), picked=True)
        return Cause(core, frozenset(needed))

    def _is_bad(
        self, changes: Changes, rare_bad: float = 1, rare_good: float = 1, picked: bool = False
    ) -> bool | None:
        """Whether a set of changes is bad, which is claimed then; None where it cannot be tried.

        Args:
            changes: the set.
            rare_bad, rare_good: how many times as rare as usual it would be that it is.
            picked: whether it was picked for trials that were bad: then it is as likely beforehand
                as that the only cause is among so many of all changes, not as likely as not.

        Raises:
            _Open: that is not decided yet.
        """
        if changes == NONE:
            return False
        if not self._can_be_tried(changes):
            return None
        row = tuple(dict.fromkeys((NONE, changes, self.every)))
        decision = self._decided(row, LEAD, even=not picked)
        bad = decision.first == changes
        decision = replace(decision, rarity=rare_bad if bad else rare_good)
        self._claims.append(self._firm(decision) if bad else decision)
        return bad

    def _can_be_tried(self, changes: Changes) -> bool:
        """Whether a set of changes can be had as it is, and judged."""
        return self._had_for(changes) == changes and changes not in self._mute

    def _decided(self, row: Row, confidence: float, even: bool = False) -> _Decision:
        """What the trials say of a row whose ends can be judged.

        Args:
            row: the sets.
            confidence: at which it is decided.
            even: whether each step is as likely beforehand as any other; else as many changes as
                it has, so much is it.

        Raises:
            _Open: that is not decided yet.
        """
        sets = dict(enumerate(row)) if even else {len(changes): changes for changes in row}
        counts = self._counts(sets)
        last = self._decisions.get((row, even))
        if last is None or last.counts != counts:
            last = self._decisions[row, even] = _decision(sets, counts)
        if last.doubt > 1 - confidence:
            raise _Open(last.search, sets)
        if (step := last.answer.step) is not None:
            self._judged |= {changes: point >= step for point, changes in sets.items()}
        return last

    def _counts(self, sets: Mapping[int, Changes]) -> dict[int, tuple[int, int]]:
        """How many trials were bad and how many there were, at each point of a row that can be
        judged; those of other sets that were taken for good or bad before stand at its ends."""
        counts = {
            point: self.trials(changes)
            for point, changes in sets.items()
            if changes not in self._mute
        }
        row = set(sets.values())
        for end in (min(counts), max(counts)):
            others = [
                self.trials(changes)
                for changes, bad in self._judged.items()
                if bad == (end != min(counts)) and changes not in row
            ]
            both = [counts[end], *others]
            counts[end] = sum(bad for bad, _ in both), sum(trials for _, trials in both)
        return counts

    def _firm(self, decision: _Decision) -> _Decision:
        """A decision that is sure enough to build upon.

        Raises:
            _Open: it is not.
        """
        if decision.doubt > (1 - self.confidence) / SHARE:
            raise _Open(decision.search, decision.sets)
        return decision

    def _sure(self) -> float:
        """How likely it is that all that is claimed is right: the doubts together.

        Raises:
            _Open: that is not as likely as was asked; the row of the claim that is the most
                doubtful.
        """
        confidence = max(0.0, 1 - sum(claim.doubt for claim in self._claims))
        if confidence < self.confidence:
            worst = max(self._claims, key=lambda claim: claim.doubt)
            raise _Open(worst.search, worst.sets)
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
            own = [bottom] if self._had_for(bottom) == bottom else []
            sets = [NONE, *own, *inner(bottom, top, names, name[3]), top, self.every]
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
                and mixed <= top
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


def _decision(sets: Mapping[int, Changes], counts: Mapping[int, tuple[int, int]]) -> _Decision:
    """A row with what its trials say.

    Args:
        sets: those of the row, by their points in it.
        counts: how many trials of each point were bad, and how many there were.
    """
    search = Search(max(sets) + 1)
    search.untestable = set(range(search.points)) - set(counts)
    for point, (bad, trials) in counts.items():
        search.bad[point], search.good[point] = bad, trials - bad
    return _Decision(search, sets, counts, search.answer())


def _omissions(core: Changes, needed: Set[str]) -> Iterable[Changes]:
    """Each of some changes by itself, then some together of those that are not needed by then."""
    yield from (frozenset([name]) for name in sorted(core))
    rest = sorted(core - needed)
    larger = (some for size in range(2, len(rest) + 1) for some in combinations(rest, size))
    yield from map(frozenset, islice(larger, PAIRS))


def _additions(names: Sequence[str]) -> Iterable[Changes]:
    """Each of some changes by itself, then pairs of them."""
    yield from (frozenset([name]) for name in names)
    yield from map(frozenset, islice(combinations(names, 2), PAIRS))

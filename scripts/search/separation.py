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

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

from scripts.search.decisions import Decision, Decisions, Undecided
from scripts.search.rows import NONE as NONE
from scripts.search.rows import ChangeRows, omissions
from scripts.search.rows import Changes as Changes
from scripts.search.rows import Mixing as Mixing

SHARE = 5
"""Into how many parts the doubt that is left is split before what is bad is looked into: a set
that is taken for bad and is not would be searched in vain."""

RARE = 4
"""How many times as rare it is that one change more is needed, and that there is one cause more."""

ORDERS = 4
"""Orders of the same changes that are tried, to tell apart what some of them leave together."""


@dataclass(frozen=True)
class SufficientSet:
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
    causes: tuple[SufficientSet, ...]
    back: tuple[Changes, ...]
    beyond: Changes
    confidence: float


class _Claims:
    """Decisions on sets of which something is said in the end.

    Args:
        confidence: that is asked of all of them together, 0 to 1.
    """

    def __init__(self, confidence: float) -> None:
        self.confidence = confidence
        self.decisions: list[Decision] = []

    def add(self, decision: Decision, firm: bool) -> None:
        """Take one in.

        Args:
            decision: on the set.
            firm: whether what follows builds upon it.

        Raises:
            Undecided: it is not sure enough for that.
        """
        if firm and decision.doubt > (1 - self.confidence) / SHARE:
            raise Undecided(decision)
        self.decisions.append(decision)

    def sure(self) -> float:
        """How likely it is that all of them are right: their doubts together.

        Raises:
            Undecided: that is not as likely as was asked; the most doubtful of them.
        """
        confidence = max(0.0, 1 - sum(decision.doubt for decision in self.decisions))
        if confidence < self.confidence:
            raise Undecided(max(self.decisions, key=lambda decision: decision.doubt))
        return confidence


class CauseSearch:
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
        self._rows = ChangeRows(changes, mixing)
        self._decisions = Decisions(self._rows.mute)
        self._claims = _Claims(confidence)

    def record(self, changes: Changes, bad: bool) -> None:
        """Take in one trial of a set of changes: whether it was bad."""
        self._decisions.record(changes, bad)

    def skip(self, changes: Changes) -> None:
        """Take in that a set of changes cannot be judged."""
        self._rows.mute.add(changes)

    def trials(self, changes: Changes) -> tuple[int, int]:
        """How many trials of a set were bad, and how many there were."""
        return self._decisions.trials(changes)

    def next(
        self, costs: Mapping[Changes, float] | None = None, awaited: Sequence[Changes] = ()
    ) -> Changes | None:
        """The set whose trial tells most per cost about what is still open; None for nothing.

        Args:
            costs: of a trial of each set, in any unit; 1 for one that is not there.
            awaited: the set of each trial that runs already.
        """
        ahead = [*self._ahead(awaited)]
        if not ahead:
            return None
        if len(ahead) == 1:
            [(_, decision, beside)] = ahead
        else:
            _, decision, beside = max(ahead, key=lambda way: way[0] * way[1].gain(way[2]))
        return decision.next(costs or {}, beside)

    def likeliest(self) -> list[tuple[Changes, float]]:
        """Of what is still open, (changes, probability) that what is needed is among them, the
        likeliest first; nothing where nothing is open.
        """
        decision = self._undecided()
        return [] if decision is None else decision.candidates

    def _ahead(self, awaited: Sequence[Changes]) -> Iterator[tuple[float, Decision, list[Changes]]]:
        """What is open now, and what will be where those that run come out as is likeliest.

        Yields:
            How likely it comes to that, the row, and those of the trials that are of this row.
        """
        search, share, left = self, 1.0, [*awaited]
        while (decision := search._undecided()) is not None:
            beside = [changes for changes in left if decision.judges(changes)]
            yield share, decision, beside
            if not beside:
                return
            search, left = search._copy(), [changes for changes in left if changes not in beside]
            for changes in beside:
                bad = decision.bad_share(changes)
                share *= max(bad, 1 - bad)
                search.record(changes, bad >= 0.5)

    def _copy(self) -> CauseSearch:
        """The same changes and trials, to which others can be added by themselves."""
        other = copy(self)
        other._decisions = self._decisions.copy()
        return other

    def _undecided(self) -> Decision | None:
        """The row of which more has to be known; None for none."""
        try:
            self._explanation()
        except Undecided as pending:
            return pending.decision
        return None

    def known(self) -> Explanation | None:
        """What makes the difference; None where that is still open, or an end cannot be judged."""
        try:
            return self._explanation()
        except Undecided:
            return None

    def _explanation(self) -> Explanation | None:
        """What makes the difference; None where an end cannot be judged.

        Raises:
            Undecided: that is not decided yet.
        """
        self._claims = _Claims(self.confidence)
        self._decisions.restart()
        if not self._rows.mute.isdisjoint((NONE, self.every)):
            return None
        ends = self._decisions.decided((NONE, self.every))
        if ends.first is None:
            self._claims.add(ends, firm=True)
            return Explanation(True, (), (), NONE, self._claims.sure())
        causes: list[SufficientSet] = []
        left, bad = self.every, self.every
        while bad:
            causes.append(self._cause(bad))
            left -= causes[-1].changes
            back = self._rows.parts(left)
            bad = next((part for part in back if self._is_bad(part, RARE)), NONE)
        beyond = left - frozenset().union(*back)
        return Explanation(False, tuple(causes), tuple(back), beyond, self._claims.sure())

    def _cause(self, top: Changes) -> SufficientSet:
        """What suffices, out of a set that does: no more of it than has to be."""
        core = NONE
        while core != top and not self._seems_bad(core):
            before, top = self._step(core, top)
            core |= top - before
        return self._least(core)

    def _seems_bad(self, core: Changes) -> bool:
        """Whether what is kept is likely to suffice, so that no row need be searched for more."""
        return (
            core != NONE
            and self._rows.can_be_tried(core)
            and self._decisions.decided((NONE, core, self.every), even=True).first == core
        )

    def _step(self, core: Changes, top: Changes) -> tuple[Changes, Changes]:
        """Two sets, of which the first is good and the second bad, with as little between them as
        can be.

        Args:
            core: what is kept; where it is bad by itself, or cannot be tried and the smallest set
                with it that can be is bad, the first is the empty one.
            top: the largest of the row, which is bad.
        """
        before, bottom, after = NONE, core, top
        for order in range(ORDERS):
            row = self._rows.row(bottom, after, order)
            decision = self._decisions.decided(row)
            if decision.first is None:
                raise Undecided(decision)
            place = min(row.index(decision.first), row.index(after))
            before, after = row[place - 1], row[place]
            if not core <= before or len(after - before) == 1:
                break
            bottom = before
        return before, after

    def _least(self, core: Changes) -> SufficientSet:
        """What suffices, without those of its changes that it does not need."""
        before = list(self._claims.decisions)
        needed: set[str] = set()
        for some in omissions(core, needed):
            rest = core - some
            bad = self._is_bad(rest, rare_good=max(1.0, RARE / len(core)))
            if bad:
                self._claims.decisions = before
                return self._least(rest)
            if bad is not None and len(some) == 1:
                needed |= some
        self._is_bad(core, rare_bad=RARE ** max(0, len(needed) - 1), picked=True)
        return SufficientSet(core, frozenset(needed))

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
            Undecided: that is not decided yet.
        """
        if changes == NONE:
            return False
        if not self._rows.can_be_tried(changes):
            return None
        row = tuple(dict.fromkeys((NONE, changes, self.every)))
        decision = self._decisions.decided(row, even=not picked)
        bad = decision.first == changes
        self._claims.add(replace(decision, rarity=rare_bad if bad else rare_good), firm=bad)
        return bad

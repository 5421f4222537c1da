"""What a reduction will ask for, if its trials end in this way or that.

A reduction depends on nothing but the verdicts of its trials and on how much time there is. So its
futures can be looked at: another one is told what it was told, and then what may be.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import NamedTuple

from scripts.reduction.confirmation import Reduced
from scripts.reduction.ledger import Ask, Asking
from scripts.reduction.parts import Part
from scripts.reduction.reduction import Reduction, Unfit

Fresh = Callable[[Iterable[Part]], Reduction]
"""Makes a reduction of the same cases, which runs none of these parts again."""


class Told(NamedTuple):
    """What a reduction was told.

    Attributes:
        failed, silent: trials that failed, and that said nothing; their order tells it nothing.
        hurry, dear: how much time there was, see `Pace`.
    """

    failed: int
    silent: int
    hurry: bool
    dear: bool


Step = tuple[int, Told]
"""What was told of so many trials."""


class Future:
    """A place that a reduction may come to.

    Attributes:
        ask: what it asks for there; None where it is done.
        over: parts of the search that are done, on the way here, of those that are recorded.
        way: the steps from there on.
        after: the places that were looked at, by what leads there.
        asker: a search that stands here; None where it was led on.
    """

    __slots__ = ("after", "ask", "asker", "over", "way")

    def __init__(self, ask: Ask | None, over: int, way: tuple[Step, ...]) -> None:
        self.ask = ask
        self.over = over
        self.way = way
        self.after: dict[Told, Future] = {}
        self.asker: tuple[Reduction, Asking[Reduced]] | None = None


class Futures:
    """Where a reduction stands, and the places that were looked at from there.

    Args:
        fresh: makes another that stands at its beginning.

    Attributes:
        reduction: that is told what its trials say.
        present: where it stands.
        result: what it came to, once it is done.
    """

    def __init__(self, fresh: Fresh) -> None:
        self.reduction = fresh(())
        self.result: Reduced | None = None
        self._fresh = fresh
        self._search = self.reduction.search()
        self.present = Future(next(self._search), 0, ())

    def go_on(self, count: int, told: Told) -> None:
        """Tell the reduction what so many trials say: all that it asked for.

        Raises:
            Unfit: there is nothing to reduce, or nothing smaller was confirmed.
        """
        before, step = self.present, (count, told)
        over = len(self.reduction.parts.settled)
        ask: Ask | None = None
        try:
            ask = _tell(self.reduction, self._search, step)
        except StopIteration as end:
            self.result = end.value
        settled = len(self.reduction.parts.settled)
        way = (*before.way, step) if settled == over else ()
        self.present = before.after.get(told) or Future(ask, settled, way)
        self.present.over, self.present.way = settled, way

    def after(self, future: Future, told: Told) -> Future:
        """The place that verdicts on what is asked for lead to."""
        known = future.after.get(told)
        if known is not None or future.ask is None:
            return known or future
        reduction, search = future.asker or self._stand(future)
        future.asker = None
        step = (future.ask.count, told)
        ask: Ask | None = None
        # A future that ends asks for nothing, whatever its end.
        with contextlib.suppress(StopIteration, Unfit):
            ask = _tell(reduction, search, step)
        after = Future(ask, future.over, (*future.way, step))
        after.asker = (reduction, search)
        future.after[told] = after
        return after

    def _stand(self, future: Future) -> tuple[Reduction, Asking[Reduced]]:
        """A search that stands at a place."""
        reduction = self._fresh(self.reduction.parts.settled[: future.over])
        search = reduction.search()
        next(search)
        for step in future.way:
            _tell(reduction, search, step)
        return reduction, search


def _tell(reduction: Reduction, search: Asking[Reduced], step: Step) -> Ask:
    """Lead a search on: what it asks for then."""
    count, told = step
    reduction.pace.hurry, reduction.pace.dear = told.hurry, told.dear
    passed = count - told.failed - told.silent
    return search.send([True] * told.failed + [None] * told.silent + [False] * passed)

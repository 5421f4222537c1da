"""A reduction as it goes on: a line for each case, and what runs now. On standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from scripts.analysis.rates import rate
from scripts.domain.words import duration, plain
from scripts.reduction.client import OwnClient
from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import Ask, Counts
from scripts.reduction.reduction import Reduction
from scripts.reduction.shape import Space
from scripts.reduction.trail import Attempt


class ReductionProgress:
    """Shows a reduction.

    Args:
        console: where.
        reduction: which.
        space: its cases.
        deadline: when its budget is spent, on the monotonic clock.
    """

    def __init__(
        self, console: Console, reduction: Reduction, space: Space | OwnClient, deadline: float
    ) -> None:
        self.console = console
        self.reduction = reduction
        self.space = space
        self.deadline = deadline
        self.shown = 0

    @contextmanager
    def running(self, ask: Ask) -> Iterator[None]:
        """Show what runs, beside the smallest case so far, for as long as it does."""
        words = Text(plain(self._words(ask)))
        if self.console.is_terminal:
            with self.console.status(words):
                yield
            return
        if ask.final or ask.point == ORIGINAL:
            self.console.print(words, soft_wrap=True)
        yield

    def _words(self, ask: Ask) -> str:
        trail, ledger = self.reduction.trail, self.reduction.ledger
        current = trail.current
        smallest = "the original" if current == ORIGINAL else self.space.words(current)
        left = max(0.0, self.deadline - time.monotonic())
        return (
            f"{ask.count} x {ask.side} side, {ask.why or 'simpler'}; smallest: {smallest}, "
            f"{counts_words(ledger.of(current, 'bad'))}; "
            f"{len(trail.attempts)} tried, {len(trail.kept)} kept; {duration(left)} left"
        )

    def attempts(self, seconds: Callable[[Coordinates], float]) -> None:
        """A line for each case that was decided since the last time, which stays.

        Args:
            seconds: what a trial of a case takes.
        """
        for attempt in self.reduction.trail.attempts[self.shown :]:
            self.shown += 1
            line = self._line(attempt, seconds(attempt.point))
            style = "bold" if attempt.kept else ""
            self.console.print(Text(plain(line), style=style), soft_wrap=True)

    def _line(self, attempt: Attempt, seconds: float) -> str:
        verdict = "kept" if attempt.kept else "no"
        bad, good = attempt.bad, attempt.good
        sides = f"fails {bad.failed} of {bad.trials}"
        sides += f", good side {good.failed} of {good.trials}" if good.trials else ""
        silent = bad.silent + good.silent
        sides += f", {silent} say nothing" if silent else ""
        words = self.space.words(attempt.point)
        return f"[{self.shown:>3}] {verdict:<4} {words}: {sides}   {seconds:.1f} s each"


def counts_words(counts: Counts) -> str:
    """How many trials failed, with the interval of the rate."""
    if not counts.asked:
        return "not tried yet"
    share = rate([(counts.failed, counts.trials)])
    silent = f", {counts.silent} say nothing" if counts.silent else ""
    return f"fails {share.bad} of {share.trials} ({share.low:.0%} to {share.high:.0%}){silent}"

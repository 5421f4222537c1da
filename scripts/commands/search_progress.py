"""A search as it goes on: a line for each trial, and what runs now. On standard error."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.text import Text

from scripts.analysis.readings import Reading
from scripts.domain.trial import Trial
from scripts.domain.words import duration, plain
from scripts.report import readings
from scripts.report.reasons import reason_words
from scripts.search.investigate import Sought
from scripts.search.step import Step
from scripts.trials.extracts import Progress

PATIENCE = 2
"""Seconds that pass before it is told what takes so long."""

SHOWN_CHARACTERS = 100
"""Characters shown of what a trial says."""

TELLING = 2
"""Clients that hang in a row after which it is said what to do."""

READING_STYLES = {True: "red", False: "", None: "yellow"}
"""Of a trial's line, by whether it is bad."""


class HoldingProgress:
    """Shows how the holding of other packages goes on, where it takes longer than a blink.

    Args:
        console: where to show it.

    Attributes:
        words: what is shown.
    """

    words = "Finding versions at which all other packages can be held: {count} tried"

    def __init__(self, console: Console) -> None:
        self._status = console.status("")
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __call__(self, count: int | str) -> None:
        """So many were tried, or done."""
        if time.monotonic() - self._began > PATIENCE:
            self._status.update(self.words.format(count=count))
            self._status.start()

    def __exit__(self, *_: object) -> None:
        self._status.stop()


class MixingProgress(HoldingProgress):
    """Shows how long it takes to find which mixtures of two environments can be had."""

    words = "Finding which versions go together: {count} tried"


class DaysProgress(HoldingProgress):
    """Shows how long it takes to find the days on which something else is installed."""

    words = "Finding the days on which something else is installed: {count} tried"


class ReadingProgress(HoldingProgress):
    """Shows how the reading of trials goes on, where it takes longer than a blink."""

    words = "Reading the trials that came or changed: {count}"

    def read(self, done: int, count: int) -> None:
        """So many of so many were read."""
        self(f"{done:,} of {count:,}")


class SearchProgress:
    """Shows what runs, and each trial that is done.

    Args:
        question: what is asked.
        console: where to show it.
    """

    def __init__(self, question: Sought, console: Console) -> None:
        self.question = question
        self.console = console
        self.began = time.monotonic()
        self.hung = 0
        self._mixing = MixingProgress(console)

    @contextmanager
    def reading(self) -> Iterator[Progress]:
        """Show how the reading of trials goes on, where it takes longer than a blink."""
        with ReadingProgress(self.console) as progress:
            yield progress.read

    @contextmanager
    def choosing(self) -> Iterator[None]:
        """Show how the choice goes on, where it takes longer than a blink."""
        with MixingProgress(self.console) as self._mixing:
            yield

    def mixed(self, count: int) -> None:
        """So many mixtures of two environments were looked for, as the next trial is chosen."""
        self._mixing(count)

    @contextmanager
    def running(self, steps: Collection[Step]) -> Iterator[None]:
        """Show what runs, for as long as it does."""
        first, *others = steps
        words = f"[{first.round}] {first.target.name}: {reason_words(first.reason)}"
        if others:
            words += f", and {len(others)} more"
        if self.question.budget is not None:
            left = max(0.0, self.question.budget - (time.monotonic() - self.began))
            words += f"   {duration(left)} left of the budget"
        with self.console.status(Text(plain(words))):
            yield

    def done(self, step: Step, reading: Reading, trial: Trial) -> None:
        """One line, which stays."""
        wall = "" if trial.client.wall is None else f"   {duration(trial.client.wall)}"
        words = readings.words(reading)
        words = words if len(words) <= SHOWN_CHARACTERS else f"{words[: SHOWN_CHARACTERS - 1]}…"
        line = f"[{step.round:>3}] {step.target.name}: {reading.verdict} ({words}){wall}"
        line += f"   {reason_words(step.reason)}"
        self.console.print(Text(plain(line), style=READING_STYLES[reading.bad]), soft_wrap=True)
        self._note_hang(trial, reading)

    def _note_hang(self, trial: Trial, reading: Reading) -> None:
        """Say once, after two in a row, how clients that hang are sought, or ended sooner."""
        sought = self.question.signal == "hang"
        hung = trial.outcome == "hung" and reading.bad is None and not sought
        self.hung = self.hung + 1 if hung else 0
        if self.hung == TELLING:
            self.console.print(
                f"Two trials in a row were still running after {duration(trial.client.wall or 0)}: "
                "--signal hang seeks that, --deadline SECONDS ends them sooner.",
                style="yellow",
                soft_wrap=True,
            )

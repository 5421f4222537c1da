"""A map as it is made: a line for each trial, and what runs now. On standard error."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from scripts.analysis.readings import read
from scripts.domain.trial import Load, Trial
from scripts.domain.words import duration, plain
from scripts.mapping.exploration import Exploration, MapStep
from scripts.report import readings


class MapProgress:
    """Shows what runs, and each trial that is done.

    Args:
        exploration: the atlas with its trials.
        console: where to show it.
    """

    def __init__(self, exploration: Exploration, console: Console) -> None:
        self.exploration = exploration
        self.console = console
        self.began = time.monotonic()

    @contextmanager
    def running(self, steps: Collection[MapStep]) -> Iterator[None]:
        """Show what runs, for as long as it does."""
        budget = self.exploration.atlas.budget
        left = max(0.0, budget - (time.monotonic() - self.began))
        first, *others = steps
        words = f"{first.target.name}, {self._place(first.load)}"
        words += f", and {len(others)} more" if others else ""
        words += f"   {duration(left)} left"
        with self.console.status(Text(plain(words))):
            yield

    def done(self, step: MapStep, trial: Trial) -> None:
        """One line, which stays."""
        reading = read(self.exploration.signal, trial)
        line = (
            f"[{len(self.exploration.trials):>3}] {step.target.name}, {self._place(step.load)}: "
            f"{reading.verdict} ({readings.words(reading)})   {duration(trial.client.wall or 0.0)}"
        )
        self.console.print(Text(plain(line)), soft_wrap=True)

    def _place(self, load: Load) -> str:
        """The two numbers of a load, in words."""
        atlas = self.exploration.atlas
        return ", ".join(
            scale.written(getattr(load, scale.quantity.field)) for scale in (atlas.x, atlas.y)
        )

"""One trial after another, each chosen by what the ones before said.

Like a campaign, a series is a folder: the question it asks, and one file for each finished trial.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol

from scripts.domain.problems import MeasurementProblem
from scripts.domain.trial import Load, Place, Target, Trial
from scripts.environments.uv import Unavailable, Unreachable
from scripts.trials import store
from scripts.trials.job import Job
from scripts.trials.lanes import Lanes
from scripts.trials.lock import alone
from scripts.trials.runners import Runner


class KnownTrial(Protocol):
    """A stored trial, as far as a series needs to know it."""

    @property
    def place(self) -> Place:
        """Where it stands."""

    @property
    def target(self) -> Target:
        """What was judged."""

    @property
    def load(self) -> Load:
        """Under what."""


class Series:
    """Runs trials into a folder; a context manager, because environments are built beside it.

    Args:
        folder: an existing one, which holds the series' earlier trials.
        runner: where trials run.
        deadline: seconds each client may take; None for the load's own.
        numbered: whether each request carries a number, see `Job`.
        known: reads the folder's trials, where whoever asks does so in a way of its own; those that
            somebody disturbed are not among them.

    Attributes:
        trials: those that were run, and before them those of the folder where no other reading was
            asked for.

    Raises:
        UsageProblem: on entering it, a stored trial is damaged, or another process runs it.
    """

    def __init__(
        self,
        folder: Path,
        runner: Runner,
        deadline: float | None = None,
        numbered: bool = False,
        known: Callable[[Path], Iterable[KnownTrial]] | None = None,
    ) -> None:
        self.folder = folder
        self.deadline = deadline
        self.numbered = numbered
        self.trials: list[Trial] = []
        self._read = known
        self._last = 0
        self._ran: dict[tuple[int, Target, Load], KnownTrial] = {}
        self._lanes = Lanes(runner, 1)
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Series:
        with contextlib.ExitStack() as held:
            held.enter_context(alone(self.folder))
            held.enter_context(self._lanes)
            if self._read is None:
                self.trials = list(store.without_disturbed(self.folder))
            for trial in self.trials if self._read is None else self._read(self.folder):
                self._note(trial)
            self._held = held.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._held.__exit__(kind, error, at)

    def prepare(self, targets: Iterable[Target]) -> None:
        """Build what is likely to be tried soon, beside the trial that runs."""
        self._lanes.prepare(targets)

    def run(self, target: Target, load: Load, number: int) -> Trial:
        """Run one trial and write it down, unless this round (number) of the series has it already.

        Raises:
            Stopped: whatever started this is gone; nothing of the trial remains.
            MeasurementProblem: it could not be written, or the package index cannot be reached.
        """
        there = self._ran.get((number, target, load))
        if there is not None:
            return there if isinstance(there, Trial) else self._whole(there)
        place = Place(self.folder.name, self._last + 1, number)
        job = Job(target, load, place, self.deadline, numbered=self.numbered)
        with store.writing(self.folder):
            self._prepare(target)
        (trial,) = self._lanes.results([self._lanes.start(job, self.folder)])
        self._note(trial)
        self.trials.append(trial)
        return trial

    def _note(self, trial: KnownTrial) -> None:
        """Note that the series has a trial; of two of a round the first counts."""
        self._ran.setdefault((trial.place.round, trial.target, trial.load), trial)
        self._last = max(self._last, trial.place.order)

    def _whole(self, trial: KnownTrial) -> Trial:
        """A trial that the folder had, read whole.

        Raises:
            UsageProblem: its file is not there any more, or damaged.
        """
        return store.read(store.find(Path(self.folder.name, f"{trial.place.order:04d}")))

    def _prepare(self, target: Target) -> None:
        """Build what a target needs; one that is not to be had says so in its trial."""
        try:
            self._lanes.runner.prepare(target, lambda: False)
        except Unreachable as error:
            raise MeasurementProblem(f"{error}: connect, and go on.") from error
        except Unavailable:
            pass

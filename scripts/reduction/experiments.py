"""What answers a reduction: trials of its cases, and runs of their finished scripts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any

from scripts.analysis.catalogue import STALE
from scripts.analysis.hosts import HostEffect, of_trials
from scripts.environments.build import Environments
from scripts.reduction.case_trials import CaseTrials
from scripts.reduction.confirming_runs import ConfirmingRuns, Run
from scripts.reduction.finished import FinishedScripts
from scripts.reduction.lattice import Coordinates
from scripts.reduction.ledger import Ask, Counts, Side
from scripts.reduction.result import Smallest
from scripts.reduction.speculation import Known, Slot, Speculation, Start
from scripts.reduction.task import Task
from scripts.trials.lanes import Lanes


class Experiments(Known):
    """Runs what a reduction asks for; a context manager, because it runs in threads.

    Args:
        task: what is reduced.
        folder: the reduction's, with what earlier runs left.
        environments: where clients and servers run.
        lanes: where trials run.
    """

    def __init__(self, task: Task, folder: Path, environments: Environments, lanes: Lanes) -> None:
        self.task = task
        self._lanes = lanes
        self.trials = CaseTrials(task, folder, lanes)
        self.scripts = FinishedScripts(task, environments)
        self.runs = ConfirmingRuns(task, folder, lanes, self._text)
        self._texts: dict[tuple[Coordinates, Side, bool], str] = {}
        self._running: set[Future[Any]] = set()

    @property
    def lanes(self) -> int:
        """How many run at a time."""
        return self._lanes.count

    @property
    def beside(self) -> int:
        """How many of them on one host."""
        return self._lanes.beside

    def __enter__(self) -> Experiments:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._lanes.__exit__(kind, error, at)

    def answer(self, speculation: Speculation) -> list[bool | None]:
        """For each trial that a reduction asks for, whether it failed: stored ones first, then new
        ones. Lanes that are free meanwhile run what it is likeliest to ask for then.

        None stands for a trial that says nothing.

        Raises:
            Stopped: whatever started this is gone; what was finished is on disk.
            MeasurementProblem: no environment can be had, or a trial cannot be written.
            ValueError: the reduction is done.
        """
        ask = speculation.ask
        if ask is None:
            raise ValueError("nothing is asked for")
        while (verdicts := self._of(ask).answer(ask)) is None:
            for start in speculation.likeliest(self, self.lanes - len(self._running)):
                self._running.add(self._start(start))
            self._running -= self._lanes.finished(self._running)
            self.trials.collect()
            self.runs.collect()
        return verdicts

    def _start(self, start: Start) -> Future[Any]:
        """Start a trial: the one place where any is started."""
        return self._of(start.ask).start(start.ask, start.number)

    def _of(self, ask: Ask) -> CaseTrials | ConfirmingRuns:
        """What answers this."""
        return self.runs if self._alone(ask) else self.trials

    def _alone(self, ask: Ask) -> bool:
        """Whether the finished script answers this, with nothing around it: what records a trial
        takes time of its own, so a script that measures is never recorded.
        """
        return self.task.cost is not None or (ask.final and not self.task.client)

    def seconds(self, point: Coordinates, side: Side) -> float:
        """What a trial of a case takes, at the median of those that answered; what starting takes,
        where none did."""
        return self._of(Ask(point, side, 0, "")).seconds(point, side)

    def queue(self, ask: Ask) -> Hashable:
        """Which queue answers this."""
        return self._of(ask).queue(ask)

    def first(self, ask: Ask) -> int:
        """Number of the first trial in its queue that did not answer yet."""
        return self._of(ask).first(ask)

    def slots(self, ask: Ask, first: int) -> Sequence[Slot]:
        """What is known of as many trials as are asked for, from a number on."""
        return self._of(ask).slots(ask, first)

    def counts(self, ask: Ask) -> Counts:
        """All trials of its queue that are done."""
        return self._of(ask).counts(ask)

    def confirmed(self, point: Coordinates) -> list[Run]:
        """The runs on the bad side that confirmed a case."""
        return self.runs.answered(point, "bad")

    def hosts(self) -> HostEffect | None:
        """Whether hosts differ, of those that ran the trials of its cases; None for one."""
        return of_trials(self.trials.over())

    def text(self, smallest: Smallest) -> str:
        """The finished script of the smallest case."""
        return self.scripts.text(smallest, self.stale())

    def stale(self) -> bool:
        """Whether the failure is a write on a connection that the server closed."""
        return self.trials.cause() == STALE

    def _text(self, point: Coordinates, side: Side) -> str:
        """A case's script before it is known what to tell of it."""
        key = (point, side, self.stale())
        if key not in self._texts:
            self._texts[key] = self.scripts.on_trial(point or self.task.space.top, *key[1:])
        return self._texts[key]

"""What answers a reduction: trials of its cases, and runs of their finished scripts."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from scripts.analysis.catalogue import STALE
from scripts.environments.build import Environments
from scripts.reduction.case_trials import CaseTrials
from scripts.reduction.confirming_runs import ConfirmingRuns, Run
from scripts.reduction.finished import FinishedScripts
from scripts.reduction.lattice import Coordinates
from scripts.reduction.ledger import Ask
from scripts.reduction.result import Smallest
from scripts.reduction.task import Task
from scripts.trials.lanes import Lanes


class Experiments:
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
        self.trials = CaseTrials(task, folder, self._lanes)
        self.runs = ConfirmingRuns(task, folder, environments, self._lanes)
        self.scripts = FinishedScripts(task, environments)

    @property
    def lanes(self) -> int:
        """How many run at a time."""
        return self._lanes.count

    def __enter__(self) -> Experiments:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._lanes.__exit__(kind, error, at)

    def answer(self, ask: Ask) -> list[bool | None]:
        """For each trial asked for, whether it failed: stored ones first, then new ones.

        None stands for one that says nothing.

        Raises:
            Stopped: whatever started this is gone; what was finished is on disk.
            MeasurementProblem: no environment can be had, or a trial cannot be written.
        """
        if not ask.final or self.task.client:
            return self.trials.answer(ask)
        return self.runs.answer(ask, self.scripts.on_trial(ask.point, ask.side, self.stale()))

    def confirmed(self, point: Coordinates) -> list[Run]:
        """The confirming runs of a case on the bad side."""
        return self.runs.of(point, "bad", self.scripts.on_trial(point, "bad", self.stale()))

    def text(self, smallest: Smallest) -> str:
        """The finished script of the smallest case."""
        return self.scripts.text(smallest, self.stale())

    def stale(self) -> bool:
        """Whether the failure is a write on a connection that the server closed."""
        return self.trials.cause() == STALE

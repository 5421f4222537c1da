"""Runs that confirm a case: of its finished script alone, each in a fresh process."""

from __future__ import annotations

import datetime
import functools
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from pathlib import Path

import msgspec

from scripts.domain.hashes import digest
from scripts.domain.paths import shown
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.environments.requirements import script_requirements
from scripts.environments.uv import Unavailable
from scripts.reduction import oracle
from scripts.reduction.case_trials import CASE_DEADLINE
from scripts.reduction.lattice import Coordinates
from scripts.reduction.ledger import Ask, Side
from scripts.reduction.numbering import Queues
from scripts.reduction.task import CONFIRMED, Task, write
from scripts.trials import store
from scripts.trials.lanes import Lanes
from scripts.trials.process import started
from scripts.trials.runners import Stop
from scripts.trials.scratch import scratch


class Run(msgspec.Struct, frozen=True):
    """A run of a finished script.

    Attributes:
        point, side: of which case, on which side.
        status: its exit status.
        seconds: what it took, start included.
        script: hash of its text.
        day: of the run (YYYY-MM-DD).
        number: among the runs of this script on this side, from 1; 0 of one that was stored before
            that was noted.
    """

    point: Coordinates
    side: Side
    status: int
    seconds: float
    script: str = ""
    day: str = ""
    number: int = 0

    @property
    def shows(self) -> bool | None:
        """Whether it shows the failure; None where its status says nothing."""
        return oracle.script_shows(self.status)


Text = Callable[[Coordinates, Side], str]
"""A case's finished script as a side has it."""


class ConfirmingRuns(Queues[Run]):
    """The confirming runs of a reduction, those that an earlier run left first.

    Args:
        task: what is reduced.
        folder: the reduction's.
        environments: where scripts run.
        lanes: where they run, several at a time.
        text: what they run.
    """

    def __init__(
        self, task: Task, folder: Path, environments: Environments, lanes: Lanes, text: Text
    ) -> None:
        super().__init__()
        self.task = task
        self.folder = folder
        self.environments = environments
        self._lanes = lanes
        self._text = text
        self._path = folder / CONFIRMED
        self._runs: list[Run] = stored(self._path)
        for run in self._runs:
            self._queues[run.point, run.side, run.script].keep(run, run.number - 1)

    def queue(self, ask: Ask) -> Hashable:
        """Which queue answers this: that of this very script."""
        return ask.point, ask.side, digest(self._text(ask.point, ask.side))

    def verdict(self, ask: Ask, result: Run) -> bool | None:  # noqa: ARG002
        """Whether a run failed; None where it says nothing."""
        return result.shows

    def collect(self) -> list[Run]:
        """Take in the runs that ended since the last time, and write them down.

        Raises:
            MeasurementProblem: they cannot be written.
        """
        new = super().collect()
        if new:
            self._runs += new
            write(self.folder, self._path, msgspec.json.encode(self._runs) + b"\n")
        return new

    def answered(self, point: Coordinates, side: Side) -> list[Run]:
        """The runs of a case on a side that answered."""
        key = self.queue(Ask(point, side, 0, "", final=True))
        return self._queues[key].answers()

    def _started(self, ask: Ask, number: int) -> Future[Run]:
        """Start a run of a case's finished script."""
        text = self._text(ask.point, ask.side)
        return self._lanes.call(functools.partial(self._run, ask.point, ask.side, text, number))

    def _run(self, point: Coordinates, side: Side, text: str, number: int, stop: Stop) -> Run:
        """Run a finished script, and nothing else."""
        with scratch(self.folder, "confirming-") as own:
            script = own / "minimal.py"
            script.write_text(text)
            interpreter = self._interpreter(script, self.task.target(side))
            began = time.monotonic()
            with started([str(interpreter), "-I", str(script)], own / "stderr") as process:
                process.wait_until(lambda: process.status() is not None, 2 * CASE_DEADLINE, stop)
                status = process.status()
        return Run(
            point,
            side,
            -1 if status is None else status,
            round(time.monotonic() - began, 3),
            digest(text),
            today(),
            number + 1,
        )

    def _interpreter(self, script: Path, target: Target) -> Path:
        """That of an environment made from a script's own header.

        Raises:
            MeasurementProblem: there is none to be had.
        """
        requirements = script_requirements(script)
        try:
            return self.environments.get(requirements, target.python, target.held).interpreter
        except Unavailable as error:
            raise MeasurementProblem(f"{', '.join(requirements)}: {error}.") from error


def stored(path: Path) -> list[Run]:
    """The confirming runs in a file; none where there is no such file.

    Raises:
        UsageProblem: it is damaged.
    """
    if not path.exists():
        return []
    try:
        return store.decoded(path.read_bytes(), list[Run])
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageProblem(f"{shown(path)} is damaged ({error}).") from error


def today() -> str:
    """The day, for the script's docstring (YYYY-MM-DD)."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()

"""Runs that confirm a case: of its finished script alone, each in a fresh process."""

from __future__ import annotations

import datetime
import functools
import time
from collections import Counter
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
    """

    point: Coordinates
    side: Side
    status: int
    seconds: float
    script: str = ""
    day: str = ""

    @property
    def shows(self) -> bool | None:
        """Whether it shows the failure; None where its status says nothing."""
        return oracle.script_shows(self.status)


class ConfirmingRuns:
    """The confirming runs of a reduction, those that an earlier run left first.

    Args:
        task: what is reduced.
        folder: the reduction's.
        environments: where scripts run.
        lanes: where they run, several at a time.
    """

    def __init__(self, task: Task, folder: Path, environments: Environments, lanes: Lanes) -> None:
        self.task = task
        self.folder = folder
        self.environments = environments
        self._lanes = lanes
        self._path = folder / CONFIRMED
        self._runs: list[Run] = stored(self._path)
        self._answered: Counter[tuple[Coordinates, Side]] = Counter()

    def answer(self, ask: Ask, text: str) -> list[bool | None]:
        """For each run asked for, whether it failed: stored ones first, then new ones.

        None stands for one that says nothing.

        Args:
            ask: which.
            text: the case's script as that side has it.

        Raises:
            Stopped: whatever started this is gone.
            MeasurementProblem: no environment can be had, or the runs cannot be written.
        """
        start = self._answered[ask.point, ask.side]
        end = start + ask.count
        self._answered[ask.point, ask.side] = end
        runs = self.of(ask.point, ask.side, text)
        missing = ask.count - len(runs[start:])
        run = functools.partial(self._run, ask.point, ask.side, text)
        new = self._lanes.results([self._lanes.call(run) for _ in range(missing)])
        if new:
            self._runs += new
            write(self.folder, self._path, msgspec.json.encode(self._runs) + b"\n")
        return [run.shows for run in [*runs, *new][start:end]]

    def of(self, point: Coordinates, side: Side, text: str) -> list[Run]:
        """The confirming runs of a case on a side, of this very script."""
        key = (point, side, digest(text))
        return [run for run in self._runs if (run.point, run.side, run.script) == key]

    def _run(self, point: Coordinates, side: Side, text: str, stop: Stop) -> Run:
        """Run a finished script, and nothing else."""
        with scratch(self.folder, "confirming-") as own:
            script = own / "minimal.py"
            script.write_text(text)
            interpreter = self._interpreter(script, self.task.target(side))
            began = time.monotonic()
            with started([str(interpreter), "-I", str(script)], own / "stderr") as process:
                process.wait_until(lambda: process.status() is not None, 2 * CASE_DEADLINE, stop)
                status = process.status()
        seconds = round(time.monotonic() - began, 3)
        return Run(point, side, -1 if status is None else status, seconds, digest(text), today())

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

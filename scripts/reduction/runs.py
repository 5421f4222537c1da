"""Runs the trials that a reduction asks for, several at a time, and keeps them."""

from __future__ import annotations

import datetime
import functools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

import msgspec

from scripts.analysis import signals
from scripts.analysis.catalogue import STALE
from scripts.domain.files import PROJECT, replace
from scripts.domain.problems import MeasurementProblem
from scripts.domain.trial import Environment, Load, Place, Target, Trial
from scripts.environments.build import Environments, digest, tomorrow
from scripts.environments.requirements import script_requirements
from scripts.environments.uv import Unavailable
from scripts.reduction import oracle
from scripts.reduction.lattice import ORIGINAL, Ask, Point, Side
from scripts.reduction.program import Role, interface_of, program
from scripts.reduction.shape import Shape, Space, space
from scripts.trials import store
from scripts.trials.lanes import Lanes, Stop, ThisMachine
from scripts.trials.process import started
from scripts.trials.run import Job

TASK_SCHEMA = 1
"""Version of the layout of a reduction's task."""

REDUCTION = "reduction.json"
CONFIRMED = "confirming.json"
RESULT = "reduced.json"
LONGEST = 30.0
"""Seconds that a trial of a reduced case may take."""

STARTING = 0.5
"""Seconds that a reduced case takes to start, about."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a reduction is about, as stored in its folder.

    Attributes:
        name: of the folder.
        created: UTC, ISO 8601.
        command: the arguments that asked.
        bad, good: the target that fails, and the one that must pass; None for none.
        signal: the failure, as the user wrote it.
        load: the original's.
        exception: type of the exception by which a script tells that failure.
        budget: seconds.
        output: file of the script.
    """

    schema: int = TASK_SCHEMA
    name: str
    created: str
    command: tuple[str, ...]
    bad: Target
    good: Target | None
    signal: str
    load: Load
    exception: str
    budget: float
    output: str = ""

    @property
    def space(self) -> Space:
        """The shapes it may try."""
        parts = signals.parse(self.signal).chain
        package = parts[0].rpartition(".")[0] if parts else ""
        return space(self.bad.axis, package, self.load, "Timeout" in self.exception)


class Run(msgspec.Struct, frozen=True):
    """A run of a finished script.

    Attributes:
        point, side: of which case, on which side.
        status: its exit status.
        seconds: what it took, start included.
        script: hash of its text.
        day: of the run (YYYY-MM-DD).
    """

    point: Point
    side: Side
    status: int
    seconds: float
    script: str = ""
    day: str = ""


class Trying:
    """Runs trials of cases; a context manager, because they run in threads.

    Args:
        task: what is reduced.
        folder: the reduction's, with what earlier runs left.
        environments: where clients and servers run.
        lanes: how many trials run at a time.
    """

    def __init__(self, task: Task, folder: Path, environments: Environments, lanes: int) -> None:
        self.task = task
        self.folder = folder
        self.environments = environments
        self.lanes = lanes
        self.space = task.space
        self.signal = signals.parse(task.signal)
        self.trials: dict[Target, list[Trial]] = {}
        stored = sorted(store.trials(folder), key=lambda each: each.place.order)
        for each in stored:
            self.trials.setdefault(each.target, []).append(each)
        self.count = stored[-1].place.order if stored else 0
        confirmed = folder / CONFIRMED
        self.runs = (
            msgspec.json.decode(confirmed.read_bytes(), type=list[Run])
            if confirmed.exists()
            else []
        )
        self._taken: dict[tuple[Target, bool], int] = {}
        self._lanes = Lanes(ThisMachine(environments), lanes)

    def __enter__(self) -> Trying:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._lanes.__exit__(kind, error, at)

    def answer(self, ask: Ask) -> list[bool]:
        """For each trial asked for, whether it failed: stored ones first, then new ones.

        Raises:
            Stopped: interrupted; what was finished is on disk.
            MeasurementProblem: no environment can be had, or a trial cannot be written.
        """
        target = self.target(ask.point, ask.side)
        start = self._taken.get((target, ask.final), 0)
        self._taken[target, ask.final] = start + ask.count
        if ask.final:
            text = self._tried(ask.point, ask.side)
            done = self._runs(ask.point, ask.side, digest(text))
            missing = ask.count - len(done[start:])
            run = functools.partial(self._script, ask.point, ask.side, text)
            new = self._lanes.results([self._lanes.call(run) for _ in range(missing)])
            if new:
                self.runs += new
                self._write(self.folder / CONFIRMED, msgspec.json.encode(self.runs) + b"\n")
            wrong = 1 if ask.side == "bad" else 0
            told = [*done, *new][start : start + ask.count]
            return [(each.status == wrong) == (ask.side == "bad") for each in told]
        kept = self.trials.setdefault(target, [])
        missing = ask.count - len(kept[start:])
        kept += self._lanes.results([self._trial(target, ask.point) for _ in range(missing)])
        kept.sort(key=lambda each: each.place.order)
        cause = self.cause()
        return [
            oracle.failed(each, ask.side, self.signal, cause)
            for each in kept[start : start + ask.count]
        ]

    def cause(self) -> str | None:
        """The cause that smaller cases must keep."""
        return oracle.main_cause(self.trials.get(self.task.bad, ()), self.signal)

    def _runs(self, point: Point, side: Side, script: str) -> list[Run]:
        """The confirming runs of a case, of this very script."""
        return [
            each
            for each in self.runs
            if (each.point, each.side, each.script) == (point, side, script)
        ]

    def seconds(self, point: Point, side: Side) -> float:
        """What a trial of a case takes, at the median; what starting takes, where none is known."""
        found = [each.client.wall or 0.0 for each in self.trials.get(self.target(point, side), ())]
        return (statistics.median(found) if found else 0.0) + STARTING

    def target(self, point: Point, side: Side) -> Target:
        """What a trial of a case runs."""
        whole = self._side(side)
        if point == ORIGINAL:
            return whole
        shape = self.space.shape(point)
        two = shape.processes == 2
        script = self._case(point, shape, "client" if two else "whole")
        server = self._case(point, shape, "server") if two else ""
        return msgspec.structs.replace(
            whole, name=f"{whole.name}: {shape.words}", script=script, server=server
        )

    def run_seconds(self, point: Point) -> list[float]:
        """What each confirming run of a case took on the bad side."""
        return [each.seconds for each in self._confirming(point)]

    def day(self, point: Point) -> str:
        """The day of a case's last confirming run (YYYY-MM-DD)."""
        return max(each.day for each in self._confirming(point))

    def _confirming(self, point: Point) -> list[Run]:
        return self._runs(point, "bad", digest(self._tried(point, "bad")))

    def _tried(self, point: Point, side: Side) -> str:
        """The script of a case before it is known what to say of it."""
        return self.text(point, side, "A case on trial.", ())

    def ran(self, point: Point, side: Side) -> str:
        """What a case runs on a side: "httpcore 1.0.6"."""
        library = self.space.shape(point).library
        packages = self._packages(side).packages
        return f"{library} {packages.get(library, '')}".strip()

    def text(self, point: Point, side: Side, title: str, told: Sequence[str]) -> str:
        """The finished script of a case, pinned as a side has it, formatted."""
        packages = self._packages(side)
        shape = self.space.shape(point)
        pins = [
            f"{name}=={packages.packages[project]}"
            for name in interface_of(shape).needs
            if (project := name.partition("[")[0]) in packages.packages
        ]
        newer = tomorrow(packages.held) if packages.held else ""
        python = packages.python.rpartition(".")[0]
        stale = self.cause() == STALE
        return formatted(
            program(shape, self.task.exception, "whole", title, told, pins, newer, stale, python)
        )

    def _packages(self, side: Side) -> Environment:
        """What a side's client runs with.

        Raises:
            MeasurementProblem: that cannot be had.
        """
        target = self._side(side)
        try:
            return self.environments.client(target).description
        except Unavailable as error:
            raise MeasurementProblem(f"{target.name}: {error}.") from error

    def _side(self, side: Side) -> Target:
        return self.task.bad if side == "bad" or self.task.good is None else self.task.good

    def _case(self, point: Point, shape: Shape, role: Role) -> str:
        """Path of a case's script, written where it is not there as it should be."""
        name = "-".join(map(str, point)) + ("" if role == "whole" else f"-{role}")
        path = self.folder / "cases" / f"{name}.py"
        text = program(shape, self.task.exception, role).encode()
        if not path.exists() or path.read_bytes() != text:
            self._write(path, text)
        return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(path)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, data)
        except OSError as error:
            raise store.unwritten(self.folder, error) from error

    def _trial(self, target: Target, point: Point) -> Future[Trial]:
        """Start a trial of a case."""
        self.count += 1
        place = Place(self.folder.name, self.count, 1, self.lanes)
        load, deadline = self.task.load, None
        if point != ORIGINAL:
            load = Load("reduced", concurrency=self.space.shape(point).connections)
            deadline = LONGEST
        return self._lanes.start(Job(target, load, place, deadline), self._keep)

    def _keep(self, trial: Trial) -> None:
        """Write a trial down; one that says nothing ends the reduction."""
        if trial.outcome in ("unavailable", "script-failed", "server-not-ready"):
            raise MeasurementProblem(f"{trial.target.name}: {trial.detail}.")
        store.keeper(self.folder)(trial)

    def _script(self, point: Point, side: Side, text: str, stop: Stop) -> Run:
        """Run a finished script in an environment made from its own header, and nothing else."""
        target = self._side(side)
        with tempfile.TemporaryDirectory(prefix="confirming-") as scratch:
            script = Path(scratch, "minimal.py")
            script.write_text(text)
            wanted = script_requirements(script)
            try:
                built = self.environments.get(wanted, target.python, target.held)
            except Unavailable as error:
                raise MeasurementProblem(f"{', '.join(wanted)}: {error}.") from error
            began = time.monotonic()
            command = [str(built.interpreter), "-I", str(script)]
            with started(command, Path(scratch, "stderr")) as process:
                process.wait_until(lambda: process.status() is not None, 2 * LONGEST, stop)
                status = process.status()
        seconds = round(time.monotonic() - began, 3)
        status = -1 if status is None else status
        return Run(point, side, status, seconds, digest(text), today())


def formatted(text: str) -> str:
    """A script as ruff formats it."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=100", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def today() -> str:
    """The day, for the script's docstring (YYYY-MM-DD)."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()

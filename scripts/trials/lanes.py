"""Several trials at a time, on whatever runs them; interrupted or orphaned, all end.

Campaigns, series and reductions run here and nowhere else.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from scripts.domain.problems import MeasurementProblem
from scripts.domain.trial import Target, Trial
from scripts.environments.uv import Unavailable, Unreachable
from scripts.trials import store
from scripts.trials.job import Job
from scripts.trials.process import Interrupted, orphaned
from scripts.trials.runners import HostLost, Runner, Seat, Stop
from scripts.trials.script_run import ScriptEnd, ScriptJob

MOST_PLACES = 256
"""Rounds that run at a time at most, on however many hosts."""

LOSSES = 3
"""Hosts that may be lost over one round before it is given up."""

ORPHAN_CHECK = 0.5
"""Seconds between two looks at whether the starter still lives."""

Result = TypeVar("Result")


class Stopped(Exception):
    """What ran was interrupted; what was finished is on disk."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Lanes:
    """Runs so many things at a time; a context manager, at whose end all of them are done.

    Leaving it by Ctrl-C raises `Stopped`.

    Args:
        runner: where trials run.
        lanes: how many run at a time on this machine; other hosts run one.
        builders: environments built at a time, beside them.
    """

    def __init__(self, runner: Runner, lanes: int, builders: int = 1) -> None:
        self.runner = runner
        self._asked_lanes = lanes
        self._stop = threading.Event()
        self._asked: set[Target] = set()
        self._builders = ThreadPoolExecutor(builders, thread_name_prefix="builder")
        # Hosts may come while it goes on: threads are started as they are needed.
        self._lanes = ThreadPoolExecutor(MOST_PLACES, thread_name_prefix="lane")

    @property
    def count(self) -> int:
        """How many rounds can run at a time, by now."""
        return min(MOST_PLACES, self.runner.places(self._asked_lanes))

    @property
    def beside(self) -> int:
        """How many trials run at a time on one host."""
        return self.runner.beside(self._asked_lanes)

    def __enter__(self) -> Lanes:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._builders.shutdown(wait=True, cancel_futures=True)
        self._lanes.shutdown(wait=True, cancel_futures=True)
        if kind is KeyboardInterrupt:
            raise Stopped("interrupted") from None

    def prepare(self, targets: Iterable[Target]) -> None:
        """Build what is likely to run soon, beside what runs; each target once.

        A target whose environment is not to be had says so in its trial.
        """
        for target in targets:
            if target not in self._asked:
                self._asked.add(target)
                self._builders.submit(self._prepare, target)

    def _prepare(self, target: Target) -> None:
        with contextlib.suppress(Unavailable):
            self.runner.prepare(target, self._stop.is_set)

    def start(
        self, job: Job, folder: Path, accept: Callable[[Trial], None] | None = None
    ) -> Future[Trial]:
        """Run a trial in a lane and write it down; one that was interrupted is not written.

        Args:
            job: what is to be run.
            folder: where it is written.
            accept: raises for a trial that must not be written.
        """

        def run(stop: Stop) -> Trial:
            return self._on_a_seat(
                lambda seat: self._written(seat, job, folder, stop, accept), stop
            )

        return self.call(run)

    def script(self, job: ScriptJob) -> Future[ScriptEnd]:
        """Run a finished script in a lane."""
        return self.call(lambda stop: self._on_a_seat(lambda seat: seat.script(job, stop), stop))

    def together(
        self,
        jobs: Callable[[str], Iterable[Job | Trial]],
        folder: Path,
        tell: Callable[[Trial], None] | None = None,
    ) -> Future[list[Trial]]:
        """Run a round in a lane: one trial after another, all on one host, each written down.

        Where the host is lost, the round is begun again on another one.

        Args:
            jobs: what is to be run on a host of this name, or was run there; the next one is asked
                for when the one before is done. Called in the lane.
            folder: where they are written.
            tell: is told of each that is written; likewise.
        """

        def round_on(seat: Seat, stop: Stop) -> list[Trial]:
            trials: list[Trial] = []
            for job in jobs(seat.host):
                if isinstance(job, Job):
                    with store.writing(folder):
                        _prepared(seat, job.target, stop)
                    trials.append(self._written(seat, job, folder, stop, None))
                    if tell is not None:
                        tell(trials[-1])
                else:
                    trials.append(job)
            return trials

        return self.call(lambda stop: self._on_a_seat(lambda seat: round_on(seat, stop), stop))

    def _on_a_seat(self, use: Callable[[Seat], Result], stop: Stop) -> Result:
        """What a host does, or another one where it is lost.

        Raises:
            MeasurementProblem: several hosts in a row were lost over it.
        """
        for _ in range(LOSSES):
            with self.runner.seat(stop) as seat, contextlib.suppress(HostLost):
                return use(seat)
        raise MeasurementProblem(
            f"{LOSSES} workers were lost one after another while they ran the same: what they ran "
            "says nothing. Look what ended them (memory?), and go on."
        )

    def _written(
        self,
        seat: Seat,
        job: Job,
        folder: Path,
        stop: Stop,
        accept: Callable[[Trial], None] | None,
    ) -> Trial:
        """A trial, run and written down."""
        with store.writing(folder):
            trial = seat.run(replace(job, scratch=folder), stop)
            if stop():
                raise Interrupted  # its end may have been ours
            if accept is not None:
                accept(trial)
            store.write(trial, folder)
        return trial

    def call(self, function: Callable[[Stop], Result]) -> Future[Result]:
        """Call something in a lane; it is handed what tells it to stop."""
        return self._lanes.submit(function, self._stop.is_set)

    def finished(self, running: Collection[Future[Result]]) -> set[Future[Result]]:
        """Those that are done, after waiting for one at most `ORPHAN_CHECK` seconds.

        Raises:
            Stopped: whatever started this process is gone.
        """
        over, _ = wait(running, timeout=ORPHAN_CHECK, return_when=FIRST_COMPLETED)
        if orphaned():
            raise Stopped("whatever started this is gone")
        return over

    def results(self, running: Sequence[Future[Result]]) -> list[Result]:
        """What all return, in order, once they are done; an error of one is raised at once.

        Raises:
            Stopped: as `finished`.
        """
        left = set(running)
        while left:
            for future in self.finished(left):
                left.remove(future)
                future.result()
        return [future.result() for future in running]


def _prepared(seat: Seat, target: Target, stop: Stop) -> None:
    """Build what a target needs; one that is not to be had says so in its trial.

    Raises:
        MeasurementProblem: the package index cannot be reached.
    """
    try:
        seat.prepare(target, stop)
    except Unreachable as error:
        raise MeasurementProblem(f"{error}: connect, and go on.") from error
    except Unavailable:
        pass


Made = TypeVar("Made")


def mapped(running: Future[Result], make: Callable[[Result], Made]) -> Future[Made]:
    """A future of what is made of another one's result."""
    made: Future[Made] = Future()

    def over(done: Future[Result]) -> None:
        if done.cancelled():
            made.cancel()
        elif (error := done.exception()) is not None:
            made.set_exception(error)
        else:
            made.set_result(make(done.result()))

    running.add_done_callback(over)
    return made

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

from scripts.domain.trial import Target, Trial
from scripts.environments.uv import Unavailable
from scripts.trials import store
from scripts.trials.job import Job
from scripts.trials.process import Interrupted, orphaned
from scripts.trials.runners import Runner, Stop

ORPHAN_CHECK = 0.5
"""Seconds between two looks at whether the starter still lives."""

Result = TypeVar("Result")


class Stopped(Exception):
    """What ran was interrupted; what was finished is on disk."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Lanes:
    """Runs so many things at a time; a context manager, at whose end all of them are over.

    Leaving it by Ctrl-C raises `Stopped`.

    Args:
        runner: where trials run.
        count: how many run at a time.
        builders: environments built at a time, beside them.
    """

    def __init__(self, runner: Runner, count: int, builders: int = 1) -> None:
        self.runner = runner
        self.count = count
        self._stop = threading.Event()
        self._asked: set[Target] = set()
        self._builders = ThreadPoolExecutor(builders, thread_name_prefix="builder")
        self._lanes = ThreadPoolExecutor(count, thread_name_prefix="lane")

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
            with store.writing(folder):
                trial = self.runner.run(replace(job, scratch=folder), stop)
                if stop():
                    raise Interrupted  # its end may have been ours
                if accept is not None:
                    accept(trial)
                store.write(trial, folder)
            return trial

        return self.call(run)

    def call(self, function: Callable[[Stop], Result]) -> Future[Result]:
        """Call something in a lane; it is handed what tells it to stop."""
        return self._lanes.submit(function, self._stop.is_set)

    def finished(self, running: Collection[Future[Result]]) -> set[Future[Result]]:
        """Those that are over, after waiting for one at most `ORPHAN_CHECK` seconds.

        Raises:
            Stopped: whatever started this process is gone.
        """
        over, _ = wait(running, timeout=ORPHAN_CHECK, return_when=FIRST_COMPLETED)
        if orphaned():
            raise Stopped("whatever started this is gone")
        return over

    def results(self, running: Sequence[Future[Result]]) -> list[Result]:
        """What all return, in order, once they are over; an error of one is raised at once.

        Raises:
            Stopped: as `finished`.
        """
        left = set(running)
        while left:
            for future in self.finished(left):
                left.remove(future)
                future.result()
        return [future.result() for future in running]

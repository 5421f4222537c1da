"""The hosts of a Dask scheduler as the place where trials run."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Target, Trial
from scripts.domain.words import plain
from scripts.trials import store
from scripts.trials.job import Job
from scripts.trials.lanes import Stopped
from scripts.trials.process import Interrupted
from scripts.trials.runners import HostLost, Stop
from scripts.trials.script_run import ScriptEnd, ScriptJob
from scripts.workers.roster import Roster
from scripts.workers.shipping import files_of
from scripts.workers.work import Performed, perform, perform_script

if TYPE_CHECKING:
    from distributed import Client, Future

POLL = 0.05
"""Seconds between two looks at a trial."""

PATIENCE = 30.0
"""Seconds that are waited for a worker where the last one was lost."""


class Cluster:
    """Trials on workers that fit, one at a time on each, whoever else uses them too.

    Args:
        client: of the scheduler.
        roster: its workers.
        clone: folder of the clone whose commits are run; empty for none.
        local: whether all workers were started on this machine, for this call.
    """

    def __init__(self, client: Client, roster: Roster, clone: str, local: bool) -> None:
        self.scattered = not local
        self.roster = roster
        self._client = client
        self._clone = clone
        self._local = local
        self._busy: set[str] = set()

    def places(self, lanes: int) -> int:  # noqa: ARG002 - each worker runs one
        """As many as there are workers."""
        return max(1, len(self.roster.fit))

    def beside(self, lanes: int) -> int:  # noqa: ARG002 - likewise
        """All of them where they share this machine."""
        return max(1, len(self.roster.fit)) if self._local else 1

    def prepare(self, target: Target, stop: Stop) -> None:
        """Nothing: a worker builds what a trial needs just before it, when nothing runs there."""

    @contextlib.contextmanager
    def seat(self, stop: Stop) -> Iterator[_WorkerSeat]:
        """A worker that nobody in this process uses, as soon as there is one."""
        address, host = self._taken(stop)
        try:
            yield _WorkerSeat(self, address, host)
        finally:
            with self.roster.changed:
                self._busy.discard(address)
                self.roster.changed.notify_all()

    def _taken(self, stop: Stop) -> tuple[str, str]:
        """The address of a worker, which is taken, and its host's name."""
        until = time.monotonic() + PATIENCE
        with self.roster.changed:
            while True:
                if stop():
                    raise Interrupted
                self.roster.check_scheduler()
                free = [address for address in self.roster.fit if address not in self._busy]
                if free:
                    self._busy.add(free[0])
                    return free[0], self.roster.fit[free[0]].host
                if self.roster.fit:
                    until = time.monotonic() + PATIENCE
                elif time.monotonic() > until:
                    raise Stopped("no worker is left")
                self.roster.changed.wait(POLL)

    def run(self, address: str, job: Job, stop: Stop) -> Trial:
        """Run a trial on a worker; raises what `asked` does."""
        asked = (perform, replace(job, scratch=None), files_of(job.target), self._clone)
        try:
            trial = store.checked(self.asked(address, stop, *asked))
        except UsageProblem as problem:
            raise MeasurementProblem(f"worker {address}: {problem}") from problem
        place = structs.replace(job.place, building=trial.place.building)
        if (trial.place, trial.load) != (place, job.load):
            raise MeasurementProblem(f"worker {address} ran another trial than it was asked for.")
        return trial

    def script(self, address: str, job: ScriptJob, stop: Stop) -> ScriptEnd:
        """Run a finished script on a worker; raises what `asked` does."""
        asked = (perform_script, replace(job, scratch=None))
        try:
            return store.decoded(self.asked(address, stop, *asked), ScriptEnd)
        except msgspec.MsgspecError as error:
            raise MeasurementProblem(f"worker {address} told no end of a script.") from error

    def asked(
        self, address: str, stop: Stop, function: Callable[..., Performed], *arguments: object
    ) -> bytes:
        """What a worker makes of a call, as JSON.

        Raises:
            Interrupted: `stop` came true.
            HostLost: the worker is gone.
            Stopped: the scheduler is.
            MeasurementProblem: the worker cannot run it; says why.
        """
        future = self._client.submit(
            function,
            *arguments,
            key=f"trial-{uuid.uuid4()}",
            pure=False,
            retries=0,
            workers=[address],
            allow_other_workers=False,
        )
        try:
            while not future.done():
                if stop():
                    raise Interrupted
                self.roster.check_scheduler()
                if address not in self.roster.fit:
                    raise HostLost
                time.sleep(POLL)
            performed = self._performed(address, future)
        finally:
            with contextlib.suppress(Exception):  # a scheduler that is gone takes no word of it
                future.cancel()
        if performed.problem:
            raise MeasurementProblem(f"worker {address}: {plain(performed.problem)}")
        if not performed.result:
            self.roster.lose(address)  # it is being ended
            raise HostLost
        return performed.result

    def _performed(self, address: str, future: Future[Performed]) -> Performed:
        """What a worker made of a trial.

        Raises:
            HostLost, Stopped: the worker or the scheduler is gone.
            MeasurementProblem: it failed in a way that nobody expected.
        """
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError
        from distributed.scheduler import KilledWorker, NoValidWorkerError

        try:
            return future.result(timeout=PATIENCE)
        except (
            KilledWorker,
            NoValidWorkerError,
            FutureCancelledError,
            CommClosedError,
            TimeoutError,
        ) as error:
            self.roster.check_scheduler()
            self.roster.lose(address)
            raise HostLost from error
        except Exception as error:
            self.roster.check_scheduler()
            words = plain(f"{type(error).__name__}: {error}")
            raise MeasurementProblem(f"worker {address} failed: {words}") from error


class _WorkerSeat:
    """A worker while it runs a round.

    Args:
        cluster: it belongs to.
        address: its own.
        host: its host's name.
    """

    def __init__(self, cluster: Cluster, address: str, host: str) -> None:
        self.host = host
        self._cluster = cluster
        self._address = address

    def prepare(self, target: Target, stop: Stop) -> None:
        """Nothing: it builds what it needs as it runs."""

    def run(self, job: Job, stop: Stop) -> Trial:
        """Run one trial."""
        return self._cluster.run(self._address, job, stop)

    def script(self, job: ScriptJob, stop: Stop) -> ScriptEnd:
        """Run a finished script."""
        return self._cluster.script(self._address, job, stop)

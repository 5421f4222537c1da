"""The hosts of a Dask scheduler as the place where trials run."""

from __future__ import annotations

import contextlib
import threading
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
from scripts.workers.engine import CLOSING, CONNECTING
from scripts.workers.fitness import Fitness, here, unfit
from scripts.workers.shipping import files_of
from scripts.workers.work import Performed, about, perform, perform_script

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK = 1.0
"""Seconds between two looks at which workers there are."""

POLL = 0.05
"""Seconds between two looks at a trial."""

SILENT = 3
"""Looks in a row that the scheduler does not answer, after which it counts as gone."""

PATIENCE = 30.0
"""Seconds that are waited for a worker where the last one was lost."""


class Cluster:
    """Trials on workers that fit, one at a time on each, whoever else uses them too.

    Args:
        client: of the scheduler.
        clone: folder of the clone whose commits are run; empty for none.
        local: whether all workers were started on this machine, for this call.
        tell: is told of each worker that is not used, and of those that are lost.
    """

    def __init__(
        self, client: Client, clone: str, local: bool, tell: Callable[[str], None]
    ) -> None:
        self.scattered = not local
        self._client = client
        self._clone = clone
        self._local = local
        self._tell = tell
        self._own = here()
        self._fit: dict[str, Fitness] = {}
        self._refused: dict[str, str] = {}
        self._busy: set[str] = set()
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._gone = False
        self._silent = 0
        self._watching = threading.Thread(target=self._watch, name="workers", daemon=True)

    def __enter__(self) -> Cluster:
        with contextlib.suppress(Exception):  # whatever Dask makes of it, it is looked again
            self._look()
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join(CLOSING)

    @property
    def hosts(self) -> int:
        """How many workers fit, by now."""
        return len(self._fit)

    @property
    def refused(self) -> dict[str, str]:
        """Why others do not, by address."""
        return dict(self._refused)

    def places(self, lanes: int) -> int:  # noqa: ARG002 - each worker runs one
        """As many as there are workers."""
        return max(1, len(self._fit))

    def beside(self, lanes: int) -> int:  # noqa: ARG002 - likewise
        """All of them where they share this machine."""
        return max(1, len(self._fit)) if self._local else 1

    def prepare(self, target: Target, stop: Stop) -> None:
        """Nothing: a worker builds what a trial needs just before it, when nothing runs there."""

    @contextlib.contextmanager
    def seat(self, stop: Stop) -> Iterator[_WorkerSeat]:
        """A worker that nobody in this process uses, as soon as there is one."""
        address, host = self._taken(stop)
        try:
            yield _WorkerSeat(self, address, host)
        finally:
            with self._changed:
                self._busy.discard(address)
                self._changed.notify_all()

    def _taken(self, stop: Stop) -> tuple[str, str]:
        """The address of a worker, which is taken, and its host's name."""
        until = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                if stop():
                    raise Interrupted
                self.check_scheduler()
                free = [address for address in self._fit if address not in self._busy]
                if free:
                    self._busy.add(free[0])
                    return free[0], self._fit[free[0]].host
                if self._fit:
                    until = time.monotonic() + PATIENCE
                elif time.monotonic() > until:
                    raise Stopped("no worker is left")
                self._changed.wait(POLL)

    def check_scheduler(self) -> None:
        """Make sure that the scheduler is still there.

        Raises:
            Stopped: it is not.
        """
        if self._gone or self._client.status != "running":
            self._gone = True
            raise Stopped("the scheduler is gone")

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
                self.check_scheduler()
                if address not in self._fit:
                    raise HostLost
                time.sleep(POLL)
            performed = self._performed(address, future)
        finally:
            with contextlib.suppress(Exception):  # a scheduler that is gone takes no word of it
                future.cancel()
        if performed.problem:
            raise MeasurementProblem(f"worker {address}: {plain(performed.problem)}")
        if not performed.result:
            self._lost(address)  # it is being ended
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
            self.check_scheduler()
            self._lost(address)
            raise HostLost from error
        except Exception as error:
            self.check_scheduler()
            words = plain(f"{type(error).__name__}: {error}")
            raise MeasurementProblem(f"worker {address} failed: {words}") from error

    def _watch(self) -> None:
        """Look which workers there are, until this is over or the scheduler is gone."""
        while not self._ended.wait(LOOK) and not self._gone:
            try:
                self._look()
            except TimeoutError:
                self._silent += 1
                self._gone = self._silent >= SILENT
            except Exception:  # noqa: S112 - whatever Dask makes of it, it is looked again
                continue
            else:
                self._silent = 0

    def _look(self) -> None:
        """Take up workers that are new, and give up those that are gone."""
        scheduler = self._client.scheduler
        if scheduler is None:
            return
        # Not the client's own notion of it, which it renews by itself without the workers.
        told = self._client.sync(scheduler.identity, n_workers=-1, callback_timeout=CONNECTING)
        there = {*told["workers"]}
        with self._changed:
            known = {*self._fit}
            self._refused = {at: why for at, why in self._refused.items() if at in there}
        for address in known - there:
            self._lost(address)
        for address in sorted(there - known - self._refused.keys()):
            self._take_up(address)

    def _take_up(self, address: str) -> None:
        """Use a worker from now on, if it fits."""
        with self._changed:
            others = {fit.host: other for other, fit in self._fit.items()}
        try:
            worker = self._client.sync(
                self._client._run, about, workers=[address], callback_timeout=CONNECTING
            )[address]
            why = unfit(worker, self._own, others, self._local)
        except (OSError, TimeoutError):
            return  # it is gone again, or not quite there
        except Exception:  # whatever it raises that has no code of ours to do it
            why = "is none of this project's: start it with `nox -s worker -- ADDRESS` in a clone"
        if why:
            self._refused[address] = why
            self._tell(f"Worker {address} {why}. It is not used.")
            return
        with self._changed:
            self._fit[address] = worker
            self._changed.notify_all()

    def _lost(self, address: str) -> None:
        """Use a worker no longer."""
        with self._changed:
            gone = self._fit.pop(address, None)
            # One that was refused because of it may take its place.
            self._refused = {at: why for at, why in self._refused.items() if address not in why}
            if gone is not None and not self._ended.is_set():
                self._tell(
                    f"Worker {address} is gone: what it ran says nothing, and is run elsewhere."
                )
            self._changed.notify_all()


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

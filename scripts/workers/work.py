"""What runs on a worker: one trial at a time, as whoever asked for it would have run it."""

from __future__ import annotations

import contextlib
import datetime
import functools
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from scripts.domain.problems import Problem
from scripts.domain.trial import Trial
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.environments.uv import Unavailable, Unreachable
from scripts.trials import host
from scripts.trials.job import Job
from scripts.trials.process import Interrupted
from scripts.trials.runners import Stop, ThisMachine
from scripts.trials.script_run import ScriptEnd, ScriptJob
from scripts.workers.fitness import Fitness, here
from scripts.workers.shipping import Sent, placed


class Performed(msgspec.Struct, frozen=True):
    """What became of what a worker was asked for.

    Attributes:
        result: a trial, or the end of a script, as JSON; empty where there is none.
        problem: why it could not be run, in a sentence; empty where it was, or was not wanted any
            more.
    """

    result: bytes = b""
    problem: str = ""


def about() -> Fitness:
    """What this worker is."""
    return here()


def perform(job: Job, sent: Sent, clone: str) -> Performed:
    """Run a trial on this worker, until it is done or nobody wants it any more.

    Args:
        job: the trial.
        sent: the files of its target that a host may lack.
        clone: folder of the clone whose commits are run; empty for none.
    """

    def run(folder: Path, stop: Stop) -> Trial:
        with placed(job.target, sent, folder) as (target, restored):
            place = ThisMachine(_environments(clone, _today()))
            wanted = replace(job, target=target, scratch=folder)
            _require(wanted, place, stop)
            return restored(place.run(wanted, stop))

    return _performed(run)


def perform_script(job: ScriptJob) -> Performed:
    """Run a finished script on this worker, likewise."""

    def run(folder: Path, stop: Stop) -> ScriptEnd:
        return ThisMachine(_environments("", _today())).script(replace(job, scratch=folder), stop)

    return _performed(run)


def _performed(run: Callable[[Path, Stop], msgspec.Struct]) -> Performed:
    """What became of something that is run in a folder of its own."""
    try:
        with _scratch() as folder:
            return Performed(msgspec.json.encode(run(folder, _unwanted())))
    except Interrupted:
        return Performed()
    except (Problem, Unreachable, OSError) as error:
        return Performed(problem=str(error))


def _require(job: Job, place: ThisMachine, stop: Stop) -> None:
    """Make sure that this host can run a trial.

    Raises:
        Problem: it cannot; Unreachable, where the package index is silent.
    """
    host.require_balancers([job.target])
    host.require_open_files(job.load.concurrency or 0)
    clone, commit = place.environments.clone, job.target.source.partition("@")[2]
    if clone is not None and commit:
        clone.sha(commit)
    try:
        place.prepare(job.target, stop)
    except Unreachable:
        raise
    except Unavailable:
        pass  # which it says in its trial


@functools.cache
def _environments(clone: str, today: datetime.date) -> Environments:
    """The environments of this host, as of a day: a worker runs for more than one.

    Raises:
        UsageProblem: there is no such clone here.
    """
    return Environments(today=today, clone=Clone(Path(clone)) if clone else None)


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for what trials leave behind, gone with them."""
    from distributed import get_worker

    within = get_worker().local_directory  # where what a kill leaves is found
    with tempfile.TemporaryDirectory(
        prefix="trial-", dir=within, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def _unwanted() -> Callable[[], bool]:
    """Tells whether the trial that runs now is wanted no more: it was given up by who asked for it,
    who may be gone, or this worker ends.
    """
    from distributed import Status, get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def unwanted() -> bool:
        task = worker.state.tasks.get(key)
        return worker.status != Status.running or task is None or task.state != "executing"

    return unwanted

"""Where trials run: what a place must be able to do, and this machine as one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from scripts.domain.trial import Target, Trial
from scripts.environments.build import Environments
from scripts.trials.host import host_name
from scripts.trials.job import Job
from scripts.trials.run import run_trial
from scripts.trials.script_run import ScriptEnd, ScriptJob, run_script

Stop = Callable[[], bool]
"""Asked often; true ends what runs."""


class HostLost(Exception):
    """What ran a trial is gone, and nothing of the trial remains: it says nothing."""


class Seat(Protocol):
    """A host while it runs one trial after another, and none else of the same call in between."""

    @property
    def host(self) -> str:
        """Its name, as its trials have it."""

    def prepare(self, target: Target, stop: Stop) -> None:
        """Build what a target needs.

        Raises:
            Unavailable: it is not to be had; Unreachable where the package index is silent.
            HostLost: the host is gone.
        """

    def run(self, job: Job, stop: Stop) -> Trial:
        """Run one trial.

        Raises:
            Interrupted: `stop` came true; nothing of the trial remains.
            HostLost: the host is gone.
            MeasurementProblem: it cannot run what is asked for; says why.
        """

    def script(self, job: ScriptJob, stop: Stop) -> ScriptEnd:
        """Run a finished script by itself; raises what `run` does."""


class Runner(Protocol):
    """Where trials run: one host, or several."""

    @property
    def scattered(self) -> bool:
        """Whether there are several: then what is compared with each other runs on one of them."""

    def places(self, lanes: int) -> int:
        """How many rounds can run at a time, at least one.

        Args:
            lanes: how many one machine is told to run.
        """

    def beside(self, lanes: int) -> int:
        """How many trials run at a time on one host, likewise."""

    def prepare(self, target: Target, stop: Stop) -> None:
        """Build what a target needs before its turn, where that can be done beside trials.

        Raises:
            Unavailable: it is not to be had; Unreachable where the package index is silent.
        """

    def seat(self, stop: Stop) -> AbstractContextManager[Seat]:
        """A host for one round, as soon as one is free.

        Raises:
            Interrupted: `stop` came true before.
            Stopped: no host is left.
        """


class ThisMachine:
    """Trials on this machine, in its own environments.

    Args:
        environments: where clients and servers run.
        capture: file that receives the packets of a trial, the last one's where several are run;
            None for none.
        calls: file that receives how often the client's functions were called, likewise.

    Attributes:
        host: its name, as its trials have it.
    """

    scattered = False

    def __init__(
        self, environments: Environments, capture: Path | None = None, calls: Path | None = None
    ) -> None:
        self.environments = environments
        self.capture = capture
        self.calls = calls
        self.host = host_name()

    def places(self, lanes: int) -> int:
        """As many as it is told to."""
        return lanes

    def beside(self, lanes: int) -> int:
        """All of them."""
        return lanes

    @contextlib.contextmanager
    def seat(self, stop: Stop) -> Iterator[ThisMachine]:  # noqa: ARG002 - there is always room
        """This machine."""
        yield self

    def prepare(self, target: Target, stop: Stop) -> None:
        """Build the environments of a target."""
        builds = [self.environments.server] if target.server else []
        for build in (*builds, self.environments.client):
            if not stop():
                build(target)

    def run(self, job: Job, stop: Stop) -> Trial:
        """Run one trial."""
        return run_trial(
            replace(job, capture=self.capture, calls=self.calls), self.environments, stop
        )

    def script(self, job: ScriptJob, stop: Stop) -> ScriptEnd:
        """Run a finished script."""
        return run_script(job, self.environments, stop)

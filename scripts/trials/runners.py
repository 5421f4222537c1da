"""Where trials run: what a place must be able to do, and this machine as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from scripts.domain.trial import Target, Trial
from scripts.environments.build import Environments
from scripts.trials.job import Job
from scripts.trials.run import run_trial

Stop = Callable[[], bool]
"""Asked often; true ends what runs."""


class Runner(Protocol):
    """Where trials run."""

    def prepare(self, target: Target, stop: Stop) -> None:
        """Build what a target needs.

        Raises:
            Unavailable: it is not to be had; Unreachable where the package index is silent.
        """

    def run(self, job: Job, stop: Stop) -> Trial:
        """Run one trial.

        Raises:
            Interrupted: `stop` came true; nothing of the trial remains.
        """


class ThisMachine:
    """Trials on this machine, in its own environments.

    Args:
        environments: where clients and servers run.
        capture: file that receives the packets of a trial, the last one's where several are run;
            None for none.
        calls: file that receives how often the client's functions were called, likewise.
    """

    def __init__(
        self, environments: Environments, capture: Path | None = None, calls: Path | None = None
    ) -> None:
        self.environments = environments
        self.capture = capture
        self.calls = calls

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

"""A finished script that is run by itself, with nothing around it: by how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from scripts.domain.problems import MeasurementProblem
from scripts.environments.build import Environments
from scripts.environments.requirements import script_requirements
from scripts.environments.uv import Unavailable
from scripts.trials.host import host_name
from scripts.trials.process import started
from scripts.trials.scratch import scratch


@dataclass(frozen=True)
class ScriptJob:
    """A script that is to be run.

    Attributes:
        text: its own, whose header says what it needs.
        python, held: as a target has them.
        seconds: how long it may take.
        scratch: folder of trials in which it leaves what nobody keeps; None for the system's
            temporary folder.
    """

    text: str
    python: str
    held: str
    seconds: float
    scratch: Path | None = None


class ScriptEnd(msgspec.Struct, frozen=True):
    """How a script ended.

    Attributes:
        status: its exit status, -1 where it did not end in time.
        seconds: what it took, start included.
        host: name of the host that it ran on.
    """

    status: int
    seconds: float
    host: str


def run_script(job: ScriptJob, environments: Environments, stop: Callable[[], bool]) -> ScriptEnd:
    """Run a finished script in a fresh process.

    Args:
        job: what is to be run.
        environments: where it runs.
        stop: asked often; true ends it.

    Raises:
        Interrupted: `stop` came true.
        MeasurementProblem: there is no environment for it.
        OSError: it cannot be written.
    """
    with scratch(job.scratch, "confirming-") as own:
        script = own / "minimal.py"
        script.write_text(job.text)
        interpreter = _interpreter(script, job, environments)
        began = time.monotonic()
        with started([str(interpreter), "-I", str(script)], own / "stderr") as process:
            process.wait_until(lambda: process.status() is not None, job.seconds, stop)
            status = process.status()
    seconds = round(time.monotonic() - began, 3)
    return ScriptEnd(-1 if status is None else status, seconds, host_name())


def _interpreter(script: Path, job: ScriptJob, environments: Environments) -> Path:
    """That of an environment made from a script's own header.

    Raises:
        MeasurementProblem: there is none to be had.
    """
    requirements = script_requirements(script)
    try:
        return environments.get(requirements, job.python, job.held).interpreter
    except Unavailable as error:
        raise MeasurementProblem(f"{', '.join(requirements)}: {error}.") from error

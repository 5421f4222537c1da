"""The relay between client and server: when one stands there, and how it is started."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.domain.services import balancer_of
from scripts.trials.job import Job
from scripts.trials.loopback import literal
from scripts.trials.process import Process, started
from scripts.trials.readiness import announced
from scripts.trials.specification import (
    RELAY_READY,
    probe_command,
    relay_specification,
)


@dataclass(frozen=True)
class Relaying:
    """A relay that listens.

    Attributes:
        port: its own, towards the client.
        process: the relay.
    """

    port: int
    process: Process


def needed(job: Job) -> bool:
    """Whether a relay stands before the server: for its delay, or because the server leaves no
    note of its own, or of what is behind it alone.
    """
    unnoted = bool(job.target.server_command) or bool(balancer_of(job.target))
    return unnoted or job.load.latency is not None


@contextlib.contextmanager
def relaying(
    job: Job, host: str, port: int, scratch: Path, stop: Callable[[], bool]
) -> Iterator[Relaying | None]:
    """A relay before a server, which is done when the block is; None where it does not listen in
    time.

    Args:
        job: what is run.
        host, port: where the server listens.
        scratch: the trial's folder.
        stop: asked often; true ends the trial.
    """
    asked = relay_specification(job, literal(host, port), port, scratch)
    command = probe_command(Path(sys.executable), "relay", asked, scratch)
    with started(command, scratch / "relay.err") as process:
        ready = announced(process, scratch / RELAY_READY, stop)
        yield None if ready is None else Relaying(ready.port, process)

"""Waiting until what was started for a client takes its connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from scripts.trials.loopback import local_port
from scripts.trials.process import Process

STARTS = 30.0
"""Seconds a server, or the relay before it, has until it must accept connections."""


class Ready(msgspec.Struct, frozen=True):
    """What a probe says when it serves: its port, and whether it listens already."""

    port: int
    listening: bool


@dataclass(frozen=True)
class Listening:
    """A server that accepts connections.

    Attributes:
        port: its own.
        looked: client ports of the connections that only found out whether it listens.
    """

    port: int
    looked: list[int]


def announced(process: Process, path: Path, stop: Callable[[], bool]) -> Ready | None:
    """Wait until a probe says that it serves; None where it does not in time, or is done.

    Args:
        process: of the probe.
        path: the file it says so by.
        stop: asked often; true ends the trial.
    """
    process.wait_until(lambda: path.exists() or process.status() is not None, STARTS, stop)
    if not path.exists() or process.status() is not None:
        return None
    return msgspec.json.decode(path.read_bytes(), type=Ready)


def listening(
    process: Process, host: str, ready: Ready, stop: Callable[[], bool]
) -> Listening | None:
    """Wait until a server accepts connections; None where it does not in time, or is done.

    Args:
        process: of the server.
        host: where it listens.
        ready: what was said of it.
        stop: asked often; true ends the trial.
    """
    looked: list[int] = []

    def accepts() -> bool:
        mine = local_port(host, ready.port)
        if mine is not None:
            looked.append(mine)
        return mine is not None or process.status() is not None

    if not ready.listening:
        in_time = process.wait_until(accepts, STARTS, stop)
        if not in_time or process.status() is not None:
            return None
    return Listening(ready.port, looked)

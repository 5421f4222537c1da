"""Addresses on this machine: load goes nowhere else."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

from scripts.domain.trial import REPRO_SERVER, Target

LOOPBACK = "127.0.0.1"


def client_address(target: Target, port: int) -> dict[str, str | int]:
    """Where the client is sent, as its probe takes it: the server of this trial."""
    parts = urlsplit(target.url)
    return {
        "host": "[::1]" if parts.hostname == "::1" else parts.hostname or LOOPBACK,
        "port": port,
        "path": parts.path or ("/process_image" if target.server == REPRO_SERVER else ""),
    }


def taken(host: str, port: int) -> bool:
    """Whether something already accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
        return True
    return False


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])

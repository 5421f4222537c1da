"""Which workers run trials, as a call names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scripts.domain.problems import UsageProblem
from scripts.trials.loopback import HOSTS

PORT = 8786
"""Where a scheduler listens, unless it is told otherwise; Dask's own."""

MOST_LOCAL = 64
"""Workers that are started on this machine at most."""


@dataclass(frozen=True)
class LocalWorkers:
    """Workers that are started on this machine for one call, and end with it."""

    count: int


@dataclass(frozen=True)
class Scheduler:
    """A scheduler that runs already, whose workers are used.

    Attributes:
        host, port: where it listens.
        encrypted: whether it speaks TLS.
    """

    host: str
    port: int
    encrypted: bool

    @property
    def address(self) -> str:
        """As Dask has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls' if self.encrypted else 'tcp'}://{host}:{self.port}"


Workers = LocalWorkers | Scheduler


def workers(text: str) -> Workers:
    """The workers that a call names.

    Args:
        text: "local:4", "tls://HOST:8786", or "tcp://127.0.0.1:8786"; the port may be left out.

    Raises:
        UsageProblem: it names none, or plain text would leave this machine.
    """
    local = re.fullmatch(r"local:(\d{1,4})", text)
    if local is None:
        return scheduler(text)
    if not 1 <= int(local[1]) <= MOST_LOCAL:
        raise UsageProblem(f"{text!r}: from 1 to {MOST_LOCAL} workers can be started here.")
    return LocalWorkers(int(local[1]))


def scheduler(text: str) -> Scheduler:
    """The scheduler that a call names.

    Raises:
        UsageProblem: as `workers`.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    wrong = host is None or parts.scheme not in ("tls", "tcp") or parts.path not in ("", "/")
    if host is None or wrong or parts.query or parts.username:
        raise UsageProblem(
            f"{text!r} names no workers: write local:4, tls://HOST:{PORT}, or, on this machine, "
            f"tcp://127.0.0.1:{PORT}."
        )
    if parts.scheme == "tcp" and host not in HOSTS:
        raise UsageProblem(
            f"{text!r}: whoever reaches a scheduler can run what they like on its workers. Plain "
            f"tcp:// is for this machine alone: use tls://{host}:{port or PORT}."
        )
    return Scheduler(host, PORT if port is None else port, parts.scheme == "tls")

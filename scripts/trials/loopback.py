"""Addresses on this machine: load goes nowhere else."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

import msgspec

from scripts.domain.trial import REPRO_SERVER, Target

LOOPBACK = "127.0.0.1"

HOSTS = ("localhost", LOOPBACK, "::1")
"""What this machine is called in URLs."""


class Address(msgspec.Struct, frozen=True):
    """Where a client is sent: scheme, host and port as URLs have them, and the request's path."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The same as a URL."""
        return f"{self.scheme}://{self.host}:{self.port}{self.path}"


def client_address(target: Target, port: int, tls: bool = False) -> Address:
    """Where the client is sent: the server of this trial, or what stands before it."""
    parts = urlsplit(target.url)
    return Address(
        scheme="https" if tls else "http",
        host="[::1]" if parts.hostname == "::1" else parts.hostname or LOOPBACK,
        port=port,
        path=parts.path or ("/process_image" if target.server == REPRO_SERVER else ""),
    )


def is_here(url: str) -> bool:
    """Whether a URL leads to this machine; a stored one may say anything."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and parts.hostname in HOSTS and bool(parts.port)
    except ValueError:
        return False


def taken(host: str, port: int) -> bool:
    """Whether something already accepts connections there."""
    return local_port(host, port) is not None


def local_port(host: str, port: int) -> int | None:
    """Connect, for a moment: the port at this end; None where nothing accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), 1) as connection:
        return int(connection.getsockname()[1])
    return None


def literal(host: str, port: int) -> str:
    """The address behind a host's name on which something accepts connections."""
    if host != "localhost":
        return host
    return LOOPBACK if taken(LOOPBACK, port) else "::1"


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])

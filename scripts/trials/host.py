"""What this machine is, without a word that tells its name or its user."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import platform
import resource
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path

import psutil

from scripts.domain.problems import MeasurementProblem
from scripts.domain.services import BALANCER_PACKAGES, balancer_of
from scripts.domain.trial import Host, Target

SYSTEM_PROGRAMS = ("/usr/sbin", "/usr/local/sbin")
"""Where systems keep programs that not everybody's PATH has."""

SPARE_FILES = 64
"""File descriptors a client or server needs beside one a connection."""


MACHINE_IDS = ("/etc/machine-id", "/var/lib/dbus/machine-id")
"""Files in which systems keep what identifies them, one of which most have."""


HOST_LABEL = "HOST_LABEL"
"""Environment variable that tells hosts apart whose names and systems are alike."""


@functools.cache
def host_name() -> str:
    """What tells this host from others: eight digits that are always the same here.

    The system's identifier must not be told (machine-id(5)), so that it is the key under which the
    host's name is hashed; where there is none, the name alone.
    """
    key = b"no machine-id"
    for path in MACHINE_IDS:
        try:
            key = Path(path).read_bytes().strip() or key
            break
        except OSError:
            continue
    name = f"{socket.gethostname()} {os.environ.get(HOST_LABEL, '')}"
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:8]


def describe() -> Host:
    """The machine as it is now."""
    try:
        load: float | None = round(os.getloadavg()[0], 2)
    except OSError:
        load = None
    return Host(
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpu=_cpu(),
        cores=_cores(),
        memory=psutil.virtual_memory().total,
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        backlog=_backlog(),
        load=load,
        python=platform.python_version(),
        name=host_name(),
    )


def unmeasured_system() -> str:
    """What is known of a system that is not Linux, in one sentence; empty on Linux."""
    if platform.system() == "Linux":
        return ""
    return (
        f"Nothing was measured on {platform.system() or 'this system'}: all that is published was "
        "measured on Linux, and need not hold here."
    )


def missing_balancers(names: Iterable[str]) -> list[str]:
    """Debian's packages of those balancers that are not installed."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *SYSTEM_PROGRAMS])
    return [
        package
        for name, package in BALANCER_PACKAGES.items()
        if name in names and shutil.which(name, path=path) is None
    ]


def require_balancers(targets: Iterable[Target]) -> None:
    """Make sure that the balancers of some targets' servers are installed.

    Raises:
        MeasurementProblem: one is not; says the command that installs it.
    """
    missing = missing_balancers({balancer_of(target) for target in targets})
    if missing:
        raise MeasurementProblem(
            f"what stands before the replicas is not installed: apt-get install "
            f"{' '.join(missing)} (with sudo, where you are not root)."
        )


def require_open_files(concurrency: int) -> None:
    """Make sure that this many connections can be open in one process.

    Raises:
        MeasurementProblem: the soft limit is too low; says the need and the command.
    """
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    need = concurrency + SPARE_FILES
    if limit != resource.RLIM_INFINITY and limit < need:
        raise MeasurementProblem(
            f"{concurrency} connections at a time need {need} open files and the limit is {limit}: "
            f"run `ulimit -n {need}` first."
        )


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _cores() -> int:
    """Processors that this process may use."""
    if hasattr(psutil.Process, "cpu_affinity"):
        return len(psutil.Process().cpu_affinity())
    return psutil.cpu_count() or 1


def _backlog() -> int | None:
    try:
        return int(Path("/proc/sys/net/core/somaxconn").read_text())
    except (OSError, ValueError):
        return None

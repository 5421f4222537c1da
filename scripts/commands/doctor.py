"""The verb that looks at the machine: what it can measure and what it cannot."""

from __future__ import annotations

import json as plain_json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
from packaging.version import Version

from scripts.commands import health
from scripts.commands.health import Finding
from scripts.commands.options import Json
from scripts.domain.files import PROJECT
from scripts.domain.problems import MeasurementProblem, Problem
from scripts.environments import build, index, uv
from scripts.report import screen
from scripts.trials import host, store

SERIES = ("3.11", "3.12", "3.13")
"""Pythons that clients and servers can run on."""


def doctor(*, json: Json = False) -> int:
    """Tell what this machine can and cannot measure, and what would mend it.

    Example: python -m scripts doctor --json

    Ends with status 1 where something must be mended before anything can be measured.

    Parameters
    ----------
    json
        Print the findings as JSON on standard output.
    """
    findings = [looked(name, look, mend) for name, (look, mend) in LOOKS.items()]
    if json:
        sys.stdout.write(msgspec.json.encode(findings).decode() + "\n")
    else:
        screen.console().print(screen.health(findings))
    return 1 if any(each.state == "error" for each in findings) else 0


def looked(name: str, look: Callable[[str], Finding], mend: str) -> Finding:
    """What a look found; one that fails is a finding too.

    Args:
        name: of what is looked at.
        look: does it.
        mend: what to do where the look itself fails.
    """
    try:
        return look(name)
    except Problem as problem:
        return Finding(name, "error", str(problem), mend)
    except Exception as error:
        return Finding(name, "unavailable", f"{type(error).__name__}: {error}", mend)


def _pythons(name: str) -> Finding:
    found = plain_json.loads(uv.uv("python", "list", "--only-installed", "--output-format=json"))
    versions = {str(each["version"]) for each in found if each["implementation"] == "cpython"}
    return health.pythons(name, sorted(versions, key=Version), SERIES)


def _uv(name: str) -> Finding:
    return Finding(name, "ok", uv.uv("--version").strip())


def _git(name: str) -> Finding:
    found = shutil.which("git")
    if found is None:
        return Finding(name, "warning", "not found", "install git: commits cannot be tried without")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    return Finding(name, "ok", version.stdout.strip())


def _index(name: str) -> Finding:
    began = time.monotonic()
    try:
        version = index.newest("httpx", sys.version.split()[0])
    except MeasurementProblem:
        told = "gives no answer: only what is in uv's cache can be installed"
        return Finding(name, "warning", told, "set HTTPS_PROXY, SSL_CERT_FILE or UV_DEFAULT_INDEX")
    return health.newest_of(name, "httpx", version, time.monotonic() - began)


def _cache(name: str) -> Finding:
    place = Path(uv.uv("cache", "dir").strip())
    while not place.exists():
        place = place.parent
    return health.space(name, shutil.disk_usage(place).free, os.access(place, os.W_OK))


def _environments(name: str) -> Finding:
    try:
        built = sum(1 for each in build.ENVIRONMENTS.iterdir() if (each / "bin").is_dir())
    except FileNotFoundError:
        built = 0
    return Finding(name, "ok", f"{built} built")


def _disk(name: str) -> Finding:
    place = store.results() if store.results().exists() else PROJECT
    return health.space(name, shutil.disk_usage(place).free, os.access(place, os.W_OK))


def _open_files(name: str) -> Finding:
    soft, hard = (
        None if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return health.open_files(name, soft, hard)


def _backlog(name: str) -> Finding:
    return health.backlog(name, int(Path("/proc/sys/net/core/somaxconn").read_text()))


def _ports(name: str) -> Finding:
    text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    first, last = (int(each) for each in re.findall(r"\d+", text))
    return health.ports(name, first, last)


def _cores(name: str) -> Finding:
    return health.cores(name, host.describe().cores)


def _load(name: str) -> Finding:
    found = host.describe()
    return health.load(name, os.getloadavg()[0], found.cores)


def _clock(name: str) -> Finding:
    late = []
    for _ in range(100):
        began = time.monotonic()
        time.sleep(0.001)
        late.append(time.monotonic() - began - 0.001)
    return health.clock(name, time.get_clock_info("monotonic").resolution, max(late))


def _memory(name: str) -> Finding:
    return health.memory(name, psutil.virtual_memory().available)


LOOKS: dict[str, tuple[Callable[[str], Finding], str]] = {
    "uv": (_uv, "python -m pip install -r requirements.txt"),
    "Pythons": (_pythons, "uv python list"),
    "package index": (_index, "set HTTPS_PROXY, SSL_CERT_FILE or UV_DEFAULT_INDEX"),
    "uv's cache": (_cache, "set UV_CACHE_DIR to a folder of your own"),
    "environments": (_environments, "delete .environments"),
    "git": (_git, "install git"),
    "open files": (_open_files, "ulimit -n 4096"),
    "listen backlog": (_backlog, "sysctl net.core.somaxconn"),
    "ports to leave from": (_ports, "sysctl net.ipv4.ip_local_port_range"),
    "cores": (_cores, "nproc"),
    "load now": (_load, "uptime"),
    "clock": (_clock, "end what else runs"),
    "memory": (_memory, "free -h"),
    "disk": (_disk, "df -h ."),
}
"""What is looked at: name -> the look, and what to do where the look itself fails."""

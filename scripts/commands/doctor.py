"""The verb that looks at the machine: what it can measure and what it cannot."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import msgspec
import psutil
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scripts.commands import health
from scripts.commands.health import Condition, Machine, State
from scripts.commands.options import Json
from scripts.commands.output import console, print_json
from scripts.domain.files import PROJECT
from scripts.domain.libraries import DOCUMENT
from scripts.domain.problems import MeasurementProblem, Problem
from scripts.domain.services import BALANCER_PACKAGES
from scripts.domain.words import plain
from scripts.environments import index, pythons, uv
from scripts.environments.index_setting import index_setting
from scripts.trials import host, store

STATE_STYLES: dict[State, str] = {
    "ok": "green",
    "warning": "yellow",
    "error": "bold red",
    "unavailable": "dim",
}


def doctor(*, json: Json = False) -> int:
    """Tell what this machine can and cannot measure, and what would mend it.

    Example: python -m scripts doctor --json

    Ends with status 1 where something must be mended before anything can be measured.

    Parameters
    ----------
    json
        Print the findings as JSON on standard output.
    """
    conditions = [condition(look) for look in LOOKS]
    if json:
        print_json(Machine(version=1, conditions=conditions))
    else:
        console().print(table(conditions))
    return 1 if any(condition.state == "error" for condition in conditions) else 0


class Look(msgspec.Struct, frozen=True):
    """One thing to look at.

    Attributes:
        name: what it is called.
        judge: looks at it, given the name.
        mend: what to do where the look itself fails.
    """

    name: str
    judge: Callable[[str], Condition]
    mend: str


def condition(look: Look) -> Condition:
    """What a look says; one that fails says so."""
    try:
        return look.judge(look.name)
    except Problem as problem:
        return Condition(look.name, "error", str(problem), look.mend)
    except Exception as error:
        return Condition(look.name, "unavailable", f"{type(error).__name__}: {error}", look.mend)


def table(conditions: Sequence[Condition]) -> Table:
    """What there is, with what would mend it, for a terminal."""
    drawn = Table(box=SIMPLE_HEAD)
    for heading in ("", "", "found", "to mend it"):
        drawn.add_column(heading, overflow="fold")
    for row in conditions:
        name, stock, mend = (escape(plain(text)) for text in (row.name, row.stock, row.mend))
        drawn.add_row(name, Text(row.state, style=STATE_STYLES[row.state]), stock, mend)
    return drawn


def _pythons(name: str) -> Condition:
    return health.pythons(name, pythons.installed(), pythons.DOCUMENT_SERIES)


def _uv(name: str) -> Condition:
    return Condition(name, "ok", uv.uv("--version").strip())


def _git(name: str) -> Condition:
    git = shutil.which("git")
    if git is None:
        return Condition(
            name, "warning", "not found", "install git: commits cannot be tried without"
        )
    version = subprocess.run([git, "--version"], capture_output=True, text=True, check=True)
    return Condition(name, "ok", version.stdout.strip())


def _balancers(name: str) -> Condition:
    return health.balancers(name, host.missing_balancers(BALANCER_PACKAGES))


def _several_hosts(name: str) -> Condition:
    try:
        return health.several_hosts(name, metadata.version("distributed"))
    except metadata.PackageNotFoundError:
        return health.several_hosts(name, None)


def _index(name: str) -> Condition:
    began = time.monotonic()
    try:
        version = index.newest(DOCUMENT, sys.version.split()[0])
    except MeasurementProblem:
        stock = "gives no answer: only what is in uv's cache can be installed"
        return Condition(name, "warning", stock, INDEX_VARIABLES)
    seconds = time.monotonic() - began
    return health.newest_of(name, index_setting(), DOCUMENT, version, seconds)


def _cache(name: str) -> Condition:
    place = Path(uv.uv("cache", "dir").strip())
    while not place.exists():
        place = place.parent
    return health.disk_space(name, shutil.disk_usage(place).free, os.access(place, os.W_OK))


def _disk(name: str) -> Condition:
    place = store.results() if store.results().exists() else PROJECT
    return health.disk_space(name, shutil.disk_usage(place).free, os.access(place, os.W_OK))


def _open_files(name: str) -> Condition:
    soft, hard = (
        None if limit == resource.RLIM_INFINITY else limit
        for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return health.open_files(name, soft, hard)


def _backlog(name: str) -> Condition:
    return health.backlog(name, int(Path("/proc/sys/net/core/somaxconn").read_text()))


def _ports(name: str) -> Condition:
    text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    first, last = map(int, text.split())
    return health.ports(name, first, last)


def _cores(name: str) -> Condition:
    return health.cores(name, host.describe().cores)


def _load(name: str) -> Condition:
    return health.load(name, os.getloadavg()[0], host.describe().cores)


def _memory(name: str) -> Condition:
    return health.memory(name, psutil.virtual_memory().available)


INDEX_VARIABLES = "set HTTPS_PROXY, SSL_CERT_FILE or UV_DEFAULT_INDEX"

LOOKS = (
    Look("uv", _uv, "python -m pip install -r requirements.txt"),
    Look("Pythons", _pythons, "uv python list"),
    Look("package index", _index, INDEX_VARIABLES),
    Look("uv's cache", _cache, "set UV_CACHE_DIR to a folder of your own"),
    Look("git", _git, "install git"),
    Look("load balancers", _balancers, "install nginx and HAProxy"),
    Look("several hosts", _several_hosts, "python -m pip install -r requirements-workers.txt"),
    Look("open files", _open_files, "ulimit -n 4096"),
    Look("listen backlog", _backlog, "sysctl net.core.somaxconn"),
    Look("ports to leave from", _ports, "sysctl net.ipv4.ip_local_port_range"),
    Look("cores", _cores, "nproc"),
    Look("load now", _load, "uptime"),
    Look("memory", _memory, "free -h"),
    Look("disk", _disk, "df -h ."),
)
"""What is looked at: only what somebody can do something about."""

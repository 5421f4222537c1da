"""What a worker is, and whether it can run the trials of this call. Pure but for `here`."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import msgspec

from scripts.domain.files import PROJECT
from scripts.domain.words import plain
from scripts.environments import uv
from scripts.trials.host import host_name

CODE = ("scripts", "repro")
"""Folders of this project that hold what runs in trials."""

GENERATED = ("minimal_*", "*.pyc", "*~")
"""Files there that are nobody's code, or the user's own."""


class Fitness(msgspec.Struct, frozen=True):
    """What a worker is, as far as it bears on what it measures.

    Attributes:
        host: its host's name, as trials have it.
        project: digest of this project's own code there.
        started: the same as of when it started.
        python: full version of the Python that the tooling runs on.
        dask: version of distributed.
        uv: whether there is one.
    """

    host: str
    project: str
    started: str
    python: str
    dask: str
    uv: bool


def here() -> Fitness:
    """What this process would be as a worker."""
    return Fitness(
        host=host_name(),
        project=project_digest(),
        started=STARTED,
        python=platform.python_version(),
        dask=version("distributed"),
        uv=uv.found() is not None,
    )


def project_digest() -> str:
    """A digest of this project's own code, by which two hosts tell that theirs is the same."""
    whole = hashlib.sha256()
    for path in sorted(_code()):
        whole.update(f"{path.relative_to(PROJECT).as_posix()}\n".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


def is_code(path: Path) -> bool:
    """Whether a file is among this project's own code: a worker that fits has the same."""
    if not path.is_relative_to(PROJECT) or any(map(path.match, GENERATED)):
        return False
    return path.relative_to(PROJECT).parts[0] in CODE


def _code() -> Iterator[Path]:
    """The files of this project's own code."""
    for folder in CODE:
        for path in (PROJECT / folder).rglob("*"):
            if path.is_file() and is_code(path):
                yield path


def unfit(worker: Fitness, own: Fitness, others: Mapping[str, str], local: bool) -> str:
    """Why a worker cannot be used, in words that follow its address; empty where it can.

    Args:
        worker: what it is.
        own: what this process is.
        others: addresses of the workers that are used already, by the name of their host.
        local: whether all were started on this machine, for this call.
    """
    if worker.project != worker.started:
        return "was updated since it started: start it again"
    if worker.project != own.project:
        return "has another version of this project: bring both clones to the same commit"
    if worker.python != own.python:
        return f"runs on Python {plain(worker.python)}, and this call on {own.python}"
    if worker.dask != own.dask:
        return (
            f"has distributed {plain(worker.dask)}, and this call {own.dask}: install "
            "requirements-workers.txt on both"
        )
    if not worker.uv:
        return "has no uv: run `pip install -r requirements.txt` there"
    if not local and worker.host in others:
        return f"is on the host of {others[worker.host]}: one worker a host is used"
    return ""


STARTED = project_digest()
"""Of the code that this process began with."""

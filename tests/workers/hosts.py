"""A scheduler and workers as processes, each as its verb starts it; labels make them hosts."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from scripts.domain.files import PROJECT
from scripts.trials.loopback import LOOPBACK, free_port, local_port
from scripts.workers.address import Scheduler

PATIENCE = 30.0
"""Seconds that something may take on a busy machine."""


@dataclass
class Hosts:
    """A scheduler with workers on several hosts, as far as they can tell."""

    at: Scheduler
    scheduler: subprocess.Popen[bytes]
    options: tuple[str, ...] = ()
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, label: str, project: Path = PROJECT, key: str = "") -> None:
        """Start a worker on a host of this label, and wait until it serves."""
        process = verb("worker", self.at.address, "--host-label", label, *self.options, cwd=project)
        self.workers[key or label] = process
        assert "waits for trials" in told(process)

    def end(self) -> list[psutil.Process]:
        """Kill all that is left; everything that ran below it."""
        below = []
        for process in (*self.workers.values(), self.scheduler):
            with contextlib.suppress(psutil.NoSuchProcess):
                below += psutil.Process(process.pid).children(recursive=True)
            process.kill()
            process.communicate()
        return below


def verb(*arguments: str, cwd: Path = PROJECT) -> subprocess.Popen[bytes]:
    """A verb of the tool as a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "scripts", *arguments],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def told(process: subprocess.Popen[bytes]) -> str:
    """The next line that a process says."""
    assert process.stderr is not None
    return process.stderr.readline().decode()


@contextlib.contextmanager
def hosts(*labels: str, credentials: Path | None = None) -> Iterator[Hosts]:
    """A scheduler with a worker for each label, gone when the block is over."""
    at = Scheduler(LOOPBACK, free_port(), encrypted=credentials is not None)
    options = ("--certificates", str(credentials)) if credentials else ()
    scheduler = verb("scheduler", at.address, "--dashboard", "0", *options)
    there = Hosts(at, scheduler, options)
    try:
        until(lambda: local_port(at.host, at.port) is not None)
        for label in labels:
            there.start(label)
        yield there
    finally:
        there.end()


def until(true: object, seconds: float = PATIENCE) -> None:
    """Wait for something to come true."""
    assert callable(true)
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


def processes_of(script: str) -> list[psutil.Process]:
    """Those that run, or serve, what is told to them in a folder of trials of this name."""
    running = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(script in word for word in process.cmdline()):
                running.append(process)
    return running

"""What every test stands on: a mark, folders of its own, real environments, a recorded index."""

from __future__ import annotations

import datetime
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import parse
from scripts.domain.trial import Load, Place, Target, Trial
from scripts.environments.build import Environments
from scripts.trials import run, store
from scripts.trials.capture import require_capture
from scripts.trials.job import Job
from tests import recorded
from tests.builders import SMOKE, RunTrial, SeenTrial

KINDS = ("pure", "local", "index")
"""Marks that say what a test needs; every test has exactly one."""

DAY = datetime.date(2026, 11, 23)
"""The day after which tests take nothing from the index."""

# A property's time says something of the machine, which others use too.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

OUTSIDE = ("os.fork", "os.posix_spawn", "socket.bind", "socket.connect", "subprocess.Popen")
"""Audit events (PEP 578) of starting a process and of opening a connection."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that do not say what they need, or say it twice.

    Raises:
        UsageError: names them.
    """
    wrong = [
        item.nodeid
        for item in items
        if len([mark for mark in item.iter_markers() if mark.name in KINDS]) != 1
    ]
    if wrong:
        names = "\n  ".join(wrong)
        raise pytest.UsageError(f"not marked as exactly one of {', '.join(KINDS)}:\n  {names}")


class _Enclosure:
    """Keeps what runs inside to itself: no process, no connection."""

    def __init__(self) -> None:
        self.closed = False
        sys.addaudithook(self._heard)

    def _heard(self, event: str, _: object) -> None:
        if self.closed and event in OUTSIDE:
            raise PermissionError(f"a test that is marked pure does {event}")


_enclosure = _Enclosure()


@pytest.fixture(autouse=True)
def enclosed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold tests that are marked pure to it."""
    _enclosure.closed = request.node.get_closest_marker("pure") is not None
    yield
    _enclosure.closed = False


@pytest.fixture(autouse=True)
def results(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Where the tool writes in this test, run here or as a process: a folder of its own.

    What it publishes goes beside; only tests that are marked `published` see what git keeps.
    """
    folder = tmp_path / "results"
    monkeypatch.setenv("RESULTS_FOLDER", str(folder))
    if request.node.get_closest_marker("published") is None:
        monkeypatch.setattr(store, "PUBLISHED", tmp_path / "published")
    return folder


@pytest.fixture(scope="session")
def recorded_index_address() -> Iterator[str]:
    """Where the recorded answers of the index are given."""
    with recorded.index() as address:
        yield address


@pytest.fixture
def recorded_index(recorded_index_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the recorded index for releases, which has no packages to install."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", recorded_index_address)


@pytest.fixture(scope="session")
def environments() -> Environments:
    """The environments that `nox -s repro` uses too, so that nothing is built twice."""
    return Environments(today=DAY)


@pytest.fixture(scope="session")
def capturable() -> None:
    """Skip what captures packets where that is not to be had."""
    try:
        require_capture()
    except MeasurementProblem as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def run_trial(environments: Environments) -> RunTrial:
    """Run one trial of a target under a load."""

    def call(target: Target, load: Load = SMOKE, deadline: float = 30) -> Trial:
        return run.run_trial(Job(target, load, Place("tests"), deadline), environments)

    return call


@pytest.fixture(scope="session")
def seen_trial(run_trial: RunTrial, tmp_path_factory: pytest.TempPathFactory) -> SeenTrial:
    """The trial of some pins under the smoke load: run once, by whichever worker needs it first,
    for all tests that only look at one.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def call(pins: str) -> Trial:
        folder = shared / f"seen-{hashlib.sha256(pins.encode()).hexdigest()[:16]}"
        with FileLock(f"{folder}.lock"):
            folder.mkdir(exist_ok=True)
            if not store.trials(folder):
                store.write(run_trial(parse(pins)), folder)
            return store.trials(folder)[0]

    return call

"""What the tests share: real environments, built once and kept beside the project's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.domain.trial import LOADS, Load, Place, Target, Trial
from scripts.environments.build import Environments
from scripts.trials import run
from scripts.trials.job import Job

FIXTURES = Path(__file__).resolve().parent / "fixtures"
SMOKE = LOADS["smoke"]


@pytest.fixture(scope="session")
def environments() -> Environments:
    """The environments that `nox -s repro` uses too, so that nothing is built twice."""
    return Environments()


RunTrial = Callable[..., Trial]


@pytest.fixture
def run_trial(environments: Environments) -> RunTrial:
    """Run one trial of a target under a load."""

    def call(target: Target, load: Load = SMOKE, deadline: float = 30) -> Trial:
        return run.run_trial(Job(target, load, Place("tests"), deadline), environments)

    return call


def foreign(
    script: str, *pins: str, server: str = "repro/server.py", url: str = "", load: str = ""
) -> Target:
    """A target made of scripts under tests/fixtures."""
    chosen = server if server.startswith("repro/") else f"tests/fixtures/{server}"
    return Target(script, f"tests/fixtures/{script}", pins, server=chosen, url=url)

"""What hangs is not overtaken by what is good, however many trials run at a time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from msgspec import structs

from scripts.analysis import signals
from scripts.commands.check import verdict
from scripts.domain.targets import parse
from scripts.domain.trial import Trial
from scripts.trials.job import Job
from scripts.trials.runners import Stop
from scripts.trials.series import Series
from tests.builders import SMOKE, made
from tests.places import MadeUpPlace

pytestmark = pytest.mark.pure


class SlowToFail(MadeUpPlace):
    """A place where the first trial fails, after all others are over."""

    def run(self, job: Job, stop: Stop) -> Trial:
        first = job.place.round == 1
        time.sleep(0.4 if first else 0.01)
        trial = made(job.target, job.load, failed=3 if first else 0)
        return structs.replace(trial, place=job.place)


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_status_is_the_same_however_many_run_at_a_time(tmp_path: Path, lanes: int) -> None:
    with Series(tmp_path, SlowToFail(), lanes=lanes) as series:
        found = verdict(series, signals.parse("ReadError"), parse("document"), SMOKE, 3)
    assert found == 1

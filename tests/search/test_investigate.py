"""Trials are run for as long as a search's budget lasts."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from scripts.commands.search_progress import SearchProgress
from scripts.domain.trial import Trial
from scripts.search.bisection import Bisection
from scripts.search.investigate import investigate
from scripts.search.question import create
from scripts.trials.job import Job
from scripts.trials.runners import Stop
from tests.builders import question
from tests.places import MadeUpPlace

pytestmark = pytest.mark.pure


class Refusing(MadeUpPlace):
    """A place where no trial may run."""

    def run(self, job: Job, stop: Stop) -> Trial:
        raise AssertionError(f"{job.target.name} was run")


def test_no_trial_is_run_where_the_call_it_is_part_of_has_used_its_time() -> None:
    asked = question(budget=60.0)
    watcher = SearchProgress(asked, Console(file=io.StringIO()))
    began = time.monotonic() - 61
    search = investigate(Bisection(asked), create(asked), Refusing(), watcher, began)
    assert search.tally.records == []

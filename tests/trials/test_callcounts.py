"""How often functions are called is counted right, and such a trial enters no rate."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.analysis.summary import summarise
from scripts.domain.callcounts import CALL_COUNTS, CallCounts
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import AS_WRITTEN, Place, Target
from scripts.environments.build import Environments
from scripts.trials.callcounts import kept_counts
from scripts.trials.job import Job
from scripts.trials.run import run_trial
from tests.builders import changed, made

SCRIPT = '''\
"""Calls a function seven times, and a coroutine once that is resumed twice."""
import asyncio


def called():
    pass


async def resumed():
    await asyncio.sleep(0)
    await asyncio.sleep(0)


for _ in range(7):
    called()
asyncio.run(resumed())
'''


PROFILES_ITSELF = """\
import atexit
import os
import sys


def heard(*_):
    pass


def kept():
    if sys.getprofile() is not heard:
        os._exit(7)


atexit.register(kept)
sys.setprofile(heard)
"""


def counted(script: Path, environments: Environments, deadline: float = 30) -> CallCounts:
    folder = script.parent
    target = Target("own", str(script), server="")
    place = Place("tests")
    trial = run_trial(
        Job(target, AS_WRITTEN, place, deadline, calls=folder / CALL_COUNTS), environments
    )
    assert trial.client.profiled
    assert not trial.measured
    counts = kept_counts(folder)
    assert counts is not None
    return counts


@pytest.mark.index
def test_calls_are_counted(tmp_path: Path, environments: Environments) -> None:
    script = tmp_path / "own.py"
    script.write_text(SCRIPT)
    counts = counted(script, environments)
    assert counts.refused is None
    own = {
        count.frame.function: (count.calls, count.resumed, count.frame.line)
        for count in counts.functions
        if count.frame.origin == "script"
    }
    assert own["called"] == (7, False, 5)
    assert own["resumed"] == (3, True, 9)
    assert not [count for count in counts.functions if count.frame.origin == "probe"]


@pytest.mark.index
@pytest.mark.clock
def test_calls_of_a_script_that_hangs_are_kept(tmp_path: Path, environments: Environments) -> None:
    script = tmp_path / "own.py"
    script.write_text("import time\n\ndef called():\n    pass\n\ncalled()\ntime.sleep(60)\n")
    counts = counted(script, environments, deadline=2)
    assert [count.calls for count in counts.functions if count.frame.function == "called"] == [1]


@pytest.mark.index
def test_a_client_that_leaves_no_note_enters_no_rate_either(
    tmp_path: Path, environments: Environments
) -> None:
    script = tmp_path / "own.py"
    script.write_text("import os\nos.kill(os.getpid(), 11)\n")
    target = Target("own", str(script), server="")
    job = Job(target, AS_WRITTEN, Place("tests"), 30, calls=tmp_path / CALL_COUNTS)
    trial = run_trial(job, environments)
    assert (trial.outcome, trial.ran, trial.measured) == ("crashed", True, False)
    assert kept_counts(tmp_path) is None


@pytest.mark.index
def test_a_script_that_profiles_itself_keeps_its_profiler(
    tmp_path: Path, environments: Environments
) -> None:
    script = tmp_path / "own.py"
    script.write_text(PROFILES_ITSELF)
    counts = counted(script, environments)
    assert (counts.functions, counts.refused) == ([], "the script set a profiler of its own")


@pytest.mark.index
def test_without_being_asked_nothing_is_counted(tmp_path: Path, environments: Environments) -> None:
    script = tmp_path / "own.py"
    script.write_text(SCRIPT)
    target = Target("own", str(script), server="")
    trial = run_trial(Job(target, AS_WRITTEN, Place("tests"), 30), environments)
    assert not trial.client.profiled
    assert kept_counts(tmp_path) is None


@pytest.mark.pure
def test_damaged_counts_are_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / CALL_COUNTS).write_text("{")
    with pytest.raises(UsageProblem, match="is damaged"):
        kept_counts(tmp_path)


@pytest.mark.pure
def test_a_trial_whose_calls_were_counted_enters_no_rate() -> None:
    rows = summarise([made(), changed(made(failed=3, order=2), profiled=True)]).rows
    assert [(row.trials, row.failing, len(row.unmeasured)) for row in rows] == [(1, 0, 1)]

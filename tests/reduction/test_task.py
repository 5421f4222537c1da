"""A reduction's own files: a new field voids nothing, and their layout is apart from a trial's."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scripts.domain.problems import UsageProblem
from scripts.domain.trial import TRIAL_SCHEMA
from scripts.reduction.confirming_runs import Run, stored
from scripts.reduction.result import Smallest
from scripts.reduction.task import CONFIRMED, REDUCTION, RESULT, TASK_SCHEMA, Task
from scripts.report import published
from scripts.trials import store

pytestmark = [pytest.mark.pure, pytest.mark.published]

NEW = {"a field of a later release": [1, 2]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a published reduction."""
    name = published.reductions()[0].about.name
    return Path(shutil.copytree(store.PUBLISHED / name, tmp_path / name))


def document(path: Path) -> Any:
    """A file's JSON."""
    return json.loads(path.read_bytes())


def described(folder: Path) -> Task:
    """The task of a folder."""
    return store.read_purpose(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)


def test_fields_of_a_later_release_are_passed_over(folder: Path) -> None:
    task, runs = described(folder), stored(folder / CONFIRMED)
    smallest = msgspec.json.decode((folder / RESULT).read_bytes(), type=Smallest)
    for name in (REDUCTION, RESULT):
        (folder / name).write_text(json.dumps(document(folder / name) | NEW))
    confirming = [run | NEW for run in document(folder / CONFIRMED)]
    (folder / CONFIRMED).write_text(json.dumps(confirming))
    assert described(folder) == task
    assert stored(folder / CONFIRMED) == runs
    assert msgspec.json.decode((folder / RESULT).read_bytes(), type=Smallest) == smallest


def test_fields_that_came_later_have_a_default(folder: Path) -> None:
    task = document(folder / REDUCTION)
    runs = document(folder / CONFIRMED)
    (folder / REDUCTION).write_text(
        json.dumps({name: value for name, value in task.items() if name != "output"})
    )
    first = {name: value for name, value in runs[0].items() if name not in ("script", "day")}
    (folder / CONFIRMED).write_text(json.dumps([first]))
    assert described(folder).output == ""
    (run,) = stored(folder / CONFIRMED)
    assert (run.script, run.day) == ("", "")
    assert msgspec.structs.replace(run, script=runs[0]["script"], day=runs[0]["day"]) == (
        msgspec.convert(runs[0], Run)
    )


def test_another_layout_of_the_task_is_refused_and_voids_no_trial(folder: Path) -> None:
    trials = store.trials(folder)
    later = document(folder / REDUCTION) | {"schema": TASK_SCHEMA + 1}
    (folder / REDUCTION).write_text(json.dumps(later))
    with pytest.raises(UsageProblem, match=f"has schema {TASK_SCHEMA + 1}, not {TASK_SCHEMA}"):
        described(folder)
    assert trials
    assert store.trials(folder) == trials
    assert {trial.schema for trial in trials} == {TRIAL_SCHEMA}

"""Real faults over real sockets: a fair sample of what `nox -s faults` runs whole."""

import os
import re
from collections import Counter

import pytest

from scripts.analysis.causes import causes
from scripts.domain.files import PROJECT
from scripts.domain.pins import project
from scripts.environments import index
from scripts.environments.build import Environments
from tests.builders import SeenTrial
from tests.faults.faults import FAULTS, HERE, KINDS, Fault, Kind, seen, trial_of, wrong
from tests.faults.table import Outcome, readme

# Every fault meets two kinds of client, every kind at least two faults; once each in the short run.
SAMPLE = [
    pytest.param(fault, affected[(2 * number + step) % len(affected)], marks=marks)
    for number, fault in enumerate(FAULTS)
    for affected in [[kind for kind in KINDS if fault.strikes(kind)]]
    for step, marks in ((0, ()), (len(affected) // 2, pytest.mark.long))
]


@pytest.mark.index
@pytest.mark.clock
@pytest.mark.parametrize(("fault", "kind"), SAMPLE, ids=lambda part: part.name)
def test_the_cause_is_right(fault: Fault, kind: Kind, environments: Environments) -> None:
    python = environments.interpreter("").version
    if not index.has_wheel(kind.library, python):
        pytest.skip(f"{kind.library} has no wheel for Python {python}")
    trial = trial_of(fault, kind, environments)
    assert wrong(fault, trial) == "", seen(trial)


@pytest.mark.index
def test_aiohttp_against_a_healthy_server_has_no_cause_under_the_short_load(
    seen_trial: SeenTrial,
) -> None:
    # Under the long ones, in the published trials.
    assert causes(seen_trial("control")) == []


@pytest.mark.pure
def test_the_table_has_every_fault_every_library_and_every_kind() -> None:
    text = (PROJECT / "tests" / "faults" / "README.md").read_text()
    rows = [re.split(r" *\| *", row)[1:-1] for row in text.splitlines() if row.startswith("| ")]
    table = {row[0]: row[2:] for row in rows if len(row) == len(rows[0])}
    libraries = list(dict.fromkeys(project(kind.library) for kind in KINDS))
    assert table.pop("fault") == libraries
    assert {name: [bool(cell) for cell in cells] for name, cells in table.items()} == {
        f"[{fault.name}]({os.path.relpath(fault.shown, HERE)})": [
            any(fault.strikes(kind) and project(kind.library) == library for kind in KINDS)
            for library in libraries
        ]
        for fault in FAULTS
    }
    assert f"Tried: {'; '.join(kind.name for kind in KINDS)}." in text


@pytest.mark.pure
def test_what_differs_from_the_usual_stands_under_the_table() -> None:
    fault, (older, newest, *_) = FAULTS[0], KINDS
    reset = (("httpx.ReadError", "stale connection"),)
    outcomes: dict[tuple[Fault, Kind], Counter[Outcome]]
    outcomes = {(fault, older): Counter({(): 1, reset: 1}), (fault, newest): Counter({reset: 2})}
    text = readme(outcomes, 2)
    assert text.count("| ReadError (stale connection) |\n") == 1
    assert f"| {fault.name} | {older.name} | none | 1 of 2 |" in text

"""Real faults over real sockets: a fair sample of what `nox -s faults` runs whole."""

import re

import pytest

from scripts.analysis.causes import causes
from scripts.domain.files import PROJECT
from scripts.domain.targets import control
from scripts.domain.trial import LOADS
from scripts.environments import index
from scripts.environments.build import Environments
from tests.builders import RunTrial
from tests.faults.faults import FAULTS, KINDS, Fault, Kind, seen, trial_of, wrong

# Every fault meets two kinds of client, every kind at least two faults; once each in the short run.
SAMPLE = [
    pytest.param(fault, struck[(2 * number + step) % len(struck)], marks=marks)
    for number, fault in enumerate(FAULTS)
    for struck in [[kind for kind in KINDS if fault.strikes(kind)]]
    for step, marks in ((0, ()), (len(struck) // 2, pytest.mark.long))
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
    run_trial: RunTrial,
) -> None:
    # Under the long ones, in the published trials.
    assert causes(run_trial(control(), LOADS["smoke"])) == []


@pytest.mark.pure
def test_the_table_has_every_pair() -> None:
    rows = (PROJECT / "tests" / "faults" / "README.md").read_text().splitlines()
    pairs = {tuple(re.split(r" *\| *", row)[1:3]) for row in rows if row.startswith("| ")}
    assert pairs >= {
        (fault.name, kind.name) for fault in FAULTS for kind in KINDS if fault.strikes(kind)
    }

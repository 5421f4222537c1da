"""A campaign that is interrupted, killed, gone on with and begun by two, in any order."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import structs

from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import LOADS, Target, Trial
from scripts.trials import campaign, store
from scripts.trials.campaign import Planned
from scripts.trials.job import Job
from scripts.trials.lanes import Stopped
from scripts.trials.lock import alone
from scripts.trials.runners import Stop
from scripts.trials.scratch import SCRATCH
from tests.builders import made
from tests.fuzz.test_reading import ASKED, EXAMPLES
from tests.places import MadeUpPlace

pytestmark = pytest.mark.pure

TARGETS = [Target(name, "repro/httpx_client.py", axis="httpx") for name in ("a", "b")]


class Short(MadeUpPlace):
    """Trials that take no time, and end in a way that is told. A fake: with real processes
    `nox -s torture` does it.

    Args:
        ends: how the first of them end, one after the other; the rest are completed.
    """

    def __init__(self, ends: list[str]) -> None:
        self.ends = ends

    def run(self, job: Job, stop: Stop) -> Trial:
        end = self.ends.pop(0) if self.ends else "completed"
        trial = made(job.target, load=job.load)
        trial = structs.replace(trial, place=job.place, started=f"{id(self)} {len(self.ends)}")
        if end == "full":
            raise OSError(28, "No space left on device")
        assert job.scratch is not None
        (job.scratch / SCRATCH).mkdir(exist_ok=True)
        (job.scratch / SCRATCH / "left").write_text("by a kill")
        return structs.replace(trial, outcome="disturbed") if end == "disturbed" else trial


class Interrupting:
    """Who watches, and interrupts after so many trials."""

    def __init__(self, after: int) -> None:
        self.left = after

    def started(self, planned: Planned) -> None:
        pass

    def finished(self, planned: Planned, trial: Trial) -> None:
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


class Campaigns(RuleBasedStateMachine):
    """A campaign and what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.known: dict[str, bytes] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.place)

    @initialize(rounds=some.integers(1, 4))
    def laid_out(self, rounds: int) -> None:
        entries = [(target, LOADS["smoke"]) for target in TARGETS]
        self.plan = campaign.plan(entries, rounds, 1)
        self.folder = campaign.create(self.plan, self.place)

    @rule(
        ends=some.lists(
            some.sampled_from(["completed", "completed", "disturbed", "full"]),
            max_size=6,
        ),
        after=some.integers(0, 5),
    )
    def gone_on_with(self, ends: list[str], after: int) -> None:
        try:
            trials = campaign.run(self.folder, Short(ends), Interrupting(after))
        except (Stopped, MeasurementProblem, KeyboardInterrupt):
            return
        assert len(trials) == len(self.plan.trials)

    @rule()
    def killed_while_it_wrote(self) -> None:
        (self.folder / ".0001-x.json.99999.1.part").write_bytes(b'{"schema"')
        (self.folder / SCRATCH).mkdir(exist_ok=True)

    @rule()
    def begun_by_two(self) -> None:
        with alone(self.folder), pytest.raises(UsageProblem, match="trials are being run into"):
            campaign.run(self.folder, Short([]), Interrupting(0))

    @precondition(lambda self: bool(self.known))
    @rule(which=some.integers(0, 100))
    def damaged(self, which: int) -> None:
        """A file that is no trial stops it, and does no harm once it is deleted."""
        name = sorted(self.known)[which % len(self.known)]
        path = self.folder / name
        path.write_bytes(b"{")
        with pytest.raises(UsageProblem, match="delete it and resume"):
            campaign.run(self.folder, Short([]), Interrupting(0))
        path.unlink()
        del self.known[name]

    @invariant()
    def nothing_is_lost_doubled_or_changed(self) -> None:
        if not hasattr(self, "folder"):
            return
        there = {path.name: path.read_bytes() for path in self.folder.glob("[0-9]*.json")}
        for name, data in self.known.items():
            assert there.get(name) == data
        trials = store.trials(self.folder)
        orders = [trial.place.order for trial in trials]
        assert len(orders) == len(set(orders))
        sound = {trial.file_name for trial in trials if trial.outcome != "disturbed"}
        self.known = {name: there[name] for name in sound}


TestCampaigns = Campaigns.TestCase
TestCampaigns.settings = settings(
    max_examples=max(10, EXAMPLES // 4),
    stateful_step_count=10,
    deadline=None,
    derandomize=ASKED is None,
    database=None,
)


def test_a_further_round_is_begun_only_where_that_is_allowed(tmp_path: Path) -> None:
    plan = campaign.plan([(target, LOADS["smoke"]) for target in TARGETS], 3, 1)
    folder = campaign.create(plan, tmp_path)
    asked: list[float] = []

    def once(seconds: float) -> bool:
        asked.append(seconds)
        return len(asked) == 1

    assert not campaign.go_on(folder, Short([]), Interrupting(0), begins=once)
    wall = made(load=LOADS["smoke"]).client.wall or 0.0
    assert asked == [pytest.approx(len(TARGETS) * (wall + campaign.STARTING))] * 2
    assert {trial.place.round for trial in store.trials(folder)} == {1, 2}
    assert campaign.go_on(folder, Short([]), Interrupting(0), begins=lambda _: False)
    assert len(store.trials(folder)) == len(plan.trials)


@pytest.mark.parametrize("begins", [None, lambda _: True])
def test_a_round_that_does_not_fill_the_lanes_is_no_obstacle(
    tmp_path: Path, begins: campaign.Begins | None
) -> None:
    plan = campaign.plan([(TARGETS[0], LOADS["smoke"])], 3, 2)
    folder = campaign.create(plan, tmp_path)
    assert campaign.go_on(folder, Short([]), Interrupting(0), begins=begins)
    assert len(store.trials(folder)) == 3

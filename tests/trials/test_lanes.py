"""Whatever runs in lanes ends with them."""

import os
import threading
import time
from pathlib import Path

import pytest

from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import control, parse
from scripts.domain.trial import Place, Target, Trial
from scripts.environments.uv import Unavailable
from scripts.trials import store
from scripts.trials.job import Job
from scripts.trials.lanes import Lanes, Stopped
from scripts.trials.process import Interrupted
from scripts.trials.runners import Stop
from tests.builders import SMOKE, made
from tests.places import MadeUpPlace

pytestmark = pytest.mark.pure


class Elsewhere(MadeUpPlace):
    """Another place than this machine: a trial takes until it is told to stop, or no time."""

    def __init__(self, endless: bool = False) -> None:
        self.endless = endless
        self.prepared: list[Target] = []
        self.ended = threading.Event()

    def prepare(self, target: Target, stop: Stop) -> None:
        self.prepared.append(target)
        raise Unavailable("nothing is to be had")

    def run(self, job: Job, stop: Stop) -> Trial:
        while self.endless:
            if stop():
                self.ended.set()
                raise Interrupted
            time.sleep(0.01)
        return made(job.target, job.load, order=job.place.order)


def job(order: int) -> Job:
    return Job(parse("document"), SMOKE, Place("made-up", order))


def test_trials_run_where_they_are_told_to_and_are_kept(tmp_path: Path) -> None:
    with Lanes(Elsewhere(), 2) as lanes:
        trials = lanes.results([lanes.start(job(order), tmp_path) for order in (1, 2, 3)])
    assert [trial.place.order for trial in trials] == [1, 2, 3]
    assert sorted(trial.place.order for trial in store.trials(tmp_path)) == [1, 2, 3]


def test_each_target_is_prepared_once_and_may_be_unavailable(tmp_path: Path) -> None:
    place = Elsewhere()
    with Lanes(place, 1) as lanes:
        lanes.prepare([parse("document"), control(), parse("document")])
        lanes.prepare([control()])
        lanes.results([lanes.start(job(1), tmp_path)])
        while len(place.prepared) < 2:
            time.sleep(0.01)
    assert place.prepared == [parse("document"), control()]


def test_an_error_of_one_ends_the_others() -> None:
    called: list[int] = []

    def call(stop: Stop) -> None:
        called.append(1)
        raise MeasurementProblem("no room")

    with pytest.raises(MeasurementProblem), Lanes(Elsewhere(), 2) as lanes:
        lanes.results([lanes.call(call) for _ in range(60)])
    assert len(called) < 60


def test_ctrl_c_ends_what_runs_and_keeps_nothing_of_it(tmp_path: Path) -> None:
    place = Elsewhere(endless=True)
    with pytest.raises(Stopped, match="interrupted"), Lanes(place, 1) as lanes:
        lanes.start(job(1), tmp_path)
        raise KeyboardInterrupt
    assert place.ended.is_set()
    assert not store.trials(tmp_path)


def test_what_lost_its_starter_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STARTED_BY", str(os.getpid()))  # which is nobody's parent here
    place = Elsewhere(endless=True)
    with pytest.raises(Stopped, match="gone"), Lanes(place, 1) as lanes:
        lanes.results([lanes.start(job(1), tmp_path)])
    assert place.ended.is_set()


def test_a_trial_that_is_not_accepted_is_not_written(tmp_path: Path) -> None:
    def refuse(trial: Trial) -> None:
        raise MeasurementProblem(f"{trial.target.name}: nothing.")

    with pytest.raises(MeasurementProblem, match="nothing"), Lanes(Elsewhere(), 1) as lanes:
        lanes.results([lanes.start(job(1), tmp_path, refuse)])
    assert not store.trials(tmp_path)

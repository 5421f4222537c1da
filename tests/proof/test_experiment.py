"""Pairs that run several at a time are taken in as they began, each whole."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from msgspec import structs

from scripts.domain.trial import Trial
from scripts.proof.experiment import experiment
from scripts.proof.proving import PairStep, Proving
from scripts.trials.job import Job
from scripts.trials.runners import HostLost, Stop
from tests.builders import made
from tests.places import MadeUpPlace
from tests.proof.test_proving import claim

pytestmark = pytest.mark.pure


class ManyHosts(MadeUpPlace):
    """Hosts on which the pair of number 2 takes longer than all others, and one of which is lost
    once.
    """

    scattered = True

    def __init__(self) -> None:
        self.lost = False

    def places(self, lanes: int) -> int:
        return 4

    def beside(self, lanes: int) -> int:
        return 1

    def run(self, job: Job, stop: Stop) -> Trial:
        if job.place.round == 3 and not self.lost:
            self.lost = True
            raise HostLost
        time.sleep(0.3 if job.place.round == 2 else 0.01)
        return structs.replace(made(job.target, job.load), place=job.place)


class Watching:
    """Notes the numbers of the pairs as they are taken in."""

    def __init__(self) -> None:
        self.rounds: list[int] = []

    @contextlib.contextmanager
    def running(self, steps: Collection[PairStep]) -> Iterator[None]:
        yield

    def done(self, step: PairStep, before: Trial, after: Trial) -> None:
        assert before.place.round == after.place.round == step.round
        self.rounds.append(step.round)


def test_pairs_are_taken_in_as_they_began(tmp_path: Path) -> None:
    watcher = Watching()
    proving = experiment(Proving(claim(most=12)), tmp_path, ManyHosts(), watcher)
    assert watcher.rounds == list(range(1, 13))
    assert len(proving.records[0].pairs) == 12
    orders = [int(path.name.partition("-")[0]) for path in tmp_path.glob("[0-9]*.json")]
    assert len(orders) == len(set(orders)) == 24

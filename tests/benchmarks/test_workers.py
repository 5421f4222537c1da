"""Several workers on a clock that is made up: how much faster a search ends, and its table."""

from __future__ import annotations

import math

import msgspec
import pytest
from rich.console import Console

from scripts.benchmarks import tables
from scripts.benchmarks.events import asked, seconds_taken
from scripts.benchmarks.hidden import HiddenStep, Terrain
from scripts.benchmarks.workers import (
    WORKERS,
    Verb,
    WorkersScore,
    by_chance,
    course,
    pooled,
    scores,
)
from scripts.domain.trial import Trial
from scripts.search.step import Reason, Step
from tests.builders import made, question

pytestmark = pytest.mark.pure

TERRAIN = Terrain(8, 1.0, 0.0)

SCORE = WorkersScore("bisect", 22, 0.9, 0.0, 0.95, 8, 20, 4.5, 4.2, 5.1, 4.8, 29.5, 20, 19)


class Six:
    """Asks for six trials, the last two once the others are over."""

    def __init__(self) -> None:
        self.most = 0
        self.begun = 0
        self.over: list[int] = []

    def next(self, under_way: list[Step]) -> Step | None:
        self.most = max(self.most, len(under_way) + 1)
        if self.begun == 6 or (self.begun == 4 and under_way):
            return None
        self.begun += 1
        asked = question(2)
        return Step(self.begun, asked.points[0].target, Reason("ends"))

    def take(self, step: Step, _trial: Trial, _control: Trial | None) -> None:
        self.over.append(step.round)


@pytest.mark.parametrize(("workers", "seconds"), [(1, 21.0), (2, 12.0), (4, 10.0), (8, 10.0)])
def test_a_free_worker_takes_the_next_trial_and_waits_where_there_is_none(
    workers: int, seconds: float
) -> None:
    search = Six()

    def trying(step: Step) -> tuple[float, Trial]:
        return float(step.round), made(step.target)

    assert seconds_taken(search, workers, trying) == seconds
    assert sorted(search.over) == [1, 2, 3, 4, 5, 6]


def test_a_points_trials_are_the_same_whatever_is_tried_beside_them() -> None:
    row = HiddenStep(Terrain(8, 0.5, 0.1), 3, frozenset({6}), "x")
    trials = [row.trial(4, number) for number in range(20)]
    assert trials == [row.trial(4, number) for number in range(20)]
    assert {True, False} == set(trials)
    assert row.trial(6, 1) is None
    assert [HiddenStep(TERRAIN, 3, frozenset(), "x").trial(point, 1) for point in (2, 3)] == [
        False,
        True,
    ]


@pytest.mark.parametrize("verb", ["bisect", "history"])
def test_several_workers_claim_what_one_does_sooner(verb: Verb) -> None:
    row = HiddenStep(TERRAIN, 3, frozenset(), "x")
    alone, together = (course(row, verb, 0.95, workers) for workers in (1, 4))
    assert row.agrees(alone.claim)
    assert row.agrees(together.claim)
    assert together.seconds < alone.seconds / 1.5


def test_what_is_asked_grows_with_the_workers() -> None:
    steady, flaky = by_chance(TERRAIN.high, TERRAIN.low), by_chance(0.5, 0.0)
    assert [asked(steady, workers) for workers in (1, 3)] == [1.0, pytest.approx(1.6)]
    assert [asked(flaky, workers) for workers in (1, 2, 8)] == [1.0, 1.2, pytest.approx(4.8)]


def test_a_score_for_each_number_of_workers_with_the_interval_of_its_speed() -> None:
    scored = scores("bisect", TERRAIN, 0.95, 3, 1)
    assert [score.workers for score in scored] == list(WORKERS)
    assert scored[0].faster == scored[0].faster_low == scored[0].faster_high == 1.0
    for score in scored:
        assert score.faster_low <= score.faster <= score.faster_high
        assert score.right == score.claims == score.problems == 3


def test_kinds_are_pooled_those_that_are_bad_by_chance_by_themselves() -> None:
    replace = msgspec.structs.replace
    steady = replace(SCORE, high=1.0, faster=3.0)
    (together,) = pooled([SCORE, replace(SCORE, high=0.5, faster=6.0), steady])
    assert together.by_chance == pytest.approx(math.sqrt(27))
    assert together.steady == pytest.approx(3.0)
    assert (together.right, together.claims) == (57, 60)


def test_the_table_marks_what_is_asked_beside_what_is_reached() -> None:
    console = Console(width=200, record=True)
    console.print(tables.shared([msgspec.structs.replace(SCORE, workers=1), SCORE]))
    text = " ".join(console.export_text().split())
    assert "bisect 22 0.9 after 0 95% 8 4.50 (4.20 to 5.10) 4.80 29.5 19 of 20" in text
    assert (
        "bisect, claiming 95%, 8 at a time: 4.50 times as fast (bad by chance); right in 19 of 20 "
        "claims (75.1% to 99.9%)." in text
    )

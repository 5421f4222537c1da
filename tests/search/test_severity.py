"""A trial is bad or not: how many requests failed, or how dear it was, moves no search."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from scripts.domain.targets import control, parse
from scripts.domain.trial import LOADS, Target, Trial
from scripts.search.bisection import Bisection
from scripts.search.question import Point, Question
from tests.builders import answered, made

pytestmark = pytest.mark.pure

POINTS = [Point(f"1.{minor}", parse(f"httpx==1.{minor}")) for minor in range(10)]

PLACES = {point.target: place for place, point in enumerate(POINTS)}


def bisected(signal: str, trying: Callable[[int, random.Random], dict[str, Any]]) -> Bisection:
    """A finished bisection of ten points, on trials with the fields that `trying` gives."""
    luck = random.Random(1)  # noqa: S311

    def trial(target: Target, order: int) -> Trial:
        return made(target, order=order, **trying(PLACES[target], luck))

    question = Question(
        name="20240101-000000-1",
        created="2024-01-01T00:00:00+00:00",
        command=("bisect",),
        package="httpx",
        points=POINTS,
        fix=False,
        signal=signal,
        load=LOADS["compressed"],
        control=control() if signal.startswith("slow") else None,
        confidence=0.99,
        budget=None,
        most=300,
    )
    return answered(Bisection(question), trial)


@pytest.mark.parametrize("severe", range(1, 10))
def test_how_many_requests_failed_changes_no_choice(severe: int) -> None:
    def failing(affected: int) -> Bisection:
        return bisected(
            "ReadError",
            lambda place, luck: {
                "failed": (affected if place >= severe else 1)
                if luck.random() < (0.8 if place >= 4 else 0.1)
                else 0
            },
        )

    one, many = failing(1), failing(10)
    assert [record.target for record in one.tally.records] == [
        record.target for record in many.tally.records
    ]
    assert one.search.answer() == many.search.answer()


@pytest.mark.parametrize("dearer", range(1, 10))
def test_where_no_trial_is_bad_there_is_no_culprit(dearer: int) -> None:
    """Eight times the control would be bad; from one point on they cost three times, not one."""
    bisection = bisected(
        "slow>8",
        lambda place, luck: {
            "cpu_user": (0.3 if place >= dearer else 0.13) * luck.lognormvariate(0, 0.05),
            "cpu_system": 0.0,
        },
    )
    assert not any(record.reading.bad for record in bisection.tally.records)
    assert bisection.sure is not None
    assert bisection.sure.step is None

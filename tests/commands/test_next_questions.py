"""What follows an answer: asked within the time of a call, each with all of it."""

from __future__ import annotations

import pytest
from msgspec import structs

from scripts.commands.next_questions import NextQuestions, OutOfTime
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.environments.index import Release
from scripts.environments.pythons import Interpreter
from scripts.search.chain import Move
from scripts.search.contrast import load_contrast
from scripts.search.question import create
from tests.builders import day_question

pytestmark = pytest.mark.pure


def test_each_question_has_the_time_of_a_whole_call() -> None:
    asked = day_question(budget=60.0)
    questions = NextQuestions(create(asked), "")
    good, bad = (point.target for point in asked.points[:2])
    questions.began -= 50
    follow_up = load_contrast(questions.contrast(("a", "b"), good, bad))
    assert follow_up.budget == 60
    questions.began -= 10
    with pytest.raises(OutOfTime):
        questions.contrast(("a", "b"), good, bad)


def test_releases_are_those_for_the_python_that_the_package_is_tried_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pythons = []

    def releases(package: str, python: str) -> list[Release]:
        assert package == "idna"
        pythons.append(python)
        return []

    monkeypatch.setattr(index, "releases", releases)
    monkeypatch.setattr(
        Environments,
        "interpreter",
        lambda _, asked: Interpreter("python", asked or "3.11.7"),
    )
    asked = day_question()
    around = structs.replace(asked.points[0].target, python="3.12.1")
    assert not NextQuestions(create(asked), "").between(Move("idna", "3.7", "3.10", around))
    assert pythons == ["3.12.1"]

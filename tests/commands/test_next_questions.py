"""What follows an answer: asked within the time of a call, each with all of it."""

from __future__ import annotations

import pytest

from scripts.commands.next_questions import NextQuestions, OutOfTime
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

"""Where what is held changes along a question's points; questions from before that was noted."""

from __future__ import annotations

import msgspec
import pytest

from scripts.search.question import Meeting, Question, Stretch, create, load_question, rewrite
from tests.builders import day_question, question

pytestmark = pytest.mark.pure


def test_where_stretches_meet_other_versions_are_held() -> None:
    stretches = [
        Stretch("1.0", "1.1", {"h11": "0.12.0", "idna": "3.10", "rfc3986": "1.5.0"}),
        Stretch("1.3", "1.3", {"h11": "0.14.0", "idna": "3.10"}),
    ]
    moved = {"h11": ("0.12.0", "0.14.0"), "rfc3986": ("1.5.0", None)}
    assert question(4, stretches=stretches).meetings == [Meeting("1.1", "1.3", moved)]
    assert question(4, stretches=stretches[:1]).meetings == []


def test_a_question_from_before_this_was_noted_loads() -> None:
    stored = msgspec.to_builtins(question(2))
    del stored["stretches"], stored["left_out"]
    for point in stored["points"]:
        del point["yanked"], point["held"]
    loaded = msgspec.convert(stored, Question)
    assert loaded == question(2)
    assert not loaded.meetings


def test_days_are_turned_and_written_again_in_their_place() -> None:
    asked = day_question()
    assert asked.by_day
    assert not question().by_day
    folder = create(asked)
    turned = asked.turned()
    assert (turned.points, turned.fix) == (asked.points[::-1], True)
    rewrite(turned, folder)
    assert load_question(folder) == turned
    assert turned.turned() == asked

"""Whole lines of releases, with trials made up; the chart as the picture it is."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest
from inline_snapshot import snapshot

from scripts.domain.trial import Failure, Target, Trial
from scripts.report.figures import history as figure
from scripts.report.findings import change_words, history_lines, history_rows
from scripts.search.history import History
from scripts.search.question import Question
from scripts.search.release_line import release_line
from tests.builders import (
    answered,
    changed,
    day_question,
    environment,
    failing_from,
    link,
    made,
    question,
)
from tests.report.figures.pictures import checked

pytestmark = pytest.mark.pure


def followed(asked: Question, trying: Callable[[Target, int], Trial]) -> History:
    return answered(History(asked), trying)


def minor(target: Target) -> int:
    return int(target.pins[0].split(".")[1])


def failing(*bad: range, rate: float = 1.0) -> Callable[[Target, int], Trial]:
    luck = random.Random(5)  # noqa: S311

    def trial(target: Target, order: int) -> Trial:
        affected = any(minor(target) in releases for releases in bad) and luck.random() < rate
        return made(target, order=order, failed=2 * affected)

    return trial


@pytest.mark.parametrize("rate", [1.0, 0.6])
def test_good_bad_good_bad_is_found_whole(rate: float) -> None:
    trying = failing(range(4, 8), range(12, 40), rate=rate)
    line = release_line(followed(question(16, most=400), trying))
    assert [(change.before, change.after, change.direction) for change in line.changes] == [
        ("1.3", "1.4", "worse"),
        ("1.7", "1.8", "better"),
        ("1.11", "1.12", "worse"),
    ]
    assert all(not change.between for change in line.changes)
    assert all(point.rate is not None for point in line.points)


def test_a_change_in_a_sentence() -> None:
    line = release_line(followed(question(12, confidence=0.95), failing(range(6, 40))))
    assert [change_words(change) for change in line.changes] == snapshot(
        [
            "worse with 1.6 (2024-01-07), confidence 99.9%: 0 of 29 trials bad (0% to 12%) before, 30 of 30 trials bad (88% to 100%) after"
        ]
    )


def test_what_the_trials_of_a_change_ran_with_otherwise_is_named() -> None:
    def trial(target: Target, order: int) -> Trial:
        versions = {"httpx": f"1.{minor(target)}", "anyio": "4.6" if minor(target) < 6 else "4.16"}
        return changed(failing(range(6, 40))(target, order), environment=environment(versions))

    (change,) = release_line(followed(question(12, confidence=0.95), trial)).changes
    assert change.moved == {"anyio": ("4.6", "4.16")}
    assert change_words(change).endswith(
        "; it may be theirs, which change there too: anyio 4.6 to 4.16"
    )


def test_costs_are_compared_as_levels() -> None:
    luck = random.Random(3)  # noqa: S311

    def trial(target: Target, order: int) -> Trial:
        level = 0.3 if minor(target) < 3 else 2.0 if minor(target) < 6 else 1.0
        cost = level * luck.lognormvariate(0, 0.1)
        return made(target, order=order, cpu_user=cost, cpu_system=0.0)

    line = release_line(followed(question(9, signal="slow"), trial))
    assert [(change.after, change.direction) for change in line.changes] == [
        ("1.3", "worse"),
        ("1.6", "better"),
    ]
    assert line.changes[0].levels == pytest.approx((3.0, 20.0), rel=0.2)


def test_a_line_without_a_change_ends_with_every_point_tried() -> None:
    line = release_line(followed(question(15), failing()))
    assert line.changes == []
    assert all(point.rate is not None and point.rate.bad == 0 for point in line.points)


def test_points_that_cannot_be_tested_lie_between() -> None:
    inner = failing(range(6, 40))

    def trial(target: Target, order: int) -> Trial:
        if minor(target) in (5, 6):
            return made(target, order=order, outcome="unavailable", detail="no wheel")
        return inner(target, order)

    (only,) = release_line(followed(question(12), trial)).changes
    assert (only.before, only.after, only.between) == ("1.4", "1.7", ["1.5", "1.6"])


def test_it_stops_when_its_trials_are_used_up_and_cannot_tell_yet() -> None:
    history = followed(question(26, most=10), failing(range(5, 12)))
    assert len(history.tally.records) == 10
    line = release_line(history)
    assert line.verdict == "undecided"
    assert history_lines(line)[0] == snapshot(
        "httpx, ReadError, compressed load: cannot tell yet (10 trials)"
    )


def test_it_stops_when_it_is_sure_that_nothing_changes() -> None:
    history = followed(question(20, confidence=0.95), failing())
    line = release_line(history)
    assert (line.verdict, line.changes, line.likeliest) == ("unchanged", [], [])
    assert len(history.tally.records) < 60
    assert history_lines(line) == snapshot(
        ["httpx, ReadError, compressed load: nothing changes, confidence 95.1% (46 trials)"]
    )


def test_it_stops_when_it_is_sure_where_it_changes() -> None:
    history = followed(question(20, confidence=0.95), failing(range(8, 40)))
    line = release_line(history)
    assert line.verdict == "changes"
    assert len(history.tally.records) < 80
    assert history_lines(line)[0] == snapshot(
        "httpx, ReadError, compressed load: changes at 1.8 and nowhere else, confidence 95% (61 trials)"
    )


def test_one_bad_release_among_good_ones_is_not_told_too_soon() -> None:
    history = followed(question(20, confidence=0.95, most=24), failing(range(6, 7)))
    line = release_line(history)
    assert line.verdict == "undecided"
    assert history_lines(line)[0] == snapshot(
        "httpx, ReadError, compressed load: cannot tell yet (24 trials)"
    )


def test_a_line_that_says_nothing_ends_after_a_first_look() -> None:
    def trial(target: Target, order: int) -> Trial:
        failure = Failure((link("RuntimeError", "builtins"),), "", 1)
        return made(target, order=order, requests=None, script_failure=failure, exit_status=1)

    history = followed(question(64), trial)
    assert len(history.tally.records) == 18
    line = release_line(history)
    assert (line.verdict, line.trials) == ("undecided", 0)
    assert line.points[0].instead == {"RuntimeError": 2}


@pytest.mark.parametrize("signal", ["ReadError", "slow"])
def test_the_chart_is_a_picture_with_names_and_units(signal: str) -> None:
    def trial(target: Target, order: int) -> Trial:
        later = minor(target) >= 6
        return made(target, order=order, failed=3 * later, cpu_user=1.0 + later, cpu_system=0.0)

    asked = question(12, signal=signal)
    points = [
        msgspec.structs.replace(point, day=f"2024-{number + 1:02d}-01")
        for number, point in enumerate(asked.points)
    ]
    line = release_line(followed(msgspec.structs.replace(asked, points=points), trial))
    assert len(line.changes) == 1
    drawing = figure.drawing(line)
    assert [drawing.releases[change.place].name for change in drawing.changes] == ["1.6"]
    words = " ".join(checked(figure.svg, drawing))
    assert "1.6, 2024-07-01" in words
    assert "release, evenly spaced, from 2024-01-01 to 2024-12-01" in words
    assert ("times aiohttp's" if signal == "slow" else "share of trials") in words


def test_the_chart_names_a_range_where_those_between_say_nothing() -> None:
    inner = failing(range(6, 40))

    def trial(target: Target, order: int) -> Trial:
        if minor(target) in (5, 6):
            return made(target, order=order, outcome="unavailable", detail="no wheel")
        return inner(target, order)

    line = release_line(followed(question(12, confidence=0.95), trial))
    (mark,) = figure.drawing(line).changes
    assert mark.label.startswith("▲ 1.4 to 1.7,")
    assert (mark.earliest, mark.place) == (5, 7)


def test_days_are_told_with_what_is_installed_otherwise() -> None:
    line = release_line(followed(day_question(6, confidence=0.9), failing_from(3)))
    assert line.by_day
    assert [point.moved for point in line.points[:3]] == [
        {},
        {"certifi": ("0.0", "1.0"), "idna": ("3.0", "3.1")},
        {"idna": ("3.1", "3.2")},
    ]
    assert line.changes[0].moved == {"certifi": ("1.0", "2.0"), "idna": ("3.2", "3.3")}
    assert history_lines(line) == snapshot(
        [
            "packages by the day, ReadError, compressed load: changes at 2024-01-04 and nowhere else, confidence 90.3% (30 trials)",
            "  worse with 2024-01-04, confidence 99.9%: 0 of 15 trials bad (0% to 22%) before, 15 of 15 trials bad (78% to 100%) after; installed otherwise from then on: certifi 1.0 to 2.0, idna 3.2 to 3.3",
        ]
    )
    assert [row[:2] for row in history_rows(line)] == snapshot(
        [
            ("2024-01-01", ""),
            ("2024-01-02", "certifi 0.0 to 1.0, idna 3.0 to 3.1"),
            ("2024-01-03", "idna 3.1 to 3.2"),
            ("2024-01-04", "certifi 1.0 to 2.0, idna 3.2 to 3.3"),
            ("2024-01-05", "idna 3.3 to 3.4"),
            ("2024-01-06", "certifi 2.0 to 3.0, idna 3.4 to 3.5"),
        ]
    )
    words = checked(figure.svg, figure.drawing(line))
    assert "day, evenly spaced" in words
    assert "certifi 1.0 to 2.0, idna 3.2 to 3.3" in words


def test_of_much_that_changed_on_a_day_the_chart_names_the_first() -> None:
    line = release_line(followed(day_question(6, confidence=0.9), failing_from(3)))
    more = dict.fromkeys(("a", "b", "c", "d"), ("1", "2"))
    changes = [msgspec.structs.replace(change, moved=more) for change in line.changes]
    drawing = figure.drawing(msgspec.structs.replace(line, changes=changes))
    assert drawing.changes[0].label.endswith("\na 1 to 2, b 1 to 2 and 2 more")

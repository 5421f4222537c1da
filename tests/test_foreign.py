"""A fair sample of the foreign bugs, asked as `nox -s foreign` does; and how answers are judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.foreign import asking, made, table, verify
from tests.foreign.asking import SaidStep, Verdict
from tests.foreign.cases import BUGS, CASES, Case, Step
from tests.foreign.verify import Row, Run

BY_NAME = {case.name: case for case in CASES}
"""The cases."""


@pytest.mark.pure
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_truth_of_a_case_is_what_was_measured(case: Case) -> None:
    assert verify.steps(case, verify.rows(case)) == case.truth


@pytest.mark.pure
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_script_knows_nothing_of_the_tool(case: Case) -> None:
    text = (BUGS / case.script).read_text()
    assert "SERVER_URL" not in text and "send_request" not in text


def _rows(*statuses: int | str) -> list[Row]:
    """A table of releases 1, 2, ...: an exit status each, or the exception it died of."""
    return [
        Row(str(number), runs=[Run(status, 0.1, 10.0)])
        if isinstance(status, int)
        else Row(str(number), runs=[Run(1, 0.1, 10.0, status)])
        for number, status in enumerate(statuses, 1)
    ]


MASKED = _rows(0, 0, "TypeError", "TypeError", "ValueError", "ValueError")
"""In two releases another exception comes first: they say nothing."""


def _case(verb: str, *truth: Step) -> Case:
    return Case(
        name="x",
        package="x",
        script="x.py",
        verb="bisect" if verb == "bisect" else "history",
        good="1",
        bad="6",
        signal="ValueError",
        truth=truth,
        source="",
        quote="",
    )


@pytest.mark.pure
def test_the_truth_skips_releases_that_say_nothing() -> None:
    assert verify.steps(_case("bisect"), MASKED) == (Step("2", "5", "worse"),)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("before", "after", "between", "verdict"),
    [
        ("2", "5", ("3", "4"), "right"),
        ("2", "5", (), "wrong"),  # hides that two releases could not be told
        ("4", "5", (), "wrong"),  # takes another exception for a good release
        ("1", "5", ("2", "3", "4"), "wide"),
        ("5", "6", (), "wrong"),
    ],
)
def test_a_step_is_judged_by_its_sides_and_what_lies_between(
    before: str, after: str, between: tuple[str, ...], verdict: Verdict
) -> None:
    case = _case("bisect", Step("2", "5", "worse"))
    steps = [SaidStep(Step(before, after, "worse"), between)]
    assert asking.judged(case, MASKED, steps) == verdict


@pytest.mark.pure
@pytest.mark.parametrize(
    ("true", "before", "after", "between", "verdict"),
    [
        (Step("8.2.2", "8.3.0", "worse"), "8.2.1", "8.3.0", (), "right"),  # as good as 8.2.1
        (Step("8.2.1", "8.2.2", "worse"), "8.2.1", "8.3.0", (), "wrong"),  # the culprit is hidden
        (Step("8.2.1", "8.2.2", "worse"), "8.2.1", "8.3.0", ("8.2.2",), "wide"),
    ],
)
def test_a_yanked_release_is_not_hidden_where_it_is_the_culprit(
    true: Step, before: str, after: str, between: tuple[str, ...], verdict: Verdict
) -> None:
    status = 1 if true.after == "8.2.2" else 0
    rows = [
        Row("8.2.1", runs=[Run(0, 0.1, 10.0)]),
        Row("8.2.2", yanked=True, runs=[Run(status, 0.1, 10.0, "ValueError" if status else "")]),
        Row("8.3.0", runs=[Run(1, 0.1, 10.0, "ValueError")]),
    ]
    case = _case("bisect", true)
    assert asking.judged(case, rows, [SaidStep(Step(before, after, "worse"), between)]) == verdict


@pytest.mark.pure
def test_cannot_tell_is_right_only_where_nothing_can_be_told() -> None:
    mute = verify.rows(BY_NAME["made-mute"])
    assert asking.judged(BY_NAME["made-mute"], mute, None) == "right"
    assert asking.judged(BY_NAME["made-mute"], mute, []) == "wrong"
    assert asking.judged(_case("bisect", Step("2", "5", "worse")), MASKED, None) == "cannot tell"


@pytest.mark.pure
def test_every_change_of_a_history_has_to_be_named() -> None:
    rows = _rows(0, "ValueError", 0, 0, 0, 0)
    case = _case("history", Step("1", "2", "worse"), Step("2", "3", "better"))
    both = [SaidStep(Step("1", "2", "worse")), SaidStep(Step("2", "3", "better"))]
    assert asking.judged(case, rows, both) == "right"
    assert asking.judged(case, rows, both[:1]) == "wrong"
    assert asking.judged(case, rows, both[::-1]) == "wrong"


@pytest.mark.pure
def test_a_wheel_is_the_same_each_time() -> None:
    package = made.PACKAGES["foreign-parts"]
    assert made.wheel(package, "1.3") == made.wheel(package, "1.3")
    assert "Requires-Dist: foreign-nowhere>=9" in made.metadata(package, "1.3")


@pytest.mark.published
@pytest.mark.pure
def test_readme_shows_the_stored_answers() -> None:
    assert not table.stale()


@pytest.mark.index
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("packaging-legacy", marks=pytest.mark.long),
        pytest.param("click-typed-flag", marks=pytest.mark.long),
        "made-parts",
    ],
)
def test_the_tool_tells_the_truth(name: str, tmp_path: Path) -> None:
    case = BY_NAME[name]
    with made.index() as variables:
        chosen = variables if case.made else {}
        answer = asking.ask(case, verify.rows(case), tmp_path / "results", chosen)
    assert answer.verdict == "right", answer

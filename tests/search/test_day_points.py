"""Questions about days: what people write, and a real span from the real index."""

from __future__ import annotations

import datetime
from itertools import pairwise
from typing import cast

import pytest
from inline_snapshot import snapshot
from msgspec import structs

from scripts.domain import targets
from scripts.domain.pins import project
from scripts.domain.problems import UsageProblem
from scripts.domain.targets import repins
from scripts.domain.trial import LOADS, Target
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.environments.contents import Contents, Packages
from scripts.environments.uv import Unavailable
from scripts.search.day_points import DaySpan, about_days
from scripts.search.points import Asked, Limits
from scripts.search.question import Question

TODAY = "2026-11-23"
PIN = ("anyio==4.6.0",)


@pytest.mark.pure
def test_two_days_are_read_as_written() -> None:
    assert DaySpan.of("2024-10-20..today", TODAY) == DaySpan(
        datetime.date(2024, 10, 20), datetime.date(2026, 11, 23)
    )


@pytest.mark.pure
def test_what_is_no_pair_of_days_is_one_sentence() -> None:
    def sentence(text: str) -> str:
        with pytest.raises(UsageProblem) as caught:
            DaySpan.of(text, TODAY)
        return str(caught.value)

    written = [
        *("2024-10-20", "2024-10-20..", "2024-10-20..yesterday", "2024-1-2..2024-10-20"),
        *("2024-02-30..today", "a..b..c", "2024-10-20..2027-01-01", "today..today"),
        "2024-10-20..2024-10-19",
    ]
    assert [sentence(text) for text in written] == snapshot(
        [
            "'2024-10-20' is no pair of days; write it like --dates 2024-10-20..today.",
            "'2024-10-20..' is no pair of days; write it like --dates 2024-10-20..today.",
            "'2024-10-20..yesterday' is no pair of days; write it like --dates 2024-10-20..today.",
            "'2024-1-2..2024-10-20' is no pair of days; write it like --dates 2024-10-20..today.",
            "'2024-02-30..today' is no pair of days; write it like --dates 2024-10-20..today.",
            "'a..b..c' is no pair of days; write it like --dates 2024-10-20..today.",
            "2027-01-01 is in the future: the last day there is, is 2026-11-23.",
            "2026-11-23 is not before 2026-11-23: write the earlier day first.",
            "2024-10-20 is not before 2024-10-19: write the earlier day first.",
        ]
    )


def asked(target: Target) -> Asked:
    return Asked("", target, LOADS["smoke"], "exit", Limits(0.99, None, 10, None), ["bisect"])


def questioned(environments: Environments, text: str, target: Target) -> Question:
    span = DaySpan.of(text, environments.today)
    return about_days(asked(target), span, Contents(environments), lambda _: None)


class Interrupted:
    """Stands for contents of which nothing can be had on two days; the index is not asked."""

    today = TODAY

    def on_day(self, target: Target, day: str) -> Packages:
        if day in ("2024-10-14", "2024-10-15"):
            raise Unavailable("no versions go together")
        return {"idna": "3.7" if day < "2024-10-18" else "3.8"}


@pytest.mark.pure
def test_what_is_installed_again_after_a_gap_is_no_other_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    october = {datetime.date(2024, 10, number) for number in range(10, 21)}
    monkeypatch.setattr(index, "upload_days", lambda _: october)
    span = DaySpan.of("2024-10-10..2024-10-20", TODAY)
    contents = cast(Contents, Interrupted())
    question = about_days(asked(targets.document()), span, contents, lambda _: None)
    assert [point.name for point in question.points] == ["2024-10-10", "2024-10-18"]
    assert question.gaps == ["2024-10-14"]


@pytest.mark.long
@pytest.mark.index
def test_the_documents_last_weeks_are_four_points_with_all_of_their_packages_pinned(
    environments: Environments,
) -> None:
    pair = targets.parse("httpx[brotli]==0.27.2,httpcore==1.0.6")
    question = questioned(environments, "2024-09-25..2024-10-20", pair)
    assert question.by_day
    assert (question.package, question.stated, question.gaps) == ("", ("good", "bad"), [])
    points = question.points
    assert [point.name for point in points] == [point.day for point in points]
    assert [point.name for point in points] == [
        *("2024-09-25", "2024-10-05", "2024-10-13", "2024-10-14"),
    ]
    assert points[0].target.name == "httpx[brotli] 0.27.2, httpcore 1.0.6, all as of 2024-09-25"
    for point in points:
        assert {"httpx[brotli]==0.27.2", "httpcore==1.0.6"} < set(point.target.pins)
    # What is installed is what is pinned, and nothing besides.
    pins = {project(pin): pin.partition("==")[2] for pin in points[-1].target.pins}
    assert environments.client_packages(points[-1].target) == pins
    moved = [repins(one.target, other.target) for one, other in pairwise(points)]
    assert moved == [
        {"numpy": ("2.1.1", "2.1.2")},
        {"anyio": ("4.6.0", "4.6.1")},
        {"anyio": ("4.6.1", "4.6.2.post1")},
    ]


@pytest.mark.index
@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ("2012-01-01..2024-10-20", "on 2012-01-01 it could not be installed (Because "),
        (
            "2024-10-18..2024-10-20",
            "from 2024-10-18 to 2024-10-20 the same is installed on every day: name days that are "
            "farther apart, or pin less.",
        ),
    ],
)
def test_days_that_make_no_question_are_one_sentence(
    environments: Environments, dates: str, words: str
) -> None:
    with pytest.raises(UsageProblem) as caught:
        questioned(environments, dates, structs.replace(targets.document(), script="", pins=PIN))
    assert str(caught.value).startswith(words)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)

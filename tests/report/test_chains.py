"""A chain of answers in words and as JSON."""

# ruff: noqa: E501

from __future__ import annotations

import pytest
from inline_snapshot import snapshot

from scripts.report.chains import (
    ChainLink,
    answer_lines,
    chain_lines,
    printed_answer,
    printed_chain,
)
from scripts.search.contrast_finding import contrast_finding
from scripts.search.finding import finding
from tests.builders import day_question, failing_from, flaky, question
from tests.documents import document, encoded
from tests.search.test_bisection import investigated
from tests.search.test_difference import separated

pytestmark = pytest.mark.pure

SEVERAL = finding(investigated(day_question(), failing_from(5)))
ALONE = finding(investigated(day_question(), failing_from(4)))
PARTED = contrast_finding(separated(lambda changes: "idna" in changes))
RELEASE = finding(investigated(question(), flaky(4, 1.0)))

LINKS = [
    ChainLink("day", "20240101-000000-1", SEVERAL),
    ChainLink("package", "20240101-000000-2", PARTED),
    ChainLink("release", "20240101-000000-3", RELEASE, ("httpx", "1.0", "1.9")),
]


def test_a_chain_in_short() -> None:
    assert chain_lines(LINKS) == snapshot(
        [
            "  day      the signal comes with the packages of 2024-01-06: certifi 2.0 to 3.0, idna 3.4 to 3.5   (20240101-000000-1)",
            "  package  it is idna (3.7 to 3.10)   (20240101-000000-2)",
            "  release  httpx: the signal comes with 1.4   (20240101-000000-3)",
        ]
    )


def test_what_needed_no_trial_is_told_without_a_folder() -> None:
    links = [
        ChainLink("day", "20240101-000000-1", ALONE),
        ChainLink("package", "", None, ("idna", "3.3", "3.4")),
        ChainLink("release", "", None, ("idna", "3.4", "3.3")),
    ]
    assert chain_lines(links) == snapshot(
        [
            "  day      the signal comes with the packages of 2024-01-05: idna 3.3 to 3.4   (20240101-000000-1)",
            "  package  it is idna (3.3 to 3.4): nothing else changed",
            "  release  idna 3.4: no release lies between 3.3 and it, pre-releases aside",
        ]
    )
    printed = document("chain", encoded(printed_chain(links)))["links"]
    assert [(link["found"] is None, link["difference"]) for link in printed] == [
        (False, None),
        (True, None),
        (True, None),
    ]


def test_a_day_without_a_step_is_told_as_it_is() -> None:
    nothing = finding(investigated(day_question(), failing_from(0)))
    assert chain_lines([ChainLink("day", "", nothing)]) == snapshot(
        ["  day  nothing changes between 2024-01-01 and 2024-01-08: both showed it"]
    )


def test_a_chain_as_json_holds_each_answer_as_its_verb_prints_it() -> None:
    printed = document("chain", encoded(printed_chain(LINKS)))
    assert [(link["stage"], link["folder"]) for link in printed["links"]] == [
        (link.stage, link.folder) for link in LINKS
    ]
    day, package, release = printed["links"]
    assert day["found"] == document("bisect", encoded(printed_answer(SEVERAL)))
    assert package["difference"] == document("difference", encoded(printed_answer(PARTED)))
    assert release["found"] == document("bisect", encoded(printed_answer(RELEASE)))


def test_each_answer_has_its_own_screen() -> None:
    assert [answer_lines(link.answer)[0] for link in LINKS if link.answer] == snapshot(
        [
            "packages by the day, ReadError, compressed load: the signal comes with the packages of 2024-01-06",
            "4 differences, ReadError, compressed load: it is idna (3.7 to 3.10)",
            "httpx, ReadError, compressed load: the signal comes with 1.4",
        ]
    )

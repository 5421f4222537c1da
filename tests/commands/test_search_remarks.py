"""What is said of a question before its trials begin."""

from __future__ import annotations

import pytest

from scripts.commands.search_remarks import remarks
from scripts.search.question import Stretch
from tests.builders import question

pytestmark = pytest.mark.pure


def test_nothing_is_said_where_all_is_tested_and_held() -> None:
    assert remarks(question(3, stretches=[Stretch("1.0", "1.2", {"h11": "0.14.0"})])) == []


@pytest.mark.parametrize(
    ("left_out", "words"),
    [
        (["1.1rc1"], "1 pre-release between 1.0 and 1.2 is left out: --prereleases takes it in."),
        (
            ["1.1a1", "1.1rc1"],
            "2 pre-releases between 1.0 and 1.2 are left out: --prereleases takes them in.",
        ),
    ],
)
def test_pre_releases_that_are_left_out_are_counted(left_out: list[str], words: str) -> None:
    assert remarks(question(3, left_out=left_out)) == [words]


def test_each_meeting_is_a_line() -> None:
    stretches = [
        Stretch("1.0", "1.0", {"h11": "0.12.0", "rfc3986": "1.5.0"}),
        Stretch("1.1", "1.2", {"h11": "0.14.0"}),
    ]
    assert remarks(question(3, stretches=stretches)) == [
        "From 1.1 on other packages are held at other versions than up to 1.0 (h11 0.12.0, then "
        "0.14.0; rfc3986 1.5.0, then not held): a change found just there may be theirs."
    ]


def test_days_on_which_nothing_can_be_installed_are_named() -> None:
    assert remarks(question(3, gaps=["2025-01-02", "2025-03-04"])) == [
        "Nothing could be installed from 2025-01-02 and 2025-03-04 on, up to the next day that is "
        "tried: what changed in between shows there."
    ]

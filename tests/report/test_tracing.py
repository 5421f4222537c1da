"""Where a number of a page comes from, and how much of a page is seen."""

from __future__ import annotations

import pytest

from scripts.report.markdown import seen_lines, unfolded
from scripts.report.page.block_text import section_markdown
from scripts.report.page.blocks import (
    Fact,
    Folded,
    Prose,
    Section,
    Sentences,
    Table,
    columns,
    sources,
    trial_names,
)
from scripts.report.page.tracing import matching, source_lines, stands_in

pytestmark = pytest.mark.pure

SECTION = Section(
    "What fails?",
    [
        Prose("Our own words."),
        Table(columns("what", ">failed"), [Fact(("a|b", "361 of 5000"), ["one/0001", "one/0002"])]),
        Folded(
            "More",
            [Sentences([Fact(["Why?", "It took 3.5 s."], ["two/0003"])])],
            "nox -s survey -- callers",
        ),
    ],
    "nox -s repro",
)


def test_a_number_leads_to_its_trials_and_to_the_call_that_measures_it_again() -> None:
    [found] = matching(sources([SECTION]), "361 of  5000")
    assert source_lines(found) == [
        "What fails?",
        "  what: a|b; failed: 361 of 5000",
        "  trials: one/0001, 0002",
        "  again: nox -s repro",
    ]
    [folded] = matching(sources([SECTION]), "3.5 s")
    assert source_lines(folded)[0] == "What fails?: More"
    assert folded.again == "nox -s survey -- callers"


@pytest.mark.parametrize("wanted", ["61 of 5000", "361 of 500", "5", "3", "36"])
def test_a_part_of_a_number_is_another_number(wanted: str) -> None:
    assert matching(sources([SECTION]), wanted) == []


def test_words_are_found_whatever_their_case() -> None:
    assert stands_in("It took 3.5 s.", "IT TOOK")


def test_what_is_folded_is_not_seen_and_what_is_quoted_ends_no_cell() -> None:
    page = section_markdown(SECTION)
    assert "| a&#124;b | 361 of 5000 |" in page
    assert "- **Why?** It took 3.5 s." in page
    assert "3.5 s" not in unfolded(page)
    assert "<summary>More</summary>" in unfolded(page)
    # Heading, words, two rows of the table, what is folded, and the call.
    assert seen_lines(page) == 6


def test_prose_takes_as_many_lines_as_the_screen_needs() -> None:
    assert seen_lines("x" * 241, width=120) == 3
    assert seen_lines("[words](https://example.org/" + "x" * 200 + ")") == 1


def test_trials_of_a_campaign_stand_together() -> None:
    assert trial_names(["a/0001", "b/0001", "a/0003"]) == "a/0001, 0003; b/0001"

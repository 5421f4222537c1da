"""Plain pages: what is counted as a sentence, and that the pages are plain."""

from __future__ import annotations

import pytest

from scripts.prose import LONGEST, faults, pages, texts, words_of_ours

pytestmark = [pytest.mark.pure, pytest.mark.published]


def test_long_sentences_and_our_own_words_are_told() -> None:
    long = " ".join(["word"] * (LONGEST + 1))
    assert faults(f"{long}.") == [f"{LONGEST + 1} words: {long}"]
    assert faults(f"Short. {long[5:]}.") == []
    assert faults("The loop stands still.")[0].startswith("'stands still' instead of 'is blocked'")


def test_code_tables_and_what_is_folded_are_no_prose() -> None:
    long = " ".join(["word"] * (LONGEST + 1))
    page = f"```\n{long}\n```\n\n| {long} |\n\n    {long}\n\n# {long}\n"
    assert faults(page) == []


def test_the_pages_are_plain() -> None:
    assert {path: found for path, page in pages().items() if (found := faults(page))} == {}


def test_so_are_the_words_of_help_and_docstrings() -> None:
    assert [(place, found) for place, text in texts() if (found := words_of_ours(text))] == []

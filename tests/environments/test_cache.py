"""What answered a recipe before is remembered, and damage of it is no answer."""

from pathlib import Path

import pytest

from scripts.environments.cache import CacheEntry, recall, remember

pytestmark = pytest.mark.pure

ENTRY = CacheEntry("0123", None, "2026-01-31")


def test_what_is_remembered_is_recalled_from_a_file_as_it_always_was(tmp_path: Path) -> None:
    remember(tmp_path, "recipe", ENTRY)
    assert recall(tmp_path, "recipe") == ENTRY
    assert (tmp_path / "asked" / "recipe.json").read_text() == (
        '{"environment": "0123", "held": null, "resolved": "2026-01-31"}'
    )


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"environment": "0123"}', b"\xff"])
def test_a_damaged_file_is_no_answer(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "asked").mkdir()
    (tmp_path / "asked" / "recipe.json").write_bytes(content)
    assert recall(tmp_path, "recipe") is None
    assert recall(tmp_path, "another") is None


def test_an_answer_lasts_where_it_is_held_at_a_day_or_built_from_a_commit() -> None:
    assert ENTRY.lasts("", "2026-01-31")
    assert not ENTRY.lasts("", "2026-02-01")
    assert ENTRY.lasts("httpcore@abc", "2026-02-01")
    assert CacheEntry("0123", "2024-10-20", "2026-01-31").lasts("", "2026-02-01")

"""Several workers on a clock that is made up, every kind of row: in processes of their own."""

from __future__ import annotations

import pytest

from scripts.benchmarks.workers import WORKERS, workers_scores

pytestmark = [pytest.mark.local, pytest.mark.long]


def test_every_search_is_measured_on_every_kind_of_row() -> None:
    words: list[str] = []
    scored = workers_scores(1, 1, (3,), 1, words.append)
    assert words[0] == "[1/28] bisect with several workers, 3 points, 1/0, claims 95%"
    assert len(scored) == 28 * len(WORKERS)

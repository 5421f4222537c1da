"""What a search shows as it goes on."""

from __future__ import annotations

import io

import pytest
from inline_snapshot import snapshot
from rich.console import Console

from scripts.analysis import readings, signals
from scripts.commands import search_progress
from scripts.commands.search_progress import HoldingProgress, SearchProgress
from scripts.search.step import Reason, Step
from tests.builders import made, question

pytestmark = pytest.mark.pure


def test_each_trial_leaves_a_line_with_what_it_says_and_why_it_was_run() -> None:
    asked, out = question(budget=60.0), io.StringIO()
    progress = SearchProgress(asked, Console(file=out, width=200))
    step = Step(7, asked.points[4].target, Reason("likeliest", ("1.4",), 0.75))
    trial = made(step.target, failed=3)
    with progress.running([step]):
        pass
    progress.done(step, readings.read(signals.parse(asked.signal), trial), trial)
    assert out.getvalue().rstrip("\n") == snapshot(
        "[  7] httpx 1.4: bad (3 of 10 requests)   12 s   so far 1.4 (75%)"
    )


@pytest.mark.parametrize(("patience", "shown"), [(-1, True), (60, False)])
def test_holding_is_shown_once_it_takes_its_time(
    monkeypatch: pytest.MonkeyPatch, patience: float, shown: bool
) -> None:
    monkeypatch.setattr(search_progress, "PATIENCE", patience)
    out = io.StringIO()
    with HoldingProgress(Console(file=out, force_terminal=True, highlight=False)) as progress:
        progress(1)
        progress(2)
    assert ("can be held: " in out.getvalue()) is shown

"""The picture of what blocks the event loop."""

import pytest

from scripts.domain.blocked import Frame
from scripts.domain.targets import control
from scripts.domain.trial import Lag, Target, Trial
from scripts.report.facts import Publication
from scripts.report.figures import blocked
from tests.builders import made, stalled
from tests.report.figures.pictures import checked

pytestmark = pytest.mark.pure


def blocked_trial(
    target: Target | None = None, order: int = 1, name: str = "Pool._assign"
) -> Trial:
    """One whose loop was blocked for ten seconds: what a pool did, a wait, what was not seen."""
    step = Frame("Handle._run", "asyncio/events.py", 80, "standard library")
    assign = Frame(name, "lib/pool.py", 302, "library")
    sleep = Frame("nap", "script.py", 5, "script")
    seen = stalled(
        (6.0, "computing", [step, assign]), (2.0, "system call", [step, sleep]), seconds=10.0
    )
    return made(target, order=order, lag=Lag(10.0, 0.9, 100, [(0.0, 10.0)], seen))


def test_what_the_loop_did_is_told_by_function_with_what_was_not_seen() -> None:
    trials = [blocked_trial(), blocked_trial(order=2)]
    drawing = blocked.drawing(trials, [trials[0].target])
    [panel] = drawing.panels
    assert (panel.trials, panel.seconds) == (2, 10.0)
    assert [(bar.words, bar.seconds, bar.sort) for bar in panel.bars] == [
        ("Pool._assign\nlib/pool.py:302", 6.0, "code"),
        ("nap\nscript.py:5", 2.0, "wait"),
        ("not seen", 2.0, "other"),
    ]
    said = checked(blocked.svg, drawing)
    assert "6.00 s, 60%" in said
    assert any("blocked for 10.00 s (mean of 2 trials)" in text for text in said)


def test_functions_beyond_the_heaviest_are_added_up() -> None:
    frames = [Frame(f"f{number}", "lib.py", number, "library") for number in range(9)]
    seen = stalled(*((1.0, "computing", [frame]) for frame in frames))
    trial = made(lag=Lag(9.0, 0.9, 100, [(0.0, 9.0)], seen))
    [panel] = blocked.drawing([trial], [trial.target]).panels
    assert len(panel.bars) == blocked.MOST_BARS + 1
    assert panel.bars[-1] == blocked.LoopBar("3 other functions", 3.0, "code")


def test_a_long_name_of_control_characters_is_drawn_short_and_plain() -> None:
    trial = blocked_trial(name="\x1b[31m" + "x" * 100)
    drawing = blocked.drawing([trial], [trial.target])
    assert all("\x1b" not in text for text in checked(blocked.svg, drawing))
    assert all(
        len(text) <= blocked.LONGEST
        for bar in drawing.panels[0].bars
        for text in bar.words.split("\n")
    )


def test_a_loop_that_never_stood_still_has_a_panel_without_bars() -> None:
    calm = made(control(), lag=Lag(0.0, 0.0, 10, [], stalled(seconds=0.0)))
    drawing = blocked.drawing([blocked_trial(), calm], [blocked_trial().target, calm.target])
    assert [len(panel.bars) for panel in drawing.panels] == [3, 0]
    said = checked(blocked.svg, drawing)
    assert any("aiohttp" in text and "0.00 s" in text for text in said)


def test_the_loop_is_pictured_only_where_somebody_looked_and_it_stood_still() -> None:
    calm = made(lag=Lag(0.0, 0.0, 10, [], stalled(seconds=0.0)))
    for trials in ([made()], [calm]):
        assert blocked.drawings(Publication(trials, [], [], {}, {})) == {}
    [drawing] = blocked.drawings(
        Publication([blocked_trial(), made(order=2)], [], [], {}, {})
    ).values()
    assert [panel.trials for panel in drawing.panels] == [1]

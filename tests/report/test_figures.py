"""Pictures of single trials: they say what the trials do, and the same for the same trials."""

import re
from pathlib import Path

import pytest

from scripts.domain.blocked import Frame
from scripts.domain.targets import control
from scripts.domain.trial import Connection, Lag, Target, Trial, Turn
from scripts.report.facts import Publication
from scripts.report.figures import blocked, gallery, lag, requests, timeline
from scripts.report.page import render
from scripts.report.story import Story, story
from scripts.trials import store
from tests import recorded
from tests.builders import made, stalled

pytestmark = pytest.mark.pure


@pytest.fixture(scope="module")
def pair() -> list[Trial]:
    return [made(failed=2), made(control())]


@pytest.fixture
def publication(pair: list[Trial]) -> Publication:
    return Publication(pair, [], [], {}, {})


def failure() -> Story:
    """A request that failed on a connection which one before it had used."""
    turns = [Turn(7, 0.1, 0.1, 0.2), Turn(0, 0.3, 0.3, None)]
    client = Connection(5, 0.0, turns=turns, lost=0.4, errno=32)
    server = Connection(5, 0.0, arrivals=[(0.1, 0.2)], closed=0.25, how="end of stream")
    trial = made(failed=1, client_connections=[client], server_connections=[server])
    return story(trial, None)


def words(drawn: bytes) -> list[str]:
    """The texts of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawn.decode())


def test_requests_are_told_with_their_units_and_their_failures(pair: list[Trial]) -> None:
    drawn = requests.svg(requests.drawing(pair))
    said = " ".join(words(drawn))
    assert "httpx 0.27.2, httpcore 1.0.6: over after 9.5 s, 2 failed" in said
    assert "aiohttp 3.10.10: over after 9.5 s, none failed" in said
    assert "seconds since the first request (compressed load)" in said
    assert requests.svg(requests.drawing(pair)) == drawn


def test_lag_is_told_with_its_share_and_its_longest(pair: list[Trial]) -> None:
    assert "10%, at most 0.20 s at a time" in words(lag.svg(lag.drawing(pair)))
    still = made(control(), lag=Lag(0.0, 0.0, 10, []))
    assert "0%, at most 0.00 s at a time" in words(lag.svg(lag.drawing([still])))


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
        ("Pool._assign\nlib/pool.py", 6.0, "code"),
        ("nap\nscript.py", 2.0, "wait"),
        ("not seen", 2.0, "other"),
    ]
    said = words(blocked.svg(drawing))
    assert "6.00 s, 60%" in said
    assert any("blocked for 10.00 s (mean of 2 trials)" in text for text in said)


def test_functions_beyond_the_heaviest_are_added_up() -> None:
    frames = [Frame(f"f{number}", "lib.py", number, "library") for number in range(9)]
    seen = stalled(*((1.0, "computing", [frame]) for frame in frames))
    trial = made(lag=Lag(9.0, 0.9, 100, [(0.0, 9.0)], seen))
    [panel] = blocked.drawing([trial], [trial.target]).panels
    assert len(panel.bars) == blocked.MOST_BARS + 1
    assert panel.bars[-1] == blocked.LoopBar("other functions", 3.0, "code")


def test_a_long_name_of_control_characters_is_drawn_short_and_plain() -> None:
    trial = blocked_trial(name="\x1b[31m" + "x" * 100)
    drawn = blocked.svg(blocked.drawing([trial], [trial.target]))
    assert b"\x1b" not in drawn
    assert all(len(text) <= 120 for text in words(drawn))


def test_a_loop_that_never_stood_still_has_a_panel_without_bars() -> None:
    calm = made(control(), lag=Lag(0.0, 0.0, 10, [], stalled(seconds=0.0)))
    drawing = blocked.drawing([blocked_trial(), calm], [blocked_trial().target, calm.target])
    assert [len(panel.bars) for panel in drawing.panels] == [3, 0]
    assert any("aiohttp" in text and "0.00 s" in text for text in words(blocked.svg(drawing)))


def test_the_loop_is_pictured_only_where_somebody_looked_and_it_stood_still() -> None:
    calm = made(lag=Lag(0.0, 0.0, 10, [], stalled(seconds=0.0)))
    for trials in ([made()], [calm]):
        assert blocked.drawings(Publication(trials, [], [], {}, {})) == {}
    [drawing] = blocked.drawings(
        Publication([blocked_trial(), made(order=2)], [], [], {}, {})
    ).values()
    assert [panel.trials for panel in drawing.panels] == [1]


def test_a_timeline_numbers_its_moments_and_names_each_once() -> None:
    client = Connection(5, 0.0, turns=[Turn(0, 0.1, 0.1, 0.5)], lost=0.4, errno=32)
    trial = made(failed=1, client_connections=[client])
    said = words(timeline.svg(timeline.drawing(story(trial, None))))
    numbered = [text for text in said if re.match(r"\d+ +-?\d+\.\d ms +(client|server): ", text)]
    assert len(numbered) >= 3
    assert sum("this request fails with ReadError" in text for text in numbered) == 1


def test_a_timeline_begins_with_the_last_answer_and_marks_closes_and_the_failure() -> None:
    failed = failure()
    drawing = timeline.drawing(failed)
    assert drawing.lines[0].endswith("server: request 7 is answered")
    assert len(drawing.lines) < len(failed.moments)
    striking = [mark for mark in drawing.marks if mark.striking]
    assert {mark.side for mark in striking} == {"client", "server"}


def test_a_moment_says_its_kind_and_its_request() -> None:
    kinds = [(moment.side, moment.kind, moment.request) for moment in failure().moments]
    assert ("server", "answered", 7) in kinds
    assert ("client", "written", 0) in kinds
    assert ("server", "closes", None) in kinds
    assert ("client", "given up", None) in kinds
    assert kinds[-1] == ("client", "fails", 0)


def test_the_figures_have_no_white_or_black_that_one_theme_hides() -> None:
    for trial in recorded.trials():
        drawn = lag.svg(lag.drawing([trial])).decode()
        assert "#000000" not in drawn.replace("stroke: #000000; stroke-width: 0", "")
        assert "fill: #ffffff" not in drawn


def test_every_figure_has_a_place_in_the_page() -> None:
    assert {kind.name for kind in gallery.PICTURE_KINDS} == {*render.FIGURES, "map"}


def test_a_picture_is_current_while_it_shows_the_same_however_it_is_drawn(
    publication: Publication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PUBLISHED", tmp_path)
    drawn = gallery.pictures(publication)
    assert [picture.kind.name for picture in drawn] == ["requests", "lag"]
    for picture in drawn:
        assert not picture.current
        picture.path.parent.mkdir(exist_ok=True)
        picture.path.write_text(picture.svg().replace("Matplotlib v", "Another v"))
        assert picture.current
    others = gallery.pictures(Publication(publication.trials[:1], [], [], {}, {}))
    assert not any(picture.current for picture in others)

"""Pictures of single trials: they say what the trials do, and the same for the same trials."""

import re
from pathlib import Path

import pytest

from scripts.domain.targets import control
from scripts.domain.trial import Connection, Lag, Trial, Turn
from scripts.report.facts import Publication
from scripts.report.figures import gallery, lag, requests, timeline
from scripts.report.story import Story, story
from scripts.trials import store
from tests import recorded
from tests.builders import made

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
    template = Path(gallery.__file__).parents[1] / "page" / "templates" / "report.md.jinja"
    for kind in gallery.PICTURE_KINDS:
        assert f'"{kind.name}"' in template.read_text()


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

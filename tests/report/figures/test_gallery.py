"""All pictures: each has its place, and is current while it shows what it should."""

from pathlib import Path

import pytest

from scripts.domain.targets import control
from scripts.domain.trial import Trial
from scripts.report.facts import Publication
from scripts.report.figures import gallery
from scripts.report.page import render
from scripts.trials import store
from tests.builders import made

pytestmark = pytest.mark.pure


@pytest.fixture(scope="module")
def pair() -> list[Trial]:
    return [made(failed=2), made(control())]


@pytest.fixture
def publication(pair: list[Trial]) -> Publication:
    return Publication(pair, [], [], {}, {})


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

"""The picture of what helps."""

import pytest

from scripts.analysis.compare import answered
from scripts.domain.surveys import Entry, Survey
from scripts.domain.targets import control, document, parse
from scripts.domain.trial import Trial
from scripts.report.facts import Publication
from scripts.report.figures import remedies
from tests.builders import made
from tests.report.figures.pictures import checked

pytestmark = pytest.mark.pure


def survey() -> tuple[Survey, list[Trial]]:
    """A client that fails, two remedies, and one that was not measured."""
    targets = [document(), control(), parse("httpx==0.28.1"), parse("httpx==0.26.0")]
    load = made().load
    titles = ("the client", "another library", "a newer release (only where it is one)", "older")
    entries = [
        Entry("as it is" if place == 0 else "versions", title, target, load)
        for place, (title, target) in enumerate(zip(titles, targets, strict=True))
    ]
    trials = [
        made(target, order=8 * place + number, failed=failed and failed + number % 2, wall=wall)
        for place, (target, failed, wall) in enumerate(
            zip(targets[:3], (6, 0, 1), (20.0, 2.0, 18.0), strict=True)
        )
        for number in range(1, 9)
    ]
    return Survey(name="20240101-000000-1", topic="remedies", entries=entries), trials


def test_remedies_are_told_by_name_with_failures_and_seconds() -> None:
    asked, ran = survey()
    lines = answered(asked, ran)
    published = Publication(ran, [], [], {"remedies": lines}, {"remedies": ran})
    [(folder, drawing)] = remedies.drawings(published).items()
    assert folder == "20240101-000000-1"
    assert [mark.verdict for mark in drawing.marks] == ["first", "none", "fewer"]
    first, none, fewer = drawing.marks
    assert (none.failed, none.low, none.seconds) == (0.0, None, (2.0, 2.0, 2.0))
    assert first.low is not None
    assert first.low < first.failed == 650
    assert fewer.failed == 150
    said = " ".join(checked(remedies.svg, drawing))
    for words in ("as it is: the client", "another library", "(only where it is one)"):
        assert words in said
    assert "failed requests of 1,000" in said
    assert "at most 37% of trials fail" in said.replace("  ", " ")


def test_many_names_find_room() -> None:
    asked, ran = survey()
    drawing = remedies.drawing(answered(asked, ran), ran)
    marks = [*drawing.marks, *[drawing.marks[1]] * 12, *[drawing.marks[2]] * 9]
    crowded = remedies.RemediesDrawing(
        load=drawing.load, client=drawing.client, trials=drawing.trials, marks=marks
    )
    checked(remedies.svg, crowded)


def test_without_a_survey_there_is_no_picture() -> None:
    assert remedies.drawings(Publication([made()], [], [], {}, {})) == {}

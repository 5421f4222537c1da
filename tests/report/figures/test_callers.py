"""The picture of callers that block the event loop, and such that do not."""

import pytest

from scripts.analysis.compare import answered
from scripts.domain.surveys import Entry, Survey
from scripts.domain.targets import control, document
from scripts.domain.trial import Trial
from scripts.report.facts import Publication
from scripts.report.figures import callers
from tests.builders import made
from tests.report.figures.pictures import checked

pytestmark = pytest.mark.pure


def survey() -> tuple[Survey, list[Trial]]:
    """A library that fails where its loop is blocked, and one that was not measured."""
    free, load = control(), made().load
    blocked = document()
    entries = [
        Entry("aiohttp", "leaves the event loop alone", free, load),
        Entry("aiohttp", "blocks the event loop", blocked, load),
        Entry("other", "leaves the event loop alone", made().target, made().load.derived(work=1.0)),
    ]
    trials = [made(free, order=order) for order in range(1, 6)]
    trials += [made(blocked, order=order, failed=order % 3 + 1) for order in range(6, 11)]
    return Survey(name="20240101-000000-1", topic="callers", entries=entries), trials


def test_callers_stand_beside_each_other_with_intervals_by_trial() -> None:
    asked, ran = survey()
    lines = answered(asked, ran)
    published = Publication(ran, [], [], {"callers": lines}, {"callers": ran})
    [(folder, drawing)] = callers.drawings(published).items()
    assert folder == "20240101-000000-1"
    [library] = drawing.libraries
    free, blocking = library.callers
    assert (free.share, free.low, free.high) == (0.0, None, None)
    assert blocking.low is not None
    assert blocking.high is not None
    assert blocking.low < blocking.share < blocking.high
    said = checked(callers.svg, drawing)
    assert "0 of 50 requests, in 0 of 5 trials" in said
    assert any(text.startswith("more fail; loop blocked") for text in said)


def test_without_a_survey_there_is_no_picture() -> None:
    assert callers.drawings(Publication([made()], [], [], {}, {})) == {}

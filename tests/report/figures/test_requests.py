"""The picture of requests over time."""

import pytest

from scripts.domain.targets import control
from scripts.domain.trial import Requests
from scripts.report.facts import Publication
from scripts.report.figures import requests
from tests.builders import made
from tests.report.figures.pictures import checked

pytestmark = pytest.mark.pure


def test_requests_are_told_with_their_units_their_failures_and_their_trials() -> None:
    pair = [made(failed=2), made(control(), order=7)]
    said = checked(requests.svg, requests.drawing(pair))
    assert "httpx 0.27.2, httpcore 1.0.6: done after 9.5 s, 2 failed" in said
    assert "aiohttp 3.10.10: done after 9.5 s, none failed" in said
    assert "trial 20240101-000000-1/0007" in said
    assert "seconds since the first request" in said


def test_failures_at_one_place_are_counted() -> None:
    ends = [*[5.0, 5.01, 5.02, 9.0], *[9.5] * 6]
    trial = made(requests=Requests([0.0] * 10, [*ends], [0] * 4 + [None] * 6), failed=4)
    drawing = requests.drawing([trial])
    assert [(one.at, one.requests) for one in drawing.panels[0].failed] == [(5.01, 3), (9.0, 1)]
    said = checked(requests.svg, drawing)
    assert "×3" in said
    assert "failed (×2: two at one place)" in said


def test_moments_at_which_nothing_changes_otherwise_are_left_out() -> None:
    trial = made(requests=Requests([0.0] * 10, [*[5.0] * 9, 10.0], [None] * 10))
    [panel] = requests.drawing([trial]).panels
    assert panel.moments[0] == 0
    assert panel.moments[-1] == 10
    assert len(panel.moments) < 10
    assert (panel.done[0], panel.done[-1]) == (0, 10)


def test_the_middle_one_of_a_targets_trials_is_shown() -> None:
    trials = [made(order=order, failed=failed) for order, failed in ((1, 0), (2, 9), (3, 4))]
    [drawing] = requests.drawings(Publication(trials, [], [], {}, {})).values()
    assert [panel.trial for panel in drawing.panels] == ["20240101-000000-1/0003"]

"""Pictures of single trials: they say what the trials do, and the same for the same trials."""

import re

import pytest

from scripts.domain.targets import control
from scripts.domain.trial import Connection, Lag, Trial
from scripts.report.figures import scenes
from scripts.report.story import story
from tests import recorded
from tests.builders import made

pytestmark = pytest.mark.pure


@pytest.fixture(scope="module")
def pair() -> list[Trial]:
    return [made(failed=2), made(control())]


def words(drawn: bytes) -> list[str]:
    """The texts of a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawn.decode())


def test_requests_are_told_with_their_units_and_their_failures(pair: list[Trial]) -> None:
    drawn = scenes.requests(pair)
    said = " ".join(words(drawn))
    assert "httpx 0.27.2, httpcore 1.0.6: over after 9.5 s, 2 failed" in said
    assert "aiohttp 3.10.10: over after 9.5 s, none failed" in said
    assert "seconds since the first request (compressed load)" in said
    assert scenes.requests(pair) == drawn


def test_lag_is_told_with_its_share_and_its_longest(pair: list[Trial]) -> None:
    assert "10%, at most 0.20 s at a time" in words(scenes.lag(pair))
    still = made(control(), lag=Lag(0.0, 0.0, 10, []))
    assert "0%, at most 0.00 s at a time" in words(scenes.lag([still]))


def test_a_timeline_numbers_its_moments_and_names_each_once() -> None:
    client = Connection(5, 0.0, turns=[(0, 0.1, 0.1, 0.5)], lost=0.4, errno=32)
    trial = made(failed=1, client_connections=[client])
    said = words(scenes.timeline(story(trial, None)))
    numbered = [each for each in said if re.match(r"\d+ +-?\d+\.\d ms +(client|server): ", each)]
    assert len(numbered) >= 3
    assert sum("this request fails with ReadError" in each for each in numbered) == 1


def test_the_figures_have_no_white_or_black_that_one_theme_hides() -> None:
    for trial in recorded.trials():
        drawn = scenes.lag([trial]).decode()
        assert "#000000" not in drawn.replace("stroke: #000000; stroke-width: 0", "")
        assert "fill: #ffffff" not in drawn

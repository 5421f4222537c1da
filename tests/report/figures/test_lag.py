"""The picture of when event loops are blocked."""

import pytest

from scripts.domain.targets import control
from scripts.domain.trial import Lag
from scripts.report.figures import lag
from tests import recorded
from tests.builders import made
from tests.report.figures.pictures import checked

pytestmark = pytest.mark.pure


def test_lag_is_told_with_its_share_and_its_longest() -> None:
    said = checked(lag.svg, lag.drawing([made(failed=2), made(control())]))
    assert "10%, at most 0.20 s at a time" in said
    still = made(control(), lag=Lag(0.0, 0.0, 10, []))
    assert "0%, at most 0.00 s at a time" in checked(lag.svg, lag.drawing([still]))


def test_recorded_trials_are_drawn() -> None:
    for trial in recorded.trials():
        checked(lag.svg, lag.drawing([trial]))

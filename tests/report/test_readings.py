"""Readings in words."""

import pytest

from scripts.analysis.readings import Affected, Ended, Percentile, Ratio, Reading, Silent
from scripts.report.readings import words

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (Reading(None, Silent("not measured", "unavailable", "no wheel")), "unavailable: no wheel"),
        (
            Reading(None, Silent("overloaded", "hung", "no end in 9 s")),
            "no end in 9 s, on a machine overloaded by others",
        ),
        (Reading(None, Silent("ended early", "crashed", "SIGSEGV"), other=("crashed",)), "crashed"),
        (
            Reading(None, Silent("no cost", "completed", "")),
            "it or its control was not measured",
        ),
        (
            Reading(None, Silent("no requests", "completed", "")),
            "its requests were not recorded, or there were none",
        ),
        (
            Reading(None, Silent("unknown cause", "completed", ""), other=("unknown",)),
            "a request failed of an unknown cause",
        ),
        (Reading(True, Ended("completed", 3)), "status 3"),
        (Reading(True, Ended("hung", None)), "hung"),
        (Reading(True, Affected(3, 10, 0)), "3 of 10 requests"),
        (Reading(True, Affected(1, None, 0)), "shown"),
        (Reading(False, Affected(0, None, 1), ("A",)), "not shown; 1 failed otherwise (A)"),
        (
            Reading(True, Affected(3, 10, 2), other=("A", "B")),
            "3 of 10 requests; 2 failed otherwise (A, B)",
        ),
        (Reading(None, Ratio(2.346, None)), "2.35 x the control"),
        (Reading(True, Ratio(2.346, 2.0)), "2.35 x the control (bad is above 2.00)"),
        (Reading(False, Percentile("99.9", 0.12345), other=("A",)), "p99.9 0.123 s"),
    ],
)
def test_a_reading_is_told_in_a_line(reading: Reading, said: str) -> None:
    assert words(reading) == said

"""How failed requests met the close of their connections, in sentences."""

from __future__ import annotations

import pytest
from msgspec import structs

from scripts.analysis.summary import Races
from scripts.report.races import races_words, summed

pytestmark = pytest.mark.pure

RACES = Races(79, 71, 78, 60, 77, 76, 22, (1.0, 2.0, 3.0))


def test_all_that_was_noted_is_told() -> None:
    assert races_words(RACES) == (
        "In 71 of 79 (on loopback) the close had reached the client over 1 ms before the write, so "
        "that a look at the socket right before it would have told; in the others the two crossed, "
        "or nearly so. 60 of 78 had been assigned the connection before it was closed. In 76 of 77 "
        "the event loop did not read the socket then: reading was paused. In 22 the event loop "
        "stood still for over 100 ms between the assignment, or the close, and the write."
    )


def test_what_was_not_noted_is_left_out_and_the_delay_is_named() -> None:
    bare = structs.replace(RACES, told=79, noted=0, watched=0, stood=0)
    assert races_words(bare, latency=0.01) == (
        "In 79 of 79 (with 10 ms each way) the close had reached the client over 1 ms before the "
        "write, so that a look at the socket right before it would have told."
    )


def test_rows_are_counted_together() -> None:
    assert summed([RACES, RACES]) == Races(158, 142, 156, 120, 154, 152, 44, None)
    assert summed([]) == Races(0, 0, 0, 0, 0, 0, 0, None)

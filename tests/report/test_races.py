"""How failed requests met the close of their connections, in sentences."""

from __future__ import annotations

import pytest
from msgspec import structs

from scripts.analysis.summary import Races, Row, summarise
from scripts.domain.trial import LOADS, Load
from scripts.report.races import races_cells, races_words, summed
from tests.builders import made

pytestmark = pytest.mark.pure

RACES = Races(79, 71, 0, 0, 5, 78, 60, 77, 76, 22, 70, 3, (1.0, 2.0, 3.0), 4.0)


LOAD = LOADS["compressed"]


def row(races: Races, load: Load = LOAD) -> Row:
    return structs.replace(summarise([made(load=load)]).rows[0], races=races)


def test_all_that_was_noted_is_told() -> None:
    assert races_words([row(RACES)]) == (
        "Of 79 requests that were written on a stale connection (on loopback), in 71 the close had "
        "reached the client over 1 ms before the write, so that a look at the socket right before "
        "it would have told; in 5 the two came within 1 ms, too near to tell; in 3 the write was "
        "first. 60 of 78 had been assigned the connection before it was closed. In 76 of 77 "
        "reading was paused when the "
        "server closed: the event loop did not read the socket. In 22 the event loop was blocked "
        "for over 100 ms at some time between the assignment (the first try to write, where that "
        "was not noted), or the close if that was earlier, and the write."
    )


def test_what_a_look_cannot_tell_over_tls_is_told() -> None:
    over_tls = LOAD.derived(tls=True)
    read = structs.replace(RACES, told=40, hidden=31, noted=0, watched=0, blocked=0)
    assert races_words([row(read, over_tls)]) == (
        "Of 79 requests that were written on a stale connection (over TLS, on loopback), in 40 the "
        "close had reached the client over 1 ms before the write, so that a look at the socket "
        "right before it would have told; in 31 it had too, but a look would have told nothing, or "
        "may have: over TLS a server's close comes as a record, which the event loop may have read "
        "with the answer before it; in 5 the two came within 1 ms, too near to tell; in 3 the "
        "write was first."
    )
    some = races_words([row(structs.replace(read, overlooked=30), over_tls)])
    assert "with the answer before it (in 30 one that came after it told nothing); in 5" in some
    every = races_words([row(structs.replace(read, overlooked=31), over_tls)])
    assert "in 31 it had too, but a look that came after it told nothing; in 5" in every


def test_what_was_not_noted_is_left_out_and_the_delay_is_named() -> None:
    bare = structs.replace(RACES, told=79, undecided=0, noted=0, watched=0, blocked=0)
    assert races_words([row(bare, LOAD.derived(latency=0.01))]) == (
        "Of 79 requests that were written on a stale connection (with 10 ms each way), in 79 the "
        "close had reached the client over 1 ms before the write, so that a look at the socket "
        "right before it would have told."
    )


def test_rows_are_told_together_where_the_same_lies_between() -> None:
    bare = structs.replace(RACES, told=79, undecided=0, noted=0, watched=0, blocked=0)
    over_tls = LOAD.derived(tls=True)
    words = races_words(
        [row(bare), row(bare, over_tls), row(bare), row(bare, over_tls.derived(latency=0.001))]
    )
    assert words.startswith(
        "Of 158 requests that were written on a stale connection (on loopback), in 158"
    )
    assert "(over TLS, on loopback), in 79 the close" in words
    assert "(over TLS, with 1 ms each way), in 79 the close" in words
    assert races_words([row(summed([]))]) == ""
    assert races_words([]) == ""


def test_a_table_has_each_count_beside_what_it_is_of() -> None:
    assert races_cells(RACES) == (
        *("79", "71 of 79", "0 of 79", "5 of 79", "60 of 78", "76 of 77"),
    )


def test_rows_are_counted_together() -> None:
    assert summed([RACES, RACES]) == Races(
        158, 142, 0, 0, 10, 156, 120, 154, 152, 44, 140, 6, None, None
    )
    assert summed([]) == Races(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None, None)

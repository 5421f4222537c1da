"""What is said of a stall is judged against what is known of it."""

from __future__ import annotations

import pytest

from scripts.benchmarks.stalls import CLIENT, KNOWN, PASS, judged
from scripts.domain.blocked import Blocked, Frame
from scripts.domain.trial import Lag, Trial
from tests.builders import made, stalled

pytestmark = pytest.mark.pure

SLEEP = KNOWN[0]
CALLER = Frame("send_request", CLIENT.name, 1, "script")


def lagging(blocked: Blocked) -> Trial:
    return made(lag=Lag(1.0, 0.1, 100, [(0.0, 1.0)], blocked))


def at(line: int) -> Frame:
    return Frame(SLEEP.function, SLEEP.file, line, "script")


def test_every_stall_of_the_clients_own_is_marked_once_in_its_script() -> None:
    lines = {known.way: known.line for known in KNOWN}
    assert lines.pop("parse") is None  # one for each library
    assert all(line is not None for line in lines.values())
    assert PASS.line is None


def test_a_run_is_right_where_function_line_and_kind_are() -> None:
    line = SLEEP.line
    assert line is not None
    told = judged(
        SLEEP, lagging(stalled((0.9, "system call", [CALLER, at(line)]), seconds=1.0))
    )  # fmt: skip
    assert (told.verdict, told.kind) == ("right", True)
    assert told.accounted == pytest.approx(0.9)
    computed = judged(SLEEP, lagging(stalled((1.0, "computing", [CALLER, at(line)]))))
    assert (computed.verdict, computed.kind) == ("right", False)


def test_another_line_or_function_is_wrong_and_none_is_neither() -> None:
    line = SLEEP.line
    assert line is not None
    elsewhere = lagging(stalled((1.0, "system call", [CALLER, at(line + 1)])))
    assert judged(SLEEP, elsewhere).verdict == "wrong"
    assert judged(SLEEP, lagging(stalled((1.0, "system call", [CALLER])))).verdict == "wrong"
    assert judged(SLEEP, made()).verdict == "nothing"
    assert judged(SLEEP, lagging(stalled(seconds=1.0))).verdict == "nothing"

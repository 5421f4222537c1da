"""How often what blocked the loop was called, in words and in REPORT.md."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from inline_snapshot import snapshot
from msgspec import structs

from scripts.domain.blocked import Blocked, Frame, Stack
from scripts.domain.callcounts import CALL_COUNTS, CallCounts, FunctionCalls
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Environment, Lag, Trial
from scripts.report import published, publishing
from scripts.report.callcounts import call_lines, call_rows
from scripts.report.page import render
from scripts.report.page.supplement import Supplement
from scripts.trials import store
from tests.builders import changed, made

pytestmark = pytest.mark.pure

PASS = Frame("Pool._assign", "httpcore/pool.py", 12, "library")
IDLE = Frame("Connection.is_idle", "httpcore/connection.py", 30, "library")
SEND = Frame("Client.send", "httpx/client.py", 7, "library")

COUNTS = CallCounts(
    functions=[
        FunctionCalls(structs.replace(IDLE, line=28), 12_000, resumed=False),
        FunctionCalls(structs.replace(PASS, line=10), 141, resumed=False),
        FunctionCalls(SEND, 20, resumed=True),
    ]
)


def blocked() -> Trial:
    seen = Blocked(2.0, 20, [PASS, IDLE], [Stack([0, 1], "computing", 2.0, 20)])
    return changed(made(), profiled=True, lag=Lag(2.0, 0.5, 100, [(1.0, 3.0)], seen))


def test_what_blocked_the_loop_comes_first() -> None:
    assert call_lines(COUNTS, blocked()) == snapshot(
        [
            "Python's profiler counted calls, which takes time: this trial enters no rate.",
            "What blocked the event loop, so slowed down:",
            "  12,000 x Connection.is_idle, httpcore/connection.py:28, 1,200.0 a request",
            "Called most:",
            "  12,000 x Connection.is_idle, httpcore/connection.py:28, 1,200.0 a request",
            "  141 x Pool._assign, httpcore/pool.py:10, 14.1 a request",
            "  20 x Client.send, httpx/client.py:7 (each resumption counts), 2.0 a request",
        ]
    )


def test_a_script_that_is_judged_whole_has_no_calls_a_request() -> None:
    trial = changed(blocked(), requests=None)
    assert "a request" not in "\n".join(call_lines(COUNTS, trial)[1:])


def test_what_was_refused_is_said() -> None:
    refused = CallCounts(functions=[], refused="another profiler is active")
    assert call_lines(refused, made()) == ["Calls were not counted: another profiler is active."]
    assert call_lines(None, made()) == ["Calls were not counted: the client left no counts."]


def test_calls_of_one_thread_are_called_so_and_shared_out_among_no_requests_of_others() -> None:
    environment = Environment("3.11.7", {}, {}, None)
    threads = changed(blocked(), environment=environment, lag=None)
    lines = call_lines(COUNTS, threads)
    assert "calls of the main thread," in lines[0]
    assert "a request" not in "\n".join(lines)
    newer = changed(threads, environment=structs.replace(environment, python="3.12.1"))
    assert "main thread" not in call_lines(COUNTS, newer)[0]


def stored(folder: Path, name: str, counts: CallCounts | None) -> Path:
    folder = folder / name
    folder.mkdir()
    store.write(changed(blocked(), campaign=name), folder)
    if counts is not None:
        (folder / CALL_COUNTS).write_bytes(msgspec.json.encode(counts))
    return folder


@pytest.mark.parametrize("refused", [None, CallCounts(functions=[], refused="no")])
def test_what_counted_nothing_takes_no_published_place(
    tmp_path: Path, refused: CallCounts | None
) -> None:
    publishing.publish(stored(tmp_path, "20240101-000000-1", COUNTS))
    with pytest.raises(UsageProblem, match="count"):
        publishing.publish(stored(tmp_path, "20240102-000000-1", refused), replacing=True)
    [(trial, _)] = published.counted()
    assert trial.place.campaign == "20240101-000000-1"


def test_counts_are_published_beside_the_campaigns_and_replace_their_like(tmp_path: Path) -> None:
    for name in ("20240101-000000-1", "20240102-000000-1"):
        publishing.publish(stored(tmp_path, name, COUNTS), replacing=True)
    [(trial, counts)] = published.counted()
    assert (trial.place.campaign, counts) == ("20240102-000000-1", COUNTS)
    assert published.campaigns() == []
    text = render.report([made()], "nox -s repro", Supplement(counted=[(trial, counts)]))
    assert "<summary>How often what blocked the loop was called</summary>" in text
    assert " | ".join(call_rows([(trial, counts)])[0]) in text
    assert " --count-calls\n" in text

"""What blocked a loop is said in a sentence, and written for speedscope and Perfetto."""

import json

import msgspec
import pytest
from inline_snapshot import snapshot

from scripts.analysis.stalls import blockage
from scripts.analysis.summary import summarise
from scripts.domain.blocked import Blocked, Doing, Frame
from scripts.domain.trial import Lag
from scripts.report.markdown import text
from scripts.report.matrix import printed_row
from scripts.report.page.render import report
from scripts.report.speedscope import speedscope
from scripts.report.stalls import bare_place, during, sentence
from scripts.report.trace_events import LOOP_PROCESS, trace
from tests.builders import made, stalled

pytestmark = pytest.mark.pure

STEP = Frame("Handle._run", "asyncio/events.py", 80, "standard library")
ASK = Frame("ask", "script.py", 7, "script")
POST = Frame("Client.post", "lib/client.py", 20, "library")
GET = Frame("Client.get", "lib/client.py", 30, "library")
PASS = Frame("Pool._assign", "lib/pool.py", 302, "library")
POLL = Frame("readable", "lib/net.py", 5, "library")
ODD = Frame("a`b|c\x1b[31m_d", "odd|*x*.py", 1, "script")


def said(*stacks: tuple[float, Doing, list[Frame]], seconds: float | None = None) -> str:
    told = blockage([stalled(*stacks, seconds=seconds)])
    assert told is not None
    return sentence(told)


def test_a_function_that_blocked_is_named_with_its_share_and_who_called_it() -> None:
    stacks: list[tuple[float, Doing, list[Frame]]] = [
        (6.0, "computing", [STEP, ASK, POST, PASS]),
        (3.0, "computing", [STEP, ASK, GET, PASS]),
    ]
    assert said(*stacks, seconds=10.0) == snapshot(
        "The event loop was blocked for 10.00 s, 90% "
        "of it in `Pool._assign`, lib/pool.py:302 (a library's code), called by "
        "`Client.post`, lib/client.py:20 (67%) "
        "and `Client.get`, lib/client.py:30 (33%), from `ask`, script.py:7; 10% was not seen."
    )
    both = blockage([stalled(*stacks), stalled(*stacks)])
    assert both is not None
    assert sentence(both).startswith("The event loop was blocked in 2 trials for 18.00 s, 100%")


@pytest.mark.parametrize(
    ("doing", "words"),
    [
        ("computing", "in `ask`, script.py:7 (the client's own code)"),
        ("collecting", "in the garbage collector, set off in `ask`, script.py:7"),
        ("lock", "in `ask`, script.py:7 (waiting for a lock)"),
        ("system call", "in `ask`, script.py:7 (a blocking call, waiting for the system)"),
        (
            "waiting",
            "in `ask`, script.py:7 (waiting for a lock or for the system, which cannot be told "
            "apart)",
        ),
        (
            "another thread",
            "in `ask`, script.py:7 (waiting for another thread, which computed and held the "
            "interpreter lock or one it needed)",
        ),
        ("unknown", "in `ask`, script.py:7 (computing or waiting, which cannot be told apart)"),
    ],
)
def test_what_kind_of_thing_blocked_is_said(doing: Doing, words: str) -> None:
    assert said((0.3, doing, [STEP, ASK])) == (
        f"The event loop was blocked for 300.0 ms, 100% of it {words}, called by the event loop."
    )


def test_two_kinds_are_both_named_and_what_lies_further_in_too() -> None:
    stacks: list[tuple[float, Doing, list[Frame]]] = [
        (3.0, "computing", [STEP, ASK, PASS, POLL]),
        (2.0, "lock", [STEP, ASK]),
    ]
    assert said(*stacks) == snapshot(
        "The event loop was blocked for 5.00 s, 100% of it in `ask`, script.py:7 "
        "(60% a library's code; 40% waiting for a lock), called by the event loop; "
        "60% of it further in, in `readable`, lib/net.py:5."
    )


def test_what_was_not_seen_is_said_to_be_so() -> None:
    assert said(seconds=2.0) == snapshot(
        "The event loop was blocked for 2.00 s; what it did was not seen."
    )
    assert said((1.0, "another thread", []), seconds=2.0) == snapshot(
        "The event loop was blocked for 2.00 s, 50% of it in none of its "
        "callbacks (waiting for another thread, which computed and held the interpreter lock or "
        "one it needed); 50% was not seen."
    )
    assert during(None) == ""


def test_odd_names_do_no_harm_in_markdown() -> None:
    told = blockage([stalled((1.0, "lock", [STEP, ODD]))])
    assert told is not None
    assert (
        "in a&#96;b&#124;c\N{REPLACEMENT CHARACTER}&#91;31m_d, odd&#124;&#42;x&#42;.py:1"
        in text(sentence(told, bare_place))
    )


def blocked() -> Blocked:
    both = stalled((0.2, "lock", [STEP, ASK]), (0.1, "computing", [STEP, ODD]), seconds=0.35)
    return msgspec.structs.replace(both, spans=[(1.0, 1.2, 0), (2.0, 2.06, 1)])


def test_a_rows_trials_say_together_what_blocked_them() -> None:
    trials = [made(order=order, lag=Lag(0.2, 0.1, 9, [], blocked())) for order in (1, 2)]
    summary = summarise(trials)
    printed = printed_row(summary.rows[0]).blocked
    assert printed is not None
    assert (printed.trials, printed.seconds, printed.function) == (2, 0.7, "ask")
    assert "- httpx 0.27.2, httpcore 1.0.6: The event loop was blocked in 2 trials" in report(
        trials, "nox -s repro"
    )
    assert "The event loop was blocked" not in report([made()], "nox -s repro")


def test_the_trace_shows_what_the_loop_did_in_a_stall() -> None:
    events = trace(made(lag=Lag(0.2, 0.1, 9, [(1.0, 1.25)], blocked()))).trace_events
    loop = [event for event in events if event.pid == LOOP_PROCESS and event.ph == "X"]
    assert [(event.name, event.ts, event.dur) for event in loop] == snapshot(
        [
            ("blocked", 1000000, 250000),
            ("ask, script.py:7", 1000000, 200000),
            (
                "a`b|c\N{REPLACEMENT CHARACTER}[31m_d, odd|*x*.py:1",
                2000000,
                60000,
            ),
        ]
    )
    assert loop[1].args == {
        "doing": "lock",
        "stack": ["Handle._run, asyncio/events.py:80", "ask, script.py:7"],
    }


def test_speedscope_is_given_every_second_of_the_stalls() -> None:
    file = json.loads(msgspec.json.encode(speedscope(blocked(), "campaign/0001")))
    assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    [profile] = file["profiles"]
    assert (profile["type"], profile["unit"], profile["startValue"]) == ("sampled", "seconds", 0)
    assert profile["endValue"] == pytest.approx(0.35)
    names = [frame["name"] for frame in file["shared"]["frames"]]
    assert [[names[frame] for frame in stack] for stack in profile["samples"]] == snapshot(
        [
            ["Handle._run", "ask", "(lock)"],
            ["Handle._run", "a`b|c\N{REPLACEMENT CHARACTER}[31m_d"],
            ["Handle._run", "a`b|c\N{REPLACEMENT CHARACTER}[31m_d"],
            ["(not seen)"],
        ]
    )
    assert profile["weights"] == [0.2, 0.06, 0.04, 0.05]


def test_speedscope_is_given_a_function_once_at_its_longest_line() -> None:
    later = Frame(PASS.function, PASS.file, 305, PASS.origin)
    stacks: list[tuple[float, Doing, list[Frame]]] = [
        (1.0, "computing", [STEP, PASS]),
        (2.0, "computing", [STEP, later]),
    ]
    file = speedscope(stalled(*stacks), "campaign/0001")
    code = [(frame.name, frame.line) for frame in file.shared.frames if frame.file]
    assert sorted(code) == [("Handle._run", 80), ("Pool._assign", 305)]
    assert len({tuple(stack) for stack in file.profiles[0].samples}) == 1

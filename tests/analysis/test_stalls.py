"""What blocked a loop is worked out from the stacks that were sampled."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.analysis.stalls import blockage, function_times, of_trial, within
from scripts.domain.blocked import Blocked, Doing, Frame, Origin, Stack
from scripts.domain.trial import Lag
from tests.builders import made, stalled

pytestmark = pytest.mark.pure

RUN = Frame("BaseEventLoop.run_forever", "asyncio/base_events.py", 607, "standard library")
STEP = Frame("Handle._run", "asyncio/events.py", 80, "standard library")
SELECT = Frame("EpollSelector.select", "selectors.py", 468, "standard library")
ONCE = Frame("BaseEventLoop._run_once", "asyncio/base_events.py", 1884, "standard library")
PROBE = Frame("Hooks.recorded.<locals>.send", "client.py", 139, "probe")
ASK = Frame("ask", "script.py", 7, "script")
POST = Frame("Client.post", "lib/client.py", 20, "library")
GET = Frame("Client.get", "lib/client.py", 30, "library")
PASS = Frame("Pool._assign", "lib/pool.py", 302, "library")
PASS_LATER = Frame("Pool._assign", "lib/pool.py", 305, "library")
POLL = Frame("readable", "lib/net.py", 5, "library")


def pool() -> Blocked:
    """A pool's pass, which two functions call, and which calls one."""
    return stalled(
        (6.0, "computing", [RUN, STEP, PROBE, ASK, POST, PASS]),
        (1.0, "computing", [RUN, STEP, PROBE, ASK, POST, PASS_LATER, POLL]),
        (2.0, "computing", [RUN, STEP, ASK, GET, PASS_LATER]),
        (0.5, "lock", [RUN, STEP, ASK, GET]),
        seconds=10.0,
    )


def test_the_innermost_function_in_which_as_good_as_all_happened_is_named() -> None:
    seen = blockage([pool()])
    assert seen is not None
    assert (seen.trials, seen.seconds, seen.seen, seen.samples) == (1, 10.0, 9.5, 4)
    assert seen.function is not None
    assert seen.function.frame == PASS
    assert (seen.function.own, seen.function.inclusive) == (8.0, 9.0)
    assert seen.function.callers == [(POST, 7.0), (GET, 2.0)]
    assert seen.function.kinds == {"library": 9.0}
    assert seen.script == ASK
    assert seen.inner is None
    assert seen.kinds == {"library": 9.0, "lock": 0.5}


def test_what_takes_half_of_it_further_in_is_named_too() -> None:
    seen = blockage(
        [stalled((3.0, "computing", [STEP, ASK, PASS, POLL]), (2.0, "computing", [STEP, ASK]))]
    )
    assert seen is not None
    assert seen.function is not None
    assert seen.inner is not None
    assert (seen.function.frame, seen.inner.frame) == (ASK, POLL)


def test_trials_are_taken_together() -> None:
    seen = blockage([pool(), pool()])
    assert seen is not None
    assert (seen.trials, seen.seconds, seen.samples) == (2, 20.0, 8)
    assert seen.function is not None
    assert seen.function.inclusive == 18.0


def test_a_function_that_calls_itself_counts_once_and_by_its_innermost_line() -> None:
    inner = Frame("ask", "script.py", 9, "script")
    seen = blockage([stalled((2.0, "system call", [STEP, POST, ASK, inner, ASK, inner]))])
    assert seen is not None
    assert seen.function is not None
    assert (seen.function.frame, seen.function.inclusive) == (inner, 2.0)
    assert seen.function.callers == [(POST, 2.0)]


@pytest.mark.parametrize("name", ["Pool._assign.<locals>.<listcomp>", "<genexpr>"])
def test_a_comprehension_is_a_line_of_the_function_around_it(name: str) -> None:
    inside = Frame(name, "lib/pool.py", 303, "library")
    seen = blockage(
        [stalled((3.0, "computing", [STEP, POST, PASS, inside]), (1.0, "lock", [STEP, POST, PASS]))]
    )
    assert seen is not None
    assert seen.function is not None
    assert seen.function.frame == Frame("Pool._assign", "lib/pool.py", 303, "library")
    assert (seen.function.own, seen.function.callers) == (4.0, [(POST, 4.0)])
    assert seen.inner is None


def test_a_comprehension_that_another_function_runs_is_its_own() -> None:
    inside = Frame("Other.f.<locals>.<genexpr>", "lib/pool.py", 303, "library")
    seen = blockage([stalled((3.0, "computing", [STEP, PASS, inside]))])
    assert seen is not None
    assert seen.function is not None
    assert seen.function.frame == inside


def test_the_loops_own_waiting_is_no_callbacks() -> None:
    seen = blockage([stalled((1.0, "another thread", [RUN, ONCE, SELECT]))])
    assert seen is not None
    assert seen.function is None
    assert seen.kinds == {"another thread": 1.0}
    seen = blockage([stalled((1.0, "computing", [RUN, ONCE]))])
    assert seen is not None
    assert seen.kinds == {"event loop": 1.0}


@pytest.mark.parametrize(
    ("doing", "leaf", "kind"),
    [
        ("computing", ASK, "script"),
        ("computing", POLL, "library"),
        ("computing", PROBE, "probe"),
        ("computing", Frame("f", "<string>", 1, "unknown"), "unknown code"),
        (
            "computing",
            Frame("loads", "json/__init__.py", 1, "standard library"),
            "standard library",
        ),
        ("collecting", ASK, "garbage collector"),
        ("lock", ASK, "lock"),
        ("system call", ASK, "system call"),
        ("waiting", ASK, "lock or system call"),
        ("unknown", ASK, "not told apart"),
    ],
)
def test_kinds_are_told_apart(doing: Doing, leaf: Frame, kind: str) -> None:
    seen = blockage([stalled((1.0, doing, [RUN, STEP, ASK, leaf]))])
    assert seen is not None
    assert list(seen.kinds) == [kind]


def test_a_collection_in_another_thread_names_no_function() -> None:
    seen = blockage([stalled((1.0, "collecting", []))])
    assert seen is not None
    assert (seen.function, seen.kinds) == (None, {"garbage collector": 1.0})


def test_where_nothing_was_blocked_or_looked_at_nothing_is_said() -> None:
    assert of_trial(made()) is None
    assert of_trial(made(lag=None)) is None
    assert of_trial(made(lag=Lag(0.0, 0.0, 9, [], stalled()))) is None


def test_what_was_not_seen_stays_so() -> None:
    seen = blockage([stalled(seconds=2.0)])
    assert seen is not None
    assert (seen.seconds, seen.seen, seen.function, seen.kinds) == (2.0, 0.0, None, {})


def test_one_stall_of_several() -> None:
    both = stalled((0.3, "lock", [STEP, ASK]), (0.2, "computing", [STEP, POST]))
    blocked = msgspec.structs.replace(both, spans=[(1.0, 1.3, 0), (5.0, 5.2, 1)])
    one = within(blocked, 4.9, 5.3)
    assert one.seconds == pytest.approx(0.4)
    assert one.seen == pytest.approx(0.2)
    assert [stack.doing for stack in one.stacks] == ["computing"]


@pytest.mark.parametrize(
    ("stacks", "spans"),
    [([Stack([1], "lock", 1.0, 1)], []), ([Stack([0], "lock", 1.0, 1)], [(0.0, 1.0, 1)])],
)
def test_a_record_that_names_what_is_not_there_is_refused(
    stacks: list[Stack], spans: list[tuple[float, float, int]]
) -> None:
    with pytest.raises(ValueError, match="not there"):
        Blocked(1.0, 1, [ASK], stacks, spans)


ORIGINS: list[Origin] = ["script", "library", "standard library", "probe", "left out"]

FRAMES = st.builds(
    Frame,
    st.sampled_from(["a", "b", "C.run", "_run"]),
    st.sampled_from(["a.py", "asyncio/events.py", "selectors.py"]),
    st.integers(1, 3),
    st.sampled_from(ORIGINS),
)


@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 10),
            st.sampled_from(["computing", "lock", "collecting"]),
            st.lists(FRAMES, max_size=8),
        ),
        max_size=8,
    )
)
def test_no_function_is_given_more_than_was_seen(
    stacks: list[tuple[float, Doing, list[Frame]]],
) -> None:
    blocked = stalled(*stacks)
    for time in function_times([blocked]):
        assert 0 <= time.own <= time.inclusive + 1e-9
        assert time.inclusive <= blocked.seen + 1e-9
        assert sum(seconds for _, seconds in time.callers) <= time.inclusive + 1e-9
        assert sum(time.kinds.values()) == pytest.approx(time.inclusive)
    own = sum(time.own for time in function_times([blocked]))
    assert own <= blocked.seen + 1e-9


def test_what_the_probe_passes_on_is_its_callers_and_what_it_does_itself_its_own() -> None:
    look = Frame("polling.<locals>.Poll.poll", "looks.py", 60, "probe")
    failed = Frame("Recorder.failure", "recorder.py", 104, "probe")
    printed = Frame("StackSummary.format", "traceback.py", 513, "standard library")
    passed_on = blockage([stalled((1.0, "computing", [RUN, STEP, PROBE, ASK, POST, look]))])
    assert passed_on is not None
    assert passed_on.kinds == {"library": 1.0}
    own = blockage([stalled((1.0, "computing", [RUN, STEP, PROBE, failed, printed]))])
    assert own is not None
    assert own.kinds == {"probe": 1.0}
    assert own.function is None

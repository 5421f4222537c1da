"""What a trial says about a signal: each kind, read in trials made up for it."""

import math
from typing import Any

import msgspec
import pytest

from scripts.analysis.catalogue import STARVED, UNKNOWN
from scripts.analysis.readings import (
    Affected,
    Ended,
    Percentile,
    Ratio,
    Reading,
    Record,
    Silent,
    between,
    called,
    matches,
    of,
    overloaded,
    read,
    untestable,
)
from scripts.analysis.signals import parse
from scripts.domain.targets import control
from scripts.domain.trial import Failure, Link, Requests, Stray, Trial
from scripts.report.readings import words
from tests.builders import HOST, READ_ERROR, SERVED, USED, changed, failing, link, made

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("ReadError", True),
        ("httpx.ReadError", True),
        ("httpcore.ReadError", False),
        ("ReadError<BrokenPipeError", True),
        ("ReadError<builtins.BrokenPipeError", True),
        ("ReadError<ConnectionResetError", False),
        ("BrokenPipeError", False),
        ("exit", True),
    ],
)
def test_an_exception_is_matched_with_what_is_under_it(text: str, bad: bool) -> None:
    assert read(parse(text), made(failed=3)).bad is bad


def test_a_different_failure_is_told_and_is_not_bad() -> None:
    reading = read(parse("PoolTimeout"), made(failed=3))
    assert (reading.bad, reading.other) == (False, ("ReadError",))
    assert words(reading) == "0 of 10 requests; 3 failed otherwise (ReadError)"


def test_names_on_another_branch_of_a_group_do_not_make_a_chain() -> None:
    links = (
        Link("a", "Group", "", None, "raised", None),
        Link("a", "Left", "", None, "group", 0),
        Link("a", "Right", "", None, "group", 0),
    )
    failure = Failure(links, "", 1)
    assert matches(failure, ("Group", "Right"))
    assert not matches(failure, ("Group", "Left", "Right"))


@pytest.mark.parametrize("outcome", ["unavailable", "server-died", "server-not-ready"])
def test_a_trial_that_was_not_measured_says_nothing(outcome: str) -> None:
    assert read(parse("ReadError"), made(outcome=outcome, failed=1)).bad is None


def test_a_deadline_missed_on_an_overloaded_machine_says_nothing() -> None:
    busy = msgspec.structs.replace(HOST, load=40.0)
    assert read(parse("hang"), made(outcome="hung", exit_status=None)).bad is True
    assert read(parse("hang"), made(outcome="hung", exit_status=None, host=busy)).bad is True
    silent = read(parse("ReadError"), made(outcome="hung", exit_status=None, host=busy))
    assert silent.basis == Silent("overloaded", "hung", "")


def test_a_hang_is_no_verdict_on_an_exception() -> None:
    assert read(parse("ReadError"), made(outcome="hung", exit_status=None)).bad is None


def test_slow_is_judged_beside_the_control() -> None:
    control = made(cpu_user=0.1, cpu_system=0.0)
    assert read(parse("slow>4"), made(cpu_user=0.5, cpu_system=0.0), control).bad is True
    assert read(parse("slow>6"), made(cpu_user=0.5, cpu_system=0.0), control).bad is False
    assert read(parse("slow>4"), made(cpu_user=0.5), None).bad is None
    unset = read(parse("slow"), made(cpu_user=0.5, cpu_system=0.0), control)
    assert unset.bad is None
    assert unset.value == pytest.approx(5.0)


def test_two_ends_set_what_slow_means_unless_they_are_alike() -> None:
    assert between([1.0, 1.2], [10.0, 12.0]) == pytest.approx(math.sqrt(12))
    assert between([1.0, 1.4], [1.3, 2.0]) is None
    assert between([1.0], [1.2]) is None


def test_a_percentile_counts_a_request_under_way_as_the_slowest() -> None:
    requests = Requests([0.0] * 100, [*[0.1] * 98, 5.0, None], [None] * 100)
    trial = made(requests=requests)
    assert read(parse("p98>500ms"), trial).bad is False
    assert read(parse("p99>2s"), trial).bad is True
    assert read(parse("p99.9>100s"), trial).bad is True


def test_a_cause_is_a_signal_and_an_unknown_one_no_verdict() -> None:
    # Made-up trials hold no notes of both ends, so their causes are unknown.
    assert read(parse("stale-connection"), made(failed=2)).bad is None
    assert read(parse("stale-connection"), made()).bad is False


def reading(text: str, trial: Trial, beside: Trial | None = None) -> Reading:
    return read(parse(text), trial, beside)


def ended(outcome: str, **fields: Any) -> Trial:
    return made(outcome=outcome, detail="it ended", **fields)


@pytest.mark.parametrize("text", ["ReadError", "stale-connection", "slow", "p99>2s", "exit"])
def test_a_trial_that_was_not_measured_is_silent_about_every_signal(text: str) -> None:
    silent = reading(text, ended("unavailable", failed=1), made(control()))
    assert silent == Reading(None, Silent("not measured", "unavailable", "it ended"))
    assert (silent.silent, silent.verdict, silent.value) == (True, "no verdict", None)
    busy = ended("hung", host=msgspec.structs.replace(HOST, load=4.1))
    assert reading(text, busy).basis == Silent("overloaded", "hung", "it ended")


@pytest.mark.parametrize(
    ("load", "cores", "over"),
    [(4.0, 2, False), (4.1, 2, True), (2.0, 0, False), (2.1, 0, True), (None, 2, False)],
)
def test_a_machine_is_overloaded_beyond_two_a_core(
    load: float | None, cores: int, over: bool
) -> None:
    host = msgspec.structs.replace(HOST, load=load, cores=cores)
    assert overloaded(made(host=host)) is over


def test_only_a_hang_is_excused_by_an_overloaded_machine() -> None:
    busy = msgspec.structs.replace(HOST, load=40.0)
    assert reading("exit", ended("crashed", host=busy, exit_status=-9)).bad is True


@pytest.mark.parametrize(
    ("outcome", "status", "bad"),
    [
        ("completed", 0, False),
        ("completed", 1, True),
        ("completed", None, False),
        ("crashed", 0, False),
        ("crashed", None, True),
        ("crashed", -9, True),
    ],
)
def test_exit_is_judged_by_how_the_client_ended(
    outcome: Any, status: int | None, bad: bool
) -> None:
    expected = Reading(bad, Ended(outcome, status))
    assert reading("exit", made(outcome=outcome, exit_status=status)) == expected
    assert expected.verdict == ("bad" if bad else "good")
    assert (expected.value, expected.silent) == (None, False)


def cost(cpu: float, **fields: Any) -> Trial:
    return made(cpu_user=cpu, cpu_system=0.0, **fields)


@pytest.mark.parametrize(
    ("cpu", "bad"),
    [
        (0.4, False),
        (0.41, True),
        (0.8, True),
        (51.2, True),
        (0.2, False),
        (0.01, False),
        (0.0, False),
    ],
)
def test_a_ratio_is_bad_above_its_threshold(cpu: float, bad: bool) -> None:
    judged = reading("slow>4", cost(cpu), cost(0.1))
    assert judged.bad == bad
    assert judged.basis == Ratio(pytest.approx(cpu / 0.1), 4.0)  # type: ignore[arg-type]
    assert judged.value == pytest.approx(cpu / 0.1)


def test_a_ratio_compares_what_one_request_costs() -> None:
    ten = cost(0.5)
    five = cost(0.5, requests=Requests([0.0] * 5, [1.0] * 5, [None] * 5))
    whole = cost(0.5, requests=None)
    assert reading("slow", five, ten).value == pytest.approx(2.0)
    assert reading("slow", whole, ten).value == pytest.approx(10.0)
    walls = made(wall=6.0), made(wall=2.0)
    assert reading("slow-wall", *walls).value == pytest.approx(3.0)
    assert reading("slow", *walls).value == pytest.approx(1.0)
    other = reading("slow>4", cost(0.5, failed=2), cost(0.1))
    assert (other.bad, other.other) == (True, ("ReadError",))
    unset = reading("slow", cost(0.5, failed=2), cost(0.1))
    assert (unset.bad, unset.other, unset.verdict, unset.silent) == (None, (), "measured", False)


@pytest.mark.parametrize(
    ("trial", "beside"),
    [
        (cost(0.5), None),
        (made(cpu_user=None), cost(0.1)),
        (made(cpu_system=None), cost(0.1)),
        (cost(0.5), made(cpu_user=None)),
        (cost(0.5), cost(0.0)),
        (cost(0.5), cost(0.1, outcome="hung")),
        (cost(0.5), cost(0.1, outcome="crashed")),
        (cost(0.5, requests=Requests([], [], [])), cost(0.1)),
    ],
)
def test_without_both_costs_there_is_no_ratio(trial: Trial, beside: Trial | None) -> None:
    assert reading("slow>4", trial, beside) == Reading(None, Silent("no cost", "completed", ""))


@pytest.mark.parametrize("outcome", ["hung", "crashed"])
@pytest.mark.parametrize("text", ["slow>4", "ReadError", "stale-connection"])
def test_a_trial_that_ended_early_says_nothing_of_what_it_did_not_show(
    outcome: Any, text: str
) -> None:
    # A client that was killed: its own cause is known.
    trial = ended(outcome, exit_status=-9)
    seen = "hang" if outcome == "hung" else "signal SIGKILL"
    silent = Reading(None, Silent("ended early", outcome, "it ended"), other=(seen,))
    assert reading(text, trial, made(control())) == silent


def test_a_trial_that_ended_early_may_have_shown_it_before() -> None:
    assert reading("ReadError", ended("hung", failed=1)).bad is True


def test_a_percentile_is_that_of_the_durations() -> None:
    requests = Requests([1.0] * 4, [1.1, 1.2, 1.3, 1.4], [None] * 4)
    trial = made(requests=requests, failed=0)
    for text, seconds in (("p1", 0.1), ("p25", 0.1), ("p26", 0.2), ("p75", 0.3), ("p76", 0.4)):
        basis = Percentile(text[1:], pytest.approx(seconds))  # type: ignore[arg-type]
        assert reading(f"{text}>1s", trial).basis == basis
    assert reading("p0>1s", trial).value == pytest.approx(0.1)
    exact = made(requests=Requests([0.0], [0.5], [None]))
    assert reading("p50>500ms", exact).bad is False
    assert reading("p50>499ms", exact).bad is True
    assert reading("p50>1s", made(failed=2)).other == ("ReadError",)


def test_without_recorded_requests_there_is_no_percentile() -> None:
    for requests in (None, Requests([], [], [])):
        silent = Reading(None, Silent("no requests", "completed", ""))
        assert reading("p99>2s", made(requests=requests)) == silent


@pytest.mark.parametrize("affected", [1, 2, 17, 1000])
def test_requests_struck_are_counted(affected: int) -> None:
    judged = reading("ReadError", made(failures=[Failure((READ_ERROR,), "", affected)]))
    assert judged == Reading(True, Affected(affected, 10, 0))
    assert judged.value == affected


def test_all_kinds_that_show_the_signal_are_counted_together() -> None:
    kinds = [Failure((READ_ERROR,), "", 2), Failure((link("ReadError", message="again"),), "", 3)]
    assert reading("ReadError", made(failures=kinds)) == Reading(True, Affected(5, 10, 0))


def test_requests_that_failed_otherwise_are_counted_and_named_once() -> None:
    kinds = ["B", "A", "B", "ReadError"]
    failures = [Failure((link(kind),), "", count) for count, kind in enumerate(kinds)]
    judged = reading("ReadError", made(failures=failures))
    # A failure without a count happened once.
    assert judged == Reading(True, Affected(3, 10, 1 + 1 + 2), ("A", "B"))
    none = reading("Other", made(failures=failures))
    assert none == Reading(False, Affected(0, 10, 7), ("A", "B", "ReadError"))


def test_a_script_that_failed_as_a_whole_is_one_request() -> None:
    whole = Failure((READ_ERROR,), "", 1)
    alone = made(requests=None, script_failure=whole)
    assert reading("ReadError", alone) == Reading(True, Affected(1, None, 0))
    beside = made(script_failure=whole, failures=[Failure((link("B"),), "", 2)])
    assert reading("ReadError", beside) == Reading(True, Affected(1, 10, 2), ("B",))


def test_a_cause_is_counted_by_request() -> None:
    stale = failing(READ_ERROR, client=USED, server=SERVED)
    assert reading("stale-connection", stale) == Reading(True, Affected(1, 2, 0))
    starved = failing(link("PoolTimeout"))
    assert reading("stale-connection", starved) == Reading(
        False, Affected(0, 2, 1), other=(STARVED,)
    )
    unknown = reading("stale-connection", failing(READ_ERROR))
    assert unknown == Reading(None, Silent("unknown cause", "completed", ""), other=(UNKNOWN,))
    both = Requests([0.0] * 3, [1.0, 10.0, 10.0], [None, 0, 0])
    mixed = reading("stale-connection", changed(stale, requests=both))
    assert mixed == Reading(True, Affected(1, 3, 1), other=(UNKNOWN,))
    assert reading("unknown", failing(READ_ERROR)) == Reading(True, Affected(1, 2, 0))


@pytest.mark.parametrize(
    ("module", "kind", "name", "same"),
    [
        ("httpx._exceptions", "ReadError", "ReadError", True),
        ("httpx._exceptions", "ReadError", "httpx.ReadError", True),
        ("httpx._exceptions", "ReadError", "httpx._exceptions.ReadError", True),
        ("httpx._exceptions", "ReadError", "_exceptions.ReadError", False),
        ("httpx", "ReadError", "httpx._exceptions.ReadError", False),
        ("httpx", "ReadError", "httpcore.ReadError", False),
        ("httpx", "ReadError", "httpx.WriteError", False),
        ("httpx2", "ReadError", "httpx.ReadError", False),
    ],
)
def test_a_name_may_leave_out_the_module_an_exception_lives_in(
    module: str, kind: str, name: str, same: bool
) -> None:
    assert called(link(kind, module), name) is same


def chained(*kinds: tuple[str, int | None]) -> Failure:
    return Failure(tuple(Link("a", kind, "", None, "cause", up) for kind, up in kinds), "", 1)


def test_a_chain_is_matched_in_order_and_may_leave_links_out() -> None:
    failure = chained(("A", None), ("B", 0), ("C", 1))
    for letters in ("A", "AB", "AC", "ABC"):
        assert matches(failure, tuple(letters))
    for letters in ("B", "C", "AA", "ACB", "ABCC", "BC"):
        assert not matches(failure, tuple(letters))
    assert not matches(Failure((), "", 1), ("A",))
    # A chain that hangs from itself ends where it began.
    assert matches(chained(("A", 1), ("B", 0)), ("B", "A"))


def record(trial: Trial, said: Reading) -> Record:
    return Record(trial.target, trial, None, said)


def test_a_point_is_given_up_when_too_many_of_its_trials_say_nothing() -> None:
    good = record(made(), Reading(False, Affected(0, 10, 0)))
    silent = record(made(), Reading(None, Silent("no requests", "completed", "")))
    gone = record(made(outcome="unavailable"), Reading(None, Silent("not measured", "hung", "")))
    unset = record(made(), Reading(None, Ratio(2.0, None)))
    assert not untestable([])
    assert not untestable([silent])
    assert untestable([silent, silent])
    assert untestable([gone])
    assert not untestable([good, silent, silent, silent])
    assert not untestable([good, good, silent, silent, silent, silent, silent])
    assert untestable([good, silent, silent, silent, silent])
    assert not untestable([good, gone, silent])
    assert untestable([good, gone, gone])
    assert not untestable([unset, silent, silent, silent])


def test_the_trials_of_a_target_keep_their_order() -> None:
    said = Reading(False, Ended("completed", 0))
    ours = [record(made(order=order), said) for order in (3, 1)]
    other = record(made(control()), said)
    assert of(made().target, [ours[0], other, ours[1]]) == ours


def test_ends_must_differ_by_a_quarter_to_set_a_ratio() -> None:
    assert between([1.0, 4.0], [5.0, 9.0]) is None
    assert between([1.0, 4.0], [5.1, 9.0]) == pytest.approx(math.sqrt(4.0 * 5.1))


WHOLE: dict[str, Any] = {"requests": None, "failures": []}
"""Of a script that is judged as a whole."""


def died(kind: str, **fields: Any) -> Trial:
    """A script that is judged as a whole and ended in an exception."""
    return made(**WHOLE, script_failure=Failure((link(kind),), "", 1), exit_status=1, **fields)


@pytest.mark.parametrize(
    "text",
    ["ValueError", "stale-connection", "hang", "stdout~x", "memory>1GB", "wall>99s", "exit=3"],
)
def test_a_script_that_ends_otherwise_says_nothing_about_any_signal(text: str) -> None:
    judged = reading(text, died("TypeError"))
    assert (judged.bad, judged.silent) == (None, True)
    assert isinstance(judged.basis, Silent)
    assert judged.basis.reason in ("ended otherwise", "no requests")


def test_what_a_script_ended_in_instead_is_told() -> None:
    judged = reading("ValueError", died("TypeError"))
    assert judged.other == ("TypeError",)
    assert words(judged) == "ended in TypeError, before it could show the signal"
    bare = reading("ValueError", made(**WHOLE, exit_status=3))
    assert words(bare) == "ended in status 3, before it could show the signal"


@pytest.mark.parametrize("text", ["ValueError", "exit", "exit=1", "hang", "stdout~x", "wall>1s"])
def test_status_125_says_nothing(text: str) -> None:
    judged = reading(text, made(**WHOLE, exit_status=125))
    assert judged == Reading(None, Silent("skipped", "completed", ""))


@pytest.mark.parametrize(
    ("text", "status", "outcome", "bad"),
    [
        ("exit=1", 1, "completed", True),
        ("exit=1", 0, "completed", False),
        ("exit=1", 2, "completed", None),
        ("exit=1", -11, "crashed", None),
        ("exit=-11", -11, "crashed", True),
        ("exit=SIGSEGV", -11, "crashed", True),
        ("exit=SIGSEGV", 1, "completed", None),
        ("exit!=1", 1, "completed", False),
        ("exit!=1", 0, "completed", False),
        ("exit!=1", 2, "completed", True),
        ("exit!=1", -11, "crashed", True),
        ("exit", None, "hung", None),
    ],
)
def test_one_exit_status_is_not_another(
    text: str, status: int | None, outcome: Any, bad: bool | None
) -> None:
    assert reading(text, made(**WHOLE, exit_status=status, outcome=outcome)).bad is bad


def test_the_exception_behind_a_status_is_named() -> None:
    assert words(reading("exit", died("RuntimeError"))) == "status 1 (RuntimeError)"
    assert words(reading("exit", ended("crashed", exit_status=-11))) == "signal SIGSEGV"


def requests_of(answered: int, failed: int, under_way: int = 0) -> Requests:
    ends = [1.0] * (answered + failed) + [None] * under_way
    failures = [None] * answered + [0] * failed + [None] * under_way
    return Requests([0.0] * len(ends), ends, failures)


@pytest.mark.parametrize("text", ["ValueError", "p99>9s", "slow>99", "memory>1GB", "hang"])
def test_at_least_half_of_the_requests_must_have_been_answered(text: str) -> None:
    kinds = [Failure((link("TypeError"),), "", 5)]
    half = made(requests=requests_of(5, 5), failures=kinds)
    fewer = made(requests=requests_of(4, 5), failures=kinds)
    assert reading(text, half, made(control())).bad is False
    judged = reading(text, fewer, made(control()))
    assert judged == Reading(None, Silent("too few", "completed", "", (4, 9)), ("TypeError",))
    assert words(judged) == "only 4 of 9 requests could have shown it (TypeError)"


def test_a_script_that_breaks_off_sent_fewer_requests_than_it_meant_to() -> None:
    broken = Failure((link("KeyError"),), "", 1)
    known = made(requests=requests_of(10, 0), script_failure=broken, exit_status=1)
    assert reading("ValueError", known).basis == Silent(
        "too few", "completed", "", (10, known.load.requests or 0)
    )
    load = msgspec.structs.replace(known.load, requests=None)
    unknown = made(requests=requests_of(10, 0), script_failure=broken, load=load)
    assert reading("ValueError", unknown).basis == Silent("ended otherwise", "completed", "")
    same = Failure((link("KeyError"),), "", 1)
    through = made(requests=requests_of(9, 1), failures=[same], script_failure=broken)
    assert reading("ValueError", through).bad is False


@pytest.mark.parametrize("where", ["exit", "thread", "unraisable", "task", "printed"])
def test_an_exception_counts_wherever_it_ended(where: Any) -> None:
    stray = Stray(where, Failure((link("ValueError"),), "", 1))
    assert reading("ValueError", made(**WHOLE, exit_status=1, strays=[stray])).bad is True
    assert reading("ValueError", made(**WHOLE, exit_status=0, strays=[stray])).bad is True
    other = reading("TypeError", made(**WHOLE, exit_status=1, strays=[stray]))
    assert (other.bad, other.other) == (None, ("ValueError",))
    assert reading("TypeError", made(**WHOLE, exit_status=0, strays=[stray])).bad is None
    by_request = made(requests=requests_of(10, 0), strays=[stray])
    assert reading("TypeError", by_request).bad is (None if where == "exit" else False)


def test_what_was_printed_is_a_signal() -> None:
    trial = made(**WHOLE, stdout="one\nthe answer is 41\n", stderr="a warning")
    judged = reading(r"stdout~answer is (?!42)\d+", trial)
    assert (judged.bad, words(judged)) == (True, "stdout: the answer is 41")
    good = reading("stderr~error", trial)
    assert (good.bad, words(good)) == (False, "no such line in stderr")
    assert reading("stdout~^the", trial).bad is True
    cut = made(**WHOLE, stdout="one\n", cut=True)
    assert reading("stdout~two", cut).basis == Silent("output cut", "completed", "")
    assert reading("stdout~one", cut).bad is True


def test_memory_and_time_are_judged_above_their_threshold() -> None:
    trial = made(**WHOLE, peak_memory=300_000_000, wall=4.0)
    for text, bad in (("memory>200MB", True), ("memory>0.3GB", False), ("wall>3s", True)):
        assert reading(text, trial).bad is bad
    assert words(reading("memory>200MB", trial)) == "300.0 MB (bad is above 200.0 MB)"
    assert words(reading("wall>5s", trial)) == "4.000 s (bad is above 5.000 s)"
    unset = reading("memory>1.5x", trial)
    assert (unset.bad, unset.value, unset.verdict) == (None, 300_000_000.0, "measured")
    assert reading("memory>1.5x", died("TypeError", peak_memory=1)).silent
    assert reading("memory>1kB", made(peak_memory=None)).basis == Silent(
        "no amount", "completed", ""
    )


def test_a_hang_is_a_signal_of_its_own() -> None:
    hung = reading("hang", ended("hung", exit_status=None))
    assert (hung.bad, words(hung)) == (True, "hung")
    assert reading("hang", made(**WHOLE)).bad is False
    assert reading("hang", ended("crashed", exit_status=-9)).bad is None
    assert reading("wall>3s", ended("hung", wall=9.0, exit_status=None)).bad is True
    assert reading("wall>30s", ended("hung", wall=9.0, exit_status=None)).bad is None


def test_a_script_that_cannot_import_shows_that_alone() -> None:
    trial = died("ImportError", outcome="script-failed", detail="no name")
    assert reading("ImportError", trial).bad is True
    assert reading("exit", trial).bad is True
    for text in ("ValueError", "exit=3", "hang"):
        judged = reading(text, trial)
        assert (judged.bad, judged.other) == (None, ("ImportError",))

"""What bad means: each kind of signal, read in trials made up for it."""

import math

import msgspec
import pytest

from scripts.analysis.signals import between, matches, parse, read
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Failure, Link, Requests
from tests.builders import HOST, made

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "text",
    ["", "reading error", "ReadError<", "p99>2", "p101>2s", "slow>0", "slow<3", "nonsense", "<X"],
)
def test_what_is_no_signal_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"signal|ratio"):
        parse(text)


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
    assert (reading.bad, reading.other) == (False, "ReadError")
    assert reading.words == "0 of 10 requests; 3 failed otherwise (ReadError)"


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
    assert read(parse("exit"), made(outcome="hung", exit_status=None)).bad is True
    assert read(parse("exit"), made(outcome="hung", exit_status=None, host=busy)).bad is None


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

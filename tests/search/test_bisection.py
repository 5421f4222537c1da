"""Searches over points whose trials are made up: which trial comes next, and what is found.

That the trials themselves are real is tested where real releases and commits are searched.
"""

from __future__ import annotations

import random

import msgspec
import pytest
from inline_snapshot import snapshot

from scripts.domain.trial import LOADS, Failure, Target, Trial
from scripts.report.calls import load_options
from scripts.report.findings import ending_words, finding_lines, moved_words
from scripts.search.bisection import Bisection
from scripts.search.finding import finding
from scripts.search.question import Question
from scripts.search.step import Reason, Step
from tests.builders import (
    Trying,
    answered,
    day_question,
    environment,
    failing_from,
    flaky,
    link,
    made,
    question,
)

pytestmark = pytest.mark.pure


def investigated(asked: Question, trying: Trying) -> Bisection:
    return answered(Bisection(asked), trying)


@pytest.mark.parametrize(("high", "low"), [(1.0, 0.0), (0.5, 0.0), (0.9, 0.1)])
@pytest.mark.parametrize("change", [1, 4, 9])
def test_a_change_is_found_whatever_the_rates(high: float, low: float, change: int) -> None:
    answer = finding(investigated(question(), flaky(change, high, low, seed=change)))
    assert answer.verdict == "culprit"
    assert (answer.last_good, answer.first_bad) == (f"1.{change - 1}", f"1.{change}")
    assert answer.confidence is not None
    assert answer.confidence >= 0.99


def test_a_culprits_screen() -> None:
    answer = finding(investigated(question(), flaky(4, 1.0)))
    assert finding_lines(answer) == snapshot(
        [
            "httpx, ReadError, compressed load: the signal comes with 1.4",
            "  last good: 1.3 of 2024-01-04; up to it, 0 of 8 trials bad (0% to 37%)",
            "  first bad: 1.4 of 2024-01-05; from it on, 9 of 9 trials bad (66% to 100%)",
            "  confidence: 99.9%, from 17 trials",
            "  changelog: https://github.com/encode/httpx/blob/master/CHANGELOG.md",
            "  measure 1.3 again: nox -s repro -- --targets 'httpx==1.3' --rounds 10 --load compressed",
            "  measure 1.4 again: nox -s repro -- --targets 'httpx==1.4' --rounds 10 --load compressed",
        ]
    )


def test_both_ends_come_first_and_the_culprit_is_run_again_at_the_end() -> None:
    done = investigated(question(), flaky(4, 1.0))
    names = [record.target.name for record in done.tally.records]
    assert names[:2] == ["httpx 1.9", "httpx 1.0"]
    assert set(names[-4:]) == {"httpx 1.4", "httpx 1.3", "httpx 1.0", "httpx 1.9"}


def test_a_fix_is_told_in_version_order() -> None:
    asked = question()
    asked = msgspec.structs.replace(asked, points=asked.points[::-1], fix=True)
    luck = flaky(6, 0.0, 1.0)
    answer = finding(investigated(asked, luck))
    assert (answer.last_bad, answer.first_good) == ("1.5", "1.6")
    assert answer.last_good is None
    assert finding_lines(answer) == snapshot(
        [
            "httpx, ReadError, compressed load: the signal is not seen from 1.6 on",
            "  last bad: 1.5 of 2024-01-06; up to it, 9 of 9 trials bad (66% to 100%)",
            "  first good: 1.6 of 2024-01-07; from it on, 0 of 8 trials bad (0% to 37%)",
            "  confidence: 99.9%, from 17 trials",
            "  changelog: https://github.com/encode/httpx/blob/master/CHANGELOG.md",
            "  measure 1.5 again: nox -s repro -- --targets 'httpx==1.5' --rounds 10 --load compressed",
            "  measure 1.6 again: nox -s repro -- --targets 'httpx==1.6' --rounds 10 --load compressed",
        ]
    )


def test_nothing_changing_is_told_with_its_confidence() -> None:
    answer = finding(investigated(question(), flaky(0, 1.0)))
    assert answer.verdict == "unchanged"
    assert finding_lines(answer) == snapshot(
        [
            "httpx, ReadError, compressed load: nothing changes between 1.0 and 1.9: both showed it",
            "  1.0: 4 of 4 trials bad (40% to 100%)",
            "  1.9: 1 of 1 trials bad (3% to 100%)",
            "  confidence: 99.7%, from 5 trials",
            "  measure 1.0 again: nox -s repro -- --targets 'httpx==1.0' --rounds 10 --load compressed",
            "  measure 1.9 again: nox -s repro -- --targets 'httpx==1.9' --rounds 10 --load compressed",
        ]
    )


def test_swapped_ends_are_noticed() -> None:
    answer = finding(investigated(question(), flaky(5, 0.0, 1.0)))
    assert answer.verdict == "unchanged"
    assert ending_words(answer) == snapshot("1.0 is bad and 1.9 good: swap the two ends")


def test_too_few_trials_leave_it_undecided() -> None:
    answer = finding(investigated(question(most=6), flaky(4, 0.5, seed=3)))
    assert answer.verdict == "undecided"
    assert answer.confidence is None
    assert finding_lines(answer) == snapshot(
        [
            "httpx, ReadError, compressed load: cannot tell yet: likeliest 1.4 (75%)",
            "  1.0: 0 of 1 trials bad (0% to 98%)",
            "  1.9: 1 of 1 trials bad (3% to 100%)",
            "  cannot tell, after 6 trials",
            "  likeliest so far: 1.4 (75%)",
            "  likeliest so far: 1.3 (10%)",
            "  likeliest so far: nothing changes (4%)",
            "  likeliest so far: 1.1 (4%)",
            "  measure 1.0 again: nox -s repro -- --targets 'httpx==1.0' --rounds 10 --load compressed",
            "  measure 1.9 again: nox -s repro -- --targets 'httpx==1.9' --rounds 10 --load compressed",
        ]
    )


def test_points_that_cannot_be_tested_are_part_of_the_answer() -> None:
    inner = flaky(5, 1.0)

    def trial(target: Target, order: int) -> Trial:
        if target.pins[0] in ("httpx==1.4", "httpx==1.5"):
            return made(target, order=order, outcome="unavailable", detail="no wheel")
        return inner(target, order)

    answer = finding(investigated(question(), trial))
    assert (answer.last_good, answer.first_bad) == ("1.3", "1.6")
    assert answer.between == ["1.4", "1.5"]


def test_nothing_that_can_be_tested_is_undecided() -> None:
    answer = finding(
        investigated(
            question(4), lambda target, order: made(target, order=order, outcome="unavailable")
        )
    )
    assert (answer.verdict, answer.trials) == ("undecided", 0)


@pytest.mark.parametrize(("widen", "change"), [("good", 3), ("good", 8), ("bad", 2), ("bad", 9)])
def test_an_end_that_was_left_out_is_found_first(widen: str, change: int) -> None:
    answer = finding(investigated(question(widen=widen), flaky(change, 1.0)))
    assert (answer.last_good, answer.first_bad) == (f"1.{change - 1}", f"1.{change}")


def test_two_changes_in_the_range_are_not_passed_off_as_one() -> None:
    def trial(target: Target, order: int) -> Trial:
        minor = int(target.pins[0].split(".")[1])
        luck = random.Random(order)  # noqa: S311
        rate = 0.0 if minor < 3 else 0.4 if minor < 7 else 1.0
        return made(target, order=order, failed=3 if luck.random() < rate else 0)

    done = investigated(question(), trial)
    for number in range(60):
        target = done.question.points[number % 10].target
        step = Step(1000 + number, target, Reason("stored"))
        done.take(step, trial(step.target, step.round), None)
    answer = finding(done)
    assert answer.verdict == "culprit"
    changes = {str(answer.first_bad), *(name for name, _ in answer.also)}
    assert "1.7" in changes
    assert changes & {"1.3", "1.4"}  # at a rate of 0.4 its neighbour may look alike


def test_slow_is_set_by_the_two_ends() -> None:
    def trial(target: Target, order: int) -> Trial:
        cost = 1.0 if int(target.pins[0].split(".")[1]) >= 6 else 0.2
        return made(target, order=order, cpu_user=cost, cpu_system=0.0)

    done = investigated(question(signal="slow"), trial)
    answer = finding(done)
    assert (answer.last_good, answer.first_bad) == ("1.5", "1.6")
    assert done.tally.signal.threshold == pytest.approx((10 * 2) ** 0.5)


def test_ends_that_cost_alike_are_unchanged() -> None:
    answer = finding(
        investigated(
            question(signal="slow"),
            lambda target, order: made(target, order=order, cpu_user=0.2, cpu_system=0.0),
        )
    )
    assert answer.verdict == "unchanged"


@pytest.mark.parametrize(
    ("package_does", "other_does", "did"),
    [
        (True, False, "package"),
        (False, True, "others"),
        (True, True, "either"),
        (False, False, "together"),
    ],
)
def test_what_moved_together_is_told_apart(package_does: bool, other_does: bool, did: str) -> None:
    def trial(target: Target, order: int) -> Trial:
        pins = dict(pin.split("==") for pin in target.pins)
        newer = int(pins["httpx"].split(".")[1]) >= 4
        h11 = pins.get("h11", "0.16.0" if newer else "0.14.0")
        moved = h11 == "0.16.0"
        bad = (newer and package_does) or (moved and other_does) or (newer and moved)
        return made(
            target,
            order=order,
            failed=2 if bad else 0,
            environment=environment({"httpx": pins["httpx"], "h11": h11}),
        )

    answer = finding(investigated(question(), trial))
    assert answer.moved_with is not None
    assert answer.moved_with.packages == {"h11": ("0.14.0", "0.16.0")}
    assert answer.moved_with.did == did


def test_what_moved_together_and_cannot_be_parted_is_told() -> None:
    def trial(target: Target, order: int) -> Trial:
        pins = dict(pin.split("==") for pin in target.pins)
        if "h11" in pins:
            return made(target, order=order, outcome="unavailable", detail="conflict")
        newer = int(pins["httpx"].split(".")[1]) >= 4
        packages = {"httpx": pins["httpx"], "h11": "0.16.0" if newer else "0.14.0"}
        return made(target, order=order, failed=2 * newer, environment=environment(packages))

    answer = finding(investigated(question(), trial))
    assert answer.moved_with is not None
    assert answer.moved_with.did == "unseparated"
    assert moved_words(answer, answer.moved_with) == snapshot(
        "h11 (0.14.0 to 0.16.0) moved along, and neither goes without the other: cannot be separated"
    )


@pytest.mark.parametrize(
    ("culprit", "did", "words"),
    [
        ("h11", "not alone", "httpx does not do it alone: h11 (0.14.0 to 0.16.0) moved along"),
        ("httpx", "package", "it is httpx itself, not h11 (0.14.0 to 0.16.0)"),
    ],
)
def test_one_mixed_environment_tells_what_it_can(culprit: str, did: str, words: str) -> None:
    def trial(target: Target, order: int) -> Trial:
        pins = dict(pin.split("==") for pin in target.pins)
        newer = int(pins["httpx"].split(".")[1]) >= 4
        if "h11" in pins and not newer:
            return made(target, order=order, outcome="unavailable", detail="conflict")
        h11 = pins.get("h11", "0.16.0" if newer else "0.14.0")
        bad = newer if culprit == "httpx" else h11 == "0.16.0"
        packages = {"httpx": pins["httpx"], "h11": h11}
        return made(target, order=order, failed=2 * bad, environment=environment(packages))

    answer = finding(investigated(question(), trial))
    assert answer.moved_with is not None
    assert answer.moved_with.did == did
    assert moved_words(answer, answer.moved_with).startswith(words)


@pytest.mark.parametrize("seed", range(6))
def test_a_good_end_of_a_flaky_failure_is_not_believed_too_soon(seed: int) -> None:
    asked = question(30, widen="good", most=600)
    answer = finding(investigated(asked, flaky(3, 0.3, seed=seed)))
    assert answer.verdict != "unchanged"
    assert (answer.last_good, answer.first_bad) == ("1.2", "1.3")


def test_a_point_that_falls_silent_does_not_take_all_trials() -> None:
    def trial(target: Target, order: int) -> Trial:
        if target.pins[0] == "httpx==1.4" and order > 5:
            return made(target, order=order, outcome="server-died", detail="gone")
        return flaky(5, 1.0)(target, order)

    done = investigated(question(), trial)
    assert sum(record.target.pins[0] == "httpx==1.4" for record in done.tally.records) < 10
    assert finding(done).first_bad == "1.5"


def test_a_package_that_one_side_lacks_is_told_apart_by_adding_it_to_the_other() -> None:
    def trial(target: Target, order: int) -> Trial:
        pins = dict(pin.split("==") for pin in target.pins)
        newer = int(pins["httpx"].split(".")[1]) >= 4
        packages = {"httpx": pins["httpx"]} | ({} if newer else {"sniffio": "1.3.1"})
        return made(target, order=order, failed=2 * newer, environment=environment(packages))

    moved = finding(investigated(question(), trial)).moved_with
    assert moved is not None
    assert moved.did == "package"


def test_the_likeliest_fix_is_the_later_release() -> None:
    asked = question(most=9)
    asked = msgspec.structs.replace(asked, points=asked.points[::-1], fix=True)
    answer = finding(investigated(asked, flaky(4, 0.0, 1.0)))
    assert answer.verdict == "undecided"
    assert answer.likeliest[0][0] == "1.4"


def test_a_load_is_made_again_by_its_options() -> None:
    load = msgspec.structs.replace(LOADS["compressed"], name="x", payload_bytes=1234567, delay=0.1)
    named = msgspec.structs.replace(load, name="compressed with payload_bytes=1.23457e+06")
    assert load_options(named) == ["--load compressed", "--payload-bytes 1234567", "--delay 0.1"]


def whole(target: Target, order: int, kind: str = "", status: int | None = None) -> Trial:
    """A trial of a script that is judged as a whole and ended in an exception, or well."""
    failure = Failure((link(kind, "builtins"),), "", 1) if kind else None
    ended = int(bool(kind)) if status is None else status
    return made(
        target,
        order=order,
        requests=None,
        script_failure=failure,
        exit_status=ended,
        outcome="crashed" if ended < 0 else "completed",
    )


def minor(target: Target) -> int:
    return int(target.pins[0].split(".")[1])


def test_what_fails_otherwise_before_the_change_makes_it_a_range() -> None:
    def trying(target: Target, order: int) -> Trial:
        kind = {2: "TypeError", 3: "TypeError"}.get(minor(target), "")
        return whole(target, order, "ValueError" if minor(target) >= 4 else kind)

    answer = finding(investigated(question(signal="ValueError"), trying))
    assert (answer.verdict, answer.last_good, answer.first_bad) == ("culprit", "1.1", "1.4")
    assert answer.between == ["1.2", "1.3"]
    assert answer.instead == {"1.2": {"TypeError": 2}, "1.3": {"TypeError": 2}}
    assert ending_words(answer) == snapshot(
        "the signal comes between 1.1 and 1.4; 1.2 and 1.3 cannot tell (TypeError)"
    )


@pytest.mark.parametrize(("silent", "end"), [(0, "1.0"), (9, "1.9")])
def test_a_named_end_that_says_nothing_is_the_answer(silent: int, end: str) -> None:
    def trying(target: Target, order: int) -> Trial:
        here = minor(target)
        return whole(target, order, "RuntimeError" if here == silent else "ValueError" * (here > 4))

    asked = question(signal="ValueError", stated=("good", "bad"))
    done = investigated(asked, trying)
    answer = finding(done)
    assert (answer.verdict, answer.ending, answer.mute) == ("undecided", "mute end", end)
    assert len(done.tally.records) <= 5
    assert ending_words(answer) == f"nothing can be told: {end} cannot tell (RuntimeError)"
    left_out = msgspec.structs.replace(asked, stated=())
    assert finding(investigated(left_out, trying)).first_bad == "1.5"


def test_statuses_are_told_apart_where_any_is_sought() -> None:
    def trying(target: Target, order: int) -> Trial:
        if minor(target) < 4:
            return whole(target, order)
        return whole(target, order, "", -11) if minor(target) > 6 else whole(target, order, "A")

    answer = finding(investigated(question(signal="exit"), trying))
    assert answer.first_bad == "1.4"
    ways = [(end.exit_status, end.exception, end.points[0], end.points[-1]) for end in answer.ended]
    assert sorted(ways, key=str) == [(-11, "", "1.9", "1.9"), (1, "A", "1.4", "1.4")]
    assert (
        "  they may be different bugs: --signal 'exit!=1' takes status 1 for good"
        in finding_lines(answer)
    )
    one = finding(investigated(question(signal="exit=SIGSEGV"), trying))
    assert (one.last_good, one.first_bad, one.between) == ("1.3", "1.7", ["1.4", "1.5", "1.6"])


def test_memory_is_judged_beside_the_good_ends_median() -> None:
    def trying(target: Target, order: int) -> Trial:
        share = 1.6 if minor(target) >= 6 else 1.0 + 0.05 * (order % 3)
        return made(target, order=order, peak_memory=int(50e6 * share))

    done = investigated(question(signal="memory>1.4x"), trying)
    assert finding(done).first_bad == "1.6"
    assert done.tally.signal.words == "memory>73.5MB"


def test_a_hang_is_waited_for_as_long_as_the_others_took() -> None:
    def trying(target: Target, order: int) -> Trial:
        if minor(target) < 7:
            return made(target, order=order, wall=0.9)
        return made(target, order=order, outcome="hung", exit_status=None)

    done = investigated(question(signal="hang"), trying)
    assert minor(done.tally.records[0].target) == 0
    assert done.tally.deadline == 9.0
    assert finding(done).first_bad == "1.7"


def test_a_signal_that_the_newest_release_does_not_show_has_no_start() -> None:
    done = investigated(question(signal="ValueError", widen="good"), whole)
    answer = finding(done)
    assert (answer.verdict, answer.ending) == ("undecided", "never bad")
    assert len(done.tally.records) == 40
    assert ending_words(answer) == snapshot(
        "1.9 did not show it in 40 trials: name a release that does with --bad, and for the one that mended it a newer one with --good"
    )


def test_a_good_end_that_no_older_release_can_be_is_not_found() -> None:
    def trying(target: Target, order: int) -> Trial:
        return whole(target, order, "ValueError" if minor(target) > 6 else "TypeError")

    answer = finding(investigated(question(signal="ValueError", widen="good"), trying))
    assert (answer.verdict, answer.ending) == ("undecided", "no good end")
    assert ending_words(answer) == snapshot(
        "no good end was found before 1.9: name one with --good"
    )


def test_a_bad_end_that_says_nothing_is_not_tried_for_ever() -> None:
    def trying(target: Target, order: int) -> Trial:
        return whole(target, order, "TypeError")

    done = investigated(question(signal="ValueError", widen="good"), trying)
    assert len(done.tally.records) == 2
    assert finding(done).mute == "1.9"


def test_a_day_is_told_with_all_that_is_installed_otherwise_from_then_on() -> None:
    done = investigated(day_question(), failing_from(5))
    assert not done.backwards
    assert [record.target for record in done.tally.records[:6]] == 3 * [
        done.question.points[-1].target,
        done.question.points[0].target,
    ]
    answer = finding(done)
    assert answer.by_day
    assert (answer.last_good, answer.first_bad) == ("2024-01-05", "2024-01-06")
    assert answer.changed == {"certifi": ("2.0", "3.0"), "idna": ("3.4", "3.5")}
    assert answer.moved_with is None  # which of them does it is a question of its own
    assert {record.target for record in done.tally.records} <= {*done.tally.place}


def test_a_gap_right_before_a_day_is_told_with_it() -> None:
    gaps = ["2024-01-03a", "2024-01-05a", "2024-01-06a"]
    for goes in (False, True):
        asked = day_question(gaps=gaps)
        asked = asked.turned() if goes else asked
        answer = finding(investigated(asked, failing_from(5, goes)))
        assert answer.gaps == ["2024-01-05a"]
        assert (
            "  nothing could be installed from 2024-01-05a on, up to 2024-01-06: the change may be "
            "of any day in between"
        ) in finding_lines(answer)


def test_days_the_wrong_way_round_are_noticed_at_once_and_turned() -> None:
    trying = failing_from(5, goes=True)
    stopped = investigated(day_question(), trying)
    assert stopped.backwards
    assert len(stopped.tally.records) == 6
    turned = investigated(stopped.question.turned(), trying)
    assert not turned.backwards
    answer = finding(turned)
    assert (answer.last_bad, answer.first_good) == ("2024-01-05", "2024-01-06")
    assert answer.changed == {"certifi": ("2.0", "3.0"), "idna": ("3.4", "3.5")}
    assert ending_words(answer) == "the signal is not seen from the packages of 2024-01-06 on"


def test_a_flaky_signal_that_went_is_not_taken_for_none() -> None:
    """Three trials of the first day may all be good by chance: then its end is not known yet."""
    for seed in range(20):
        luck = random.Random(seed)  # noqa: S311
        trials: list[tuple[Step, Trial]] = []
        asked = day_question(confidence=0.95)
        for _ in range(8):
            search = Bisection(asked)
            for step, trial in trials:
                search.take(step, trial, None)
            while (following := search.next()) is not None:
                newer = int(following.target.pins[-1].removeprefix("idna==3.")) >= 4
                failed = 2 * (not newer and luck.random() < 0.3)
                trials.append(
                    (following, made(following.target, order=following.round, failed=failed))
                )
                search.take(*trials[-1], None)
            if not search.backwards:
                break
            asked = asked.turned()
        answer = finding(search)
        assert (answer.first_good, answer.fix) == ("2024-01-05", True)


@pytest.mark.parametrize("signal", ["memory>1.5x", "slow"])
def test_days_of_which_the_first_takes_too_much_are_turned_too(signal: str) -> None:
    def trying(target: Target, order: int) -> Trial:
        dear = int(target.pins[-1].removeprefix("idna==3.")) < 5
        memory, cpu = (100_000_000, 9.0) if dear else (50_000_000, 0.5)
        return made(target, order=order, peak_memory=memory, cpu_user=cpu)

    asked = day_question(signal=signal)
    stopped = investigated(asked, trying)
    assert stopped.backwards
    assert len(stopped.tally.records) == 6
    turned = investigated(asked.turned(), trying)
    assert not turned.backwards
    assert (finding(turned).last_bad, finding(turned).first_good) == ("2024-01-05", "2024-01-06")
    same = investigated(asked, lambda target, order: made(target, order=order, peak_memory=1000))
    assert not same.backwards


def test_releases_the_wrong_way_round_are_never_turned() -> None:
    assert not investigated(question(), flaky(5, 0.0, 1.0)).backwards


def test_a_days_screen() -> None:
    answer = finding(investigated(day_question(), failing_from(4)))
    assert finding_lines(answer) == snapshot(
        [
            "packages by the day, ReadError, compressed load: the signal comes with the packages of 2024-01-05",
            "  last good: 2024-01-04; up to it, 0 of 9 trials bad (0% to 34%)",
            "  first bad: 2024-01-05; from it on, 9 of 9 trials bad (66% to 100%)",
            "  confidence: 99.8%, from 18 trials",
            "  installed otherwise from then on: idna 3.3 to 3.4",
            "  measure 2024-01-04 again: nox -s repro -- --targets 'certifi==2.0,httpx==0.27.2,idna==3.3' --rounds 10 --load compressed",
            "  measure 2024-01-05 again: nox -s repro -- --targets 'certifi==2.0,httpx==0.27.2,idna==3.4' --rounds 10 --load compressed",
        ]
    )

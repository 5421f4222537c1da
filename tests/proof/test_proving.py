"""Which pair is run next, and what pairs of trials say."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot
from msgspec import structs

from scripts.analysis import signals
from scripts.analysis.effects import costs
from scripts.analysis.proof import Pair, proof
from scripts.domain.circumstances import CIRCUMSTANCES, USUAL, named, placed
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import NEEDED
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS, Trial, Worked
from scripts.proof.claim import Claim, Setting, create, load_claim
from scripts.proof.proving import Proving, paired
from scripts.proof.result import SignalResult, proof_result
from scripts.report.proofs import (
    closing_lines,
    cost_rows,
    does_good,
    printed_proof,
    side_lines,
    verdict_lines,
    verdict_rows,
    verdict_words,
)
from tests.builders import changed, failing, link, made
from tests.documents import document, encoded

pytestmark = pytest.mark.pure

BEFORE = parse("httpx==0.28.1,httpcore==1.0.9")
AFTER = structs.replace(BEFORE, name=f"{BEFORE.name}, with mine.diff")


def setting(name: str = "compressed", once: bool = False) -> Setting:
    load = structs.replace(LOADS["compressed"], name=name, requests=10)
    return Setting(name, f"under {name}", BEFORE, AFTER, load, once)


def claim(*settings: Setting, **fields: Any) -> Claim:
    values: dict[str, Any] = {
        "name": "20260101-000000-1",
        "created": "2026-01-01T00:00:00+00:00",
        "command": ("prove", "--package", "httpcore"),
        "change": "mine.diff for httpcore 1.0.9",
        "package": "httpcore",
        "signals": ("ReadError",),
        "settings": list(settings or (setting(),)),
        "confidence": 0.99,
        "budget": 60.0,
        "most": 50,
    }
    return Claim(**(values | fields))


def trial(after: bool, failed: int = 0, **fields: Any) -> Trial:
    values = {"load": setting().load} | fields
    return made(AFTER if after else BEFORE, failed=failed, **values)


def test_the_setting_of_the_fewest_pairs_is_next_and_the_order_is_not_always_one() -> None:
    proving = Proving(claim(setting("a"), setting("b")))
    orders = set()
    for number in range(1, 21):
        step = proving.next()
        assert step is not None
        assert (step.place, step.round) == ((number - 1) % 2, (number + 1) // 2)
        assert set(step.targets) == {BEFORE, AFTER}
        orders.add(step.targets)
        proving.take(step.place, trial(False), trial(True))
    assert len(orders) == 2


def test_it_ends_where_it_is_settled_or_used_up() -> None:
    proving = Proving(claim())
    for _ in range(44):
        assert proving.next() is not None
        proving.take(0, trial(False, failed=2), trial(True))
    assert proving.next() is None
    assert proof_result(proving).ending == "settled"
    proving = Proving(claim(most=3))
    for _ in range(3):
        assert proof_result(proving).ending == "ran out"
        proving.take(0, trial(False), trial(True))
    assert proving.next() is None
    assert proof_result(proving).ending == "used up"


def test_one_pair_is_all_where_no_more_are_meant() -> None:
    proving = Proving(claim(setting(once=True)))
    proving.take(0, trial(False), trial(True))
    assert proving.next() is None
    assert proof_result(proving).ending == "settled"


def test_what_says_nothing_is_given_up() -> None:
    proving = Proving(claim())
    silent = changed(trial(True), outcome="server-died", detail="it died")
    for _ in range(2):
        assert proving.next() is not None
        proving.take(0, trial(False), silent)
    assert proving.next() is None
    result = proof_result(proving)
    assert result.settings[0].silent == 2
    assert result.settings[0].signals[0].judgement.before.trials == 0
    assert "under compressed: 2 of 2 pairs say nothing." in side_lines(result)


def test_an_amount_is_compared_within_the_pair() -> None:
    slow = signals.parse("slow")

    def pair(before: float, after: float) -> Pair | None:
        return paired(slow, trial(False, cpu_user=before), trial(True, cpu_user=after))

    assert pair(10.0, 2.0) == Pair(1, 0)
    assert pair(2.0, 10.0) == Pair(0, 1)
    assert pair(2.0, 2.1) == Pair(0, 0)
    assert paired(slow, trial(False, outcome="hung"), trial(True)) is None


def test_what_hangs_or_crashes_with_the_change_is_not_mended() -> None:
    sought = signals.parse("ReadError")
    hung = changed(trial(True), outcome="hung", exit_status=None)
    assert paired(sought, trial(False, failed=2), hung) == Pair(2, 10, True)
    assert paired(sought, hung, hung) == Pair(10, 10, True)
    proving = Proving(claim(most=200))
    for number in range(129):
        proving.take(0, trial(False, failed=2), trial(True) if number % 3 == 0 else hung)
    result = proof_result(proving)
    [told] = result.settings[0].signals
    assert told.judgement.verdict in ("cannot tell", "harms")
    assert told.judgement.failing == 86
    assert not does_good(result)


def test_what_fails_otherwise_with_the_change_is_not_mended() -> None:
    proving = Proving(claim(most=200))
    otherwise = failing(link("ConnectError"))
    for _ in range(60):
        other = changed(otherwise, target=AFTER, load=setting().load)
        proving.take(0, trial(False, failed=2), other)
    result = proof_result(proving)
    [told] = result.settings[0].signals
    assert (told.judgement.verdict, told.judgement.failing) == ("helps", 60)
    assert told.judgement.after.bad == 0
    assert not does_good(result)
    assert any(
        "more often with it: ConnectError in 60 trials" in line for line in side_lines(result)
    )


def test_costs_are_of_pairs_that_answered_nearly_all() -> None:
    sparing = trial(False, failed=2, cpu_user=0.1)
    assert not costs([(sparing, trial(True))])
    assert costs([(trial(False), trial(True))])
    assert paired(signals.parse("slow"), sparing, trial(True)) is None


def test_costs_are_told() -> None:
    proving = Proving(claim())
    for _ in range(12):
        proving.take(0, trial(False, cpu_user=10.0), trial(True, cpu_user=1.0))
    assert cost_rows(proof_result(proving)) == snapshot(
        [
            (
                "under compressed",
                "12",
                "processor time per request",
                "1010.0 ms",
                "110.0 ms",
                "0.11 (0.11 to 0.11)",
            ),
            ("under compressed", "12", "wall time", "12.00 s", "12.00 s", "1.00 (1.00 to 1.00)"),
            ("under compressed", "12", "p50 of answers", "0.50 s", "0.50 s", "1.00 (1.00 to 1.00)"),
            ("under compressed", "12", "p99 of answers", "0.50 s", "0.50 s", "1.00 (1.00 to 1.00)"),
            ("under compressed", "12", "peak memory", "67 MB", "67 MB", "1.00 (1.00 to 1.00)"),
        ]
    )


def test_pairs_are_taken_in_again_as_they_were_run() -> None:
    asked = claim(setting("a"), setting("b"))
    first, second = (one.load for one in asked.settings)
    stored = [
        trial(True, load=first, round=1, order=1),
        trial(False, failed=1, load=first, round=1, order=2),
        trial(False, load=second, round=1, order=3),
        trial(False, load=first, round=2, order=4),
        trial(True, load=first, round=2, order=5),
        trial(True, load=first, round=3, order=6),
    ]
    proving = Proving(asked)
    proving.replay(stored)
    assert [len(record.pairs) for record in proving.records] == [2, 0]
    assert proof_result(proving).settings[0].signals[0].judgement.fewer == 1
    step = proving.next()
    assert step is not None
    assert (step.place, step.round) == (1, 1)


def test_a_claim_is_read_as_it_was_written(tmp_path: Any) -> None:
    asked = claim(setting("a"), setting("b", once=True))
    assert load_claim(create(asked, tmp_path)) == asked


@pytest.mark.parametrize("name", CIRCUMSTANCES)
def test_each_circumstance_has_a_client_of_httpx(name: str) -> None:
    run = placed(CIRCUMSTANCES[name], BEFORE)
    assert run is not None
    target, load = run
    needed = [pin for call, pin in NEEDED.items() if call == CIRCUMSTANCES[name].script]
    assert target.pins == (*BEFORE.pins, *needed)
    assert load.requests or name == "as-written"
    assert (target, load) != (BEFORE, LOADS["compressed"]) or name == "compressed"


def test_circumstances_are_had_at_once_in_one_order() -> None:
    assert named("tls+blocking") == named("blocking+tls")
    name, both = named("10ms+brief+tls")
    assert name == "brief+tls+10ms"
    assert both.words == "a keep-alive far shorter than an answer takes, TLS and 10 ms each way"
    assert both.numbers == {
        "keep_alive": 0.02,
        "concurrency": 100,
        "requests": 500,
        "tls": True,
        "latency": 0.01,
    }
    assert named("threads+tls")[1].script == "sync_client.py"


@pytest.mark.parametrize("text", ["tls+tls", "document+tls", "blocking+threads"])
def test_circumstances_that_exclude_each_other_are_refused(text: str) -> None:
    with pytest.raises(UsageProblem, match="cannot be had at once"):
        named(text)


def test_another_client_has_those_that_need_no_variant() -> None:
    control = parse("control")
    there = [name for name in USUAL if placed(CIRCUMSTANCES[name], control)]
    assert there == ["document", "compressed", "blocking", "brief", "tls", "10ms"]
    own = structs.replace(BEFORE, script="mine.py", axis="")
    assert [name for name in USUAL if placed(CIRCUMSTANCES[name], own)] == [
        "document",
        "compressed",
        "brief",
        "tls",
        "10ms",
    ]


def test_a_proof_is_told() -> None:
    proving = Proving(claim(setting(), signals=("ReadError", "slow")))
    for number in range(20):
        before = trial(False, failed=2, cpu_user=10.0, server_worked=Worked(1000, {}))
        after = trial(True, failed=0, cpu_user=1.0, overridden=("httpcore.A.b",))
        after = changed(after, server_worked=Worked(1000, {7: 2}))
        if number == 3:
            after = changed(after, outcome="hung", exit_status=None)
        proving.take(0, before, after)
    result = proof_result(proving)
    assert verdict_lines(result) == snapshot(
        [
            "under compressed: helps: ReadError or an end before it could come in 1 of 20 trials (0% to 36%) with it, in 20 of 20 trials (75% to 100%) without; 10 failures against 40, fewer in 19 pairs and more in 1.",
            "under compressed: cannot tell: slow: clearly less with it in 0 of 0 pairs, clearly more in 0.",
        ]
    )
    assert verdict_rows(result) == snapshot(
        [
            (
                "under compressed",
                "ReadError",
                "",
                "20 of 20 trials (75% to 100%)",
                "1 of 20 trials (0% to 36%)",
                "helps",
            ),
            (
                "under compressed",
                "slow",
                "",
                "clearly more in 0 of 0 pairs",
                "clearly more in 0 of 0 pairs",
                "cannot tell",
            ),
        ]
    )
    assert side_lines(result) == snapshot(
        [
            "under compressed: arrived more than once: 20 of 20,000 with it, 0 of 20,000 without.",
            "under compressed: a request took 1010.0 ms of processor time without it.",
            "under compressed: more often with it: hang in 1 trials with it and 0 without, of 20 each.",
        ]
    )
    assert closing_lines(result) == snapshot(
        [
            "40 trials, without the change and with it in turn. Each verdict holds by itself at 99% whenever one stops; intervals at 95 %.",
            "It replaced httpcore.A.b.",
        ]
    )
    printed = document("prove", encoded(printed_proof(result)))
    assert printed["ending"] == "ran out"


WHY = {
    "too few": ([Pair(100, 0)] * 8 + [Pair(0, 9)] + [Pair(0, 0)] * 6, "too few of those failed"),
    "two ways": ([Pair(1, 0)] * 20 + [Pair(0, 1000)], "most pairs go one way, the sum does not"),
    "no way shown": (
        [Pair(4, 0)] * 11 + [Pair(4, 80)] * 6,
        "most pairs go one way, the sum does not",
    ),
    "as many": ([Pair(1, 0)] * 20 + [Pair(0, 20)], "most pairs go one way, the sum does not"),
}


@pytest.mark.parametrize("case", WHY)
def test_why_nothing_can_be_told_is_said(case: str) -> None:
    pairs, why = WHY[case]
    judged = proof(pairs, 0.99).judgement()
    assert judged.verdict == "cannot tell"
    assert why in verdict_words(SignalResult("ReadError", False, judged, 0))


def stored(number: int, failed: int = 0) -> list[Trial]:
    """The two trials of a pair of this number."""
    place = structs.replace(made().place, round=number)
    return [structs.replace(trial(after, failed), place=place) for after in (False, True)]


def test_a_pair_that_was_interrupted_is_run_before_later_ones_count() -> None:
    proving = Proving(claim())
    proving.replay([*stored(1), *stored(3), stored(4)[0]])
    [record] = proving.records
    assert len(record.pairs) == 1
    first = proving.next()
    assert first is not None
    assert first.round == 2
    second = proving.next([first])
    assert second is not None
    assert second.round == 4  # of which one trial alone was left
    proving.take(0, *stored(2))
    assert len(record.pairs) == 3


def test_what_two_hosts_ran_of_a_pair_is_none() -> None:
    before, after = stored(1)
    elsewhere = structs.replace(after, host=structs.replace(after.host, name="0b0b0b0b"))
    proving = Proving(claim())
    proving.replay([before, elsewhere])
    assert not proving.records[0].pairs

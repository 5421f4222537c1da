"""Published proofs: kept small, told again from their trials alone, replaced by their like."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from scripts.analysis.summary import summarise
from scripts.domain.changes import changed_by
from scripts.domain.files import PROJECT
from scripts.domain.libraries import upstreams
from scripts.domain.trial import LOADS
from scripts.proof.claim import CLAIM, create, load_claim
from scripts.proof.proving import Proving
from scripts.proof.result import ProofResult, SettingResult, SignalResult, proof_result
from scripts.proof.suite import SUITE, SuiteResult, SuiteSide
from scripts.report import published, publishing
from scripts.report.issue.suggestions import hunk, suggestions
from scripts.report.issue.tables import left_words, missed_words
from scripts.report.page import render
from scripts.report.page.supplement import Supplement
from scripts.report.proofs import does_good, suite_words
from scripts.report.proofs_in_short import short_lines, short_words
from scripts.report.slower_machines import slower_words
from scripts.trials import store
from tests.builders import changed, made
from tests.proof.test_proving import claim, trial

pytestmark = pytest.mark.pure

SUITE_RESULT = SuiteResult(
    "httpcore 1.0.9", "", SuiteSide(9, ["a"], 1), SuiteSide(8, ["a", "b"], 1)
)


def proven(name: str) -> tuple[Path, ProofResult]:
    """A finished proof on disk, with what it shows."""
    asked = claim(
        name=name,
        clone="/home/someone/clone",
        command=("prove", "--change", "/home/someone/mine.diff"),
    )
    folder = create(asked)
    proving = Proving(asked)
    for number in range(1, 13):
        pair = [
            changed(
                trial(after, failed=0 if after else 1),
                campaign=name,
                round=number,
                order=2 * number - (not after),
            )
            for after in (False, True)
        ]
        for one in pair:
            store.write(one, folder)
        proving.take(0, *pair)
    (folder / SUITE).write_bytes(msgspec.json.encode(SUITE_RESULT))
    return folder, proof_result(proving, SUITE_RESULT)


def test_a_published_proof_says_the_same_from_its_trials_alone() -> None:
    folder, result = proven("20240101-000000-1")
    publishing.publish(folder)
    [kept] = published.proofs()
    assert kept.command == ("prove", "--change", "path/to/mine.diff")
    assert structs.replace(kept, command=result.command) == result
    assert published.trials() == []


def test_a_proof_with_another_release_beside_stays() -> None:
    """The same diff under circumstances of the same names: other packages make it another."""
    for name, anyio in (("20240101-000000-1", "4.6.2"), ("20240102-000000-1", "4.16.0")):
        folder, _ = proven(name)
        asked = load_claim(folder)
        [setting] = asked.settings
        sides = {
            side: structs.replace(getattr(setting, side), pins=(f"anyio=={anyio}",))
            for side in ("before", "after")
        }
        changed_claim = structs.replace(asked, settings=[structs.replace(setting, **sides)])
        (folder / CLAIM).write_bytes(store.encode_purpose(changed_claim))
        publishing.publish(folder)
    assert len(published.proofs()) == 2


def test_a_proof_takes_the_place_of_one_of_the_same_change() -> None:
    for name in ("20240101-000000-1", "20240102-000000-1"):
        publishing.publish(proven(name)[0], replacing=True)
    [kept] = published.proofs()
    assert kept.name == "20240102-000000-1"


@pytest.mark.parametrize(("order", "kept"), [((1, 2), 1), ((2, 1), 2)])
def test_a_proof_under_more_circumstances_takes_its_place_and_never_the_other_way_round(
    order: tuple[int, int], kept: int
) -> None:
    for count in order:
        folder, _ = proven(f"2024010{count}-000000-1")
        asked = load_claim(folder)
        [setting] = asked.settings
        settings = [setting, structs.replace(setting, load=LOADS["smoke"])][:count]
        more = structs.replace(asked, settings=settings)
        (folder / CLAIM).write_bytes(store.encode_purpose(more))
        publishing.publish(folder, replacing=True)
    assert len(published.proofs()) == kept


def test_the_report_tells_a_proof() -> None:
    _, result = proven("20240101-000000-1")
    page = render.report([made(failed=1)], "nox -s repro", Supplement(proofs=[result]))
    said = page[page.index("## What would mend it?") :]
    assert (
        "<summary>mine.diff for httpcore 1.0.9, on httpx 0.28.1, httpcore 1.0.9</summary>" in said
    )
    assert "| under compressed | ReadError |" in said
    assert "these fail with it alone: b." in said
    assert "Trials 20240101-000000-1/0001 to 0024, one at a time." in said


def test_a_suite_that_was_not_run_says_why() -> None:
    words = suite_words(SuiteResult("httpcore2 2.16.2", "its source has no tests"))
    assert words == ("Upstream's tests were not run (httpcore2 2.16.2): its source has no tests.")


CURE = PROJECT / "repro" / "cures" / "look-httpcore-1.0.9.diff"


def test_a_diff_that_does_good_is_suggested_to_its_project() -> None:
    result = structs.replace(proven("20240101-000000-1")[1], suite=None)
    upstream = upstreams()["httpx"]
    tried = structs.replace(result, patch=changed_by(CURE, CURE.read_text()))
    [suggestion] = suggestions(upstream, [tried])
    assert suggestion.text == CURE.read_text()
    assert suggestion.lines[0].startswith("under compressed: helps: ReadError in 0 of 12 trials")
    assert suggestion.command == "nox -s prove -- --change /home/someone/mine.diff"
    assert suggestions(upstreams()["httpx2"], [tried]) == []
    assert suggestions(upstream, [result]) == []
    assert suggestions(upstream, [structs.replace(tried, suite=SUITE_RESULT)]) == []
    # Of several proofs of one diff, that which says most for it; the others are told in short.
    [setting] = tried.settings
    more = structs.replace(tried, settings=[setting, structs.replace(setting, words="twice")])
    [both] = suggestions(upstream, [tried, more, tried])
    assert "twice: helps" in both.lines[1]
    assert [line for line in both.lines if line.startswith("In other proofs mine.diff")]
    other = structs.replace(tried, patch=changed_by(CURE, "another by now"))
    assert suggestions(upstream, [other]) == []


def cured() -> tuple[ProofResult, SettingResult, SignalResult]:
    """A proof of a diff, its one circumstance, and what it shows of its one signal."""
    result = structs.replace(proven("20240101-000000-1")[1], suite=None)
    tried = structs.replace(result, patch=changed_by(CURE, CURE.read_text()))
    [setting] = tried.settings
    [told] = setting.signals
    return tried, setting, told


def test_a_suggestion_says_where_more_failed_with_it_though_that_may_be_chance() -> None:
    tried, setting, told = cured()
    unsure = structs.replace(told.judgement, verdict="cannot tell", failed_after=515)
    older = structs.replace(
        setting,
        name="10ms",
        words="all late",
        layer="4.6.0",
        signals=[structs.replace(told, judgement=unsure)],
    )
    both = structs.replace(tried, settings=[setting, older])
    [suggestion] = suggestions(upstreams()["httpx"], [both], setting.load)
    assert [
        (case.under, case.signal, case.judgement.failed_after) for case in suggestion.cases
    ] == [
        ("the load at the top", "ReadError", 0),
        ("all late", "ReadError", 515),
    ]
    assert suggestion.best == "12 failures to 0, in 12 to 0 of 12 trials (under compressed)"
    # A part of it that was tried alone is told beside it.
    part = structs.replace(tried, against=changed_by(CURE.with_name("part.diff"), ""))
    [suggestion] = suggestions(upstreams()["httpx"], [both, part], setting.load)
    assert [case.against for case in suggestion.cases] == ["", "part.diff", ""]
    # What the part alone makes worse is told, too.
    harm = structs.replace(told.judgement, verdict="harms", failed_before=4, failed_after=758)
    worse = structs.replace(setting, signals=[structs.replace(told, judgement=harm)])
    alone = structs.replace(tried, patch=part.against, settings=[worse])
    [suggestion] = suggestions(upstreams()["httpx"], [both, part, alone], setting.load)
    assert [(case.after, case.own) for case in suggestion.cases] == [
        (0, True),
        (758, False),
        (0, True),
        (515, True),
    ]


def test_a_close_between_look_and_write_is_told_of_where_the_loop_runs_in_between() -> None:
    tried, setting, told = cured()
    newest = structs.replace(setting, layer="4.16.0")
    left = structs.replace(told.judgement, verdict="helps", failed_after=515)
    races = structs.replace(
        setting.races_after, stale=515, looked=515, after_look=461, look_ms=40.1
    )
    older = structs.replace(
        setting,
        layer="4.6.0",
        signals=[structs.replace(told, judgement=left)],
        races_after=races,
    )
    both = structs.replace(tried, settings=[newest, older])
    [suggestion] = suggestions(upstreams()["httpx"], [both], setting.load)
    assert suggestion.missed is not None
    assert (suggestion.missed.layer, suggestion.missed.left) == ("4.6.0", races)
    assert missed_words([suggestion]) == "461 of 515 closes came there (4.6.0)"
    [suggestion] = suggestions(
        upstreams()["httpx"], [structs.replace(tried, settings=[newest])], setting.load
    )
    assert suggestion.missed is None


def test_of_what_a_diff_leaves_it_is_told_how_much_a_look_would_have_told() -> None:
    tried, setting, told = cured()
    left = structs.replace(told.judgement, verdict="helps", failed_after=44)
    some = structs.replace(
        setting,
        signals=[structs.replace(told, judgement=left)],
        races_after=structs.replace(setting.races_after, stale=44, told=1),
    )
    [suggestion] = suggestions(
        upstreams()["httpx"], [structs.replace(tried, settings=[some])], setting.load
    )
    assert left_words([suggestion]) == ": of the 44 left a look would have told in 1"
    [suggestion] = suggestions(upstreams()["httpx"], [tried], setting.load)
    assert left_words([suggestion]) == left_words([]) == ""


def test_what_a_diff_adds_is_shown_where_it_is_little_and_all() -> None:
    below, added = hunk(CURE.read_text())
    assert below.startswith("async with")
    assert added.splitlines()[0].startswith("if ")
    assert hunk(CURE.with_name("pass-httpcore-1.0.9.diff").read_text()) == ("", "")


def test_what_fails_on_a_slower_machine_alone_is_told_beside_what_does_not_fail() -> None:
    (row,) = summarise([made(failed=0)]).rows
    result = structs.replace(proven("20240101-000000-1")[1], target=row.target)
    [setting] = result.settings
    assert row.cpu_per_request is not None
    took = {"processor_time": 2 * row.cpu_per_request / 1000, "name": row.load.name}
    there = structs.replace(setting, load=row.load, **took)
    [(words, proof)] = slower_words([row], [structs.replace(result, settings=[there])])
    assert f"{2 * row.cpu_per_request:.1f} ms of processor time instead of" in words
    assert words.endswith(
        "in 12 of 12 trials (12 failures), and with mine.diff for httpcore 1.0.9, a suggested "
        "change, in 0 (0)."
    )
    assert proof.name == result.name
    as_fast = structs.replace(there, processor_time=row.cpu_per_request / 1000)
    for other in (as_fast, structs.replace(there, name="blocking"), setting):
        assert slower_words([row], [structs.replace(result, settings=[other])]) == []
    (failing,) = summarise([made(failed=1)]).rows
    assert slower_words([failing], [structs.replace(result, settings=[there])]) == []


def test_what_harms_anywhere_is_not_suggested() -> None:
    result = structs.replace(proven("20240101-000000-1")[1], suite=None)
    [setting] = result.settings
    [told] = setting.signals
    harmed = structs.replace(told, judgement=structs.replace(told.judgement, verdict="harms"))
    worse = structs.replace(setting, name="tls", words="under TLS", signals=[harmed])
    both = structs.replace(result, settings=[setting, worse])
    assert does_good(result)
    assert not does_good(both)
    assert short_words([both]) == (
        "mine.diff for httpcore 1.0.9: helps against ReadError under under compressed (12 failures "
        "to 0, in 12 to 0 of 12 trials); brings more of ReadError under under TLS (12 failures to "
        "0, in 12 to 0 of 12 trials)"
    )


def test_what_a_change_does_is_told_in_one_sentence_of_all_its_proofs() -> None:
    result = structs.replace(proven("20240101-000000-1")[1], suite=None)
    [setting] = result.settings
    [told] = setting.signals
    slow = structs.replace(told, signal="slow", amounts=True)
    untold = structs.replace(told, judgement=structs.replace(told.judgement, verdict="cannot tell"))
    layered = structs.replace(setting, layer="4.16.0", signals=[slow, untold])
    assert short_words([structs.replace(result, settings=[layered])]) == (
        "mine.diff for httpcore 1.0.9, beside anyio 4.16.0: helps against slow under under "
        "compressed (less in 12 of 12 pairs, more in 0); cannot tell in 1 other case"
    )
    older = structs.replace(layered, words="under compressed, anyio 4.6.0", layer="4.6.0")
    assert short_words([structs.replace(result, settings=[untold_of(older), layered])]) == (
        "mine.diff for httpcore 1.0.9: helps against slow under under compressed beside anyio "
        "4.16.0 (less in 12 of 12 pairs, more in 0); cannot tell in 2 other cases"
    )
    # What rests on more trials takes the place of what rests on fewer, wherever it stands.
    rate = structs.replace(told.judgement.after, trials=44)
    longer = structs.replace(told.judgement, verdict="mends", after=rate)
    more = structs.replace(setting, signals=[structs.replace(told, judgement=longer)])
    again = structs.replace(result, settings=[more])
    compared = structs.replace(result, against=changed_by(CURE, "another"))
    for results in ([result, again], [again, result]):
        [line] = short_lines([*results, compared])
        assert line == (
            "mine.diff for httpcore 1.0.9: mends ReadError under under compressed (12 failures to "
            "0, in 12 to 0 of 44 trials)"
        )


def untold_of(setting: SettingResult) -> SettingResult:
    """A circumstance with only what cannot be told."""
    return structs.replace(setting, signals=setting.signals[1:])

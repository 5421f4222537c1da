"""Published proofs: kept small, told again from their trials alone, replaced by their like."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from scripts.domain.changes import changed_by
from scripts.domain.files import PROJECT
from scripts.domain.libraries import upstreams
from scripts.domain.trial import LOADS
from scripts.proof.claim import CLAIM, create, load_claim
from scripts.proof.proving import Proving
from scripts.proof.result import ProofResult, proof_result
from scripts.proof.suite import SUITE, SuiteResult, SuiteSide
from scripts.report import published, publishing
from scripts.report.issue.evidence import suggestions
from scripts.report.page import render
from scripts.report.page.supplement import Supplement
from scripts.report.proofs import does_good, short_words, suite_words
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
        publishing.publish(proven(name)[0])
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
        publishing.publish(folder)
    assert len(published.proofs()) == kept


def test_the_report_tells_a_proof() -> None:
    _, result = proven("20240101-000000-1")
    page = render.report([made(failed=1)], "nox -s repro", Supplement(proofs=[result]))
    said = page[page.index("## What would mend it?") :]
    assert "### mine.diff for httpcore 1.0.9, on httpx 0.28.1, httpcore 1.0.9" in said
    assert "| under compressed | ReadError |" in said
    assert "these fail with it alone: b." in said
    assert "Trials 20240101-000000-1/0001 to 0024, one at a time." in said


def test_a_suite_that_was_not_run_says_why() -> None:
    words = suite_words(SuiteResult("httpcore2 2.16.2", "its source has no tests"))
    assert words == (
        "Upstream's own tests were not run (httpcore2 2.16.2): its source has no tests."
    )


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
    other = structs.replace(tried, patch=changed_by(CURE, "another by now"))
    assert suggestions(upstream, [other]) == []


def test_what_harms_anywhere_is_not_suggested() -> None:
    result = structs.replace(proven("20240101-000000-1")[1], suite=None)
    [setting] = result.settings
    [told] = setting.signals
    harmed = structs.replace(told, judgement=structs.replace(told.judgement, verdict="harms"))
    worse = structs.replace(setting, words="under TLS", signals=[harmed])
    both = structs.replace(result, settings=[setting, worse])
    assert does_good(result)
    assert not does_good(both)
    assert short_words(both) == (
        "mine.diff for httpcore 1.0.9: "
        "helps against ReadError under under compressed (12 failures without it, 0 with it, in 12 "
        "and 0 of 12 trials); brings more of ReadError under under TLS (12 failures without it, 0 "
        "with it, in 12 and 0 of 12 trials)"
    )
    slow = structs.replace(told, signal="slow", amounts=True)
    untold = structs.replace(told, judgement=structs.replace(told.judgement, verdict="cannot tell"))
    layered = structs.replace(setting, layer="4.16.0", signals=[slow, untold])
    assert short_words(structs.replace(result, settings=[layered])) == (
        "mine.diff for httpcore 1.0.9, beside anyio 4.16.0: helps against slow under under "
        "compressed (clearly less in 12 of 12 pairs, more in 0); cannot tell of ReadError under "
        "under compressed"
    )

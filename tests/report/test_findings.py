"""What a search found, in words and as JSON."""

# ruff: noqa: E501

from __future__ import annotations

from itertools import product
from typing import get_args

import msgspec
import pytest
from inline_snapshot import snapshot

from scripts.analysis.rates import rate
from scripts.report.findings import ending_words, moved_words, printed_finding
from scripts.report.reasons import reason_words
from scripts.search.attribution import Mixture, Moved
from scripts.search.finding import Ending, finding
from scripts.search.step import Ground, Reason
from tests.builders import day_question, failing_from, flaky, question
from tests.documents import document, encoded
from tests.search.test_bisection import investigated

pytestmark = pytest.mark.pure

CULPRIT = finding(investigated(question(), flaky(4, 1.0)))
FIX = msgspec.structs.replace(CULPRIT, fix=True, before=CULPRIT.after, after=CULPRIT.before)


def test_json_has_the_facts_and_the_sentences() -> None:
    answer = document("bisect", encoded(printed_finding(CULPRIT)))
    assert answer.pop("confidence") == CULPRIT.confidence
    assert answer.pop("before") == msgspec.to_builtins(CULPRIT.before)
    assert answer.pop("after") == msgspec.to_builtins(CULPRIT.after)
    assert answer == snapshot(
        {
            "schema": "bisect",
            "version": 1,
            "verdict": "culprit",
            "words": "the signal comes with 1.4",
            "package": "httpx",
            "signal": "ReadError",
            "load": {
                "name": "compressed",
                "requests": 1000,
                "concurrency": 300,
                "timeout": 30,
                "payload_bytes": 30000,
                "delay": 0.3,
                "keep_alive": 0.5,
                "expiry_factor": 0.1,
            },
            "last_good": "1.3",
            "last_bad": None,
            "first_good": None,
            "first_bad": "1.4",
            "commit": None,
            "likeliest": [],
            "unchanged": None,
            "days": ["2024-01-04", "2024-01-05"],
            "silent": 0,
            "untestable": [],
            "between": [],
            "instead": {},
            "ended": [],
            "otherwise": {},
            "also": [],
            "moved_with": None,
            "changed": {},
            "gaps": [],
            "trials": 17,
            "reproduce": [
                ["1.3", "nox -s repro -- --targets 'httpx==1.3' --rounds 10 --load compressed"],
                ["1.4", "nox -s repro -- --targets 'httpx==1.4' --rounds 10 --load compressed"],
            ],
        }
    )


def test_json_says_what_moved() -> None:
    moved = Moved({"h11": ("0.14.0", "0.16.0")}, Mixture(3, False), Mixture(4, True))
    answer = printed_finding(msgspec.structs.replace(CULPRIT, moved_with=moved))
    assert msgspec.to_builtins(answer.moved_with) == snapshot(
        {
            "packages": {"h11": ("0.14.0", "0.16.0")},
            "did": "package",
            "words": "it is httpx itself, not h11 (0.14.0 to 0.16.0) (3 and 4 trials of the mixed environments)",
        }
    )


def test_every_ending_has_its_sentence() -> None:
    mute = msgspec.structs.replace(CULPRIT, mute="1.3", instead={"1.3": {"TypeError": 2}})
    sentences = {
        ending: ending_words(msgspec.structs.replace(mute, ending=ending))
        for ending in get_args(Ending)
    }
    assert sentences == snapshot(
        {
            "nothing judged": "no two points could be judged",
            "mute end": "nothing can be told: 1.3 cannot tell (TypeError)",
            "no good end": "no good end was found before 1.4: name one with --good",
            "no bad end": "no bad end was found after 1.3: name one with --bad",
            "never bad": "1.4 did not show it in 9 trials: name a release that does with --bad, and for the one that mended it a newer one with --good",
            "ran out": "cannot tell yet",
            "unchanged": "nothing changes between 1.3 and 1.4",
            "swapped": "1.3 is bad and 1.4 good: swap the two ends",
            "step": "the signal comes with 1.4",
        }
    )


def test_the_ends_of_a_fix_are_named_good_end_first() -> None:
    unchanged = msgspec.structs.replace(FIX, ending="unchanged")
    assert ending_words(unchanged) == snapshot("nothing changes between 1.4 and 1.3")
    assert ending_words(FIX) == snapshot("the signal is not seen from 1.4 on")


def test_a_signal_that_the_good_side_shows_too_is_rarer_there_not_gone() -> None:
    now_and_then = rate([(1, 8)])
    rarer = msgspec.structs.replace(FIX, after=now_and_then)
    assert ending_words(rarer) == snapshot("the signal is rarer from 1.4 on")
    more = msgspec.structs.replace(CULPRIT, before=now_and_then)
    assert ending_words(more) == snapshot("the signal is more frequent from 1.4 on")
    between = msgspec.structs.replace(more, between=["1.3.1"], instead={"1.3.1": {"TypeError": 2}})
    assert ending_words(between) == snapshot(
        "the signal gets more frequent between 1.3 and 1.4; 1.3.1 cannot tell (TypeError)"
    )


MIXTURES = (None, Mixture(0, None), Mixture(5, False), Mixture(4, True))


def test_what_moved_is_told_from_the_mixed_environments() -> None:
    versions = {"h11": ("0.14.0", "0.16.0")}
    moved = [Moved(versions, others, package) for others, package in product(MIXTURES, MIXTURES)]
    assert [f"{one.did}: {moved_words(CULPRIT, one)}" for one in moved] == snapshot(
        [
            "unseparated: h11 (0.14.0 to 0.16.0) moved along, and neither goes without the other: cannot be separated",
            "unseparated: h11 (0.14.0 to 0.16.0) moved along; not told apart",
            "not alone: httpx does not do it alone: h11 (0.14.0 to 0.16.0) moved along (5 trials of the mixed environments)",
            "package: it is httpx itself, not h11 (0.14.0 to 0.16.0) (4 trials of the mixed environments)",
            "unseparated: h11 (0.14.0 to 0.16.0) moved along; not told apart",
            "unseparated: h11 (0.14.0 to 0.16.0) moved along; not told apart",
            "unseparated: h11 (0.14.0 to 0.16.0) moved along; not told apart (0 and 5 trials of the mixed environments)",
            "unseparated: h11 (0.14.0 to 0.16.0) moved along; not told apart (0 and 4 trials of the mixed environments)",
            "unseparated: h11 (0.14.0 to 0.16.0) moved along and does not do it alone (5 trials of the mixed environments)",
            "unseparated: h11 (0.14.0 to 0.16.0) moved along; not told apart (5 and 0 trials of the mixed environments)",
            "together: it takes httpx and h11 (0.14.0 to 0.16.0) together (5 and 5 trials of the mixed environments)",
            "package: it is httpx itself, not h11 (0.14.0 to 0.16.0) (5 and 4 trials of the mixed environments)",
            "others: it is h11 (0.14.0 to 0.16.0) that does it, not httpx (4 trials of the mixed environments)",
            "unseparated: h11 (0.14.0 to 0.16.0) moved along; not told apart (4 and 0 trials of the mixed environments)",
            "others: it is h11 (0.14.0 to 0.16.0) that does it, not httpx (4 and 5 trials of the mixed environments)",
            "either: httpx and h11 (0.14.0 to 0.16.0) each do it alone (4 and 4 trials of the mixed environments)",
        ]
    )


def test_what_moved_with_a_fix_is_told_in_version_order() -> None:
    moved = Moved({"h11": ("0.16.0", "0.14.0")}, Mixture(3, False), Mixture(4, True))
    assert moved_words(FIX, moved) == snapshot(
        "it is httpx itself, not h11 (0.14.0 to 0.16.0) (3 and 4 trials of the mixed environments)"
    )


@pytest.mark.parametrize("ground", get_args(Ground))
def test_every_reason_has_words(ground: Ground) -> None:
    assert reason_words(Reason(ground, ("1.0", "1.1"), 0.5))


def test_reasons_name_their_points() -> None:
    reasons = [
        Reason("likeliest", ("1.4",), 0.75),
        Reason("unchanged", probability=0.253),
        Reason("change", ("1.3", "1.4"), 0.5),
    ]
    assert [reason_words(reason) for reason in reasons] == snapshot(
        ["so far 1.4 (75%)", "so far nothing changes (25%)", "1.3 to 1.4 changes: 50%"]
    )


def test_what_a_day_says_is_in_its_json() -> None:
    answer = finding(investigated(day_question(), failing_from(4)))
    printed = document("bisect", encoded(printed_finding(answer)))
    assert (printed["package"], printed["words"]) == snapshot(
        ("", "the signal comes with the packages of 2024-01-05")
    )
    assert printed["changed"] == {"idna": ["3.3", "3.4"]}
    assert printed["days"] == [printed["last_good"], printed["first_bad"]]
    assert printed["reproduce"][1][1] == snapshot(
        "nox -s repro -- --targets 'certifi==2.0,httpx==0.27.2,idna==3.4' --rounds 10 --load compressed"
    )


def test_a_signal_that_the_good_side_shows_too_gets_rarer_there() -> None:
    rarely = finding(investigated(question(), flaky(4, 1.0, 0.1, seed=1)))
    assert rarely.before is not None
    assert rarely.before.bad
    sentences = [
        ending_words(msgspec.structs.replace(rarely, fix=fix, between=between, **sides))
        for between in ([], ["1.3"])
        for fix, sides in (
            (False, {}),
            (True, {"before": rarely.after, "after": rarely.before}),
        )
    ]
    assert sentences == snapshot(
        [
            "the signal is more frequent from 1.4 on",
            "the signal is rarer from 1.4 on",
            "the signal gets more frequent between 1.3 and 1.4; 1.3 cannot tell",
            "the signal gets rarer between 1.3 and 1.4; 1.3 cannot tell",
        ]
    )

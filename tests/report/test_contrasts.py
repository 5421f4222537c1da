"""Which of the differences between two environments do it, in words and as JSON."""

# ruff: noqa: E501

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec
import pytest
from inline_snapshot import snapshot

from scripts.domain.trial import Target, Trial
from scripts.report.contrasts import (
    changes_words,
    difference_lines,
    ending_words,
    printed_difference,
)
from scripts.search.contrast import Versions
from scripts.search.contrast_finding import (
    ChangedBack,
    ContrastEnding,
    ContrastFinding,
    Sufficient,
    contrast_finding,
)
from scripts.search.difference import Difference
from scripts.search.separation import Changes
from tests.builders import MadeUpMixing, answered, contrast, made
from tests.documents import document, encoded
from tests.search.test_difference import Doing, separated, trying

pytestmark = pytest.mark.pure


def answer(doing: Doing, **fields: Any) -> ContrastFinding:
    asked = contrast(**fields)
    return contrast_finding(answered(Difference(asked, MadeUpMixing(asked)), trying(asked, doing)))


def one(changes: Changes) -> bool:
    return "idna" in changes


def together(changes: Changes) -> bool:
    return {"anyio", "six"} <= changes


def alone(changes: Changes) -> bool:
    return bool({"anyio", "six"} & changes)


ONE = answer(one, left_out=["own"])


def counted(lines: list[str]) -> list[str]:
    """Lines without what depends on how many trials a search takes."""
    return [line for line in lines if " trials" not in line]


def parts(said: ContrastFinding, *words: str) -> list[str]:
    """The lines with some words, without the rates they tell and without the calls."""
    lines = [line for line in difference_lines(said) if "measure" not in line]
    return [
        re.sub(r"\d+ of \d+ trials.*", "...", line)
        for line in lines
        if any(word in line for word in words)
    ]


def test_one_change_on_a_screen() -> None:
    assert counted(difference_lines(ONE)) == snapshot(
        [
            "4 differences, ReadError, compressed load: it is idna (3.7 to 3.10)",
            "  left out where a file names it, from no release: own",
            "  measure good again: nox -s repro -- --targets 'anyio==4.6.2,certifi==2024.7.4,httpx==0.27.2,idna==3.7' --rounds 10 --load compressed",
            "  measure good with that again: nox -s repro -- --targets 'httpx==0.27.2,anyio==4.6.2,certifi==2024.7.4,idna==3.10' --rounds 10 --load compressed",
            "  measure bad again: nox -s repro -- --targets 'anyio==4.7.0,certifi==2024.8.30,httpx==0.27.2,idna==3.10,six==1.16.0' --rounds 10 --load compressed",
            "  measure bad with that changed back again: nox -s repro -- --targets 'httpx==0.27.2,anyio==4.7.0,certifi==2024.8.30,idna==3.7,six==1.16.0' --rounds 10 --load compressed",
        ]
    )


def test_more_than_one_on_a_screen() -> None:
    assert [difference_lines(answer(doing))[0] for doing in (together, alone)] == snapshot(
        [
            "4 differences, ReadError, compressed load: it takes anyio (4.6.2 to 4.7.0) and six (absent to 1.16.0) together",
            "4 differences, ReadError, compressed load: each of these does it alone: anyio (4.6.2 to 4.7.0); six (absent to 1.16.0)",
        ]
    )
    names = [line.partition(":")[0] for line in difference_lines(answer(alone))[1:]]
    assert names == snapshot(
        [
            "  good",
            "  bad",
            "  good with anyio (4.6.2 to 4.7.0)",
            "  good with six (absent to 1.16.0)",
            "  bad with anyio and six changed back",
            "  confidence",
            "  measure good again",
            "  measure good with that again",
            "  measure good with that again",
            "  measure bad again",
            "  measure bad with that changed back again",
        ]
    )


def test_what_could_not_be_told_apart_or_tried_is_said() -> None:
    asked = contrast()
    mixing = MadeUpMixing(asked, needs={"anyio": ["six"], "six": ["anyio"], "certifi": ["idna"]})
    said = contrast_finding(separated(lambda changes: "anyio" in changes, mixing=mixing))
    assert ending_words(said) == snapshot(
        "it is all or some of anyio (4.6.2 to 4.7.0) and six (absent to 1.16.0), not told apart"
    )
    further = msgspec.structs.replace(said.causes[0], needed=["anyio"])
    one_sure = msgspec.structs.replace(said, causes=[further])
    assert ending_words(one_sure) == snapshot(
        "it takes anyio (4.6.2 to 4.7.0), and perhaps six (absent to 1.16.0), not told apart"
    )
    both = msgspec.structs.replace(said, causes=[said.causes[0], ONE.causes[0]])
    assert ending_words(both) == snapshot(
        "each of these does it alone: all or some of anyio (4.6.2 to 4.7.0) and six (absent to "
        "1.16.0), not told apart; idna (3.7 to 3.10)"
    )
    assert parts(said, "good with", "could not be told") == snapshot(
        [
            "  good with anyio (4.6.2 to 4.7.0) and six (absent to 1.16.0): ...",
            "  could not be told apart, since nothing could be judged without: anyio and six",
        ]
    )
    kept = contrast_finding(separated(one, mixing=mixing))
    assert parts(kept, "changed back", "could not be tried alone") == snapshot(
        [
            "  bad with idna, and certifi, for nothing else could be judged, changed back: ...",
            "  could not be tried alone: certifi",
        ]
    )
    no_way_back = msgspec.structs.replace(said, back=[])
    assert parts(no_way_back, "changed back") == snapshot(
        ["  bad with that changed back: could not be judged, so this is shown one way only"]
    )


def test_what_fails_for_another_reason_is_not_said_not_to_be_had() -> None:
    asked = contrast()
    single = {frozenset({name}) for name in ("anyio", "six")}
    doing = trying(asked, together)

    def hindered(target: Target, order: int) -> Trial:
        changes = asked.changes_of(target)
        back = changes == asked.changes.keys() - {"anyio", "six"}
        if changes in single or back:
            return made(target, order=order, outcome="unavailable", requests=None)
        return doing(target, order)

    said = contrast_finding(answered(Difference(asked, MadeUpMixing(asked)), hindered))
    lines = "\n".join(difference_lines(said))
    assert said.ending == "explained"
    assert "could be judged" in lines
    assert "go together" not in lines
    assert "not to be had" not in lines


def test_every_ending_has_its_sentence_whether_or_not_anything_is_known() -> None:
    bare = msgspec.structs.replace(
        ONE, causes=[], back=[], mute="mine.txt", instead={"KeyError": 2}
    )
    sentences = {
        ending: ending_words(msgspec.structs.replace(bare, ending=ending))
        for ending in get_args(ContrastEnding)
        if ending != "explained"
    }
    assert sentences == snapshot(
        {
            "nothing judged": "no trial says anything",
            "mute end": "nothing can be told: mine.txt cannot tell (KeyError); --signal names what is sought",
            "ran out": "cannot tell yet",
            "alike": "no difference shown between yours.txt and mine.txt",
            "swapped": "yours.txt is bad and mine.txt good: swap the two",
        }
    )


@pytest.mark.parametrize(
    ("doing", "words"),
    [
        (lambda _: False, "no difference shown between yours.txt and mine.txt: neither showed it"),
        (lambda _: True, "no difference shown between yours.txt and mine.txt: both showed it"),
        (lambda changes: not changes, "yours.txt is bad and mine.txt good: swap the two"),
    ],
)
def test_ends_that_do_not_differ_are_told_apart_from_swapped_ones(doing: Doing, words: str) -> None:
    assert ending_words(answer(doing)) == words


def test_what_is_open_is_told_with_what_is_likeliest() -> None:
    asked = contrast(most=3)
    search = answered(Difference(asked, MadeUpMixing(asked)), trying(asked, one, (0.0, 1.0)))
    lines = difference_lines(contrast_finding(search))
    assert lines[0] == snapshot("4 differences, ReadError, compressed load: cannot tell yet")
    assert "  cannot tell, after 3 trials" in lines
    assert not any("measure" in line for line in lines)


def test_many_names_are_cut() -> None:
    many = [f"p{number}" for number in range(20)]
    lines = difference_lines(msgspec.structs.replace(ONE, left_out=many))
    assert [line for line in lines if "left out" in line] == snapshot(
        [
            "  left out where a file names it, from no release: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11 and 8 more"
        ]
    )


def test_changes_are_told_with_their_versions() -> None:
    changes = {"a": Versions("1", "2"), "b": Versions(None, "2"), "c": Versions("1", None)}
    assert changes_words(changes) == snapshot("a (1 to 2), b (absent to 2) and c (1 to absent)")


def test_json_has_the_facts_and_the_sentences() -> None:
    printed = document("difference", encoded(printed_difference(ONE)))
    assert printed.pop("confidence") == ONE.confidence
    assert printed.pop("trials") == ONE.trials
    rates = (printed.pop("good_rate"), printed.pop("bad_rate"))
    assert rates == tuple(map(msgspec.to_builtins, ONE.rates))
    for part in (*printed["causes"], *printed["back"]):
        assert part.pop("rate")["trials"] > 0
    assert printed == snapshot(
        {
            "schema": "difference",
            "version": 1,
            "ending": "explained",
            "words": "it is idna (3.7 to 3.10)",
            "good": "yours.txt",
            "bad": "mine.txt",
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
            "changes": {
                "anyio": ["4.6.2", "4.7.0"],
                "certifi": ["2024.7.4", "2024.8.30"],
                "idna": ["3.7", "3.10"],
                "six": [None, "1.16.0"],
            },
            "left_out": ["own"],
            "causes": [
                {
                    "changes": {"idna": ["3.7", "3.10"]},
                    "needed": ["idna"],
                    "reproduce": "nox -s repro -- --targets 'httpx==0.27.2,anyio==4.6.2,certifi==2024.7.4,idna==3.10' --rounds 10 --load compressed",
                }
            ],
            "back": [
                {
                    "also": [],
                    "reproduce": "nox -s repro -- --targets 'httpx==0.27.2,anyio==4.7.0,certifi==2024.8.30,idna==3.7,six==1.16.0' --rounds 10 --load compressed",
                }
            ],
            "beyond": [],
            "likeliest": [],
            "silent": 0,
            "instead": {},
            "otherwise": {},
        }
    )


def test_json_of_what_is_open_or_odd_is_what_the_schema_says() -> None:
    odd = msgspec.structs.replace(
        ONE,
        causes=[Sufficient({"six": Versions(None, "1.16.0")}, [], ONE.ends[1], ONE.causes[0].rate)],
        back=[ChangedBack(["anyio"], ONE.ends[0], ONE.back[0].rate)],
        beyond=["idna"],
        likeliest=[(["anyio", "idna"], 0.5)],
    )
    printed = document("difference", encoded(printed_difference(odd)))
    assert printed["causes"][0]["changes"] == {"six": [None, "1.16.0"]}
    assert printed["likeliest"] == [[["anyio", "idna"], 0.5]]
    asked = contrast()
    empty = contrast_finding(Difference(asked, MadeUpMixing(asked)))
    assert document("difference", encoded(printed_difference(empty)))["good_rate"] is None

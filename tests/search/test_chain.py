"""From one question to the next: which packages, with what around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.domain.problems import UsageProblem
from scripts.search.chain import (
    CHAIN,
    Chain,
    Move,
    contrasted,
    folders,
    keep,
    load_chain,
    moves,
    only_move,
    sides,
    stays,
)
from scripts.search.contrast import Versions
from scripts.search.contrast_finding import ContrastFinding, contrast_finding
from scripts.search.finding import finding
from scripts.search.separation import Changes
from tests.builders import MadeUpMixing, contrast, day_question, failing_from
from tests.search.test_bisection import investigated
from tests.search.test_difference import Doing, separated

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("goes", [False, True])
def test_both_sides_of_a_day_are_the_good_one_and_the_bad_one(goes: bool) -> None:
    asked = day_question()
    asked = asked.turned() if goes else asked
    both = sides(finding(investigated(asked, failing_from(4, goes))))
    assert both is not None
    good, bad = both
    assert ("idna==3.3" in good.pins, "idna==3.4" in bad.pins) == (not goes, not goes)
    expected = ("3.4", "3.3") if goes else ("3.3", "3.4")
    assert contrasted(good, bad) == {"idna": Versions(*expected)}
    assert only_move(good, bad) == Move("idna", *expected, good)


def test_where_nothing_changes_there_are_no_sides() -> None:
    assert sides(finding(investigated(day_question(), failing_from(0)))) is None


def test_where_more_moved_or_a_package_is_new_there_is_no_only_move() -> None:
    points = day_question().points
    assert only_move(points[0].target, points[1].target) is None
    asked = contrast({"idna": "3.7"}, {"idna": "3.7", "six": "1.16.0"})
    assert only_move(asked.good, asked.bad) is None


def answer(doing: Doing, mixing: MadeUpMixing | None = None) -> ContrastFinding:
    return contrast_finding(separated(doing, mixing=mixing))


def packages(changes: Changes) -> dict[str, Move]:
    """The moves that are gone on to where all of some changes are needed."""
    return {move.package: move for move in moves(answer(changes.__le__))}


def test_each_needed_package_is_gone_on_to_with_the_others_around_it() -> None:
    both = packages(frozenset({"anyio", "idna"}))
    assert set(both) == {"anyio", "idna"}
    anyio, idna = both["anyio"], both["idna"]
    assert (anyio.good, anyio.bad) == ("4.6.2", "4.7.0")
    # What is around a package has all else that is needed, and its own good version.
    assert {"anyio==4.6.2", "idna==3.10"} <= set(anyio.around.pins)
    assert {"anyio==4.7.0", "idna==3.7"} <= set(idna.around.pins)


def test_a_package_that_one_side_lacks_has_no_releases_between() -> None:
    assert packages(frozenset({"six"})) == {}
    assert set(packages(frozenset({"idna", "six"}))) == {"idna"}
    assert stays(answer(frozenset({"idna", "six"}).__le__)) == ["six"]
    [idna] = packages(frozenset({"idna", "six"})).values()
    assert {"six==1.16.0", "idna==3.7"} <= set(idna.around.pins)


def test_what_could_not_be_told_apart_is_not_gone_on_to() -> None:
    asked = contrast()
    mixing = MadeUpMixing(asked, needs={"anyio": ["idna"], "idna": ["anyio"]})
    confounded = answer(lambda changes: "idna" in changes, mixing)
    assert moves(confounded) == []
    assert stays(confounded) == ["anyio", "idna"]


def test_a_chain_is_kept_beside_its_first_question(tmp_path: Path) -> None:
    assert load_chain(tmp_path) is None
    assert folders(tmp_path, None) == [tmp_path]
    chain = Chain(name=tmp_path.name, down_to="release").followed_by("second").followed_by("third")
    keep(chain, tmp_path)
    assert load_chain(tmp_path) == chain
    assert folders(tmp_path, chain) == [
        tmp_path,
        tmp_path.parent / "second",
        tmp_path.parent / "third",
    ]


@pytest.mark.parametrize("text", ["{", '{"name": "a", "down_to": "file"}'])
def test_a_chain_that_is_damaged_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / CHAIN).write_text(text)
    with pytest.raises(UsageProblem, match="is damaged"):
        load_chain(tmp_path)

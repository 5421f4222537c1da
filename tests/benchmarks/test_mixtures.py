"""Hidden causes: drawn from their seed, and which explanations of them are right."""

from __future__ import annotations

import pytest

from scripts.benchmarks.mixtures import KINDS, HiddenCauses, MixtureKind, hidden_causes
from scripts.search.separation import NONE, Changes, Explanation, SufficientSet

pytestmark = pytest.mark.pure

NAMES = ("a", "b", "c", "d")
EITHER = MixtureKind(4, "either", 1.0, 0.0)
A, B, AB, D = (frozenset(names) for names in ("a", "b", "ab", "d"))


def problem(
    *causes: Changes, unresolved: float = 0.0, fates: dict[Changes, float] | None = None
) -> HiddenCauses:
    """One with these causes; mixtures can be had and tried, except those with such fates."""
    mixtures = EITHER._replace(unresolved=unresolved, mute=0.1)
    hidden = HiddenCauses(mixtures, NAMES, causes, 0.0, "x")
    every = (
        frozenset(n for n, bit in zip(NAMES, f"{b:04b}", strict=True) if bit == "1")
        for b in range(16)
    )
    hidden._fates.update(dict.fromkeys(every, 0.5) | (fates or {}))
    return hidden


def said(*causes: SufficientSet, beyond: Changes = NONE) -> Explanation:
    return Explanation(False, causes, (), beyond, 0.95)


def needed(changes: Changes) -> SufficientSet:
    return SufficientSet(changes, changes)


def test_an_explanation_is_right_that_names_every_cause_and_nothing_else() -> None:
    hidden = problem(A, B)
    assert hidden.agrees(said(needed(A), needed(B)))
    assert hidden.agrees(said(needed(B), needed(A)))
    assert not hidden.agrees(said(needed(A)))
    assert not hidden.agrees(said(needed(A), needed(B), needed(D)))
    assert not hidden.agrees(said(SufficientSet(AB, NONE)))
    assert not hidden.agrees(Explanation(True, (), (), NONE, 0.95))


def test_a_cause_may_be_left_only_among_what_is_named_as_not_tried() -> None:
    assert problem(A, B).agrees(said(needed(A), beyond=frozenset("bd")))
    assert not problem(A, B).agrees(said(needed(A), beyond=D))


def test_nothing_needless_may_be_called_needed() -> None:
    hidden = problem(A, unresolved=0.2, fates={A: 0.1})
    assert hidden.agrees(said(SufficientSet(AB, A)))
    assert not hidden.agrees(said(needed(AB)))


def test_more_may_be_named_only_where_no_smaller_set_that_suffices_can_be_tried() -> None:
    assert not problem(A).agrees(said(SufficientSet(AB, A)))
    assert problem(A, unresolved=0.2, fates={A: 0.1}).agrees(said(SufficientSet(AB, A)))
    assert problem(A, fates={A: 0.95}).agrees(said(SufficientSet(AB, A)))
    larger = SufficientSet(frozenset("abd"), A)
    assert not problem(A, unresolved=0.2, fates={AB: 0.1, frozenset("ad"): 0.1}).agrees(
        said(larger)
    )


def test_part_of_a_cause_does_not_suffice() -> None:
    assert problem(AB).agrees(said(needed(AB)))
    assert not problem(AB).agrees(said(needed(A)))


def test_where_nothing_makes_a_difference_only_that_is_right() -> None:
    assert problem().agrees(Explanation(True, (), (), NONE, 0.95))
    assert not problem().agrees(said(needed(A)))


@pytest.mark.parametrize("kind", KINDS)
def test_problems_are_drawn_from_their_seed(kind: str) -> None:
    mixtures = MixtureKind(10, kind, 0.9, 0.2, 0.3)
    hidden = hidden_causes(mixtures, "1")
    assert hidden == hidden_causes(mixtures, "1")
    sizes = {"one": [1], "either": [1, 1], "together": [2], "none": []}
    assert [len(cause) for cause in hidden.causes] == sizes[kind]
    assert hidden.flat in (0.9, 0.2)
    assert hidden.suffices(frozenset(hidden.changes)) == bool(hidden.causes)
    assert not hidden.suffices(NONE)


def test_the_ends_can_be_tried_and_so_large_a_share_of_the_rest() -> None:
    hidden = hidden_causes(MixtureKind(10, "one", 1.0, 0.0, 0.3, 0.1), "1")
    pairs = [frozenset([one, other]) for one in hidden.changes for other in hidden.changes]
    gone = {pair for pair in pairs if hidden.mixing(pair) is None}
    silent = {pair for pair in pairs if hidden.mute(pair)}
    assert 0.15 < len(gone) / len(set(pairs)) < 0.45
    assert silent
    assert not gone & silent
    assert hidden.can_be_tried(NONE)
    assert hidden.can_be_tried(frozenset(hidden.changes))
    trial = hidden.trials()
    assert trial(NONE) is False
    assert trial(frozenset(hidden.changes)) is True
    assert trial(next(iter(silent))) is None
    with pytest.raises(ValueError, match="no such mixture"):
        trial(next(iter(gone)))

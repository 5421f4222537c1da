"""Proofs of changes whose effect is known: how often they are wrong, and what they take."""

from __future__ import annotations

import pytest

from scripts.benchmarks.proofs import (
    KINDS,
    ProofKind,
    fixed_size,
    proof_scores,
    proven,
    wrong,
)


@pytest.mark.pure
def test_one_seed_is_one_proof() -> None:
    assert proven(ProofKind(0.5, 0.1), 3) == proven(ProofKind(0.5, 0.1), 3)


@pytest.mark.pure
def test_what_never_fails_any_more_mends() -> None:
    assert proven(ProofKind(1.0, 0.0), 1) == ("mends", 44, 11)


@pytest.mark.pure
def test_a_claim_is_wrong_where_it_is_not_so() -> None:
    assert wrong(ProofKind(0.5, 0.5), "helps")
    assert wrong(ProofKind(0.5, 0.5), "harms")
    assert wrong(ProofKind(0.5, 0.2), "mends")
    assert wrong(ProofKind(0.5, 0.09, 3.0), "mends")
    assert wrong(ProofKind(1.0, 1.0, 0.0, 5.0, 5.0), "helps")
    assert not wrong(ProofKind(1.0, 1.0, 0.0, 5.0, 2.0), "helps")
    assert not wrong(ProofKind(0.5, 0.2), "helps")
    assert not wrong(ProofKind(0.5, 0.02), "mends")
    assert not wrong(ProofKind(0.2, 0.5), "harms")
    for kind in KINDS:
        assert not wrong(kind, "no difference shown")
        assert not wrong(kind, "cannot tell")


@pytest.mark.pure
def test_a_test_of_a_fixed_size_takes_as_many_pairs_as_tell() -> None:
    # Eight that all go one way have a chance of 1 in 256 each way: less than the half percent.
    assert fixed_size(ProofKind(1.0, 0.0), 0.99) == 8
    assert fixed_size(ProofKind(0.5, 0.5), 0.99) is None
    assert fixed_size(ProofKind(0.01, 0.0), 0.999) is None


@pytest.mark.local
def test_each_kind_has_its_score() -> None:
    told: list[str] = []
    scores = proof_scores(2, 1, 1, told.append)
    assert [
        (score.before, score.after, score.drift, score.beyond_before, score.beyond_after)
        for score in scores
    ] == list(KINDS)
    assert len(told) == len(KINDS)
    for score in scores:
        assert sum(score.verdicts.values()) == score.problems == 2
        assert score.wrong <= score.problems

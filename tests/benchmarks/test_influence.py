"""Whether trials fail as often with all notes as with none."""

from __future__ import annotations

import pytest

from scripts.benchmarks.influence import failed, influence
from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import control
from scripts.domain.trial import Failure, Link, Trial
from tests.builders import SMOKE, made

pytestmark = pytest.mark.pure


def test_as_many_failures_with_notes_as_without() -> None:
    row = influence(control(), SMOKE, [(True, True)] * 40 + [(False, False)] * 10)
    assert (row.bare, row.noted, row.pairs, row.ratio) == (40, 40, 50, 1.0)
    # sqrt(1/40 - 1/50 + 1/40 - 1/50) is 0.1: exp(1.96 * 0.1) is 1.217.
    assert row.low == pytest.approx(1 / 1.2165, abs=1e-3)
    assert row.high == pytest.approx(1.2165, abs=1e-3)
    assert row.shown


@pytest.mark.parametrize(
    "failing",
    [
        [(True, True)] * 5 + [(False, False)] * 5,
        [(True, False)] * 40 + [(False, False)] * 10,
        [(False, True)] * 40 + [(True, False)] * 10,
        [(False, False)] * 50,
    ],
)
def test_too_few_or_too_different_show_nothing(failing: list[tuple[bool, bool]]) -> None:
    assert not influence(control(), SMOKE, failing).shown


def ended(status: int, exception: str = "") -> Trial:
    links = (Link("httpx", exception, "", None, "raised", None),)
    failure = Failure(links, "", 1) if exception else None
    return made(exit_status=status, script_failure=failure)


def test_only_the_exception_that_is_compared_counts() -> None:
    assert failed(ended(1, "ReadError"))
    assert not failed(ended(0))
    for other in (ended(1, "ConnectError"), ended(-9), ended(1)):
        with pytest.raises(MeasurementProblem):
            failed(other)

"""How a reduction is shown as it goes on."""

import io
import time

import pytest
from rich.console import Console

from scripts.commands.reduce_progress import ReductionProgress, counts_words
from scripts.domain.trial import LOADS
from scripts.reduction.lattice import ORIGINAL
from scripts.reduction.ledger import Ask, Counts
from scripts.reduction.reduction import Reduction
from scripts.reduction.shape import shape_space
from scripts.reduction.trail import Attempt

pytestmark = pytest.mark.pure


def test_each_case_has_one_line_and_what_runs_stands_beside_the_smallest_so_far() -> None:
    shapes = shape_space("httpx", "httpcore", LOADS["smoke"], "error")
    reduction = Reduction(shapes.lattice(), two_sided=True)
    out = io.StringIO()
    deadline = time.monotonic() - 1
    progress = ReductionProgress(Console(file=out), reduction, shapes, deadline)
    with progress.running(Ask(ORIGINAL, "bad", 2, "the original")):
        pass
    seed, other, *_ = shapes.seeds()
    reduction.trail.add(Attempt(seed, "", False, Counts(0, 4), Counts()))
    progress.attempts(lambda _: 0.5)
    reduction.trail.add(Attempt(seed, "", False, Counts(0, 0, 3), Counts()))
    progress.attempts(lambda _: 0.5)
    reduction.trail.add(Attempt(other, "", True, Counts(13, 13), Counts(0, 28)))
    progress.attempts(lambda _: 1.25)
    with progress.running(Ask(other, "good", 4, "")):
        pass
    with progress.running(Ask(other, "good", 4, "confirming", final=True)):
        pass
    refused, kept = (shapes.shape(point).words for point in (seed, other))
    assert out.getvalue().splitlines() == [
        "2 x bad side, the original; smallest: the original, not tried yet; "
        "0 tried, 0 kept; 0 s left",
        f"[  1] no   {refused}: fails 0 of 4   0.5 s each",
        f"[  2] no   {refused}: fails 0 of 0, 3 say nothing   0.5 s each",
        f"[  3] kept {kept}: fails 13 of 13, good side 0 of 28   1.2 s each",
        f"4 x good side, confirming; smallest: {kept}, not tried yet; 3 tried, 1 kept; 0 s left",
    ]


def test_trials_are_counted_with_the_interval_of_their_rate() -> None:
    assert counts_words(Counts()) == "not tried yet"
    assert counts_words(Counts(4, 4)) == "fails 4 of 4 (40% to 100%)"
    assert counts_words(Counts(0, 0, 2)) == "fails 0 of 0 (0% to 100%), 2 say nothing"

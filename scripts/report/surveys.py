"""What a survey's trials say, entry by entry, beside the first of its group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np

from scripts.matrix import Row, summarise
from scripts.model import Trial
from scripts.report.words import cells as matrix_cells
from scripts.surveys import Entry, Survey

CERTAIN = 0.01
"""A difference counts where chance alone would show one as large less often than this."""


NONE, FEWER, SAME, MORE = "none fails", "fewer fail", "no difference shown", "more fail"
"""Verdicts."""


class Line(msgspec.Struct, frozen=True):
    """One entry with what was measured of it.

    Attributes:
        entry: what was asked.
        row: over its trials; None where there is none.
        verdict: beside what it is compared with.
    """

    entry: Entry
    row: Row | None
    verdict: str


def answered(survey: Survey, trials: Sequence[Trial]) -> list[Line]:
    """Every entry of a survey with what its trials say.

    A remedy is compared with the survey's first entry, anything else with the first of its group.

    Args:
        survey: what was asked.
        trials: all that were run for it.
    """
    rows = {(row.target, row.load): row for row in summarise(trials).rows}
    failed: dict[tuple[object, object], list[int]] = {}
    for each in trials:
        if each.measured:
            failed.setdefault((each.target, each.load), []).append(each.failed_requests)
    first: dict[str, Entry] = {}
    found = []
    for entry in survey.entries:
        group = "" if survey.topic == "remedies" else entry.group
        beside = first.setdefault(group, entry)
        key, other = (entry.target, entry.load), (beside.target, beside.load)
        row = rows.get(key)
        verdict = "" if entry is beside else compared(failed.get(other, []), failed.get(key, []))
        found.append(Line(entry, row if row is not None and row.trials else None, verdict))
    return found


def compared(before: Sequence[int], after: Sequence[int]) -> str:
    """Whether requests fail less often, in words.

    Judged by an exact permutation test of the failed requests of each trial (Fisher, The Design
    of Experiments, 1935): requests fail together, trials do not.

    Args:
        before, after: failed requests of each trial.
    """
    if not before or not after:
        return "not measured"
    difference = sum(after) / len(after) - sum(before) / len(before)
    if chance(before, after) >= CERTAIN:
        return SAME
    return (FEWER if sum(after) else NONE) if difference < 0 else MORE


def chance(before: Sequence[int], after: Sequence[int]) -> float:
    """How often chance alone would set two samples this far apart: 0 to 1."""
    from scipy.stats import permutation_test  # a second of imports, for this alone

    if len({*before, *after}) == 1:
        return 1.0
    result = permutation_test(
        (np.array(before, float), np.array(after, float)),
        lambda one, other, axis: one.mean(axis=axis) - other.mean(axis=axis),
        vectorized=True,
        n_resamples=20_000,  # of ten trials a side, not all are drawn
        rng=np.random.default_rng(0),
    )
    return float(result.pvalue)


def cells(line: Line) -> tuple[str, ...]:
    """A line as texts: what was measured, failed requests, failing trials, beside the first,
    wall time, processor time per request, causes.
    """
    if line.row is None:
        return (line.entry.title, *["not measured"] * 2, *[""] * 4)
    _, _, failed, failing, wall, _, cost, _ = matrix_cells(line.row)
    causes: Counter[str] = Counter()
    for chain, cause, count in line.row.failures:
        causes[f"{chain.split(' <', 1)[0]}: {cause}"] += count
    why = ", ".join(f"{count} x {name}" for name, count in causes.most_common())
    return (line.entry.title, failed, failing, line.verdict, wall, cost, why)


HEADINGS = (
    "failed requests",
    "failing trials (95 %)",
    "beside the first",
    "wall",
    "CPU per request",
    "failures and causes",
)
"""Of the columns after the first."""


def groups(lines: Sequence[Line]) -> list[str]:
    """The groups, in order."""
    return list(dict.fromkeys(line.entry.group for line in lines))

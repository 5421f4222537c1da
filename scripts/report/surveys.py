"""What a survey's trials say, entry by entry, beside the first of its group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from msgspec import structs

from scripts.analysis.causes import UNKNOWN, causes
from scripts.analysis.summary import Row, summarise
from scripts.domain.entries import Entry, Survey
from scripts.domain.trial import Load, Target, Trial
from scripts.report.cells import cells as matrix_cells
from scripts.report.cells import reasons

CERTAIN = 0.05
"""A difference counts where chance alone would show one as large less often than this, in any of
those that are compared with the same entry."""

NONE, FEWER, SAME, MORE = "none fails", "fewer fail", "no difference shown", "more fail"
ELSE = "none fails that way, others do"
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

    A remedy is compared with the survey's first entry, anything else with the first of its group
    that has the same server. What is compared is how many requests of each trial fail as those
    of that entry mostly do: requests fail together, trials do not.

    Args:
        survey: what was asked.
        trials: all that were run for it.
    """
    rows = {_key(row): row for row in summarise(trials).rows if row.trials}
    ran: dict[Key, list[Trial]] = {}
    for each in trials:
        if each.measured:
            ran.setdefault(_key(each), []).append(each)
    first: dict[tuple[str, str], Entry] = {}
    families: dict[Key, list[Entry]] = {}
    for entry in survey.entries:
        group = "" if survey.topic == "remedies" else entry.group
        beside = first.setdefault((group, entry.target.server), entry)
        families.setdefault(_key(beside), []).append(entry)
    verdicts: dict[Key, str] = {}
    for other, (_, *compared_with) in families.items():
        verdicts |= judged(ran.get(other, []), {_key(each): ran.get(_key(each), [])
                                                for each in compared_with})  # fmt: skip
    return [
        Line(entry, rows.get(_key(entry)), verdicts.get(_key(entry), ""))
        for entry in survey.entries
    ]


Key = tuple[Target, Load]


def _key(one: Entry | Trial | Row) -> Key:
    """What is run, wherever: the interpreter's path is not told in trials."""
    return structs.replace(one.target, python=""), one.load


def judged(before: Sequence[Trial], after: Mapping[Key, Sequence[Trial]]) -> dict[Key, str]:
    """Whether requests fail less often than before, in words, for each of several.

    By an exact permutation test (Fisher, The Design of Experiments, 1935) of the failed requests
    of each trial, and Holm's method over them all (Scandinavian Journal of Statistics 6, 1979).

    Args:
        before: trials of what all are compared with.
        after: trials of each.
    """
    cause = main_cause(before)
    was = [struck(each, cause) for each in before]
    now = {key: [struck(each, cause) for each in trials] for key, trials in after.items()}
    chances = {key: chance(was, counts) for key, counts in now.items() if was and counts}
    found = dict.fromkeys(after, "not measured") | dict.fromkeys(chances, SAME)
    for place, key in enumerate(sorted(chances, key=lambda each: chances[each])):
        if chances[key] * (len(chances) - place) >= CERTAIN:
            break
        counts, failed = now[key], sum(each.failing for each in after[key])
        if sum(counts) / len(counts) > sum(was) / len(was):
            found[key] = MORE
        elif sum(counts):
            found[key] = FEWER
        else:
            found[key] = ELSE if failed else NONE
    return found


def main_cause(trials: Sequence[Trial]) -> str:
    """The cause that most trials show; empty where none failed of a known one."""
    found = Counter(
        name for trial in trials for name in {each.name for each in causes(trial)} - {UNKNOWN}
    )
    return found.most_common(1)[0][0] if found else ""


def struck(trial: Trial, cause: str) -> int:
    """Failed requests of a trial that are of a cause, or may be; all where none is named, and of
    a trial that failed as a whole.
    """
    if trial.failing and not trial.client.failed_requests:
        return (
            len(trial.client.requests.start) if trial.client.requests else trial.load.requests or 1
        )
    if not cause:
        return trial.client.failed_requests
    return sum(each.name in (cause, UNKNOWN) for each in causes(trial))


def chance(before: Sequence[int], after: Sequence[int]) -> float:
    """How often chance alone would set two samples this far apart: 0 to 1."""
    from scipy.stats import permutation_test  # a second of imports, for this alone

    if len({*before, *after}) < 2 or min(len(before), len(after)) < 2:
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
    shown = matrix_cells(line.row)
    return (
        line.entry.title,
        shown.failed,
        shown.failing,
        line.verdict,
        shown.wall,
        shown.cpu,
        reasons(line.row),
    )


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

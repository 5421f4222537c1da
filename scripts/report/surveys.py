"""A survey's lines as people read them, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scripts.analysis.compare import SurveyLine, Verdict
from scripts.domain.surveys import Entry
from scripts.report import matrix
from scripts.report.cells import cells as matrix_cells
from scripts.report.cells import reasons

VERDICT_WORDS: dict[Verdict, str] = {
    "none": "none fails",
    "none that way": "none fails that way, others do",
    "fewer": "fewer fail",
    "same": "no difference shown",
    "more": "more fail",
    "not measured": "not measured",
}
"""What is said of each verdict."""

SURVEY_HEADINGS = (
    "failed requests",
    "failing trials (95 %)",
    "beside the first",
    "wall",
    "CPU per request",
    "failures and causes",
)
"""Of the columns after the first."""


class LineRecord(msgspec.Struct, frozen=True):
    """A line as `survey --json` prints it: the entry, its row, and the verdict in words."""

    entry: Entry
    row: dict[str, object] | None
    verdict: str


def records(lines: Sequence[SurveyLine]) -> list[LineRecord]:
    """Lines as `survey --json` prints them."""
    return [
        LineRecord(line.entry, matrix.row_record(line.row) if line.row else None, verdict(line))
        for line in lines
    ]


def verdict(line: SurveyLine) -> str:
    """What is said of a line beside the first; empty for the first itself."""
    return "" if line.verdict is None else VERDICT_WORDS[line.verdict]


def survey_cells(line: SurveyLine) -> tuple[str, ...]:
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
        verdict(line),
        shown.wall,
        shown.cpu,
        reasons(line.row),
    )


def groups(lines: Sequence[SurveyLine]) -> list[str]:
    """The groups, in order."""
    return list(dict.fromkeys(line.entry.group for line in lines))

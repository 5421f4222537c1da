"""Which remedy to take: README.md's table, out of the survey of remedies and that of callers."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.analysis.compare import SurveyLine, Verdict
from scripts.domain.surveys import Remedy, remedy_of
from scripts.proof.result import ProofResult
from scripts.report import surveys
from scripts.report.overview import Surveys, enumeration, paired
from scripts.report.page.blocks import Block, Fact, Table, columns, sentences
from scripts.report.page.sections.remedies import remedy_name, twice
from scripts.report.slower_machines import slower_words

DECISION = columns(
    "what runs", ">failing trials", ">wall", ">CPU a request", ">arrived twice", "take it where"
)


def blocks(asked: Surveys, proofs: Sequence[ProofResult]) -> list[Block]:
    """The table, and what is said where people choose; empty where nobody asked.

    Args:
        asked: what surveys say.
        proofs: of changes, whose trials may have run on a slower machine.
    """
    lines = asked.get("remedies", ())
    if not lines or lines[0].row is None:
        return []
    chosen = [
        (line, remedy)
        for line in lines[1:]
        if (remedy := remedy_of(line.entry)) is not None and remedy.takes
    ]
    rows = [
        _row(lines[0], "as it is"),
        *(_row(line, _takes(line, remedy)) for line, remedy in chosen),
    ]
    ran = [line.row for line, _ in chosen if line.row]
    slower = [sentence for sentence, _ in slower_words(ran, proofs)]
    words = sentences(filter(None, [*_basis(lines[0]), _blocked(asked), *slower]))
    return [Table(DECISION, rows), words]


RESERVED: dict[Verdict, str] = {
    "same": "; alone, no difference is shown",
    "fewer": "; some still fail",
    "more": "; more fail",
    "none that way": "; some fail otherwise",
}
"""What is said of a remedy, by its verdict, beside where to take it."""


def _takes(line: SurveyLine, remedy: Remedy) -> str:
    """Where to take a remedy, and what the trials hold against it."""
    return remedy.takes + (RESERVED.get(line.verdict, "") if line.verdict else "")


def _row(line: SurveyLine, takes: str) -> Fact:
    cells = surveys.survey_cells(line)
    outcome = (cells.failing, cells.wall, cells.cpu, twice(line), takes)
    return Fact((remedy_name(line), *outcome), line.row.files if line.row else ())


def _basis(first: SurveyLine) -> list[str]:
    """What the table rests on."""
    row = first.row
    if row is None:
        return []
    load = row.load
    return [
        f"Failing trials of {row.requests // row.trials} requests each, {load.concurrency} at a "
        "time, with the 95 % interval of their rate. The server answers after "
        f"{load.delay:g} s and keeps idle connections for {load.keep_alive:g} s. "
        '"May": a failed request is retried, and may arrive twice; beside it, how many did.'
    ]


def _blocked(asked: Surveys) -> str:
    """What a caller that blocks the loop does to each library, where people choose one."""
    lines = [line for line in asked.get("callers", ()) if line.verdict and line.row]
    if not any(line.verdict == "more" for line in lines):
        return ""
    newest = {line.entry.target.axis: line for line in lines}
    rows = [(line.entry.group, line.row) for line in newest.values() if line.row]
    losses = [f"{paired(group)} loses {row.failed}" for group, row in rows]
    return (
        "Keep the event loop free, whatever the library. With a caller that "
        f"{lines[0].entry.title}: of {rows[0][1].requests} requests {enumeration(losses)}."
    )

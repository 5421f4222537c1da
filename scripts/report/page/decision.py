"""Which remedy to take: README.md's table, out of the survey of remedies and that of callers."""

from __future__ import annotations

from scripts.analysis.compare import SurveyLine
from scripts.domain.surveys import remedy_of
from scripts.report import surveys
from scripts.report.overview import Surveys, enumeration, paired
from scripts.report.page.blocks import Block, Fact, Table, columns, sentences
from scripts.report.page.sections.remedies import remedy_name, twice

DECISION = columns(
    "what runs", ">failing trials", ">wall", ">CPU a request", ">arrived twice", "take it where"
)


def blocks(asked: Surveys) -> list[Block]:
    """The table, and what is said where people choose; empty where nobody asked."""
    lines = asked.get("remedies", ())
    if not lines or lines[0].row is None:
        return []
    chosen = [line for line in lines[1:] if (remedy := remedy_of(line.entry)) and remedy.takes]
    rows = [_row(lines[0], "as it is"), *(_row(line, _takes(line)) for line in chosen)]
    words = sentences(filter(None, [*_basis(lines[0]), _blocked(asked)]))
    return [Table(DECISION, rows), words]


def _takes(line: SurveyLine) -> str:
    remedy = remedy_of(line.entry)
    return remedy.takes if remedy else ""


def _row(line: SurveyLine, takes: str) -> Fact:
    cells = surveys.survey_cells(line, surveys.footnotes([line]))
    failing, wall, cpu = cells[3], cells[6], cells[7]
    name = remedy_name(line)
    return Fact((name, failing, wall, cpu, twice(line), takes), line.row.files if line.row else ())


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
        '"May": a failed request is retried, and may arrive twice.'
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
        "Keep the event loop free, whatever the library. With a caller that blocks it for 10 ms an "
        f"answer, of {rows[0][1].requests} requests {enumeration(losses)}."
    )

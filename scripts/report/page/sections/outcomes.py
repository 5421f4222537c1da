"""Does it fail? Every target of a matrix under every load."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import astuple

from scripts.analysis.summary import Row, Summary
from scripts.domain.trial import Trial
from scripts.domain.words import raised
from scripts.report import matrix
from scripts.report.cells import cells, load_words, marked_cells, separation
from scripts.report.conditions import at_a_time
from scripts.report.page.blocks import (
    Block,
    Fact,
    Folded,
    Output,
    Section,
    Sentences,
    Table,
    columns,
    sentences,
    trial_lists,
)
from scripts.report.stalls import bare_place, sentence
from scripts.report.unsaid import Footnotes

MATRIX = columns(
    "target", "load", ">failed requests", ">failing trials (95 %)", ">wall", ">CPU per request"
)
DETAILS = columns("target", "anyio", ">trials", ">x control", ">connections")
SEPARATION = columns(
    "target",
    ">connections beyond the pool",
    ">closed while requests were to come",
    ">loop blocked",
    ">longest at a time",
    ">assignments per request",
    ">close to write: least / median / most",
)


def outcomes(summary: Summary, failing: Sequence[Trial], again: str) -> Section:
    """Every target under every load, with what is behind its failures.

    Args:
        summary: of the matrix.
        failing: trials whose failures are printed.
        again: the call that measures it again.
    """
    rows = summary.rows
    notes = Footnotes(row.unsaid for row in rows)
    loads = list(dict.fromkeys(row.load.name for row in rows))
    blocks: list[Block] = [Table(MATRIX, [_matrix_row(row, notes) for row in rows])]
    if notes.lines:
        blocks.append(Folded("What else differs between rows", [sentences(notes.lines)]))
    for load in loads:
        under = [row for row in rows if row.load.name == load]
        blocks.append(Folded(f"Under the {load} load", _under(under)))
    if printed := _tracebacks(failing):
        blocks.append(Folded("A traceback of each library", printed))
    return Section("Does it fail?", blocks, again)


def _matrix_row(row: Row, notes: Footnotes) -> Fact:
    shown = marked_cells(row, notes)
    texts = (shown.target, row.load.name, shown.failed, shown.failing, shown.wall, shown.cpu)
    return Fact(texts, row.files)


def _under(rows: Sequence[Row]) -> list[Block]:
    """What is behind the rows of one load."""
    measured = [row for row in rows if row.trials]
    ran = at_a_time(number for row in rows for number in row.lanes)
    blocks: list[Block] = [
        sentences([f"{load_words(rows[0].load)} Trials ran {ran}."]),
        Table(DETAILS, [_details(row) for row in rows]),
    ]
    failures = [*map(_unmeasured, rows), *map(_failures, rows)]
    if told := [fact for facts in failures for fact in facts]:
        blocks.append(Sentences(told))
    if measured:
        blocks.append(Table(SEPARATION, [_separation(row) for row in measured]))
    if blocked := [row for row in measured if row.blocked]:
        blocks.append(Sentences([_blocked(row) for row in blocked]))
    return [*blocks, trial_lists((row.target.name, row.files) for row in rows)]


def _details(row: Row) -> Fact:
    shown = cells(row)
    texts = (shown.target, shown.layer, shown.trials, shown.ratio, shown.connections)
    return Fact(texts, row.files)


def _unmeasured(row: Row) -> list[Fact]:
    return [
        Fact(
            [f"{row.target.name}: {kind.trials} x {kind.outcome}: {kind.detail}"],
            row.files,
        )
        for kind in row.unmeasured
    ]


def _failures(row: Row) -> list[Fact]:
    return [
        Fact(
            [
                f"{row.target.name}: {kind.requests} x {matrix.kind_words(kind)}: "
                f"{matrix.cause_words(kind)}"
            ],
            row.files,
        )
        for kind in row.failures
    ]


def _separation(row: Row) -> Fact:
    target, _, *others = astuple(separation(row))
    return Fact((target, *others), row.files)


def _blocked(row: Row) -> Fact:
    said = "" if row.blocked is None else sentence(row.blocked, bare_place)
    return Fact([f"{row.target.name}: {said}"], row.files)


def _tracebacks(trials: Sequence[Trial]) -> list[Block]:
    """The first failure of each library's first target that fails, as Python prints it."""
    first: dict[str, Folded] = {}
    for trial in trials:
        for failure in trial.client.failures[:1]:
            summary = f"Traceback of {trial.target.name}: {raised(failure)} (trial {trial.name})"
            folded = Folded(summary, [Output(failure.traceback)])
            first.setdefault(trial.target.axis or trial.target.name, folded)
    return list(first.values())

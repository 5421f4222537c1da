"""What a search found, on a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scripts.analysis.readings import Record
from scripts.domain.words import plain
from scripts.mapping.result import AtlasResult
from scripts.proof.result import ProofResult
from scripts.report import maps, proofs, readings
from scripts.report.chains import Answer, answer_lines
from scripts.report.findings import history_columns, history_lines, history_row
from scripts.search.bisection import Bisection
from scripts.search.release_line import ReleaseLine


def answer(found: Answer) -> RenderableType:
    """What a search found, on one screen."""
    heading, *lines = map(plain, answer_lines(found))
    return Group(Text(heading, style="bold"), *(Text(line, overflow="fold") for line in lines))


def line(releases: ReleaseLine) -> RenderableType:
    """A history: a row for each release, then every change."""
    table = Table(box=SIMPLE_HEAD)
    last = "x control (from, to)" if releases.by_value else "bad (95 %)"
    for place, heading in enumerate((*history_columns(releases), "trials", last)):
        table.add_column(heading, justify="right" if place else "left")
    changed = {change.after for change in releases.changes}
    for point in releases.points:
        style = "bold" if point.name in changed else "" if releases.trials_of(point) else "dim"
        table.add_row(*map(escape, history_row(releases, point)), style=style)
    title, *lines = map(plain, history_lines(releases))
    return Group(Text(title, style="bold"), table, *map(Text, lines))


def atlas(result: AtlasResult) -> RenderableType:
    """Maps of settings: a table for each target, then what they say."""
    tables = []
    for one in result.maps:
        columns = [result.x.words(number) for number in maps.coarse_numbers(result.x)]
        table = Table("", *columns, title=one.target.name, title_justify="left", box=SIMPLE_HEAD)
        for row in maps.corner_rows(result, one):
            table.add_row(*map(escape, row))
        tables.append(table)
    lines = maps.map_lines(result)
    axes = f"{result.x.quantity.words} to the right, {result.y.quantity.words} upwards"
    return Group(
        Text(plain(maps.heading(result)), style="bold"),
        Text(f"trials that showed it, of how many; {axes}"),
        *tables,
        *([Text(maps.UNEXPOSED)] if any(one.exposed < one.trials for one in result.maps) else []),
        *(Text(plain(line), overflow="fold") for line in lines),
    )


def proof(result: ProofResult) -> RenderableType:
    """What a claim's trials show, on one screen."""
    lines = map(plain, [*proofs.side_lines(result), *proofs.closing_lines(result)])
    return Group(
        Text(plain(proofs.heading(result)), style="bold"),
        *(Text(plain(line), overflow="fold") for line in proofs.verdict_lines(result)),
        _table(proofs.PROOF_HEADINGS, proofs.verdict_rows(result)),
        _table(proofs.COST_HEADINGS, proofs.cost_rows(result)),
        *(Text(line, overflow="fold") for line in lines),
    )


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table whose rows are each of a circumstance."""
    table = Table("under", *headings, box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def log(search: Bisection) -> RenderableType:
    """A bisection trial by trial, with the call that asks it again."""
    question = search.question
    lines = [f"# python -m scripts {shlex.join(question.command)}"]
    lines.append(f"# {len(question.points)} points, {question.created}; good end first:")
    lines += [
        f"#   {point.name}" + (f"  {point.day}" if point.day else "") for point in question.points
    ]
    lines += [
        _log_line(number, record, question.name)
        for number, record in enumerate(search.tally.records, 1)
    ]
    return Text(plain("\n".join(lines)))


def _log_line(number: int, record: Record, series: str) -> str:
    """One trial of a bisection: its number, verdict, target, what it says, and its file's name."""
    verdict = {True: "bad", False: "good", None: "skip"}[record.reading.bad]
    trial = f"{series}/{record.trial.place.order:04d}"
    words = readings.words(record.reading)
    return f"{number:>4} {verdict:<5} {record.target.name}   {words}  # {trial}"

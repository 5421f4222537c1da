"""The matrix on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import astuple
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.causes import causes
from scripts.analysis.compare import SurveyLine
from scripts.analysis.stalls import of_trials
from scripts.analysis.summary import Row, Summary
from scripts.domain.libraries import LAYER
from scripts.domain.surveys import BETWEEN, Topic
from scripts.domain.trial import Failure, Trial
from scripts.domain.words import chain_words, plain, status_words
from scripts.report import matrix, surveys
from scripts.report.between import relay_words
from scripts.report.cells import marked_cells
from scripts.report.conditions import at_a_time
from scripts.report.stalls import sentence
from scripts.report.story import Story
from scripts.report.unsaid import Footnotes

SAID = 200
"""Characters shown of what an exception says."""

MATRIX_HEADINGS = (
    "target",
    LAYER,
    "trials",
    "failed requests",
    "failing trials (95 %)",
    "wall",
    "x control",
    "CPU/request",
    "connections",
)


def summary(facts: Summary) -> RenderableType:
    """The table of a summary, the failures by name, and what it means."""
    parts: list[RenderableType] = []
    for load in dict.fromkeys(row.load.name for row in facts.rows):
        rows = [row for row in facts.rows if row.load.name == load]
        notes = Footnotes(row.unsaid for row in rows)
        lanes = at_a_time(number for row in rows for number in row.lanes)
        parts.append(_table(f"{load} load, {lanes}", rows, notes))
        parts += [Text(plain(f"  {line}")) for line in notes.lines]
        parts += [
            Text(
                plain(f"  {row.target.name}: {kind.trials} x {kind.outcome}: {kind.detail}"),
                style="yellow",
            )
            for row in rows
            for kind in row.unmeasured
        ]
    kinds = [(row, kind) for row in facts.rows for kind in row.failures]
    stood = [(row, row.blocked) for row in facts.rows if row.blocked is not None]
    if stood:
        parts.append(Text("What blocked the event loop:", style="bold"))
        for row, blockage in stood:
            where = f"{row.target.name}, {row.load.name} load"
            parts.append(Text(plain(f"  {where}: {sentence(blockage)}")))
        parts.append(Text(""))
    if kinds:
        parts.append(Text("Failures, each with the whole chain behind it:", style="bold"))
        for row, kind in kinds:
            raised = f"{kind.requests:>4} x {matrix.kind_words(kind)}"
            where = f"{row.target.name}, {row.load.name} load: {matrix.cause_words(kind)}"
            parts.append(Text(plain(f"  {raised}\n         {where}")))
        parts.append(Text(""))
    parts += [Text(line) for line in matrix.summary_lines(facts)]
    return Group(*parts)


def _table(title: str, rows: list[Row], notes: Footnotes) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for heading in MATRIX_HEADINGS:
        table.add_column(heading, justify="left" if heading == "target" else "right")
    for row in rows:
        style = "red" if row.failing else "dim" if not row.trials else ""
        shown = astuple(marked_cells(row, notes))
        table.add_row(*(escape(plain(cell)) for cell in shown), style=style)
    return table


def survey(topic: Topic, lines: Sequence[SurveyLine]) -> RenderableType:
    """A survey's tables."""
    parts: list[RenderableType] = []
    notes = surveys.footnotes(lines)
    for group in surveys.groups(lines):
        table = Table(title=group, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
        for heading in ("", *surveys.SURVEY_HEADINGS):
            table.add_column(heading, justify="left" if not heading else "right")
        for line in lines:
            if line.entry.group == group:
                style = "dim" if line.row is None else "red" if line.row.failing else ""
                shown = surveys.survey_cells(line, notes)
                table.add_row(*(escape(plain(cell)) for cell in shown), style=style)
        parts.append(table)
        if topic in BETWEEN:
            parts.append(_hops([line for line in lines if line.entry.group == group]))
    if topic == "balanced":
        parts += [Text(plain(line)) for line in surveys.balanced_lines(lines)]
    return Group(*parts, *(Text(plain(line)) for line in notes.lines))


def _hops(lines: Sequence[SurveyLine]) -> Table:
    """Who closed idle connections on whom."""
    table = Table("", *surveys.HOP_HEADINGS, box=SIMPLE_HEAD)
    for line in lines:
        table.add_row(
            *(escape(plain(cell)) for cell in (line.entry.title, *surveys.hop_cells(line)))
        )
    return table


def one_trial(trial: Trial) -> RenderableType:
    """What one trial found, in a few lines."""
    ended: str = trial.outcome
    if trial.outcome == "completed" and trial.client.requests is None and trial.failing:
        ended = f"failed, {status_words(trial.client.exit_status or 0)}"
    lines = [f"{trial.target.name} under the {trial.load.name} load: {ended}"]
    if trial.client.requests is not None:
        lines[0] += (
            f", {trial.client.failed_requests} of {len(trial.client.requests.start)} requests "
            "failed"
        )
    if trial.detail:
        lines.append(trial.detail)
    if trial.client.requests is not None:
        told = Counter((cause.name, cause.sure) for cause in causes(trial))
        lines += [
            f"cause of {count}: {name}{'' if name == UNKNOWN else f' ({sure})'}"
            for (name, sure), count in told.items()
        ]
    elif trial.outcome == "completed":
        lines.append(f"exit status {trial.client.exit_status}; not recorded per request")
    if trial.client.wall is not None and trial.client.cpu is not None:
        lines.append(f"{trial.client.wall:.2f} s wall, {trial.client.cpu:.2f} s processor time")
    if not trial.target.served:
        lines.append("no server was started")
    if trial.server.connections or (trial.target.served and trial.server.connections is not None):
        lines.append(f"{len(trial.server.connections)} connections opened")
    elif trial.target.served and trial.measured:
        lines.append("what the server did with its connections is not known: it left no note")
    if trial.server.relay is not None:
        lines.append(relay_words(trial.server))
    if trial.client.lag is not None:
        lines.append(f"event loop late by up to {trial.client.lag.longest:.2f} s")
    if (blockage := of_trials([trial])) is not None:
        lines.append(sentence(blockage))
    failures = trial.client.failures or (
        [trial.client.script_failure] if trial.client.script_failure else []
    )
    lines += [_failure_words(failure) for failure in failures]
    lines += [f"{_failure_words(stray.failure)} ({stray.where})" for stray in trial.client.strays]
    if trial.client.stack:
        lines.append(trial.client.stack)
    return Text(plain("\n".join(lines)))


def _failure_words(failure: Failure) -> str:
    """A kind of failure in a line: how often, the chain, and what the first of it says."""
    said = next(iter(failure.chain[0].message.splitlines()), "") if failure.chain else ""
    return f"{failure.count} x {chain_words(failure.chain)}" + (f": {said[:SAID]}" if said else "")


def one_failure(story: Story) -> RenderableType:
    """One failure's story on one screen."""
    cause = story.cause
    number = "" if cause.request is None else f"request {cause.request} of "
    head = Text()
    head.append(f"{cause.name}", style="bold red")
    head.append(
        f" ({cause.sure}): {number}{story.target}, {story.load} load, trial {story.trial}\n"
    )
    head.append(plain(f"{cause.sentence}\n"))
    parts: list[RenderableType] = [head]
    if story.moments:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("before the failure", justify="right")
        table.add_column("client")
        table.add_column("server")
        for moment in story.moments:
            sides = (moment.what, "") if moment.side == "client" else ("", moment.what)
            table.add_row(f"{1000 * moment.at:+.1f} ms", *(escape(plain(side)) for side in sides))
        parts.append(table)
    last = Text()
    if story.chain:
        last.append(plain(f"Raised: {story.chain}\n"))
    if story.blocked is not None:
        last.append(plain(f"{story.blocked.sentence}\n"))
    if story.between:
        last.append(f"{story.between}\n")
    if story.slowed:
        last.append(
            "The client's calls were counted, which slowed it: its times are not those of others.\n"
        )
    if story.client_advice:
        last.append("On the client's side: ", style="bold")
        last.append(f"{story.client_advice}.\n")
    if story.server_advice:
        last.append("On the server's side: ", style="bold")
        last.append(f"{story.server_advice}.\n")
    if story.others:
        words = ", ".join(f"{count} x {name}" for name, count in story.others.items())
        last.append(f"Other failed requests of this trial: {words}.")
    return Group(*parts, last)

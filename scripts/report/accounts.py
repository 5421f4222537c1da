"""What the published searches and reductions found, as pages tell it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import msgspec

from scripts.reduction.result import Smallest
from scripts.report import contrasts, findings
from scripts.report.calls import as_asked
from scripts.report.conditions import at_a_time, trial_span
from scripts.report.facts import SearchResult
from scripts.report.reductions import reduction_lines as reduction_lines
from scripts.search.contrast import Contrast
from scripts.search.contrast_finding import ContrastFinding
from scripts.search.finding import Finding


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What one search or reduction found.

    Attributes:
        name: of its folder.
        package, signal: what it is about.
        script: of its first point's client; empty for none.
        heading: it in a sentence; lines: the rest, line by line.
        leads: where to go from there, line by line.
        rows: of its table, for a history; columns: what the first two of them are called.
        trials: which trials it rests on; conditions: how many ran at a time, and on which anyio.
        verb, arguments: what asks it again.
    """

    name: str
    package: str = ""
    signal: str
    script: str = ""
    heading: str
    lines: list[str]
    leads: list[str] = []
    rows: list[tuple[str, str, str, str]] = []
    columns: tuple[str, str] = ("release", "day")
    trials: str
    conditions: str = ""
    verb: str
    arguments: str


def of_searches(searches: Sequence[SearchResult]) -> list[Account]:
    """What the published searches found."""
    return [_of_search(search) for search in searches]


def _of_search(search: SearchResult) -> Account:
    leads, rows, columns = [], [], ("release", "day")
    match search.result:
        case Finding() as finding:
            heading, *lines = findings.result_lines(finding)
            leads = findings.leads(finding)
        case ContrastFinding() as difference:
            heading, *lines = contrasts.result_lines(difference)
            leads = contrasts.leads(difference)
        case line:
            heading, *lines = findings.history_lines(line)
            rows = findings.history_rows(line)
            columns = findings.history_columns(line)
    question = search.question
    verb, *arguments = question.command
    return Account(
        name=question.name,
        package="" if isinstance(question, Contrast) else question.package,
        signal=question.signal,
        script="" if isinstance(question, Contrast) else question.points[0].target.script,
        heading=heading,
        lines=lines,
        leads=leads,
        rows=rows,
        columns=columns,
        trials=trial_span(question.name, search.last),
        conditions=search.conditions,
        verb=verb,
        arguments=shlex.join(as_asked(arguments, question.load)),
    )


def of_reductions(reductions: Sequence[Smallest]) -> list[Account]:
    """What the published reductions found."""
    accounts = []
    for smallest in reductions:
        about = smallest.about
        verb, *arguments = about.command
        account = Account(
            name=about.name,
            signal=about.signal,
            heading=f"{about.script}: {about.bad}, {about.signal}",
            lines=reduction_lines(smallest),
            trials=about.name,
            conditions=at_a_time([about.lanes]),
            verb=verb,
            arguments=shlex.join(arguments),
        )
        accounts.append(account)
    return accounts

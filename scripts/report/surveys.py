"""A survey's lines as people read them, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
from msgspec import UNSET

from scripts.analysis.compare import SurveyLine, Verdict
from scripts.analysis.effects import Arrivals
from scripts.analysis.hops import Hops
from scripts.analysis.hosts import HostEffect
from scripts.analysis.rates import rate
from scripts.analysis.summary import Row
from scripts.domain.libraries import LAYER
from scripts.domain.services import BALANCER_NAMES, balancer_of
from scripts.domain.surveys import Entry, Topic
from scripts.domain.words import amount
from scripts.report.cells import cells as matrix_cells
from scripts.report.cells import reasons
from scripts.report.document import TrialsDocument
from scripts.report.matrix import PrintedRow, printed_row
from scripts.report.proofs import arrival_words
from scripts.report.unsaid import Footnotes

VERDICT_WORDS: dict[Verdict, str] = {
    "none": "none fails",
    "none that way": "none fails that way, others do",
    "fewer": "fewer fail",
    "same": "no difference shown",
    "too few": "too few trials to tell",
    "more": "more fail",
    "not measured": "not measured",
}
"""What is said of each verdict."""

SURVEY_HEADINGS = (
    LAYER,
    "failed requests",
    "failing trials (95 %)",
    "beside the first",
    "arrived twice",
    "wall",
    "CPU per request",
    "failures and causes",
)
"""Of the columns after the first."""


class PrintedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a survey with what was measured of it, as JSON.

    Attributes:
        entry: what was asked.
        row: over its trials; null where there is none.
        verdict: how many requests fail, beside those of what it is compared with; null for what
            others are compared with.
        words: the verdict for people.
        arrivals: how many requests reached the server more than once; null where they were not
            counted.
        hops: who closed idle connections on whom; null where that is not known.
    """

    entry: Entry
    row: PrintedRow | None
    verdict: Verdict | None
    words: str
    arrivals: Arrivals | None
    hops: Hops | None


class PrintedSurvey(TrialsDocument, frozen=True, kw_only=True, tag="survey"):
    """A survey: what helps, which kinds of client are affected, or what a busy caller adds.

    Attributes:
        topic: which of these.
        entries: in the order of its table.
    """

    version: Literal[2]
    topic: Topic
    entries: list[PrintedEntry]


def printed_survey(
    topic: Topic, lines: Sequence[SurveyLine], hosts: HostEffect | None = None
) -> PrintedSurvey:
    """A survey's lines as JSON has them.

    Args:
        topic: of the survey.
        lines: what its trials say, entry by entry.
        hosts: whether those differ that ran them; None where one did.
    """
    entries = [
        PrintedEntry(
            entry=line.entry,
            row=printed_row(line.row) if line.row else None,
            verdict=line.verdict,
            words=verdict(line),
            arrivals=line.arrivals,
            hops=line.hops,
        )
        for line in lines
    ]
    return PrintedSurvey(version=2, topic=topic, entries=entries, hosts=hosts or UNSET)


def verdict(line: SurveyLine) -> str:
    """What is said of a line beside the first; empty for the first itself."""
    return "" if line.verdict is None else VERDICT_WORDS[line.verdict]


def arrived(line: SurveyLine) -> str:
    """How many requests reached the server more than once."""
    return "not counted" if line.arrivals is None else arrival_words(line.arrivals)


def footnotes(lines: Iterable[SurveyLine]) -> Footnotes:
    """The notes under the table of some lines."""
    return Footnotes((line.row.unsaid for line in lines if line.row is not None), "the first")


class SurveyCells(NamedTuple):
    """A line of a survey as texts, in the order of its table.

    Attributes:
        title: what was measured.
        layer: version of anyio; empty for none.
        failed, failing: requests and trials that failed.
        verdict: beside the first.
        arrived: requests that arrived more than once.
        wall, cpu: time of a trial, processor time per request.
        reasons: what failed, and of which cause.
    """

    title: str
    layer: str = ""
    failed: str = "not measured"
    failing: str = "not measured"
    verdict: str = ""
    arrived: str = ""
    wall: str = ""
    cpu: str = ""
    reasons: str = ""


def survey_cells(line: SurveyLine, notes: Footnotes | None = None) -> SurveyCells:
    """A line as texts.

    Args:
        line: of a survey.
        notes: under the table in which it stands; None where none stand there.
    """
    title, row = line.entry.title, line.row
    if row is None:
        return SurveyCells(title)
    shown = matrix_cells(row)
    return SurveyCells(
        title=title if notes is None else notes.marked(title, row.unsaid),
        layer=shown.layer,
        failed=shown.failed,
        failing=shown.failing,
        verdict=verdict(line),
        arrived=arrived(line),
        wall=shown.wall,
        cpu=shown.cpu,
        reasons=reasons(row),
    )


def groups(lines: Sequence[SurveyLine]) -> list[str]:
    """The groups, in order."""
    return list(dict.fromkeys(line.entry.group for line in lines))


HOP_HEADINGS = (
    "idle connections are kept",
    "closed by what answers",
    "by the client",
    "behind: by the replicas",
    "by the balancer",
    "answers but 200, by its log",
)
"""Of the columns that say who closed idle connections on whom."""


def hop_cells(line: SurveyLine) -> tuple[str, ...]:
    """Who closed idle connections on whom, as texts."""
    hops = line.hops
    if hops is None:
        return ("not known",) * len(HOP_HEADINGS)
    behind = (hops.behind_by_replica, hops.behind_by_balancer)
    return (
        "none was closed" if hops.kept is None else amount(hops.kept, "s"),
        f"{hops.by_server:,}",
        f"{hops.by_client:,}",
        *("" if count is None else f"{count:,}" for count in behind),
        "" if hops.answers is None else _answers_words(hops.answers),
    )


def _answers_words(answers: Mapping[int, int]) -> str:
    words = [f"{count:,} {status or 'without an answer'}" for status, count in answers.items()]
    return ", ".join(words) or "none"


def balanced_lines(lines: Sequence[SurveyLine]) -> list[str]:
    """How often trials fail behind each balancer by who keeps connections for longer, whatever the
    client: a sentence for each.
    """
    return [
        f"{balancer}, {title}: {_summed(rows)}"
        for (balancer, title), rows in by_balancer(lines).items()
    ]


def by_balancer(lines: Iterable[SurveyLine]) -> dict[tuple[str, str], list[Row]]:
    """What was measured behind each balancer by who keeps connections for longer, whatever the
    client.
    """
    rows: dict[tuple[str, str], list[Row]] = {}
    for line in lines:
        if line.row is not None:
            balancer = BALANCER_NAMES[balancer_of(line.entry.target)]
            rows.setdefault((balancer, line.entry.title), []).append(line.row)
    return rows


def _summed(rows: Sequence[Row]) -> str:
    failing = rate((row.failing, row.trials) for row in rows)
    failed, requests = sum(row.failed for row in rows), sum(row.requests for row in rows)
    return (
        f"{failing.bad} of {failing.trials} trials fail ({failing.low:.0%} to {failing.high:.0%}), "
        f"{failed:,} of {requests:,} requests."
    )

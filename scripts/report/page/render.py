"""REPORT.md, and the made parts of README.md, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.analysis.summary import Summary, summarise
from scripts.domain.surveys import Topic
from scripts.domain.trial import DOCUMENT_DATE, Host, Trial
from scripts.report import matrix, overview
from scripts.report.conditions import trial_span
from scripts.report.overview import ShortAnswer
from scripts.report.page import decision
from scripts.report.page.block_text import block_markdown, section_markdown
from scripts.report.page.blocks import (
    Block,
    Fact,
    Figure,
    Origin,
    Prose,
    Section,
    Sentences,
    sentences,
    sources,
)
from scripts.report.page.sections.bare import bare
from scripts.report.page.sections.cases import cases
from scripts.report.page.sections.cause import cause
from scripts.report.page.sections.changes import changes
from scripts.report.page.sections.clients import affected, callers
from scripts.report.page.sections.mending import mending
from scripts.report.page.sections.outcomes import outcomes
from scripts.report.page.sections.remedies import remedies
from scripts.report.page.sections.settings import settings
from scripts.report.page.sections.unknown import unknown
from scripts.report.page.supplement import Supplement
from scripts.report.slower_machines import slower_words

MADE = re.compile(
    r"(<!-- (?P<name>\w+): made by `nox -s report` -->\n).*?(<!-- end of (?P=name) -->)", re.DOTALL
)
"""A part of README.md that is made anew."""

TITLE = "A bare httpx.ReadError under load: what was measured"

TERMS = (
    "A *trial* is one fresh server and one fresh client on loopback. *Failing trials* are those in "
    "which a request failed, with the exact 95 % interval of their rate. Times are medians over "
    'trials; "x control" is the wall time beside that of the same round\'s aiohttp. A *target* '
    f"names what is pinned; all else is as of {DOCUMENT_DATE}, unless a pin forces another. The "
    "loop *is blocked* where it looks at no socket and runs no timer for over 100 ms. Clients were "
    "recorded while they ran, which takes time: compare rates with each other. Which trials are "
    "behind a number, and how to measure it again: `nox -s report -- --why NUMBER`."
)
"""What the words mean, and how to trace a number."""

FIGURES = {
    "requests": "Requests over time: waiting in the client, on a connection, done; failures marked",
    "timeline": "One failed request: what both ends did to its connection, in order of time",
    "lag": "When the client's event loop is blocked, by target",
    "blocked": "What blocks the client's event loop: seconds by function",
    "callers": "Failed requests by library, with a caller that blocks the loop and without",
    "history": "One dot for each release, changes marked",
    "remedies": "Failed requests and seconds with each remedy",
}
"""Kinds of pictures, and what each shows."""


@dataclass(frozen=True)
class ReportedTrials:
    """What a report tells of trials.

    Attributes:
        summary: what they say together.
        host: the machine of the first.
        days: on which they ran (YYYY-MM-DD), in order.
        failing: trials whose failures are printed, of each library the first.
    """

    summary: Summary
    host: Host
    days: Sequence[str]
    failing: Sequence[Trial]


def readme(current: str, supplement: Supplement) -> str:
    """README.md with its made parts made anew; all else stays.

    Args:
        current: as it is.
        supplement: what else was found beside the campaigns.
    """
    made: dict[str, Sequence[Block]] = {
        "decision": decision.blocks(supplement.surveys, supplement.proofs),
        "picture": _figures(supplement).get("requests", [])[:1],
    }

    def part(match: re.Match[str]) -> str:
        blocks = made.get(match["name"], [])
        text = "\n\n".join(map(block_markdown, blocks))
        return f"{match[1]}\n{text}\n\n{match[3]}" if text else match[0]

    return MADE.sub(part, current)


def report(trials: Sequence[Trial], command: str, supplement: Supplement | None = None) -> str:
    """REPORT.md from trials; the same trials give the same text.

    Args:
        trials: of one campaign or of several, at least one.
        command: what measures the same again.
        supplement: what else was found; without it the report is the campaign's alone.
    """
    return report_of(reported(trials), command, supplement)


def reported(trials: Sequence[Trial]) -> ReportedTrials:
    """What a report tells of trials, at least one."""
    days = sorted({trial.started[:10] for trial in trials})
    return ReportedTrials(summarise(trials), trials[0].host, days, trials)


def report_of(ran: ReportedTrials, command: str, supplement: Supplement | None = None) -> str:
    """REPORT.md from what trials say, as `report`."""
    head = _head(ran, supplement)
    parts = [
        f"# {TITLE}",
        *map(block_markdown, head.blocks),
        *map(section_markdown, sections(ran, command, supplement)),
    ]
    return "\n\n".join(parts) + "\n"


def page_sources(ran: ReportedTrials, command: str, supplement: Supplement) -> list[Origin]:
    """Where the numbers of REPORT.md come from."""
    return list(sources([_head(ran, supplement), *sections(ran, command, supplement)]))


def sections(
    ran: ReportedTrials, command: str, supplement: Supplement | None = None
) -> list[Section]:
    """The evidence, question by question."""
    beside = supplement or Supplement()
    figures = _figures(beside)
    summary, gaps = ran.summary, []
    if supplement is not None:
        gaps = overview.unknown(summary, supplement.surveys, supplement.changed)
    parts = (
        outcomes(summary, ran.failing, command),
        cause(summary, beside, figures),
        bare(beside.searches, beside.proofs),
        callers(summary, beside, figures),
        affected(beside),
        settings(beside.atlases, beside.pictures),
        changes(beside.searches, beside.changed, figures),
        mending(beside.proofs),
        remedies(beside, figures),
        cases(beside.reductions),
        unknown(gaps),
    )
    return [part for part in parts if part is not None and part.blocks]


def _head(ran: ReportedTrials, supplement: Supplement | None) -> Section:
    """The answers in short, where and when it was measured, and what the words mean."""
    files = [name for row in ran.summary.rows for name in row.files]
    answers: list[Block]
    if supplement is None:
        answers = [sentences(matrix.summary_lines(ran.summary), files)]
    else:
        short = overview.short_answers(
            ran.summary, supplement.surveys, supplement.changed, supplement.proofs
        )
        answers = [Sentences([_answer(answer, supplement, files) for answer in short])]
    host = ran.host
    measured = (
        f"Measured on {', '.join(ran.days)}, on {host.cpu} ({host.cores} cores), {host.platform}."
    )
    slower = slower_words(ran.summary.rows, supplement.proofs) if supplement else []
    beside = [Fact([words], [trial_span(proof.name, proof.last)]) for words, proof in slower]
    return Section("In short", [*answers, Sentences([Fact([measured]), *beside]), Prose(TERMS)])


def _answer(answer: ShortAnswer, supplement: Supplement, files: Sequence[str]) -> Fact:
    """An answer, with the trials that it rests on."""
    match answer.subject:
        case "cause":
            trials = list(files)
        case "aiohttp":
            trials = [*files, *_surveyed(supplement, "callers")]
        case "since":
            trials = [search.trials for search in supplement.searches]
        case "mend":
            trials = [trial_span(proof.name, proof.last) for proof in supplement.proofs]
        case "help":
            trials = _surveyed(supplement, "remedies")
    return Fact([answer.question, answer.answer], trials)


def _surveyed(supplement: Supplement, topic: Topic) -> list[str]:
    """The trials of a survey."""
    lines = supplement.surveys.get(topic, ())
    return [name for line in lines if line.row for name in line.row.files]


def _figures(beside: Supplement) -> dict[str, list[Figure]]:
    """The pictures by their kind, each with what it shows."""
    return {
        kind: [Figure(path, words) for path in beside.pictures.get(kind, {}).values()]
        for kind, words in FIGURES.items()
    }

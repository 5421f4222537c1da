"""Which clients, callers, networks and servers are affected?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from scripts.analysis.compare import SurveyLine
from scripts.analysis.rates import rate
from scripts.analysis.summary import Row, Summary
from scripts.domain.surveys import Topic
from scripts.domain.targets import control
from scripts.domain.trial import Trial
from scripts.report import surveys
from scripts.report.cells import reasons
from scripts.report.conditions import at_a_time
from scripts.report.page.blocks import (
    Block,
    Column,
    Fact,
    Figure,
    Folded,
    Prose,
    Section,
    Sentences,
    Table,
    columns,
    sentences,
    trial_lists,
)
from scripts.report.page.sections.cause import races_table
from scripts.report.page.supplement import Supplement

CALLERS = columns(
    "library",
    "its caller",
    ">failed requests",
    ">failing trials (95 %)",
    ">wall",
    ">CPU per request",
)
SURVEY = columns(
    "what",
    "anyio",
    ">failed requests",
    ">failing trials (95 %)",
    "beside the first",
    ">arrived twice",
    ">wall",
    ">CPU per request",
)
HOPS = columns("what", *(f">{heading}" for heading in surveys.HOP_HEADINGS))

BESIDE = (
    '"Beside the first" compares, trial by trial, the requests that fail as those of the first do '
    "(permutation test; 5 %, by Holm's method over all that is compared with one first)."
)

HOP_WORDS = (
    "Who closed idle connections on whom while requests were to come, over all trials of a row. "
    '"Idle connections are kept" is the median time from the last answer to the close.'
)

WORDS: dict[Topic, str] = {
    "variants": "Failing trials. uvicorn speaks no HTTP/2, so that is measured on hypercorn. Over "
    "HTTP/2 all requests share one connection, which is never idle under this load.",
    "network": "TLS, and time that a relay on this machine adds. It is not scaled with the load's "
    "clocks, and weighs as much more.",
    "servers": "What people serve with, each with its own keep-alive, under the document's load.",
    "balanced": "Failing trials of all clients, with two replicas that batch "
    "([repro/balanced/](repro/balanced/)); in brackets what the balancer and the replica keep. "
    "nginx leaves a replica that failed once alone for 10 s, but where `max_fails` is 0.",
    "sdk": "OpenAI's SDK, which runs on httpx2, against a made-up endpoint on this machine. What "
    "it sends again by itself is no failure here, but counts as arrived twice.",
}
"""What is said before each survey."""


AVOIDED = (
    "aiohttp gives each connection to the next request before it has been idle for the server's "
    "keep-alive: the server closes none while requests are to come. Where a caller blocks the "
    "event loop connections lie idle, the server closes them, and aiohttp writes on them all the "
    "same."
)


def callers(
    summary: Summary, beside: Supplement, figures: Mapping[str, list[Figure]]
) -> Section | None:
    """What changing to aiohttp changes, and what a caller that blocks the loop does to each; None
    where nobody asked.

    Args:
        summary: of the matrix.
        beside: what else was found.
        figures: by kind.
    """
    lines = beside.surveys.get("callers")
    if not lines:
        return None
    facts = []
    for line in lines:
        cells = surveys.survey_cells(line)
        outcome = (cells.failed, cells.failing, cells.wall, cells.cpu)
        facts.append(Fact((line.entry.group, cells.title, *outcome), _files(line)))
    return Section(
        "What does aiohttp change?",
        [
            *([Prose(AVOIDED)] if race_avoided(summary, lines) else []),
            Table(CALLERS, facts),
            *figures.get("callers", []),
            whole("callers", lines, beside.measured["callers"], again("callers", beside)),
        ],
    )


def race_avoided(summary: Summary, callers: Sequence[SurveyLine]) -> bool:
    """Whether aiohttp lost nothing because nothing was closed, and loses where callers block."""
    loads = {line.entry.load for line in callers}
    ours = [row for row in summary.rows if row.trials and row.target.axis == control().axis]
    rows = [row for row in ours if row.load in loads]
    calm = bool(rows) and all(not row.failing and row.closed == 0 for row in rows)
    blocked = [line for line in callers if line.entry.target.axis == control().axis]
    return calm and any(line.verdict == "more" for line in blocked)


AFFECTED: dict[Topic, str] = {
    "variants": "Kinds of client",
    "network": "Networks",
    "servers": "Servers",
    "balanced": "Load balancers",
    "sdk": "SDKs",
}
"""What is asked of further surveys, and what a page calls it."""


SEEN: tuple[Topic, ...] = ("variants", "balanced")
"""Those whose small table is seen before anything is clicked on."""


def affected(beside: Supplement) -> Section | None:
    """Which kinds of client fail, over what, and behind which servers; None where nobody asked."""
    blocks: list[Block] = []
    for topic, name in AFFECTED.items():
        lines = beside.surveys.get(topic)
        if not lines:
            continue
        short = by_balancer(lines) if topic == "balanced" else by_group(lines)
        folded = whole(topic, lines, beside.measured[topic], again(topic, beside))
        blocks.append(Prose(f"**{name}.** {WORDS[topic]}"))
        if topic in SEEN:
            blocks += [short, folded]
        else:
            blocks.append(replace(folded, blocks=[short, *folded.blocks]))
    return Section("Which clients and servers are affected?", blocks) if blocks else None


def by_balancer(lines: Sequence[SurveyLine]) -> Table:
    """Failing trials behind each balancer, of all clients together, by who keeps for longer."""
    rows = surveys.by_balancer(lines)
    balancers = list(dict.fromkeys(balancer for balancer, _ in rows))
    facts = []
    for title in dict.fromkeys(title for _, title in rows):
        sides = [rows.get((balancer, title), []) for balancer in balancers]
        files = [name for side in sides for row in side for name in row.files]
        facts.append(Fact((title, *map(_together, sides)), files))
    headings = [Column(balancer, "right") for balancer in balancers]
    return Table([Column("who keeps an idle connection for longer"), *headings], facts)


def _together(rows: Sequence[Row]) -> str:
    """Failing trials of several rows, with the interval of their rate."""
    if not rows:
        return ""
    failing = rate((row.failing, row.trials) for row in rows)
    return f"{failing.bad} of {failing.trials} ({failing.low:.0%} to {failing.high:.0%})"


def by_group(lines: Sequence[SurveyLine]) -> Table:
    """Failing trials: a row for what varies, a column for each group that it is told beside."""
    groups = surveys.groups(lines)
    titles = list(dict.fromkeys(line.entry.title for line in lines))
    found = {(line.entry.group, line.entry.title): line for line in lines}
    rows = []
    for title in titles:
        cells = [found.get((group, title)) for group in groups]
        files = [name for line in cells if line and line.row for name in line.row.files]
        rows.append(Fact((title, *map(_failing, cells)), files))
    return Table([Column(""), *(Column(group, "right") for group in groups)], rows)


def _failing(line: SurveyLine | None) -> str:
    if line is None:
        return ""
    return f"{line.row.failing} of {line.row.trials}" if line.row else "not measured"


def whole(topic: Topic, lines: Sequence[SurveyLine], ran: Sequence[Trial], call: str) -> Folded:
    """All that was measured of a survey, folded.

    Args:
        topic, lines: of the survey.
        ran: its trials.
        call: that measures it again.
    """
    notes = surveys.footnotes(lines)
    facts = []
    for line in lines:
        title, *others = surveys.survey_cells(line, notes)[:-1]
        facts.append(Fact((f"{line.entry.group}: {title}", *others), _files(line)))
    blocks: list[Block] = [Table(SURVEY, facts)]
    if notes.lines:
        blocks.append(sentences(notes.lines))
    if failed := [_reasons(line) for line in lines if line.row and line.row.failures]:
        blocks.append(Sentences(failed))
    named = [(_named(line), line.row) for line in lines if line.row]
    if topic in ("callers", "network"):
        blocks += races_table(named)
    if any(line.hops is not None for line in lines):
        hops = [
            Fact(
                (f"{line.entry.group}: {line.entry.title}", *surveys.hop_cells(line)), _files(line)
            )
            for line in lines
        ]
        blocks += [Prose(HOP_WORDS), Table(HOPS, hops)]
    blocks += [Prose(BESIDE), sentences([f"Measured on {measured_on(ran)}."])]
    blocks.append(trial_lists((name, row.files) for name, row in named))
    return Folded("All that was measured of it", blocks, call)


def _files(line: SurveyLine) -> Sequence[str]:
    return line.row.files if line.row else ()


def _named(line: SurveyLine) -> str:
    """What a line is called beside those of other groups."""
    return f"{line.entry.group}: {line.entry.title}"


def _reasons(line: SurveyLine) -> Fact:
    """What failed of a line, and of which cause."""
    words = reasons(line.row) if line.row else ""
    return Fact([f"{_named(line)}: {words}"], _files(line))


def again(topic: Topic, beside: Supplement) -> str:
    """The call that measures a survey again."""
    rounds = max((line.row.trials for line in beside.surveys[topic] if line.row), default=1)
    lanes = max((trial.place.lanes for trial in beside.measured[topic]), default=1)
    return f"nox -s survey -- {topic} --rounds {rounds} --lanes {lanes}"


def measured_on(trials: Sequence[Trial]) -> str:
    """The days and the machine of trials, and how many ran at a time."""
    hosts = {
        f"{trial.host.cpu} ({trial.host.cores} cores), {trial.host.platform}" for trial in trials
    }
    days = sorted({trial.started[:10] for trial in trials})
    lanes = at_a_time(trial.place.lanes for trial in trials)
    return f"{', '.join(days)}, on {' and '.join(sorted(hosts))}, {lanes}"

"""The matrix as Markdown: REPORT.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.analysis.compare import SurveyLine
from scripts.analysis.summary import Summary, summarise
from scripts.domain.entries import Topic
from scripts.domain.targets import control
from scripts.domain.templates import templates
from scripts.domain.trial import Failure, Trial
from scripts.domain.words import plain, raised
from scripts.report import matrix, overview, surveys
from scripts.report.cells import cells, load_words, separating
from scripts.report.overview import Changed

TEMPLATES = Path(__file__).resolve().parent / "templates"


TABLE = re.compile(
    r"(<!-- table: made by `nox -s report` -->\n).*?(<!-- end of table -->)", re.DOTALL
)


def readme(current: str, trials: Sequence[Trial], more: Published) -> str:
    """README.md with its table made anew from trials, and the answers in short; all else stays."""
    rows = [
        "| target | load | failed requests | failing trials (95 %) | wall | CPU per request |",
        "|---|---|--:|--:|--:|--:|",
    ]
    found = summarise(trials)
    for row in found.rows:
        name, _, failed, failing, wall, _, cpu, _ = (text(cell) for cell in cells(row))
        rows.append(f"| {name} | {text(row.load.name)} | {failed} | {failing} | {wall} | {cpu} |")
    points = overview.points(found, more.surveys, more.changed)
    why = [f"- **{each.question}** {text(each.answer)}" for each in points[1:]]
    told = "What the published trials say, in short, from [REPORT.md](REPORT.md):"
    table = "\n".join(["", *rows, "", told, "", *why, ""])
    return TABLE.sub(lambda found: f"{found[1]}{table}\n{found[2]}", current)


@dataclass(frozen=True)
class Answer:
    """What one search found.

    Attributes:
        lines: the answer; the first is its heading.
        rows: of its table, for a history.
        picture: path of its chart, relative to the project; empty for none.
        trials: which trials it rests on.
        command: the arguments that ask it again.
    """

    lines: list[str]
    rows: list[tuple[str, str, str, str]]
    picture: str
    trials: str
    command: str


@dataclass(frozen=True)
class Published:
    """What stands in a report beside its own campaign.

    Attributes:
        answers: of the searches.
        reduced: of the reductions.
        changed: the releases that changed something.
        surveys: by topic.
        measured: the surveys' trials.
        pictures: paths relative to the project, by name.
    """

    answers: Sequence[Answer] = ()
    reduced: Sequence[Answer] = ()
    changed: Sequence[Changed] = ()
    surveys: Mapping[Topic, Sequence[SurveyLine]] = field(default_factory=dict)
    measured: Mapping[Topic, Sequence[Trial]] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)


def report(trials: Sequence[Trial], command: str, more: Published | None = None) -> str:
    """REPORT.md from trials; the same trials give the same text.

    Args:
        trials: of one campaign or of several, at least one.
        command: what measures the same again.
        more: what else was found; without it the report is the campaign's alone.
    """
    found: Summary = summarise(trials)
    whole = more or Published()
    environment = templates(TEMPLATES)
    environment.filters["text"] = text
    environment.filters["indented"] = indented
    tracebacks: dict[tuple[str, str], tuple[str, Failure]] = {}
    for each in trials:
        for failure in each.client.failures:
            tracebacks.setdefault(
                (each.target.name, raised(failure)),
                (each.name, failure),
            )
    return environment.get_template("report.md.jinja").render(
        rows=found.rows,
        sentences=matrix.lines(found),
        chain_words=matrix.chain_words,
        cause_words=matrix.cause_words,
        loads=list(dict.fromkeys(row.load.name for row in found.rows)),
        cells=cells,
        separating=separating,
        command=command,
        points=[] if more is None else overview.points(found, more.surveys, more.changed),
        unknown=[] if more is None else overview.unknown(found, more.surveys, more.changed),
        answers=whole.answers,
        reduced=whole.reduced,
        surveys=whole.surveys,
        pictures=whole.pictures,
        survey_cells=_survey_cells,
        measured={topic: measured_on(each) for topic, each in whole.measured.items()},
        load_words={row.load.name: load_words(row.load) for row in found.rows},
        race_avoided=_race_avoided(found, whole.surveys.get("callers", ())),
        rounds=_rounds(whole.surveys),
        named=_named,
        first=trials[0],
        days=sorted({each.started[:10] for each in trials}),
        tracebacks=tracebacks,
    )


def _race_avoided(found: Summary, callers: Sequence[SurveyLine]) -> bool:
    """Whether aiohttp lost nothing because nothing was closed, and loses where callers block."""
    rows = [row for row in found.rows if row.trials and row.target.axis == control().axis]
    calm = bool(rows) and all(not row.failing and row.closed == 0 for row in rows)
    blocked = [line for line in callers if line.entry.target.axis == control().axis]
    return calm and any(line.verdict == "more" for line in blocked)


def measured_on(trials: Sequence[Trial]) -> str:
    """The days and the machine of trials."""
    days = ", ".join(sorted({each.started[:10] for each in trials}))
    machines = {
        f"{each.host.cpu} ({each.host.cores} cores), {each.host.platform}" for each in trials
    }
    return f"{days}, on {' and '.join(sorted(machines))}"


def _named(files: Sequence[str]) -> str:
    """Trials by name: the campaign once, then their numbers."""
    first, *others = (text(each) for each in files)
    return ", ".join([first, *(each.rpartition("/")[2] for each in others)])


def _survey_cells(line: SurveyLine) -> list[str]:
    """A survey's row; what stands in the same group is told by its name."""
    title, *others = surveys.cells(line)
    return [f"{line.entry.group}: {title}", *others]


def _rounds(found: Mapping[Topic, Sequence[SurveyLine]]) -> dict[Topic, int]:
    """How many trials each entry of a survey had at most."""
    return {
        topic: max((line.row.trials for line in lines if line.row), default=1)
        for topic, lines in found.items()
    }


SIGNS = re.compile(r"[\\`*\[\]<>#|~@&]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown may take for more than itself; an underscore within a word is none."""


def text(value: object) -> str:
    """A text that Markdown shows as it is: nothing in it links, folds, formats or ends a cell."""
    shown = " ".join(str(value).split())
    return SIGNS.sub(lambda found: f"&#{ord(found[0])};", shown)


def indented(value: str) -> str:
    """A text as an indented code block, which no content can end."""
    return "\n".join(f"    {line}".rstrip() for line in plain(value).splitlines())

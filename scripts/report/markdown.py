"""The matrix as Markdown: REPORT.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scripts.failures import plain, raised
from scripts.matrix import Summary, summarise
from scripts.model import Failure, Trial
from scripts.report.words import cells, separating

TEMPLATES = Path(__file__).resolve().parent / "templates"


TABLE = re.compile(
    r"(<!-- table: made by `nox -s report` -->\n).*?(<!-- end of table -->)", re.DOTALL
)


def readme(current: str, trials: Sequence[Trial]) -> str:
    """README.md with its table made anew from trials; all else stays."""
    rows = [
        "| target | load | failed requests | failing trials (95 %) | wall | CPU per request |",
        "|---|---|--:|--:|--:|--:|",
    ]
    found = summarise(trials)
    for row in found.rows:
        name, _, failed, failing, wall, _, cpu, _ = (text(cell) for cell in cells(row))
        rows.append(f"| {name} | {text(row.load.name)} | {failed} | {failing} | {wall} | {cpu} |")
    why = [f"- {text(sentence)}" for sentence in found.why]
    table = "\n".join(["", *rows, "", *why, ""])
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


def report(
    trials: Sequence[Trial],
    command: str,
    answers: Sequence[Answer] = (),
    reduced: Sequence[Answer] = (),
) -> str:
    """REPORT.md from trials; the same trials give the same text.

    Args:
        trials: of one campaign or of several, at least one.
        command: what measures the same again.
        answers: of the searches.
        reduced: of the reductions.
    """
    found: Summary = summarise(trials)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - the output is Markdown; `text` below is what makes it safe
    )
    environment.filters["text"] = text
    environment.filters["indented"] = indented
    tracebacks: dict[tuple[str, str], tuple[str, Failure]] = {}
    for each in trials:
        for failure in each.failures:
            tracebacks.setdefault(
                (each.target.name, raised(failure)),
                (f"{each.campaign}/{each.order:04d}", failure),
            )
    return environment.get_template("report.md.jinja").render(
        summary=found,
        loads=list(dict.fromkeys(row.load.name for row in found.rows)),
        cells=cells,
        separating=separating,
        command=command,
        answers=answers,
        reduced=reduced,
        first=trials[0],
        days=sorted({each.started[:10] for each in trials}),
        tracebacks=tracebacks,
    )


def text(value: object) -> str:
    """A text that Markdown shows as it is: nothing in it links, folds, formats or ends a cell."""
    shown = " ".join(str(value).split())
    return "".join(f"&#{ord(each)};" if each in "\\`*_[]<>#|~@&" else each for each in shown)


def indented(value: str) -> str:
    """A text as an indented code block, which no content can end."""
    return "\n".join(f"    {line}".rstrip() for line in plain(value).splitlines())

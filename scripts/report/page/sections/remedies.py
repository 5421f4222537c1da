"""What helps today? The document's client with one thing changed at a time."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.analysis.compare import SurveyLine
from scripts.analysis.effects import Arrivals
from scripts.domain.libraries import LIBRARIES
from scripts.domain.surveys import repeats, short_title
from scripts.domain.words import listed
from scripts.report import surveys
from scripts.report.page.blocks import Fact, Figure, Prose, Section, Table, columns
from scripts.report.page.sections.clients import again, whole
from scripts.report.page.supplement import Supplement

REMEDIES = columns(
    "change",
    ">failing trials (95 %)",
    ">failed requests",
    ">wall",
    ">CPU per request",
    ">arrived twice",
    "beside as it is",
)

WORDS = (
    'The document\'s client with one thing changed at a time. "No difference shown" is not '
    '"does not help": so few trials show large differences alone.'
)


def remedies(beside: Supplement, figures: Mapping[str, list[Figure]]) -> Section | None:
    """Every remedy with its price; None where nobody asked."""
    lines = beside.surveys.get("remedies")
    if not lines:
        return None
    return Section(
        "What helps today?",
        [
            Prose(f"Under the {lines[0].entry.load.name} load. {WORDS}"),
            Table(REMEDIES, list(map(_row, lines))),
            *figures.get("remedies", []),
            whole("remedies", lines, beside.measured["remedies"], again("remedies", beside)),
        ],
    )


def _row(line: SurveyLine) -> Fact:
    """What a remedy does to the failure, the time and the cost."""
    cells = surveys.survey_cells(line)
    outcome = (cells.failing, cells.failed, cells.wall, cells.cpu, twice(line), cells.verdict)
    return Fact((remedy_name(line), *outcome), line.row.files if line.row else ())


def remedy_name(line: SurveyLine) -> str:
    """What a narrow table calls a remedy, with the libraries that are at another version too."""
    unsaid = line.row.unsaid if line.row else None
    name = short_title(line.entry)
    moved = [one for one in (unsaid.client if unsaid else ()) if one in LIBRARIES]
    moved = [one for one in moved if one not in name]
    return f"{name}, other {listed(moved)}" if moved else name


def twice(line: SurveyLine) -> str:
    """Whether a request may arrive twice, and how many did here."""
    counted = _counted(line.arrivals)
    return f"may; {counted} did" if repeats(line.entry) else counted


def _counted(arrivals: Arrivals | None) -> str:
    return "not counted" if arrivals is None else f"{arrivals.repeated:,}"

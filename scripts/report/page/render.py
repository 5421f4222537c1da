"""REPORT.md, and README.md's table, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from jinja2 import Template
from msgspec.structs import astuple

from scripts.analysis.compare import SurveyLine
from scripts.analysis.summary import Row, Summary, summarise
from scripts.domain.surveys import Topic
from scripts.domain.targets import control
from scripts.domain.templates import templates
from scripts.domain.trial import DOCUMENT_DATE, Host, Trial
from scripts.domain.words import raised
from scripts.mapping.result import AtlasResult
from scripts.proof.result import ProofResult
from scripts.report import maps, matrix, overview, proofs, surveys
from scripts.report.callcounts import call_rows
from scripts.report.calls import asked_call, trial_call
from scripts.report.capture import joint_words
from scripts.report.causes import NEARNESS
from scripts.report.cells import load_words, marked_cells, separation
from scripts.report.conditions import at_a_time
from scripts.report.lane_effects import effect_cells, effect_words
from scripts.report.markdown import indented, text
from scripts.report.overview import ShortAnswer
from scripts.report.page.supplement import Supplement
from scripts.report.races import races_cells
from scripts.report.stalls import place_in_markdown, sentence
from scripts.report.unsaid import Footnotes

TEMPLATES = Path(__file__).resolve().parent / "templates"

TABLE = re.compile(
    r"(<!-- table: made by `nox -s report` -->\n).*?(<!-- end of table -->)", re.DOTALL
)
"""The part of README.md that is made anew."""


def readme(current: str, trials: Sequence[Trial], supplement: Supplement) -> str:
    """README.md with its table made anew from trials, and the answers in short; all else stays."""
    summary = summarise(trials)
    answers = _answers(summary, supplement)
    notes = Footnotes(row.unsaid for row in summary.rows)
    table = _template("readme.md.jinja").render(
        rows=[(row.load.name, marked_cells(row, notes)) for row in summary.rows],
        notes=notes.lines,
        at_a_time=at_a_time(trial.place.lanes for trial in trials),
        lanes=effect_words(supplement.lanes),
        # The table tells already whether it happens.
        answers=[answer for answer in answers if answer.subject != "occurrence"],
    )
    return TABLE.sub(lambda match: f"{match[1]}{table}{match[2]}", current)


@dataclass(frozen=True)
class ReportedTrials:
    """What a report tells of trials.

    Attributes:
        summary: what they say together.
        host: the machine of the first.
        days: on which they ran (YYYY-MM-DD), in order.
        failing: trials whose failures are printed, of each target the first by each exception.
    """

    summary: Summary
    host: Host
    days: Sequence[str]
    failing: Sequence[Trial]


def report(trials: Sequence[Trial], command: str, supplement: Supplement | None = None) -> str:
    """REPORT.md from trials; the same trials give the same text.

    Args:
        trials: of one campaign or of several, at least one.
        command: what measures the same again.
        supplement: what else was found; without it the report is the campaign's alone.
    """
    ran = ReportedTrials(summarise(trials), trials[0].host, _days(trials), trials)
    return report_of(ran, command, supplement)


def report_of(ran: ReportedTrials, command: str, supplement: Supplement | None = None) -> str:
    """REPORT.md from what trials say, as `report`."""
    summary = ran.summary
    beside = supplement or Supplement()
    answers, gaps = [], []
    if supplement is not None:
        answers = _answers(summary, supplement)
        gaps = overview.unknown(summary, supplement.surveys, supplement.changed)
    return _template("report.md.jinja").render(
        **_of_loads(summary.rows),
        **_beside(beside),
        sentences=matrix.summary_lines(summary),
        chain_words=matrix.kind_words,
        cause_words=matrix.cause_words,
        document_day=DOCUMENT_DATE,
        separation=lambda row: astuple(separation(row)),
        blocked=lambda row: sentence(row.blocked, place_in_markdown),
        command=command,
        answers=answers,
        gaps=gaps,
        race_avoided=_race_avoided(summary, beside.surveys.get("callers", ())),
        trial_names=_trial_names,
        host=ran.host,
        days=ran.days,
        tracebacks=_tracebacks(ran.failing),
    )


def _answers(summary: Summary, supplement: Supplement) -> list[ShortAnswer]:
    """The answers in short."""
    return overview.short_answers(
        summary,
        supplement.surveys,
        supplement.changed,
        supplement.proofs,
        maps.changed_words(supplement.atlases),
    )


def _of_loads(rows: Sequence[Row]) -> dict[str, object]:
    """What the template says of each load, and the rows under it."""
    loads = list(dict.fromkeys(row.load.name for row in rows))
    under = {load: [row for row in rows if row.load.name == load] for load in loads}
    notes = {load: Footnotes(row.unsaid for row in under[load]) for load in loads}
    return {
        "rows": rows,
        "loads": loads,
        "notes": notes,
        "load_words": {row.load.name: load_words(row.load) for row in rows},
        "at_a_time": {
            load: at_a_time(number for row in under[load] for number in row.lanes) for load in loads
        },
        "cells": lambda row: astuple(marked_cells(row, notes[row.load.name])),
    }


def _beside(beside: Supplement) -> dict[str, object]:
    """What the template says beside the campaign: surveys, searches, captures, lanes."""
    return {
        "searches": beside.searches,
        "reductions": beside.reductions,
        "pictures": beside.pictures,
        "witnesses": [trial.name for trial, _ in beside.witnesses],
        "captured_again": list(
            dict.fromkeys(trial_call(trial.target, trial.load) for trial, _ in beside.witnesses)
        ),
        "witness_words": joint_words(beside.witnesses) if beside.witnesses else "",
        "call_rows": call_rows(beside.counted),
        "counted_again": [trial_call(trial.target, trial.load) for trial, _ in beside.counted],
        "lane_rows": [
            (*astuple(effect_cells(effect)), effect.one.files, effect.several.files)
            for effect in beside.lanes
        ],
        "lane_words": effect_words(beside.lanes),
        "atlases": [_of_atlas(result) for result in beside.atlases],
        "hop_cells": surveys.hop_cells,
        "hop_headings": surveys.HOP_HEADINGS,
        "balanced_lines": surveys.balanced_lines(beside.surveys.get("balanced", ())),
        "proofs": [_of_proof(proof) for proof in beside.proofs],
        "surveys": beside.surveys,
        "survey_cells": _survey_cells,
        "survey_notes": surveys.footnotes,
        "survey_load": {topic: lines[0].entry.load.name for topic, lines in beside.surveys.items()},
        "races_cells": races_cells,
        "nearness": NEARNESS,
        "rounds": _rounds(beside.surveys),
        "measured": {topic: measured_on(ran) for topic, ran in beside.measured.items()},
        "lanes": {
            topic: max((trial.place.lanes for trial in ran), default=1)
            for topic, ran in beside.measured.items()
        },
    }


def _of_atlas(result: AtlasResult) -> dict[str, object]:
    """What the template says of maps."""
    return {
        "name": result.name,
        "heading": maps.heading(result),
        "signal": result.signal,
        "columns": [result.x.quantity.words, result.y.quantity.words],
        "lines": maps.map_lines(result),
        "rows": maps.point_rows(result),
        "load": maps.load_words(result.load, (result.x, result.y)),
        "measured": maps.measured_words(result.machines),
        "trials": f"{result.name}/0001 to {result.last:04d}",
        "again": asked_call(result.command),
    }


def _of_proof(proof: ProofResult) -> dict[str, object]:
    """What the template says of a proof."""
    return {
        "heading": proofs.heading(proof),
        "lines": proofs.result_lines(proof),
        "rows": proofs.verdict_rows(proof),
        "costs": proofs.cost_rows(proof),
        "trials": f"{proof.name}/0001 to {proof.last:04d}",
        "again": asked_call(proof.command),
    }


def _template(name: str) -> Template:
    environment = templates(TEMPLATES)
    environment.filters |= {"text": text, "indented": indented}
    return environment.get_template(name)


class Traceback(msgspec.Struct, frozen=True):
    """A failure as Python prints it: of which target, which exception, in which trial."""

    target: str
    exception: str
    trial: str
    printed: str


def _tracebacks(trials: Sequence[Trial]) -> list[Traceback]:
    """The first failure of each target by each exception."""
    first: dict[tuple[str, str], Traceback] = {}
    for trial in trials:
        for failure in trial.client.failures:
            target, exception = trial.target.name, raised(failure)
            printed = Traceback(target, exception, trial.name, failure.traceback)
            first.setdefault((target, exception), printed)
    return list(first.values())


def _race_avoided(summary: Summary, callers: Sequence[SurveyLine]) -> bool:
    """Whether aiohttp lost nothing because nothing was closed, and loses where callers block."""
    loads = {line.entry.load for line in callers}
    ours = [row for row in summary.rows if row.trials and row.target.axis == control().axis]
    rows = [row for row in ours if row.load in loads]
    calm = bool(rows) and all(not row.failing and row.closed == 0 for row in rows)
    blocked = [line for line in callers if line.entry.target.axis == control().axis]
    return calm and any(line.verdict == "more" for line in blocked)


def measured_on(trials: Sequence[Trial]) -> str:
    """The days and the machine of trials, and how many ran at a time."""
    hosts = {
        f"{trial.host.cpu} ({trial.host.cores} cores), {trial.host.platform}" for trial in trials
    }
    lanes = at_a_time(trial.place.lanes for trial in trials)
    return f"{', '.join(_days(trials))}, on {' and '.join(sorted(hosts))}, {lanes}"


def _days(trials: Sequence[Trial]) -> list[str]:
    return sorted({trial.started[:10] for trial in trials})


def _trial_names(files: Sequence[str]) -> str:
    """Trials by name: the campaign once, then their numbers."""
    first, *others = (text(name) for name in files)
    return ", ".join([first, *(name.rpartition("/")[2] for name in others)])


def _survey_cells(line: SurveyLine, notes: Footnotes) -> list[str]:
    """A survey's row; what stands in the same group is told by its name."""
    title, *others = surveys.survey_cells(line, notes)
    return [f"{line.entry.group}: {title}", *others]


def _rounds(lines: Mapping[Topic, Sequence[SurveyLine]]) -> dict[Topic, int]:
    """How many trials each entry of a survey had at most."""
    return {
        topic: max((line.row.trials for line in entries if line.row), default=1)
        for topic, entries in lines.items()
    }

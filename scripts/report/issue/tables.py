"""The rows of a report's tables, as texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from scripts.analysis.compare import SurveyLine
from scripts.analysis.proof import Verdict
from scripts.analysis.summary import Row
from scripts.domain.libraries import LAYER
from scripts.domain.surveys import HYPERCORN_SERVER, ClientKind, repeats, short_title
from scripts.domain.trial import Load, differences
from scripts.report import surveys
from scripts.report.cells import cells, reasons
from scripts.report.findings import percent
from scripts.report.issue.evidence import Evidence
from scripts.report.issue.suggestions import Suggestion
from scripts.report.releases import (
    ChangedRelease,
    by_surety,
    pace_words,
    release_words,
)
from scripts.report.unsaid import Footnotes


class AskedQuestion(msgspec.Struct, frozen=True):
    """One of the three that projects ask, with an answer for each of a library's releases."""

    asked: str
    answers: list[str]


class ChangeRow(msgspec.Struct, frozen=True):
    """A row of the table of changes, as texts: the release, what is compared, what it was before
    and from then on, how sure that is.
    """

    release: str
    what: str
    before: str
    after: str
    sure: str


class TriedRow(msgspec.Struct, frozen=True):
    """A row of the table of diffs that were tried, as texts.

    Attributes:
        diff: which, or against which other it is compared; empty where as in the row above.
        under: which circumstance.
        failures, trials: that failed without it and with it.
        verdict: in a word.
    """

    diff: str
    under: str
    failures: str
    trials: str
    verdict: str


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of the diffs that were tried.

    Attributes:
        rows: what they do where that tells most.
        shown: the first whose lines are few, None for none; parted: whether it is a part of the
            first of all.
        missed, left: of the failures that the first leaves, how many had a close between look and
            write, and of how many a look right before the write would have told.
    """

    rows: list[TriedRow]
    shown: Suggestion | None
    parted: bool
    missed: str
    left: str


class VersionRow(msgspec.Struct, frozen=True):
    """A row of the table of versions, as texts."""

    target: str
    layer: str
    load: str
    failed: str
    failing: str
    cpu: str


class ClientRow(msgspec.Struct, frozen=True):
    """A row of the table of kinds of client, as texts."""

    release: str
    title: str
    layer: str
    failed: str
    failing: str
    why: str


def change_rows(evidence: Evidence) -> list[ChangeRow]:
    """The releases that made it worse, or of which searches found opposites, the surest first."""
    told = evidence.failing.load if evidence.failing else None
    return [
        _change_row(one, told) for one in by_surety(evidence.changed) if one.worse or one.opposed
    ]


def _change_row(change: ChangedRelease, told: Load | None) -> ChangeRow:
    """A release that changed something.

    Args:
        change: it.
        told: the load that the report tells of; None for none.
    """
    if change.levels is not None:
        what = "processor time per request, in times aiohttp's"
        before, after = (f"{level:.1f}" for level in change.levels)
    else:
        what = "far more CPU time than aiohttp" if change.signal == "slow" else change.signal
        before, after = (f"{rate.bad} of {rate.trials}" for rate in (change.old, change.new))
    numbers = differences(change.under, told) if told else {}
    others = [f"{name}={value:g}" for name, value in numbers.items() if value is not None]
    if told and change.under.tls != told.tls:
        others.append("over TLS" if change.under.tls else "without TLS")
    what += pace_words(change) + (f" (but {', '.join(others)})" if others else "")
    return ChangeRow(release_words([change]), what, before, after, percent(change.confidence))


VERDICTS: dict[Verdict, str] = {
    "mends": "gone",
    "helps": "fewer",
    "harms": "more",
    "no difference shown": "no fewer that is shown",
    "cannot tell": "cannot tell",
}
"""What a table says of failures beside a change."""


def _tried_rows(suggested: Sequence[Suggestion]) -> list[TriedRow]:
    """What diffs do where that tells most: of the first all such cases, of the others the best, but
    for runs of the short program, which are told beside it.
    """
    rows = []
    for suggestion in suggested:
        cases = [case for case in suggestion.cases if not case.by_script]
        shown = cases if suggestion is suggested[0] else cases[:1]
        several = len({case.signal for case in shown}) > 1
        last = ""
        for case in shown:
            judgement = case.judgement
            diff = f"both, against {case.against}" if case.against else case.diff
            rows.append(
                TriedRow(
                    "" if diff == last else diff,
                    f"{case.under}, {LAYER} {case.layer}" if case.layer else case.under,
                    f"{f'{case.signal}: ' if several else ''}"
                    f"{judgement.failed_before} to {judgement.failed_after}",
                    f"{judgement.before.bad} to {judgement.after.bad} of {judgement.after.trials}",
                    VERDICTS[judgement.verdict],
                )
            )
            last = diff
    return rows


def tried(suggested: Sequence[Suggestion]) -> Tried:
    """What is told of the diffs that were tried."""
    shown = next((one for one in suggested if one.added), None)
    return Tried(
        rows=_tried_rows(suggested),
        shown=shown,
        parted=shown is not None and _is_part(shown, suggested[0]),
        missed=missed_words(suggested),
        left=left_words(suggested),
    )


def _is_part(one: Suggestion, whole: Suggestion) -> bool:
    """Whether all that a diff adds another adds too, which was compared with its other part."""
    added = {line.strip() for line in one.added.splitlines()}
    lines = {line[1:].strip() for line in whole.text.splitlines()}
    return one is not whole and bool(whole.against) and added <= lines


def instead_words(lines: Sequence[SurveyLine]) -> str:
    """What the ways that are asked for first do instead, in a sentence without its full stop."""
    measured = [(line, line.row) for line in lines if line.row]
    said = [
        f"{row.failing} of {row.trials}{'' if number else ' trials'} with {short_title(line.entry)}"
        f"{' (may repeat)' if repeats(line.entry) else ''}"
        for number, (line, row) in enumerate(measured)
    ]
    client = measured[0][1].target.pins[0].replace("==", " ") if measured else ""
    return f"{client} fails in {', '.join(said)}" if said else ""


def left_words(suggested: Sequence[Suggestion]) -> str:
    """Of the failures that the first diff leaves where no caller blocks, in how many a look right
    before the write would have told; empty where it leaves none.
    """
    for case in suggested[0].cases if suggested else ():
        if case.good and case.own and not (case.blocked or case.against or case.by_script):
            words = f": of the {case.left.stale} left a look would have told in {case.left.told}"
            return words if case.left.stale else ""
    return ""


def missed_words(suggested: Sequence[Suggestion]) -> str:
    """In how many of the failures that the first diff leaves beside an older anyio the close came
    between the look and the write; empty where in none.
    """
    case = suggested[0].missed if suggested else None
    if case is None:
        return ""
    return f"{case.left.after_look} of {case.left.looked} closes came there ({case.layer})"


class _Asked(NamedTuple):
    """A question that projects ask: what it asks of a kind of client, and of which kinds."""

    words: str
    told: Callable[[ClientKind], str]
    of: Callable[[ClientKind], bool]
    hypercorn: bool = False


ASKED = (
    _Asked("HTTP/1.1 or HTTP/2 (on hypercorn)?", lambda kind: kind.protocol, lambda _: True, True),
    _Asked(
        "Client or AsyncClient?",
        lambda kind: kind.api,
        lambda kind: kind.runs_on in ("asyncio", "threads"),
    ),
    _Asked(
        "asyncio, uvloop or trio?",
        lambda kind: kind.runs_on,
        lambda kind: kind.runs_on != "threads",
    ),
)
"""The three questions."""


def questions(variants: Sequence[SurveyLine]) -> list[AskedQuestion]:
    """The three questions that projects ask, answered for each release by failing trials."""
    groups = surveys.groups(variants)
    return [
        AskedQuestion(asked.words, [_answer(asked, variants, group) for group in groups])
        for asked in ASKED
        if groups
    ]


def _answer(asked: _Asked, variants: Sequence[SurveyLine], group: str) -> str:
    """Failing trials of each kind of client of a release that a question asks of."""
    return ", ".join(
        f"{asked.told(kind)} {line.row.failing} of {line.row.trials}"
        for line in variants
        if line.entry.group == group and line.row is not None
        if (kind := line.entry.kind) is not None and asked.of(kind)
        if (line.entry.target.server == HYPERCORN_SERVER) == asked.hypercorn
    )


def version_lines(evidence: Evidence) -> list[tuple[str, Row]]:
    """The rows of the table of versions, each with what it is called."""
    rows = [(row.target.name, row) for row in evidence.summary.rows]
    for line in evidence.callers:
        if line.verdict and line.row is not None:
            rows.append((f"{line.entry.group}, a caller that {line.entry.title}", line.row))
    return rows


def version_row(name: str, row: Row, notes: Footnotes) -> VersionRow:
    """A row of the table of versions, by its name; what else differs is noted."""
    texts = cells(row)
    marked = notes.marked(name, row.unsaid)
    return VersionRow(marked, texts.layer, row.load.name, texts.failed, texts.failing, texts.cpu)


def client_row(line: SurveyLine, notes: Footnotes) -> ClientRow:
    """A row of the table of kinds of client; what else differs is noted."""
    release, title = line.entry.group, line.entry.title
    if line.row is None:
        return ClientRow(release, title, "", "not measured", "not measured", "")
    texts = cells(line.row)
    title = notes.marked(title, line.row.unsaid)
    return ClientRow(release, title, texts.layer, texts.failed, texts.failing, reasons(line.row))

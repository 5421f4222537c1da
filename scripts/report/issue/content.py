"""What a body says, as typed facts for its templates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from scripts.analysis.compare import SurveyLine
from scripts.analysis.proof import Verdict
from scripts.analysis.summary import Row
from scripts.domain.libraries import LAYER, LIBRARIES, SUCCESSOR, Upstream, upstreams
from scripts.domain.surveys import HYPERCORN_SERVER, ClientKind, repeats, short_title
from scripts.domain.trial import DOCUMENT_DATE, LOADS, Failure, Host, Load, differences
from scripts.domain.words import chain_words, raised
from scripts.reduction.replacement import replacement_words
from scripts.reduction.result import Smallest
from scripts.report import overview, surveys
from scripts.report.accounts import Account
from scripts.report.causes import NEARNESS
from scripts.report.cells import cells, exceptions, load_in_short, load_words, reasons
from scripts.report.findings import percent
from scripts.report.issue.evidence import (
    BareFinding,
    Evidence,
    OwnScript,
    ShortProof,
    Suggestion,
    Timing,
    Unblocked,
)
from scripts.report.reductions import claim
from scripts.report.releases import (
    ChangedRelease,
    by_surety,
    lasting_words,
    pace_words,
    release_words,
)
from scripts.report.story import Story
from scripts.report.unsaid import Footnotes


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What a target lost.

    Attributes:
        name: what it is called.
        failed, requests: how many of how many.
        exceptions: which were raised, each with how many.
        failing, trials: how many trials of how many failed.
        low, high: the interval of their rate, 0 to 1.
    """

    name: str
    failed: int
    requests: int
    exceptions: list[tuple[str, int]]
    failing: int
    trials: int
    low: float
    high: float


class BusyCaller(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller that blocks the event loop loses.

    Attributes:
        title: what it does; stall: median over trials of the longest seconds its loop is blocked.
        loss: of the newest release so called.
        calm: what the same loses where the caller does not; None where that was not measured.
    """

    title: str
    stall: float
    loss: Loss
    calm: Row | None


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What fails, and how often.

    Attributes:
        load: under which load, in words; empty where none failed.
        tried: every target, by name; trials: how many, of them all.
        busy: what a busy caller loses; None where it loses no more than one that is not.
        newest: what the told target loses, else the newest that fails; None where none does.
        control: what the control did under that load; None where that was not measured.
        usual: what the newest that fails loses under the document's own load; None where none does.
    """

    load: str
    tried: list[str]
    trials: int
    busy: BusyCaller | None
    newest: Loss | None
    control: Row | None
    usual: Loss | None


class SmallestCase(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest case: a script, and what is known of it.

    Attributes:
        name, script: of its file, and what is in it.
        bad: what it ran on; claim: what it did there.
        seconds: that a run takes.
        replacement: the client of one's own that it takes the place of, in words; empty for none.
    """

    name: str
    script: str
    bad: str
    claim: str
    seconds: float
    replacement: str


class AskedQuestion(msgspec.Struct, frozen=True):
    """One of the three that projects ask, with an answer for each of a library's releases."""

    asked: str
    answers: list[str]


class BlockedLoop(NamedTuple):
    """What blocked an event loop.

    Attributes:
        function: its name.
        share: of all the time for which the loop was blocked, 0 to 1.
        failed, stale: in how many failed requests it was blocked for over 100 ms between the
            assignment and the write, of how many on a stale connection.
    """

    function: str
    share: float
    failed: int
    stale: int


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


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that the templates of a body are given.

    Attributes:
        opening: what fails.
        title: of the report; exception: the one that is raised.
        upstream: the project; short, bare: as of the evidence.
        unblocked: where it fails most though no caller blocks the event loop; None for nowhere.
        timing: when requests were written; None for failures of another kind.
        beside: in how many a look would have told, of the same release beside each anyio.
        lasting: what all releases that were searched show; changes: those that made it worse, or
            of which searches found opposites, the surest first; measured: what those of the
            successor change, by release, as far as they are not among these.
        releases: of the three questions' table; questions: its rows.
        case: the smallest one; scripts: the whole case, where it is not reduced.
        versions, loads: the table of versions, and its loads (name, in words).
        version_notes: what else differs between its rows, note by note.
        libraries: what the failing trial ran with of the client libraries.
        document_day: at which packages are held.
        searches: what they found.
        by_setting: what maps of settings say changed between releases, in sentences.
        story: of one failure; row: what its target did over all trials; unwritten: how many of its
            failed requests were given a connection that was closing, so that nothing was written.
        clients: the table of kinds of client; client_notes: the same of its rows.
        confirmed: as of the evidence; instead: what other ways do.
        suggested: diffs that were tried; tried: what they do where that tells most; missed: the
            failures that the first leaves where the loop runs between look and write.
        host, day: where and when the trial that is shown was measured.
        python, packages: what it ran with.
        failure: as Python prints it; exception: its name; links: each exception behind it that
            tells something.
        blocked: what blocked the event loop of the told failure's target, where its caller did
            not; None otherwise.
    """

    opening: Opening
    title: str
    upstream: Upstream
    short: ShortProof | None
    unblocked: Unblocked | None
    bare: BareFinding | None
    timing: Timing | None
    beside: list[str]
    changes: list[ChangeRow]
    lasting: list[str]
    measured: dict[str, str]
    confirmed: Sequence[str]
    instead: list[str]
    releases: list[str]
    questions: list[AskedQuestion]
    case: SmallestCase | None
    scripts: Sequence[OwnScript]
    versions: list[VersionRow]
    version_notes: list[str]
    loads: dict[str, str]
    libraries: list[str]
    document_day: str
    searches: Sequence[Account]
    by_setting: Sequence[str]
    story: Story | None
    row: Row | None
    unwritten: int
    clients: list[ClientRow]
    client_notes: list[str]
    suggested: Sequence[Suggestion]
    tried: list[TriedRow]
    missed: str
    host: Host
    day: str
    python: str
    packages: dict[str, str]
    failure: Failure | None
    exception: str
    links: list[str]
    blocked: BlockedLoop | None


def content(evidence: Evidence) -> Content:
    """What a body says of evidence."""
    trial = evidence.failing
    failure = trial.client.failures[0] if trial and trial.client.failures else None
    packages = evidence.packages
    upstream = upstreams().get(evidence.shown.target.axis, Upstream("", ()))
    versions, client_notes = _version_lines(evidence), surveys.footnotes(evidence.variants)
    version_notes = Footnotes(row.unsaid for _, row in versions)
    return Content(
        opening=_opening(evidence),
        title=_title(evidence),
        upstream=upstream,
        short=evidence.short,
        unblocked=next(iter(evidence.unblocked), None) if _is_busy(evidence) else None,
        bare=evidence.bare,
        timing=evidence.timing,
        beside=_beside(evidence),
        changes=[
            _change(one, trial.load if trial else None)
            for one in by_surety(evidence.changed)
            if one.worse or one.opposed
        ],
        measured=_measured(upstream, evidence.changed),
        lasting=[lasting_words(fault) for fault in evidence.lasting],
        releases=surveys.groups(evidence.variants),
        questions=_questions(evidence.variants),
        case=_case(*evidence.smallest) if evidence.smallest else None,
        scripts=evidence.scripts,
        versions=[_version_row(name, row, version_notes) for name, row in versions],
        version_notes=version_notes.lines,
        loads={row.load.name: load_words(row.load) for row in evidence.summary.rows},
        libraries=[f"{name} {packages[name]}" for name in LIBRARIES if name in packages],
        document_day=DOCUMENT_DATE,
        searches=evidence.searches,
        by_setting=evidence.by_setting,
        story=evidence.story,
        row=_row_of_story(evidence),
        unwritten=_unwritten(_row_of_story(evidence)),
        clients=[_client_row(line, client_notes) for line in evidence.variants],
        client_notes=client_notes.lines,
        suggested=evidence.suggested,
        tried=_tried(evidence.suggested),
        missed=_missed(evidence.suggested),
        confirmed=evidence.confirmed,
        instead=_instead(evidence.instead),
        host=evidence.shown.host,
        day=evidence.shown.started[:10],
        python=evidence.python,
        packages=dict(sorted(packages.items())),
        failure=failure,
        exception=raised(failure) if failure else "",
        links=_links(failure) if failure else [],
        blocked=_blocked(evidence),
    )


def _title(evidence: Evidence) -> str:
    trial = evidence.failing
    failure = trial.client.failures[0] if trial and trial.client.failures else None
    if failure is None:
        return "No request failed"
    if evidence.timing is None:
        return f"{raised(failure)} under concurrent requests"
    return f"{raised(failure)}: a request is written on a connection that the server has closed"


def _change(change: ChangedRelease, told: Load | None) -> ChangeRow:
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
    other = ", ".join(f"{name}={value:g}" for name, value in numbers.items() if value is not None)
    what += pace_words(change) + (f" (but {other})" if other else "")
    return ChangeRow(release_words([change]), what, before, after, percent(change.confidence))


def _measured(upstream: Upstream, changed: Sequence[ChangedRelease]) -> dict[str, str]:
    """What releases of the successor changed of the cost, by release."""
    return {
        one.release: f"CPU time from {one.levels[0]:.1f} to {one.levels[1]:.1f} times aiohttp's, "
        f"{percent(one.confidence)}"
        for one in changed
        if upstream.done and one.package == SUCCESSOR and one.levels is not None
    }


VERDICTS: dict[Verdict, str] = {
    "mends": "gone",
    "helps": "fewer",
    "harms": "more",
    "no difference shown": "no fewer that is shown",
    "cannot tell": "cannot tell",
}
"""What a table says of failures beside a change."""


def _tried(suggested: Sequence[Suggestion]) -> list[TriedRow]:
    """What diffs do where that tells most: of the first all such cases, of the others the best."""
    rows = []
    for suggestion in suggested:
        shown = suggestion.cases if suggestion is suggested[0] else suggestion.cases[:1]
        several = len({case.signal for case in shown}) > 1
        diff = suggestion.file
        for case in shown:
            judgement = case.judgement
            signal = f"{case.signal}: " if several else ""
            rows.append(
                TriedRow(
                    f"against {case.against} alone" if case.against else diff,
                    case.under,
                    f"{signal}{judgement.failed_before} to {judgement.failed_after}",
                    f"{judgement.before.bad} to {judgement.after.bad} of {judgement.after.trials}",
                    VERDICTS[judgement.verdict],
                )
            )
            if not case.against:
                diff = ""
    return rows


def _instead(lines: Sequence[SurveyLine]) -> list[str]:
    """What the ways that are asked for first do instead, a sentence each, without its full stop."""
    return [
        f"{short_title(line.entry)} ({line.row.target.pins[0].replace('==', ' ')}): "
        f"{line.row.failing} of {line.row.trials} trials fail"
        f"{', but may send twice' if repeats(line.entry) else ''}"
        for line in lines
        if line.row
    ]


def _missed(suggested: Sequence[Suggestion]) -> str:
    """In how many of the failures that the first diff leaves beside an older anyio the close came
    between the look and the write; empty where in none.
    """
    found = suggested[0].missed if suggested else None
    if found is None:
        return ""
    layer, races = found
    return f"with {layer} the close came there in {races.after_look} of {races.stale} failures"


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


def _questions(variants: Sequence[SurveyLine]) -> list[AskedQuestion]:
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


def _opening(evidence: Evidence) -> Opening:
    tried = [row for row in evidence.summary.rows if row.trials]
    failing = [row for row in tried if row.failing]
    told, busy = _row_of_story(evidence), _busy_caller(evidence)
    newest = failing[-1] if failing else None
    if _is_busy(evidence):
        newest = None  # that of the busy caller is told
    elif told is not None:
        newest, busy = told, None
    shown = told or (failing[-1] if failing else None)
    return Opening(
        load=load_in_short(shown.load) if shown else "",
        tried=list(dict.fromkeys(row.target.name for row in tried)),
        trials=sum(row.trials for row in tried),
        busy=busy,
        newest=_loss(newest, overview.paired(newest.target.name)) if newest else None,
        control=evidence.control,
        usual=None if busy or newest is None else _usual(failing, shown),
    )


def _usual(failing: Sequence[Row], shown: Row | None) -> Loss | None:
    """What is lost under the document's own load; None where that is the one that is told, or where
    nothing is.
    """
    rows = [row for row in failing if row.load == LOADS["document"]]
    if not rows or shown is None or shown.load == LOADS["document"]:
        return None
    return _loss(rows[-1], overview.paired(rows[-1].target.name))


def _is_busy(evidence: Evidence) -> bool:
    """Whether the told failure is one of a caller that blocks the event loop."""
    told = _row_of_story(evidence)
    return told is not None and any(line.row is told for line in evidence.callers)


def _loss(row: Row, name: str) -> Loss:
    low, high = row.failing_interval or (0.0, 1.0)
    return Loss(
        name=name,
        failed=row.failed,
        requests=row.requests,
        exceptions=exceptions(row),
        failing=row.failing,
        trials=row.trials,
        low=low,
        high=high,
    )


def _busy_caller(evidence: Evidence) -> BusyCaller | None:
    blocked = [line for line in evidence.callers if line.verdict == "more"]
    losing = [(line, line.row) for line in blocked if line.row and line.row.failing]
    if not losing:
        return None
    line, row = losing[-1]
    group = line.entry.group
    return BusyCaller(
        title=line.entry.title,
        stall=row.longest_stall or 0.0,
        loss=_loss(row, group),
        calm=next(
            other.row for other in evidence.callers
            if other.entry.group == group and not other.verdict
        ),
    )  # fmt: skip


def _case(smallest: Smallest, script: str) -> SmallestCase:
    replaced = smallest.about.replaced
    return SmallestCase(
        name=smallest.about.script.rsplit("/", 1)[-1],
        script=script,
        bad=smallest.about.ran[0],
        claim=claim(smallest.confirmed_bad, False, smallest.silent[0]),
        seconds=smallest.seconds[0],
        replacement=replacement_words(replaced, smallest.shape) if replaced else "",
    )


def _blocked(evidence: Evidence) -> BlockedLoop | None:
    """What blocked the event loop of the told failure's target, where its caller did not."""
    row = _row_of_story(evidence)
    if row is None or row.blocked is None or row.blocked.function is None or _is_busy(evidence):
        return None
    blockage, time = row.blocked, row.blocked.function
    return BlockedLoop(
        time.frame.function.rpartition(".")[2],
        time.inclusive / blockage.seconds,
        row.races.blocked,
        row.races.stale,
    )


def _beside(evidence: Evidence) -> list[str]:
    """In how many failed requests a look would have told, beside each version of anyio: of the told
    failure's release under its load.
    """
    told = _row_of_story(evidence)
    if told is None:
        return []
    rows = [told, *(row for row in evidence.summary.rows if row.races.stale)]
    alike = {
        row.surroundings.layer: row.races
        for row in reversed(rows)
        if row.target.pins[:1] == told.target.pins[:1] and row.load == told.load
    }
    told_first = sorted(
        alike.items(), key=lambda one: (one[0] != told.surroundings.layer, -one[1].stale)
    )
    return [
        f"{'in ' if layer == told.surroundings.layer else f'{LAYER} {layer}: '}"
        f"{races.told} of {races.stale}"
        f"{f' ({races.undecided} within {NEARNESS})' if races.undecided else ''}"
        for layer, races in told_first
    ]


def _version_lines(evidence: Evidence) -> list[tuple[str, Row]]:
    """The rows of the table of versions, each with what it is called."""
    rows = [(row.target.name, row) for row in evidence.summary.rows]
    for line in evidence.callers:
        if line.verdict and line.row is not None:
            rows.append((f"{line.entry.group}, a caller that {line.entry.title}", line.row))
    return rows


def _version_row(name: str, row: Row, notes: Footnotes) -> VersionRow:
    texts = cells(row)
    marked = notes.marked(name, row.unsaid)
    return VersionRow(marked, texts.layer, row.load.name, texts.failed, texts.failing, texts.cpu)


def _row_of_story(evidence: Evidence) -> Row | None:
    """What the target of the told failure did over all trials."""
    if evidence.story is None:
        return None
    rows = [*evidence.summary.rows, *(line.row for line in evidence.callers if line.row)]
    return next((row for row in rows if row.target.name == evidence.story.target), None)


def _unwritten(row: Row | None) -> int:
    """How many requests failed because the connection that they were given was closing already."""
    names = {name for library in LIBRARIES.values() for name in library.unwritten}
    return sum(
        kind.requests
        for kind in (row.failures if row else ())
        if kind.detail is None and any(name.rpartition(".")[2] in names for name in kind.chain)
    )


def _client_row(line: SurveyLine, notes: Footnotes) -> ClientRow:
    release, title = line.entry.group, line.entry.title
    if line.row is None:
        return ClientRow(release, title, "", "not measured", "not measured", "")
    texts = cells(line.row)
    title = notes.marked(title, line.row.unsaid)
    return ClientRow(release, title, texts.layer, texts.failed, texts.failing, reasons(line.row))


def _links(failure: Failure) -> list[str]:
    """Every exception behind a failure, with how it followed and what it says; but for those that a
    library's own flow of control leaves there.
    """
    noise = {name for record in LIBRARIES.values() for name in record.noise}
    return [
        f"{chain_words([link])} ({link.via}){': ' + link.message if link.message else ''}"
        for link in failure.chain
        if chain_words([link]) not in noise
    ]

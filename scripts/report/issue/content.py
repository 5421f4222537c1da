"""What a body says, as typed facts for its templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from scripts.analysis.summary import Row
from scripts.domain.libraries import LAYER, LIBRARIES, Upstream, upstreams
from scripts.domain.trial import DOCUMENT_DATE, Failure, Host
from scripts.domain.words import chain_words, raised
from scripts.reduction.replacement import replacement_words
from scripts.reduction.result import Smallest
from scripts.report import surveys
from scripts.report.accounts import Account
from scripts.report.causes import NEARNESS
from scripts.report.cells import load_words
from scripts.report.issue.circumstances import Unblocked
from scripts.report.issue.evidence import (
    BareFinding,
    Evidence,
    OwnScript,
    ShortProof,
    Timing,
)
from scripts.report.issue.opening import Opening, is_busy, opening, row_of_story
from scripts.report.issue.suggestions import Suggestion
from scripts.report.issue.tables import (
    AskedQuestion,
    ChangeRow,
    ClientRow,
    Tried,
    VersionRow,
    change_rows,
    client_row,
    instead_words,
    questions,
    tried,
    version_lines,
    version_row,
)
from scripts.report.reductions import claim
from scripts.report.releases import lasting_words
from scripts.report.story import Story
from scripts.report.unsaid import Footnotes


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


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that the templates of a body are given.

    Attributes:
        opening: what fails.
        title: of the report; exception: the one that is raised.
        upstream: the project; short, crowded, bare: as of the evidence.
        unblocked: where it fails most though no caller blocks the event loop; None for nowhere.
        timing: when requests were written; None for failures of another kind.
        beside: in how many a look would have told, of the same release beside each anyio.
        lasting: what all releases that were searched show; changes: those that made it worse, or
            of which searches found opposites, the surest first.
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
        suggested: diffs that were tried; tried: what is told of them.
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
    crowded: ShortProof | None
    unblocked: Unblocked | None
    bare: BareFinding | None
    timing: Timing | None
    beside: list[str]
    changes: list[ChangeRow]
    lasting: list[str]
    confirmed: Sequence[str]
    instead: str
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
    tried: Tried
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
    failure = _failure(evidence)
    packages = evidence.packages
    upstream = upstreams().get(evidence.shown.target.axis, Upstream("", ()))
    versions, client_notes = version_lines(evidence), surveys.footnotes(evidence.variants)
    version_notes = Footnotes(row.unsaid for _, row in versions)
    return Content(
        opening=opening(evidence),
        title=_title(evidence),
        upstream=upstream,
        short=evidence.short,
        crowded=evidence.crowded,
        unblocked=next(iter(evidence.unblocked), None) if is_busy(evidence) else None,
        bare=evidence.bare,
        timing=evidence.timing,
        beside=_beside(evidence),
        changes=change_rows(evidence),
        lasting=[lasting_words(fault) for fault in evidence.lasting],
        releases=surveys.groups(evidence.variants),
        questions=questions(evidence.variants),
        case=_case(*evidence.smallest) if evidence.smallest else None,
        scripts=evidence.scripts,
        versions=[version_row(name, row, version_notes) for name, row in versions],
        version_notes=version_notes.lines,
        loads={row.load.name: load_words(row.load) for row in evidence.summary.rows},
        libraries=[f"{name} {packages[name]}" for name in LIBRARIES if name in packages],
        document_day=DOCUMENT_DATE,
        searches=evidence.searches,
        by_setting=evidence.by_setting,
        story=evidence.story,
        row=row_of_story(evidence),
        unwritten=_unwritten(row_of_story(evidence)),
        clients=[client_row(line, client_notes) for line in evidence.variants],
        client_notes=client_notes.lines,
        suggested=evidence.suggested,
        tried=tried(evidence.suggested),
        confirmed=evidence.confirmed,
        instead=instead_words(evidence.instead),
        host=evidence.shown.host,
        day=evidence.shown.started[:10],
        python=evidence.python,
        packages=dict(sorted(packages.items())),
        failure=failure,
        exception=raised(failure) if failure else "",
        links=_links(failure) if failure else [],
        blocked=_blocked(evidence),
    )


def _failure(evidence: Evidence) -> Failure | None:
    """The failure that is shown; None for none."""
    trial = evidence.failing
    return trial.client.failures[0] if trial and trial.client.failures else None


def _title(evidence: Evidence) -> str:
    failure = _failure(evidence)
    if failure is None:
        return "No request failed"
    if evidence.timing is None:
        return f"{raised(failure)} under concurrent requests"
    return f"{raised(failure)}: a request is written on a connection that the server has closed"


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
    row = row_of_story(evidence)
    if row is None or row.blocked is None or row.blocked.function is None or is_busy(evidence):
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
    told = row_of_story(evidence)
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


def _unwritten(row: Row | None) -> int:
    """How many requests failed because the connection that they were given was closing already."""
    names = {name for library in LIBRARIES.values() for name in library.unwritten}
    return sum(
        kind.requests
        for kind in (row.failures if row else ())
        if kind.detail is None and any(name.rpartition(".")[2] in names for name in kind.chain)
    )


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

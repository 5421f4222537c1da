"""What trials, the published ones or one's own, hold for the project of a library."""

from __future__ import annotations

import ast
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import structs
from packaging.version import Version

from scripts.analysis.catalogue import STALE, UNKNOWN, ClosedIdle
from scripts.analysis.causes import causes
from scripts.analysis.compare import SurveyLine
from scripts.analysis.proof import Judgement
from scripts.analysis.summary import Row, Summary, summarise
from scripts.domain import libraries, paths
from scripts.domain.files import PROJECT
from scripts.domain.libraries import CONTROL, DOCUMENT, SUCCESSOR, Upstream
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import Topic, remedy_of
from scripts.domain.trial import Load, Target, Trial
from scripts.proof.result import ProofResult
from scripts.reduction.result import Smallest
from scripts.report import accounts, maps, proofs
from scripts.report.accounts import Account
from scripts.report.facts import Publication
from scripts.report.issue.circumstances import Unblocked, unblocked
from scripts.report.issue.suggestions import Suggestion, suggestions
from scripts.report.overview import effects
from scripts.report.programs import BARE_SCRIPT, CROWDED_SCRIPT, SHORT_SCRIPT
from scripts.report.releases import (
    OF_THE_DOCUMENT,
    ChangedRelease,
    LastingFault,
    by_surety,
    changed_releases,
    lasting_faults,
)
from scripts.report.story import Story, story


class OwnScript(msgspec.Struct, frozen=True):
    """One of the project's scripts: its file's name and its text."""

    name: str
    text: str

    @property
    def code(self) -> str:
        """Its text without what it says of itself first."""
        first = ast.parse(self.text).body[0]
        said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        lines = self.text.splitlines()
        return "\n".join(lines[(first.end_lineno or 0) if said else 0 :]).strip("\n")


class BareFinding(msgspec.Struct, frozen=True):
    """Why the error says nothing of its cause.

    Attributes:
        script: the program that shows it.
        since: what was searched for, a sentence each.
        suggested: diffs that mend it.
    """

    script: OwnScript
    since: list[str]
    suggested: list[Suggestion]


class ShortProof(msgspec.Struct, frozen=True):
    """A short program that shows requests on stale connections, and what a change did to it.

    Attributes:
        script: the program.
        client: the release that it ran with, as a pin.
        change: the file of the change.
        judgement: of its runs without the change and with it.
    """

    script: OwnScript
    client: str
    change: str
    judgement: Judgement


class Timing(msgspec.Struct, frozen=True):
    """When requests were written on a connection that the server had closed.

    Attributes:
        requests: how many.
        close_to_write: median seconds from the close to the write.
        assigned_to_write: median seconds for which they had been assigned the connection; None
            where that was not noted.
    """

    requests: int
    close_to_write: float
    assigned_to_write: float | None


class Shown(NamedTuple):
    """A failure that is shown: its trial, its request, and the times of all that it stands for."""

    trial: Trial
    request: int | None
    timing: Timing


class Evidence(msgspec.Struct, frozen=True):
    """What a report is made of.

    Attributes:
        trials: of its axes, at least one.
        summary: of those.
        searches: what they found.
        smallest: its smallest case and the script; None for none.
        failing: the trial whose failure is shown; None where none failed.
        story: of that failure: the typical one, whose write came after the median time.
        timing: of all failures that it stands for; None where they are of another kind.
        confirmed: what releases of the successor were measured to change of what it has done
            already, a line each.
        instead: what other ways do that are asked for first.
        short: the short program that shows it; crowded: that in which no caller blocks the event
            loop; None where it was not tried with its packages.
        unblocked: where it fails though no caller blocks the event loop.
        bare: why the error says nothing of its cause; None where nobody asked.
        changed: the releases of its packages that changed something; lasting: what all that were
            searched show.
        by_setting: what maps of settings say changed between its releases, in sentences.
        variants: kinds of client, of its releases; callers: what a busy caller adds to them.
        suggested: diffs of its packages that were tried.
        scripts: those of the failing trial, for a case that is not reduced.
        control: what the newest release of the control did under the failing trial's load; None for
            the control itself, or where it was not measured.
    """

    trials: Sequence[Trial]
    summary: Summary
    searches: Sequence[Account]
    smallest: tuple[Smallest, str] | None
    failing: Trial | None
    story: Story | None
    changed: Sequence[ChangedRelease] = ()
    lasting: Sequence[LastingFault] = ()
    by_setting: Sequence[str] = ()
    variants: Sequence[SurveyLine] = ()
    callers: Sequence[SurveyLine] = ()
    suggested: Sequence[Suggestion] = ()
    scripts: Sequence[OwnScript] = ()
    timing: Timing | None = None
    confirmed: Sequence[str] = ()
    instead: Sequence[SurveyLine] = ()
    short: ShortProof | None = None
    crowded: ShortProof | None = None
    unblocked: Sequence[Unblocked] = ()
    bare: BareFinding | None = None
    control: Row | None = None

    @property
    def shown(self) -> Trial:
        """The trial whose environment is shown: the failing one, else any."""
        return self.failing or self.trials[0]

    @property
    def packages(self) -> dict[str, str]:
        """What that trial's client ran with: name -> version."""
        environment = self.shown.client.environment
        return environment.packages if environment else {}

    @property
    def python(self) -> str:
        """Its interpreter's version."""
        environment = self.shown.client.environment
        return environment.python if environment else "unknown"


def evidence(library: str, publication: Publication) -> Evidence:
    """What trials hold for the project of a library.

    Args:
        library: its name.
        publication: what is published, or what a folder of one's own holds.

    Raises:
        UsageProblem: there is no trial of it.
    """
    upstream = libraries.upstreams()[library]
    trials = [trial for trial in publication.trials if trial.target.axis == library]
    if not trials:
        raise UsageProblem(f"there is no trial of {library}: nox -s repro measures some.")
    typical = typical_failure(library, trials, publication)
    failing = typical.trial if typical else _most_telling(library, trials, publication)
    case = smallest_case(upstream, publication.reductions)
    summary = summarise(trials)
    own = [proof for proof in publication.proofs if proof.package in upstream.cases]
    return Evidence(
        # Only what is shown goes on from here, so that only its secrets are told as replaced.
        trials=[shown_alone(trials[0], 0)],
        summary=summary,
        searches=[
            account
            for account in accounts.of_searches(publication.searches)
            if account.package in upstream.searches and account.signal in OF_THE_DOCUMENT
        ],
        smallest=case,
        failing=shown_alone(failing, 1) if failing else None,
        story=story(failing, typical.request if typical else None) if failing else None,
        timing=typical.timing if typical else None,
        confirmed=_confirmed(upstream, publication),
        instead=_instead(upstream, publication),
        short=_short(own, SHORT_SCRIPT),
        crowded=_short(own, CROWDED_SCRIPT),
        unblocked=_unblocked(own, failing, summary),
        bare=_bare(upstream, publication),
        by_setting=maps.changed_words(publication.atlases, library),
        changed=_changed(upstream, publication),
        lasting=_lasting(upstream, publication),
        variants=_lines(upstream, publication, "variants"),
        callers=_lines(upstream, publication, "callers"),
        suggested=_suggested(upstream, publication, failing.load if failing else None, summary),
        scripts=own_scripts(failing.target) if failing and case is None else (),
        control=_control(library, failing, publication),
    )


def _unblocked(
    tried: Sequence[ProofResult], failing: Trial | None, summary: Summary
) -> list[Unblocked]:
    """Where the told release fails though no caller blocks the event loop."""
    if failing is None or not failing.target.pins:
        return []
    return unblocked(tried, failing.target.pins[0], failing.load, summary.rows)


def _suggested(
    upstream: Upstream, publication: Publication, load: Load | None, summary: Summary
) -> list[Suggestion]:
    """The diffs that were tried of a project's packages, but for those of what the error says."""
    tried = [proof for proof in publication.proofs if proof.target.script != BARE_SCRIPT]
    return suggestions(upstream, tried, load, summary.rows)


def _control(library: str, failing: Trial | None, publication: Publication) -> Row | None:
    """What the newest release of the control did under a load; None for the control itself."""
    rows = [
        row
        for row in publication.summary.rows
        if row.target.axis == CONTROL and failing and row.load == failing.load and row.trials
    ]
    return rows[-1] if rows and library != CONTROL else None


def typical_failure(
    library: str, trials: Sequence[Trial], publication: Publication
) -> Shown | None:
    """Of the failures on stale connections of a library's most telling target the one whose write
    came the median time after the close; None where there are none.
    """
    telling = _most_telling(library, trials, publication)
    if telling is None:
        return None
    busy = publication.measured.get("callers", ())
    alike = [
        trial
        for trial in (*trials, *busy)
        if (trial.target, trial.load) == (telling.target, telling.load)
    ]
    stale = [
        (cause.evidence, trial, cause.request)
        for trial in alike
        for cause in causes(trial)
        if isinstance(cause.evidence, ClosedIdle)
    ]
    if not stale:
        return None
    stale.sort(key=lambda one: (one[0].close_to_write, one[1].place.order))
    held = [
        closed.assigned_to_close + closed.close_to_write
        for closed, *_ in stale
        if closed.assigned_to_close is not None
    ]
    timing = Timing(
        requests=len(stale),
        close_to_write=statistics.median(closed.close_to_write for closed, *_ in stale),
        assigned_to_write=statistics.median(held) if held else None,
    )
    _, trial, request = stale[len(stale) // 2]
    return Shown(trial, request, timing)


def _short(tried: Sequence[ProofResult], place: str) -> ShortProof | None:
    """A short program, as it was tried first with a project's packages."""
    script = _program(place)
    proof = next((proof for proof in tried if proof.target.script == place), None)
    if script is None or proof is None:
        return None
    judgement = proof.settings[0].signals[0].judgement
    pins = proof.target.pins
    client = next((pin for pin in pins if not pin.startswith(f"{proof.package}==")), pins[0])
    return ShortProof(script, client, proofs.file_of(proof), judgement)


def _program(place: str) -> OwnScript | None:
    """One of the project's short programs; None where its file is gone."""
    path = paths.located(place)
    return OwnScript(path.name, path.read_text()) if path.is_file() else None


def _bare(upstream: Upstream, publication: Publication) -> BareFinding | None:
    """Why the error of a project's packages says nothing of its cause."""
    tried = [proof for proof in publication.proofs if proof.target.script == BARE_SCRIPT]
    suggested, script = suggestions(upstream, tried), _program(BARE_SCRIPT)
    if not suggested or script is None:
        return None
    since = [
        account.heading
        for account in accounts.of_searches(publication.searches)
        if account.script == BARE_SCRIPT
    ]
    return BareFinding(script, since, suggested)


def _changed(upstream: Upstream, publication: Publication) -> list[ChangedRelease]:
    """The releases of a project's packages that changed something; of those that it inherited the
    worse ones, each with what is surest of it.
    """
    changed = changed_releases(publication.searches)
    inherited = {
        (one.package, one.release): one
        for one in sorted(changed, key=lambda one: one.confidence)
        if one.worse and one.package in upstream.inherits
    }
    own = [one for one in changed if one.package in upstream.searches]
    return [*inherited.values(), *own]


def _lasting(upstream: Upstream, publication: Publication) -> list[LastingFault]:
    """What all releases of a project's packages show that were searched."""
    packages = {*upstream.searches, *upstream.cases}
    return [fault for fault in lasting_faults(publication.searches) if fault.package in packages]


def _confirmed(upstream: Upstream, publication: Publication) -> list[str]:
    """What each release of the successor was measured to change of what it has done."""
    changed = by_surety(changed_releases(publication.searches))
    told = {
        done.release: effects(
            one for one in changed if (one.package, one.release) == (SUCCESSOR, done.release)
        )
        for done in upstream.done
    }
    return [f"{SUCCESSOR} {release}: {words}" for release, words in told.items() if words]


def _instead(upstream: Upstream, publication: Publication) -> list[SurveyLine]:
    """What other ways do that are asked for first; none for what is no kin of what they were
    measured with.
    """
    if not {DOCUMENT, SUCCESSOR} & set(upstream.clients):
        return []
    lines = publication.surveys.get("remedies", ())
    known = [(line, remedy_of(line.entry)) for line in lines]
    return [line for line, remedy in known if remedy is not None and remedy.instead]


def _lines(upstream: Upstream, publication: Publication, topic: Topic) -> list[SurveyLine]:
    """What a survey says of a project's clients."""
    lines = publication.surveys.get(topic, ())
    return [line for line in lines if line.entry.target.axis in upstream.clients]


def _most_telling(library: str, trials: Sequence[Trial], publication: Publication) -> Trial | None:
    """A trial of a library, busy callers' included, of the target whose failures tell most; None
    where none failed.
    """
    busy = publication.measured.get("callers", ())
    candidates = [*trials, *(trial for trial in busy if trial.target.axis == library)]
    failing = [
        trial
        for trial in candidates
        if trial.failing and trial.server.connections and causes(trial)
    ]
    failed: Counter[tuple[Target, Load]] = Counter()
    for trial in failing:
        failed[trial.target, trial.load] += trial.client.failed_requests

    def telling(trial: Trial) -> tuple[bool, Version, int]:
        """How much they tell: of known cause, on the newest release, many."""
        explained = any(cause.name != UNKNOWN for cause in causes(trial))
        versions = [pin.partition("==")[2] for pin in trial.target.pins[:1]]
        newest = Version(versions[0]) if versions else Version("0")
        return explained, newest, failed[trial.target, trial.load]

    return max(failing, key=telling, default=None)


def shown_alone(trial: Trial, shown: int) -> Trial:
    """A trial with so many of its failures, and none of its last words."""
    failures = trial.client.failures[:shown]
    client = structs.replace(trial.client, failures=failures, script_failure=None, stderr="")
    client = structs.replace(client, stdout="", strays=[])
    return structs.replace(trial, client=client, server=structs.replace(trial.server, stderr=""))


def own_scripts(target: Target) -> list[OwnScript]:
    """A target's scripts, the server's first; only what stands in repro/."""
    scripts = [paths.located(path).resolve() for path in (target.server, target.script) if path]
    ours = [path for path in scripts if path.is_relative_to(PROJECT / "repro") and path.is_file()]
    return [OwnScript(path.name, path.read_text()) for path in ours]


def smallest_case(
    upstream: Upstream, reductions: Sequence[Smallest]
) -> tuple[Smallest, str] | None:
    """The published smallest case of a project's stale connections, and its script: that of the
    newest release.
    """
    newest_first = sorted(reductions, key=_release, reverse=True)
    for library in upstream.cases:
        for case in newest_first:
            path = paths.located(case.about.script)
            ours = case.shape.library == library and case.about.cause == STALE
            if ours and path.is_file():
                return case, path.read_text()
    return None


def _release(case: Smallest) -> Version:
    """The release that a smallest case runs on."""
    return Version(case.about.ran[0].rpartition(" ")[2])

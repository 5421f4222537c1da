"""What trials, the published ones or one's own, hold for the project of a library."""

from __future__ import annotations

import ast
import statistics
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
from msgspec import structs
from packaging.version import Version

from scripts.analysis.catalogue import STALE, UNKNOWN, ClosedIdle
from scripts.analysis.causes import causes
from scripts.analysis.compare import SurveyLine
from scripts.analysis.effects import PROCESSOR_TIME, Cost
from scripts.analysis.proof import Judgement
from scripts.analysis.summary import Races, Row, Summary, summarise
from scripts.domain import libraries, paths
from scripts.domain.circumstances import BLOCKING, JOIN
from scripts.domain.files import PROJECT
from scripts.domain.libraries import CONTROL, SUCCESSOR, Upstream
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import Topic, remedy_of
from scripts.domain.trial import Load, Target, Trial
from scripts.environments.patches import text_as_kept
from scripts.proof.result import ProofResult, SettingResult
from scripts.reduction.result import Smallest
from scripts.report import accounts, maps, proofs
from scripts.report.accounts import Account
from scripts.report.calls import asked_call
from scripts.report.facts import Publication
from scripts.report.overview import effects
from scripts.report.programs import BARE_SCRIPT, SHORT_SCRIPT
from scripts.report.proofs_in_short import short_words
from scripts.report.releases import (
    OF_THE_DOCUMENT,
    ChangedRelease,
    LastingFault,
    by_surety,
    changed_releases,
    lasting_faults,
)
from scripts.report.slower_machines import ran_slower
from scripts.report.story import Story, story
from scripts.report.telling_cases import TellingCase, best_words, missed_looks, telling_cases


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


class Suggestion(msgspec.Struct, frozen=True):
    """A diff of a package that was tried.

    Attributes:
        title: its file, and the anyio that it was tried with, where it was one.
        best: what it does where it does most, in a clause.
        cases: those that tell most about it.
        missed: of the failures that it leaves beside an older anyio, how they met the close after
            the look; None where none did so.
        files: that it changes, each once for asyncio and threads.
        below, added: the line below which it adds to the first of them, and what, where that is
            little and all; empty otherwise.
        says: the first sentence of what stands before it.
        arrived: how many requests arrived more than once with it, of how many.
        cost: what it does to the processor time of a request; None where too few pairs say.
        text: the diff, with what stands before it.
        lines: what it does, line by line.
        command: the call that tries it again.
    """

    title: str
    best: str
    cases: list[TellingCase]
    missed: tuple[str, Races] | None
    files: list[str]
    below: str
    added: str
    says: str
    arrived: tuple[int, int]
    cost: Cost | None
    text: str
    lines: list[str]
    command: str

    @property
    def file(self) -> str:
        """Its file alone."""
        return self.title.partition(", ")[0]

    @property
    def names(self) -> list[str]:
        """The files' names alone."""
        return [file.rpartition("/")[2] for file in self.files]


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
    """The short program that shows a request on a stale connection, and what a change did to it.

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


class Unblocked(msgspec.Struct, frozen=True, kw_only=True):
    """Where requests fail although no caller blocks the event loop.

    Attributes:
        under: which circumstance.
        processor_time: seconds that a request took; None where that was not recorded.
        failed, requests: how many of how many; 0 of how many where that is not known.
        failing, trials: how many trials failed of how many.
        told, stale: in how many a look right before the write would have told, of how many.
    """

    under: str
    processor_time: float | None
    failed: int
    requests: int
    failing: int
    trials: int
    told: int
    stale: int


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
            already, a line each; empty for the successor itself.
        instead: what other ways do that are asked for first.
        short: the short program that shows it; None where it was not tried with its packages.
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
        short=_short(own),
        unblocked=unblocked(own, failing.load if failing else None, summary.rows),
        bare=_bare(upstream, publication),
        by_setting=maps.changed_words(publication.atlases, library),
        changed=_changed(upstream, publication),
        lasting=_lasting(upstream, publication),
        variants=_lines(upstream, publication, "variants"),
        callers=_lines(upstream, publication, "callers"),
        suggested=suggestions(
            upstream,
            [proof for proof in publication.proofs if proof.target.script != BARE_SCRIPT],
            failing.load if failing else None,
            summary.rows,
        ),
        scripts=own_scripts(failing.target) if failing and case is None else (),
        control=_control(library, failing, publication),
    )


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


def _short(tried: Sequence[ProofResult]) -> ShortProof | None:
    """The short program, as it was tried first with a project's packages."""
    script = _program(SHORT_SCRIPT)
    proof = next((proof for proof in tried if proof.target.script == SHORT_SCRIPT), None)
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


def unblocked(
    tried: Iterable[ProofResult], load: Load | None, rows: Sequence[Row]
) -> list[Unblocked]:
    """Where requests fail without a change although no caller blocks the event loop: of each
    circumstance the proof with the most trials, single circumstances and most failures first.

    Args:
        tried: the proofs.
        load: what the report has told of before; None for nothing.
        rows: what was measured elsewhere, beside which a machine is slower or busier.
    """
    most: dict[str, tuple[ProofResult, SettingResult, Judgement]] = {}
    for proof in tried:
        if proof.against is not None or proof.target.script in (SHORT_SCRIPT, BARE_SCRIPT):
            continue
        for setting in proof.settings:
            first = setting.signals[0]
            if (
                BLOCKING in setting.name.split(JOIN)
                or first.amounts
                or not first.judgement.before.bad
            ):
                continue
            known = most.get(setting.name)
            if known is None or first.judgement.before.trials > known[2].before.trials:
                most[setting.name] = (proof, setting, first.judgement)
    found = sorted(most.values(), key=lambda one: (one[1].name.count(JOIN), -one[2].failed_before))
    return [
        Unblocked(
            under=_called(setting, load, rows, proof).removeprefix(f"{AT_THE_TOP}, "),
            processor_time=setting.processor_time,
            failed=judgement.failed_before,
            requests=(setting.load.requests or 0) * judgement.before.trials,
            failing=judgement.before.bad,
            trials=judgement.before.trials,
            told=setting.races_before.told,
            stale=setting.races_before.stale,
        )
        for proof, setting, judgement in found
    ]


AT_THE_TOP = "the load at the top"
"""The load that a report tells of first."""


def _called(
    setting: SettingResult,
    told: Load | None,
    rows: Sequence[Row] = (),
    proof: ProofResult | None = None,
) -> str:
    """What a circumstance is called where a load was told of before, and whether a proof ran it on
    a slower or busier machine than the rows are of.
    """
    same = setting.load == told and setting.name == setting.load.name
    words = AT_THE_TOP if same else setting.words
    keep_alive = setting.load.keep_alive
    if keep_alive and told is not None and keep_alive != told.keep_alive:
        words += f", {keep_alive:g} s"
    slower = proof is not None and any(ran_slower(row, proof, setting) for row in rows)
    return f"{words}, slower or busier machine" if slower else words


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
    """What each release of the successor was measured to change; none for the successor itself."""
    if SUCCESSOR in upstream.searches:
        return []
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
    if not upstream.known or CONTROL in upstream.clients:
        return []
    lines = publication.surveys.get("remedies", ())
    known = [(line, remedy_of(line.entry)) for line in lines]
    return [line for line, remedy in known if remedy is not None and remedy.instead]


def suggestions(
    upstream: Upstream,
    tried: Sequence[ProofResult],
    load: Load | None = None,
    rows: Sequence[Row] = (),
) -> list[Suggestion]:
    """The diffs of a project's packages that were tried and do some good, each once, with the proof
    that says most for it; one that is another by now is none.

    Args:
        upstream: the project.
        tried: the proofs.
        load: what the report has told of before it comes to them; None for nothing.
        rows: what was measured elsewhere, beside which a machine is slower or busier.
    """
    texts = {
        proof.name: text
        for proof in tried
        if proof.package in upstream.cases and (text := diff_text(proof)) is not None
    }
    known = [proof for proof in tried if proof.name in texts]
    return [
        _suggestion(proof, texts[proof.name], tried, load, rows)
        for proof in proofs.best(known, lambda proof: texts[proof.name])
    ]


def _suggestion(
    proof: ProofResult,
    text: str,
    tried: Sequence[ProofResult],
    load: Load | None,
    rows: Sequence[Row],
) -> Suggestion:
    """What a diff does, by the proof that says most for it and by all others of it."""
    alike = [one for one in tried if one.patch == proof.patch]

    def naming(result: ProofResult, setting: SettingResult) -> str:
        if result.target.script == SHORT_SCRIPT:
            return "the script above"
        return _called(setting, load, rows, result)

    cases = telling_cases(alike, naming)
    return Suggestion(
        proofs.file_of(proof) + proofs.title(proof).removeprefix(proof.change),
        best_words(alike),
        cases,
        missed_looks(cases),
        changed_files(text),
        *hunk(text),
        first_sentence(text),
        _arrived(alike),
        _processor_time(alike),
        text,
        [*proofs.result_lines(proof), *_tried_too(proof, alike)],
        asked_call(proof.command),
    )


def _processor_time(alike: Iterable[ProofResult]) -> Cost | None:
    """What a change does to the processor time of a request, by the most pairs; None where too few
    say.
    """
    known = [
        cost
        for proof in alike
        if proof.against is None
        for setting in proof.settings
        for cost in setting.costs
        if cost.measure == PROCESSOR_TIME and cost.low is not None
    ]
    return max(known, key=lambda cost: cost.pairs, default=None)


FEW = 3
"""Lines that a diff may add to be shown whole."""


def changed_files(diff: str) -> list[str]:
    """The files that a diff changes; what is generated from another, for threads, is left out."""
    files = [line.removeprefix("+++ b/") for line in diff.splitlines() if line.startswith("+++ b/")]
    return [file for file in files if "/_sync/" not in file]


def hunk(diff: str) -> tuple[str, str]:
    """The line below which a diff adds to its one file, and what it adds there, where it only adds
    a few lines in one place; empty otherwise.
    """
    lines = diff.partition("+++ b/")[2].partition("\n--- a/")[0].splitlines()[1:]
    added = [number for number, line in enumerate(lines) if line.startswith("+")]
    together = bool(added) and added == list(range(added[0], added[-1] + 1))
    removes = any(line.startswith("-") for line in lines)
    if removes or not together or len(added) > FEW or len(changed_files(diff)) > 1:
        return "", ""
    code = textwrap.dedent("\n".join(lines[number][1:] for number in added))
    return lines[added[0] - 1].strip(), code


def first_sentence(text: str) -> str:
    """The first sentence of a text; empty where it has none that ends."""
    said = " ".join(text.partition("\n\n")[0].split())
    sentence, end, _ = f"{said} ".partition(". ")
    return f"{sentence}." if end else ""


def _arrived(tried: Iterable[ProofResult]) -> tuple[int, int]:
    """How many requests arrived more than once with a change, of how many that were counted."""
    counted = [
        setting.after for proof in tried for setting in proof.settings if setting.after is not None
    ]
    return sum(one.repeated for one in counted), sum(one.requests for one in counted)


def _tried_too(proof: ProofResult, alike: Sequence[ProofResult]) -> list[str]:
    """What the same diff did in other proofs: beside another anyio, it may harm."""
    others = [other for other in alike if other is not proof and other.against == proof.against]
    return [f"In other proofs {short_words(others)}."] if others else []


def diff_text(proof: ProofResult) -> str | None:
    """The text of the diff that was tried; None for none, or where its file is gone or another."""
    if proof.patch is None:
        return None
    try:
        return text_as_kept(proof.patch)
    except UsageProblem:
        return None


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

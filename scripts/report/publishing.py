"""Publishes trials: copies a folder of them, compressed, to where git keeps it."""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

import msgspec
from msgspec import structs

from scripts.analysis import signals
from scripts.analysis.capture import WITNESS
from scripts.analysis.proof import Verdict
from scripts.domain.callcounts import CALL_COUNTS
from scripts.domain.files import PROJECT, replace
from scripts.domain.paths import portable, shown
from scripts.domain.pins import project
from scripts.domain.problems import UsageProblem
from scripts.domain.services import told_safely
from scripts.domain.surveys import BETWEEN, FLAGS, SURVEY_FILE
from scripts.domain.trial import Load, Target, Trial
from scripts.domain.words import listed
from scripts.mapping.atlas import ATLAS, load_atlas
from scripts.mapping.exploration import Exploration
from scripts.proof.claim import CLAIM, load_claim
from scripts.proof.proving import Proving
from scripts.proof.suite import SUITE
from scripts.reduction.ledger import Side
from scripts.reduction.result import Smallest
from scripts.reduction.task import CONFIRMED, REDUCTION, RESULT, TASK_SCHEMA, Task
from scripts.report import condensed, published
from scripts.report.callcounts import call_rows
from scripts.report.gate.packages import told
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate, Withheld
from scripts.report.published import REVEALED, Revealed
from scripts.search.contrast import CONTRAST, Contrast, load_contrast
from scripts.search.mixtures import MIXTURES
from scripts.search.question import QUESTION, Question, load_question
from scripts.trials import store
from scripts.trials.callcounts import kept_counts
from scripts.trials.campaign import load_plan, load_survey
from scripts.trials.lock import alone


class Published(msgspec.Struct, frozen=True):
    """What publishing a folder changed.

    Attributes:
        folder: the new one.
        files: how many it holds.
        size: bytes of all of them.
        replaced: the published folders whose place it took.
        withheld: the texts that were kept back.
        lanes: how many of its trials, or of a script's runs, ran at a time.
    """

    folder: Path
    files: int
    size: int
    replaced: list[Path]
    withheld: list[Withheld]
    lanes: int


def publish(folder: Path, replacing: bool = False, revealed: Sequence[str] = ()) -> Published:
    """Copy a finished campaign or search, compressed, to where git keeps it.

    A campaign takes the place of the one before that ran as many at a time: several at a time is
    kept beside one, for the comparison. A search takes that of one that asked the same.
    Connections, most of a trial's size, are left out of a search's trials where its signal is
    none that is judged by them.

    Args:
        folder: with its trials.
        replacing: whether it may take the place of what is published.
        revealed: keys of texts that the gate is to let through.

    Raises:
        UsageProblem: it holds no trial, or one of another campaign, or a damaged one; or it is
            nothing of ours, or not finished; or it is no campaign and ran more than one at a time;
            or it was to count calls and did not; or it takes the place of others, and may not; or
            trials are being run into it.
    """
    if not any(folder.glob("[0-9]*.json*")) and not (folder / CONFIRMED).exists():
        raise UsageProblem(f"{shown(folder)} holds no trial to publish.")
    with alone(folder):
        return _published(folder, replacing, revealed)


def _published(folder: Path, replacing: bool, revealed: Sequence[str]) -> Published:
    """Copy what nobody runs any more.

    Raises:
        UsageProblem: as `publish`.
    """
    ran = store.trials(folder)
    kind = published.kind(folder)
    _require_publishable(folder, kind, ran)
    gate = Gate(revealed)
    known = _ran(folder, ran)
    source = Candidate(folder, [gated(trial, gate) for trial in ran], known.name)
    publisher = PUBLISHERS[kind]
    replaced = [
        old
        for old in published.folders()
        if published.kind(old) == kind
        and (old.name == source.name or publisher.gives_way(old, source))
    ]
    if replaced and not replacing:
        raise UsageProblem(
            f"{shown(folder)} takes the place of {listed(shown(old) for old in replaced)}: say so "
            "with --replace."
        )
    return _put(source, publisher, replaced, gate, known.most)


def _require_publishable(folder: Path, kind: str, ran: Sequence[Trial]) -> None:
    """Make sure that trials are one whole campaign of ours, and each what it is to be.

    Raises:
        UsageProblem: they are not.
    """
    name, targets, most = _ran(folder, ran)
    if not re.fullmatch(r"\d{8}-\d{6}-\d+", name) or any(
        trial.place.campaign != name for trial in ran
    ):
        raise UsageProblem(f"{shown(folder)} holds trials that are not of one campaign.")
    _require_finished(folder, kind, ran)
    for target in targets:
        _require_ours(target)
    _require_known_packages(folder, ran, targets)
    if most > 1 and kind != store.PLAN:
        raise UsageProblem(
            f"the trials of {shown(folder)} ran {most} at a time, and what is published runs one "
            "at a time: measure it again with --lanes 1."
        )
    if any(trial.client.profiled for trial in ran) and kind != CALL_COUNTS:
        raise UsageProblem(f"{shown(folder)} holds a trial that was to count calls, and no counts.")


class _Ran(NamedTuple):
    """What was run: the name of its campaign, its targets, and how many ran at a time."""

    name: str
    targets: set[Target]
    most: int


def _ran(folder: Path, ran: Sequence[Trial]) -> _Ran:
    """What was run in a folder; of one without trials it is the scripts of a reduction, which
    measured by themselves.

    Raises:
        UsageProblem: there are no trials, and it is no finished reduction.
    """
    if ran:
        targets = {trial.target for trial in ran}
        return _Ran(ran[0].place.campaign, targets, max(trial.place.lanes for trial in ran))
    task = store.read_purpose(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
    sides: tuple[Side, ...] = get_args(Side)
    targets = {task.target(side) for side in sides}
    return _Ran(task.name, targets, _finished(folder).about.lanes)


def _require_finished(folder: Path, kind: str, ran: Sequence[Trial]) -> None:
    """Make sure that a folder is a campaign of ours, and whole, or another that says what it is.

    Raises:
        UsageProblem: it is not, or trials are missing that it was to run.
    """
    if not (folder / store.PLAN).exists():
        if kind == store.PLAN:
            raise UsageProblem(f"{shown(folder)} is no campaign, survey, search or proof.")
        return
    missing = len(load_plan(folder).trials) - len(ran)
    if missing > 0:
        raise UsageProblem(f"{shown(folder)} lacks {missing} of its trials: resume it first.")


def _require_ours(target: Target) -> None:
    """Make sure that a target is a script of this project with released packages: what somebody's
    own program says, takes or is given is theirs.

    Raises:
        UsageProblem: it is not.
    """
    changes = [one.path for one in (target.patch, target.prelude) if one is not None]
    files = [target.script, *changes, *([target.server] if target.server else [])]
    given = (
        *(target.module, target.env, target.stdin, target.cwd, target.addresses),
        not FLAGS.issuperset(target.arguments),
        target.server_env and not told_safely(target),
    )
    elsewhere = (target.url, target.server_command)
    if any(given) or any(elsewhere) or not all(map(_in_repro, files)):
        raise UsageProblem(
            f"{target.name} is a program of one's own: only this project's are published. "
            "nox -s issue -- --from FOLDER writes a report of it."
        )
    if Path(target.python).name != target.python:
        raise UsageProblem(
            f"{target.name} ran on an interpreter that was named by its path, which is this "
            "machine's: measure it again with --python VERSION."
        )


def _require_known_packages(folder: Path, ran: Sequence[Trial], targets: Iterable[Target]) -> None:
    """Make sure that trials ran with packages that anybody knows.

    Raises:
        UsageProblem: they did not.
    """
    environments = [side.environment for trial in ran for side in (trial.client, trial.server)]
    installed = {name for one in environments if one for name in one.packages}
    pins = {pin for target in targets for pin in (*target.pins, *target.server_pins)}
    unknown = sorted(name for name in installed | set(map(project, pins)) if not told(name))
    if unknown:
        raise UsageProblem(
            f"{shown(folder)} ran with packages that not everybody knows ({listed(unknown)}): "
            "only well-known ones are published."
        )


def _in_repro(path: str) -> bool:
    """Whether a file is one of this project's programs."""
    return (PROJECT / path).resolve().is_relative_to(PROJECT / "repro")


class Candidate(NamedTuple):
    """What is published: its folder, its trials, and the name of their campaign."""

    folder: Path
    ran: Sequence[Trial]
    name: str


class Publisher(NamedTuple):
    """How folders of a kind are published.

    Attributes:
        gives_way: whether a published folder of this kind gives way to a new one.
        copy: writes what is published of one into a folder, which is empty.
    """

    gives_way: Callable[[Path, Candidate], bool]
    copy: Callable[[Candidate, Path], None]


def _put(
    source: Candidate, publisher: Publisher, replaced: list[Path], gate: Gate, lanes: int
) -> Published:
    """Write what is published; only then what it replaces goes."""
    store.PUBLISHED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=store.PUBLISHED) as scratch:
        new = Path(scratch, source.name)
        new.mkdir()
        publisher.copy(source, new)
        if keys := [held for held in gate.revealed if held in gate.kept]:
            replace(new / REVEALED, msgspec.json.encode(Revealed(keys)) + b"\n")
        for old in replaced:
            shutil.rmtree(old)
        folder = new.rename(store.PUBLISHED / source.name)
    sizes = [path.stat().st_size for path in folder.iterdir()]
    return Published(folder, len(sizes), sum(sizes), replaced, gate.hidden, lanes)


def _same_campaign(old: Path, new: Candidate) -> bool:
    """Whether a published campaign ran as many at a time as the new one."""
    return store.trials(old)[0].place.lanes == new.ran[0].place.lanes


def _copy_campaign(source: Candidate, to: Path) -> None:
    _pack(source.ran, to)


def _same_search(old: Path, new: Candidate) -> bool:
    """Whether a published search along one line asked what the new one asks."""
    asked, question = load_question(old), load_question(new.folder)
    return _identity(asked) == _identity(question) and _gives_way(asked.load, question.load)


def _copy_search(source: Candidate, to: Path) -> None:
    """Copy a search along one line."""
    question = load_question(source.folder)
    public = structs.replace(question, clone="", command=portable(question.command))
    replace(to / QUESTION, store.encode_purpose(public))
    _pack(_judged(source.ran, question.signal), to)


def _judged(ran: Sequence[Trial], signal: str) -> list[Trial]:
    """Trials with what a signal is judged by."""
    if signals.parse(signal).kind == "cause":
        return list(ran)
    return [condensed.without_connections(trial) for trial in ran]


def _same_reduction(old: Path, new: Candidate) -> bool:
    """Whether a published reduction is of the same script."""
    script = _finished(new.folder).about.script
    return (old / RESULT).exists() and published.finished(old).about.script == script


def _finished(folder: Path) -> Smallest:
    """What a reduction found that may be published.

    Raises:
        UsageProblem: it is not finished, or what it made smaller is one's own.
    """
    task = store.read_purpose(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
    if task.client:
        raise UsageProblem(
            f"{shown(folder)} made a client of one's own smaller: that is not published."
        )
    if not (folder / RESULT).exists():
        raise UsageProblem(f"{shown(folder)} is not finished: resume it first.")
    return published.finished(folder)


def _copy_reduction(source: Candidate, to: Path) -> None:
    """Copy a finished reduction.

    Of its trials only those of the two originals come along; what the small cases did is in its
    result, case by case.

    Raises:
        UsageProblem: it is not finished, or what it made smaller is one's own.
    """
    smallest = _finished(source.folder)
    task = store.read_purpose(source.folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
    about = structs.replace(smallest.about, command=portable(smallest.about.command))
    public = structs.replace(smallest, about=about)
    replace(to / RESULT, msgspec.json.format(msgspec.json.encode(public)) + b"\n")
    asked = structs.replace(task, command=portable(task.command), output="")
    replace(to / REDUCTION, store.encode_purpose(asked))
    replace(to / CONFIRMED, (source.folder / CONFIRMED).read_bytes())
    originals = [trial for trial in source.ran if trial.target in (task.bad, task.good)]
    _pack([condensed.without_connections(trial) for trial in originals], to)


def _same_contrast(old: Path, new: Candidate) -> bool:
    return _alike(load_contrast(old), load_contrast(new.folder))


def _copy_contrast(source: Candidate, to: Path) -> None:
    """Copy a difference, with what tells which mixtures can be had."""
    contrast = load_contrast(source.folder)
    public = structs.replace(
        contrast,
        command=portable(contrast.command),
        left_out=list(portable(contrast.left_out)),
    )
    replace(to / CONTRAST, store.encode_purpose(public))
    mixtures = source.folder / MIXTURES
    if mixtures.exists():  # two ends that are alike need none
        replace(to / MIXTURES, mixtures.read_bytes())
    _pack(_judged(source.ran, contrast.signal), to)


def _same_proof(old: Path, new: Candidate) -> bool:
    """Whether a published proof is of the same change, and claims nowhere more."""
    return _claims_as_much(published.replayed(new.folder), published.replayed(old))


def _copy_proof(source: Candidate, to: Path) -> None:
    """Copy a proof, with what upstream's tests said.

    Of connections on which nothing failed, only that they were opened comes along.
    """
    claim = load_claim(source.folder)
    public = structs.replace(claim, clone="", command=portable(claim.command))
    replace(to / CLAIM, store.encode_purpose(public))
    if (source.folder / SUITE).exists():
        replace(to / SUITE, (source.folder / SUITE).read_bytes())
    _pack([condensed.with_bare_connections(trial) for trial in source.ran], to)


def _same_atlas(old: Path, new: Candidate) -> bool:
    """Whether a published atlas is of the same libraries over the same ranges of two numbers."""
    return load_atlas(old).identity() == load_atlas(new.folder).identity()


def _copy_atlas(source: Candidate, to: Path) -> None:
    """Copy an atlas whose every coarse corner was measured, with the connections that tell its
    border.

    Raises:
        UsageProblem: it is not whole.
    """
    atlas = load_atlas(source.folder)
    if not Exploration(atlas, source.ran).whole:
        raise UsageProblem(f"{shown(source.folder)} lacks corners of its maps: resume it first.")
    public = structs.replace(atlas, command=portable(atlas.command))
    replace(to / ATLAS, store.encode_purpose(public))
    _pack([condensed.with_told_connections(trial) for trial in source.ran], to)


def _never(_old: Path, _new: Candidate) -> bool:
    """What is added to the others of its kind."""
    return False


def _copy_witness(source: Candidate, to: Path) -> None:
    """Copy a trial whose packets were captured, with what they say."""
    witness = published.witness(source.folder)
    replace(to / WITNESS, msgspec.json.format(msgspec.json.encode(witness)) + b"\n")
    _pack([condensed.with_failed_connections(trial) for trial in source.ran], to)


def _same_counts(old: Path, new: Candidate) -> bool:
    """Whether calls were counted of the same target under the same load."""
    return _rows(store.trials(old)) == _rows(new.ran)


def _copy_counts(source: Candidate, to: Path) -> None:
    """Copy a trial whose calls were counted, with the counts.

    Raises:
        UsageProblem: it tells nothing of what blocked its loop, or its counts are damaged.
    """
    counts = kept_counts(source.folder)
    if counts is None or not call_rows([(trial, counts) for trial in source.ran]):
        raise UsageProblem(
            f"{shown(source.folder)} counted no calls of what blocked the event loop."
        )
    replace(to / CALL_COUNTS, msgspec.json.format(msgspec.json.encode(counts)) + b"\n")
    _pack([condensed.without_connections(trial) for trial in source.ran], to)


def _same_survey(old: Path, new: Candidate) -> bool:
    return load_survey(old).topic == load_survey(new.folder).topic


def _copy_survey(source: Candidate, to: Path) -> None:
    """Copy a survey.

    Of connections only those come along on which a request failed: they tell why; of the others
    the outlines where it is asked who closes on whom.
    """
    asked = load_survey(source.folder)
    smaller = (
        condensed.with_outlines if asked.topic in BETWEEN else condensed.with_failed_connections
    )
    entries = [structs.replace(entry, target=_anywhere(entry.target)) for entry in asked.entries]
    public = structs.replace(asked, name=source.name, entries=entries)
    replace(to / SURVEY_FILE, store.encode_purpose(public))
    _pack([smaller(trial) for trial in source.ran], to)


def _anywhere(target: Target) -> Target:
    """A target on whichever Python: that is a path of the machine, or one's own choice."""
    return structs.replace(target, python="")


def _pack(ran: Sequence[Trial], to: Path) -> None:
    """Write trials, compressed. No time in the archive: the same trial gives the same bytes."""
    for trial in ran:
        packed = gzip.compress(msgspec.json.encode(trial) + b"\n", mtime=0)
        replace(to / f"{trial.file_name}.gz", packed)


def _verdicts(proving: Proving) -> dict[tuple[Target, Target, Load, str], Verdict]:
    """What a claim's trials show of each signal under each circumstance, on whichever Python."""
    return {
        (
            _anywhere(record.setting.before),
            _anywhere(record.setting.after),
            record.setting.load,
            signal,
        ): proof.judgement().verdict
        for record in proving.records
        for signal, proof in record.proofs.items()
    }


STRENGTH: dict[Verdict, int] = {
    "cannot tell": 0,
    "no difference shown": 1,
    "helps": 2,
    "harms": 2,
    "mends": 3,
}
"""How much each verdict claims."""


def _claims_as_much(newer: Proving, older: Proving) -> bool:
    """Whether a claim's trials claim as much as those of an older one, wherever those do."""
    given = _verdicts(newer)
    return newer.claim.change == older.claim.change and all(
        key in given and STRENGTH[given[key]] >= STRENGTH[verdict]
        for key, verdict in _verdicts(older).items()
    )


def _rows(ran: Sequence[Trial]) -> set[tuple[Target, Load]]:
    """What trials ran, on whichever Python."""
    return {(_anywhere(trial.target), trial.load) for trial in ran}


def _alike(old: Contrast, new: Contrast) -> bool:
    """Whether a contrast asks what an older one asked, within whichever limits."""
    same = _identity_of_contrast(old) == _identity_of_contrast(new)
    return same and _gives_way(old.load, new.load)


def _identity_of_contrast(contrast: Contrast) -> tuple[object, ...]:
    """What makes one contrast ask the same as another: all but its limits."""
    return (
        contrast.titles,
        contrast.changes,
        contrast.signal,
        _asked_load(contrast.load),
        *map(_anywhere, (contrast.good, contrast.bad)),
    )


def _asked_load(load: Load) -> Load:
    """A load as it was asked for before the client's clock was scaled: what is measured under
    today's takes the place of what was under that.
    """
    return structs.replace(load, name="", base="", expiry_factor=1.0)


def _gives_way(old: Load, new: Load) -> bool:
    """Whether what was measured under one load gives way to what is under the other: the same, or
    the same since the client's clock is scaled too.
    """
    return old.expiry_factor in (1.0, new.expiry_factor)


def _identity(question: Question) -> tuple[object, ...]:
    """What makes one search ask the same as another: all but its limits and the points between.
    A day tells nothing of what runs on it.
    """
    outer = question.points[0], question.points[-1]
    ends: list[object] = [point.name for point in outer]
    if question.by_day:
        ends = [_anywhere(point.target) for point in outer]
    return (
        question.kind,
        question.package,
        question.signal,
        _asked_load(question.load),
        ends,
    )


PUBLISHERS: dict[str, Publisher] = {
    store.PLAN: Publisher(_same_campaign, _copy_campaign),
    QUESTION: Publisher(_same_search, _copy_search),
    REDUCTION: Publisher(_same_reduction, _copy_reduction),
    SURVEY_FILE: Publisher(_same_survey, _copy_survey),
    CONTRAST: Publisher(_same_contrast, _copy_contrast),
    CLAIM: Publisher(_same_proof, _copy_proof),
    ATLAS: Publisher(_same_atlas, _copy_atlas),
    WITNESS: Publisher(_never, _copy_witness),
    CALL_COUNTS: Publisher(_same_counts, _copy_counts),
}
"""How a folder of trials is published, by the file that says what it is."""

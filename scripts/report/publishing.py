"""Publishes trials: copies a folder of them, compressed, to where git keeps it."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec import structs

from scripts.analysis import signals
from scripts.analysis.capture import WITNESS
from scripts.analysis.connections import cases
from scripts.analysis.proof import Verdict
from scripts.domain.callcounts import CALL_COUNTS
from scripts.domain.files import replace
from scripts.domain.paths import portable, shown
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import SURVEY_FILE
from scripts.domain.trial import Connection, Load, Target, Trial
from scripts.proof.claim import CLAIM
from scripts.proof.proving import Proving
from scripts.proof.suite import SUITE
from scripts.reduction.task import CONFIRMED, REDUCTION, RESULT, TASK_SCHEMA, Task
from scripts.report import published
from scripts.report.callcounts import call_rows
from scripts.search.contrast import CONTRAST, Contrast, load_contrast
from scripts.search.mixtures import MIXTURES
from scripts.search.question import QUESTION, Question, load_question
from scripts.trials import store
from scripts.trials.callcounts import kept_counts
from scripts.trials.campaign import load_survey


def publish(folder: Path) -> Path:
    """Copy a finished campaign or search, compressed, to where git keeps it.

    A campaign takes the place of the one before that ran as many at a time: several at a time is
    kept beside one, for the comparison. A search takes that of one that asked the same.
    Connections, most of a trial's size, are left out of a search's trials where its signal is
    none that is judged by them.

    Returns:
        The new folder.

    Raises:
        UsageProblem: it holds no trial, or one of another campaign, or a damaged one; or it is no
            campaign and ran more than one at a time; or it was to count calls and did not.
    """
    ran = store.trials(folder)
    if not ran:
        raise UsageProblem(f"{shown(folder)} holds no trial to publish.")
    name = ran[0].place.campaign
    if not re.fullmatch(r"\d{8}-\d{6}-\d+", name) or any(
        trial.place.campaign != name for trial in ran
    ):
        raise UsageProblem(f"{shown(folder)} holds trials that are not of one campaign.")
    kind = published.kind(folder)
    if (most := max(trial.place.lanes for trial in ran)) > 1 and kind != store.PLAN:
        raise UsageProblem(
            f"the trials of {shown(folder)} ran {most} at a time, and what is published runs one "
            "at a time: measure it again with --lanes 1."
        )
    if any(trial.client.profiled for trial in ran) and kind != CALL_COUNTS:
        raise UsageProblem(f"{shown(folder)} holds a trial that was to count calls, and no counts.")
    return PUBLISHERS.get(kind, _publish_campaign)(folder, ran, name)


def _publish_campaign(folder: Path, ran: Sequence[Trial], name: str) -> Path:
    """Copy a campaign, or a search along one line."""
    question = load_question(folder) if (folder / QUESTION).exists() else None
    kind = published.kind(folder)
    for old in published.folders():
        if old.name != name and published.kind(old) == kind and _same(old, question, ran):
            shutil.rmtree(old)
    to = _new_folder(name)
    if question is not None:
        public = msgspec.structs.replace(question, clone="", command=portable(question.command))
        replace(to / QUESTION, store.encode_purpose(public))
        if signals.parse(question.signal).kind != "cause":
            ran = [without_connections(trial) for trial in ran]
    _pack(ran, to)
    return to


def _anywhere(target: Target) -> Target:
    """A target on whichever Python: that is a path of the machine, or one's own choice."""
    return structs.replace(target, python="")


def _new_folder(name: str) -> Path:
    to = store.PUBLISHED / name
    to.mkdir(parents=True, exist_ok=True)
    return to


def _pack(ran: Sequence[Trial], to: Path) -> None:
    """Write trials, compressed. No time in the archive: the same trial gives the same bytes."""
    for trial in ran:
        packed = gzip.compress(msgspec.json.encode(trial) + b"\n", mtime=0)
        replace(to / f"{trial.file_name}.gz", packed)


def _publish_reduction(folder: Path, ran: Sequence[Trial], name: str) -> Path:
    """Copy a finished reduction; it takes the place of an older one of the same script.

    Of its trials only those of the two originals come along; what the small cases did is in its
    result, case by case.

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
    smallest = published.finished(folder)
    script = smallest.about.script
    for old in published.folders():
        if (old / RESULT).exists() and published.finished(old).about.script == script:
            shutil.rmtree(old)
    to = _new_folder(name)
    about = msgspec.structs.replace(smallest.about, command=portable(smallest.about.command))
    public = msgspec.structs.replace(smallest, about=about)
    replace(to / RESULT, msgspec.json.format(msgspec.json.encode(public)) + b"\n")
    asked = msgspec.structs.replace(task, command=portable(task.command), output="")
    replace(to / REDUCTION, store.encode_purpose(asked))
    replace(to / CONFIRMED, (folder / CONFIRMED).read_bytes())
    originals = [trial for trial in ran if trial.target in (task.bad, task.good)]
    _pack([without_connections(trial) for trial in originals], to)
    return to


def _publish_contrast(folder: Path, ran: Sequence[Trial], name: str) -> Path:
    """Copy a difference, with what tells which mixtures can be had; it takes the place of one that
    asked the same.
    """
    contrast = load_contrast(folder)
    for old in published.folders():
        if (old / CONTRAST).exists() and _alike(load_contrast(old), contrast):
            shutil.rmtree(old)
    to = _new_folder(name)
    public = msgspec.structs.replace(
        contrast,
        command=portable(contrast.command),
        left_out=list(portable(contrast.left_out)),
    )
    replace(to / CONTRAST, store.encode_purpose(public))
    if (folder / MIXTURES).exists():  # two ends that are alike need none
        replace(to / MIXTURES, (folder / MIXTURES).read_bytes())
    if signals.parse(contrast.signal).kind != "cause":
        ran = [without_connections(trial) for trial in ran]
    _pack(ran, to)
    return to


def _publish_proof(folder: Path, ran: Sequence[Trial], name: str) -> Path:
    """Copy a proof, with what upstream's tests said; it takes the place of those of the same change
    that claim nowhere more.

    Of connections on which nothing failed, only that they were opened comes along.
    """
    proving = published.replayed(folder)
    claim = proving.claim
    for old in published.folders():
        if (
            old.name != name
            and published.kind(old) == CLAIM
            and _claims_as_much(proving, published.replayed(old))
        ):
            shutil.rmtree(old)
    to = _new_folder(name)
    public = structs.replace(claim, clone="", command=portable(claim.command))
    replace(to / CLAIM, store.encode_purpose(public))
    if (folder / SUITE).exists():
        replace(to / SUITE, (folder / SUITE).read_bytes())
    _pack([_with_bare_connections(trial) for trial in ran], to)
    return to


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


def _with_bare_connections(trial: Trial) -> Trial:
    """A trial in which a connection on which nothing failed tells only that it was opened, where
    that leaves the trial's causes.
    """
    failed = _with_failed_connections(trial)
    if failed is trial:
        return trial
    told = {connection.opened for connection in failed.client.connections}
    bare = [
        connection if connection.opened in told else Connection(connection.port, connection.opened)
        for connection in trial.client.connections
    ]
    return with_connections(trial, bare, list(failed.server.connections or ()))


def _publish_witness(folder: Path, ran: Sequence[Trial], name: str) -> Path:
    """Copy a trial whose packets were captured, with what they say; others are left as they are."""
    witness = published.witness(folder)
    to = _new_folder(name)
    replace(to / WITNESS, msgspec.json.format(msgspec.json.encode(witness)) + b"\n")
    _pack([_with_failed_connections(trial) for trial in ran], to)
    return to


def _publish_counts(folder: Path, ran: Sequence[Trial], name: str) -> Path:
    """Copy a trial whose calls were counted, with the counts; it takes the place of one of the same
    target under the same load.

    Raises:
        UsageProblem: it tells nothing of what blocked its loop, or its counts are damaged.
    """
    counts = kept_counts(folder)
    if counts is None or not call_rows([(trial, counts) for trial in ran]):
        raise UsageProblem(f"{shown(folder)} counted no calls of what blocked the event loop.")
    for old in published.folders():
        if published.kind(old) == CALL_COUNTS and _rows(store.trials(old)) == _rows(ran):
            shutil.rmtree(old)
    to = _new_folder(name)
    replace(to / CALL_COUNTS, msgspec.json.format(msgspec.json.encode(counts)) + b"\n")
    _pack([without_connections(trial) for trial in ran], to)
    return to


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


def _publish_survey(folder: Path, ran: Sequence[Trial], name: str) -> Path:
    """Copy a survey; it takes the place of an older one on the same topic.

    Of connections only those come along on which a request failed: they tell why.
    """
    asked = load_survey(folder)
    for old in published.folders():
        if published.kind(old) == SURVEY_FILE and load_survey(old).topic == asked.topic:
            shutil.rmtree(old)
    to = _new_folder(name)
    entries = [
        msgspec.structs.replace(entry, target=_anywhere(entry.target)) for entry in asked.entries
    ]
    public = msgspec.structs.replace(asked, name=name, entries=entries)
    replace(to / SURVEY_FILE, store.encode_purpose(public))
    _pack([_with_failed_connections(trial) for trial in ran], to)
    return to


def _with_failed_connections(trial: Trial) -> Trial:
    """A trial without the connections on which nothing failed, where that leaves its causes."""
    failed = [case.client for case in cases(trial)]
    if None in failed:
        return trial
    ports = {connection.port for connection in failed if connection is not None}

    def kept(connections: Sequence[Connection]) -> list[Connection]:
        return [connection for connection in connections if connection.port in ports]

    return with_connections(
        trial, kept(trial.client.connections), kept(trial.server.connections or ())
    )


def without_connections(trial: Trial) -> Trial:
    """A trial without what either end noted of its connections."""
    return with_connections(trial, [], None)


def with_connections(
    trial: Trial, client: list[Connection], server: list[Connection] | None
) -> Trial:
    """A trial with other connections noted, as either end saw them."""
    return msgspec.structs.replace(
        trial,
        client=msgspec.structs.replace(trial.client, connections=client),
        server=msgspec.structs.replace(trial.server, connections=server),
    )


PUBLISHERS: dict[str, Callable[[Path, Sequence[Trial], str], Path]] = {
    REDUCTION: _publish_reduction,
    SURVEY_FILE: _publish_survey,
    CONTRAST: _publish_contrast,
    CLAIM: _publish_proof,
    WITNESS: _publish_witness,
    CALL_COUNTS: _publish_counts,
}
"""What copies a folder of trials, by the file that says what it is; any other is a campaign, or a
search along one line."""


def _same(old: Path, question: Question | None, ran: Sequence[Trial]) -> bool:
    """Whether a published folder of the same kind asked what the new one asks, as many at a time
    where it is a campaign.
    """
    if question is None:
        return store.trials(old)[0].place.lanes == ran[0].place.lanes
    asked = load_question(old)
    return _identity(asked) == _identity(question) and _gives_way(asked.load, question.load)


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

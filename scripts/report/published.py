"""The published trials: those that git keeps and that REPORT.md and README.md cite."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from scripts.analysis import signals
from scripts.analysis.connections import cases
from scripts.domain.entries import SURVEY_FILE, Survey, Topic
from scripts.domain.files import replace
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Connection, Trial
from scripts.reduction.result import Smallest
from scripts.reduction.runs import CONFIRMED, REDUCTION, RESULT, TASK_SCHEMA, Task
from scripts.search.points import QUESTION, load_question
from scripts.search.question import Question
from scripts.trials import store
from scripts.trials.campaign import load_survey
from scripts.trials.store import shown


@dataclass(frozen=True)
class Searched:
    """A published bisection or history: its question and its trials."""

    question: Question
    trials: list[Trial]


def publish(folder: Path) -> Path:
    """Copy a finished campaign or search, compressed, to where git keeps it.

    A campaign takes the place of the one before; a search that of one that asked the same.
    Connections, most of a trial's size, are left out of a search's trials where its signal is
    none that is judged by them.

    Returns:
        The new folder.

    Raises:
        UsageProblem: it holds no trial, or one of another campaign, or a damaged one.
    """
    found = store.trials(folder)
    if not found:
        raise UsageProblem(f"{shown(folder)} holds no trial to publish.")
    name = found[0].place.campaign
    if not re.fullmatch(r"\d{8}-\d{6}-\d+", name) or any(
        each.place.campaign != name for each in found
    ):
        raise UsageProblem(f"{shown(folder)} holds trials that are not of one campaign.")
    if (folder / REDUCTION).exists():
        return _publish_reduction(folder, found, name)
    if (folder / SURVEY_FILE).exists():
        return _publish_survey(folder, found, name)
    question = load_question(folder) if (folder / QUESTION).exists() else None
    for old in _folders():
        if old.name != name and _kind(old) == _kind(folder) and _same(old, question):
            shutil.rmtree(old)
    to = store.PUBLISHED / name
    to.mkdir(parents=True, exist_ok=True)
    if question is not None:
        public = msgspec.structs.replace(question, clone="", command=portable(question.command))
        replace(to / QUESTION, store.written(public))
        if signals.parse(question.signal).kind != "cause":
            found = [without_connections(each) for each in found]
    _pack(found, to)
    return to


def _pack(found: Sequence[Trial], to: Path) -> None:
    """Write trials, compressed. No time in the archive: the same trial gives the same bytes."""
    for each in found:
        packed = gzip.compress(msgspec.json.encode(each) + b"\n", mtime=0)
        replace(to / f"{each.file_name}.gz", packed)


def _publish_reduction(folder: Path, found: Sequence[Trial], name: str) -> Path:
    """Copy a finished reduction; it takes the place of an older one of the same script.

    Of its trials only those of the two originals come along; what the small cases did is in its
    result, case by case.

    Raises:
        UsageProblem: it is not finished.
    """
    result = store.described(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
    if not (folder / RESULT).exists():
        raise UsageProblem(f"{shown(folder)} is not finished: resume it first.")
    smallest = _smallest(folder)
    for old in _folders():
        if (old / RESULT).exists() and _smallest(old).about.script == smallest.about.script:
            shutil.rmtree(old)
    to = store.PUBLISHED / name
    to.mkdir(parents=True, exist_ok=True)
    about = msgspec.structs.replace(smallest.about, command=portable(smallest.about.command))
    public = msgspec.structs.replace(smallest, about=about)
    replace(to / RESULT, msgspec.json.format(msgspec.json.encode(public)) + b"\n")
    asked = msgspec.structs.replace(result, command=portable(result.command), output="")
    replace(to / REDUCTION, store.written(asked))
    replace(to / CONFIRMED, (folder / CONFIRMED).read_bytes())
    _pack(
        [without_connections(each) for each in found if each.target in (result.bad, result.good)],
        to,
    )
    return to


def _publish_survey(folder: Path, found: Sequence[Trial], name: str) -> Path:
    """Copy a survey; it takes the place of an older one on the same topic.

    Of connections only those come along on which a request failed: they tell why.
    """
    asked = load_survey(folder)
    for old in _folders():
        if _kind(old) == SURVEY_FILE and load_survey(old).topic == asked.topic:
            shutil.rmtree(old)
    to = store.PUBLISHED / name
    to.mkdir(parents=True, exist_ok=True)
    chosen = [
        msgspec.structs.replace(each, target=msgspec.structs.replace(each.target, python=""))
        for each in asked.entries
    ]
    public = msgspec.structs.replace(asked, name=name, entries=chosen)
    replace(to / SURVEY_FILE, store.written(public))
    _pack([_told(each) for each in found], to)
    return to


def _told(trial: Trial) -> Trial:
    """A trial without the connections on which nothing failed, where that leaves its causes."""
    failed = [case.client for case in cases(trial)]
    if None in failed:
        return trial
    ports = {each.port for each in failed if each is not None}
    return with_connections(
        trial,
        [each for each in trial.client.connections if each.port in ports],
        [each for each in trial.server.connections or () if each.port in ports],
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


def _kind(folder: Path) -> str:
    """The file that says what a folder of trials is; that of a campaign where there is none."""
    kinds = (QUESTION, REDUCTION, SURVEY_FILE)
    return next((each for each in kinds if (folder / each).exists()), store.PLAN)


def _smallest(folder: Path) -> Smallest:
    try:
        return msgspec.json.decode((folder / RESULT).read_bytes(), type=Smallest)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageProblem(f"{shown(folder / RESULT)} is damaged ({error}).") from error


def reductions() -> list[Smallest]:
    """The published reductions, the oldest first.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    return [_smallest(folder) for folder in _folders() if (folder / RESULT).exists()]


def portable(command: Sequence[str]) -> tuple[str, ...]:
    """A call's arguments without what only its own machine has: folders before a path's name."""
    return tuple(
        f"path/to/{Path(each).name}" if Path(each).is_absolute() else each for each in command
    )


def trials() -> list[Trial]:
    """The published campaigns' trials.

    Raises:
        UsageProblem: one of them is damaged.
    """
    return [each for folder in campaigns() for each in store.trials(folder)]


def campaigns() -> list[Path]:
    """The folders of the published campaigns."""
    return [folder for folder in _folders() if _kind(folder) == store.PLAN]


def surveyed() -> dict[Topic, tuple[Survey, list[Trial]]]:
    """The published surveys with their trials, by topic.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    found = [(load_survey(each), each) for each in _folders() if _kind(each) == SURVEY_FILE]
    return {asked.topic: (asked, store.trials(folder)) for asked, folder in found}


def searches() -> list[Searched]:
    """The published bisections and histories, the oldest first.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    return [
        Searched(load_question(folder), store.trials(folder))
        for folder in _folders()
        if (folder / QUESTION).exists()
    ]


def _folders() -> list[Path]:
    return sorted(each for each in store.PUBLISHED.glob("[0-9]*") if each.is_dir())


def _same(old: Path, question: Question | None) -> bool:
    """Whether a published folder of the same kind asked what the new one asks."""
    if question is None:
        return True
    asked = load_question(old)
    ends = [(each.points[0].name, each.points[-1].name) for each in (asked, question)]
    return ends[0] == ends[1] and (
        asked.kind,
        asked.package,
        asked.signal,
        asked.load,
    ) == (question.kind, question.package, question.signal, question.load)

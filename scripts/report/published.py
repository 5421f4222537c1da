"""The published trials: those that git keeps and that REPORT.md and README.md cite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import structs

from scripts.analysis.capture import WITNESS, WITNESS_SCHEMA, Witness
from scripts.domain.callcounts import CALL_COUNTS, CallCounts
from scripts.domain.paths import shown
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import SURVEY_FILE, Survey, Topic
from scripts.domain.trial import Trial
from scripts.mapping.atlas import ATLAS, load_atlas
from scripts.mapping.exploration import Exploration
from scripts.proof.claim import CLAIM, load_claim
from scripts.proof.proving import Proving
from scripts.proof.result import ProofResult, proof_result
from scripts.proof.suite import kept_suite
from scripts.reduction.result import Smallest
from scripts.reduction.task import REDUCTION, RESULT, TASK_SCHEMA, Task
from scripts.report.calls import as_asked
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from scripts.search.contrast import CONTRAST, Contrast, load_contrast
from scripts.search.question import QUESTION, Question, load_question
from scripts.trials import store
from scripts.trials.callcounts import kept_counts
from scripts.trials.campaign import load_survey

REVEALED = "revealed.json"
"""The file of a published folder with the keys of texts that its owner let through the gate."""


class Revealed(msgspec.Struct, frozen=True):
    """What the owner of a folder read and let through the gate, by key."""

    keys: list[str]


@dataclass(frozen=True)
class StoredSearch:
    """A published search: its question, its trials, and its folder."""

    question: Question | Contrast
    trials: list[Trial]
    folder: Path


def trials(read: Sequence[Trial] | None = None) -> list[Trial]:
    """The published campaigns' trials: of those that ran the fewest at a time.

    Args:
        read: those of all campaigns, where they are read already.

    Raises:
        UsageProblem: one of them is damaged.
    """
    ran = every_trial() if read is None else read
    fewest = min((trial.place.lanes for trial in ran), default=1)
    return [trial for trial in ran if trial.place.lanes == fewest]


def every_trial() -> list[Trial]:
    """The published campaigns' trials, however many ran at a time.

    Raises:
        UsageProblem: one of them is damaged.
    """
    return [trial for folder in campaigns() for trial in read_trials(folder)]


def read_trials(folder: Path) -> list[Trial]:
    """A folder's trials as they get out: however they came there.

    Raises:
        UsageProblem: one of them is damaged.
    """
    gate = Gate(revealed(folder))
    return [gated(trial, gate) for trial in store.trials(folder)]


def revealed(folder: Path) -> list[str]:
    """Keys of the texts of a folder that its owner let through the gate.

    Raises:
        UsageProblem: the file that says so is damaged.
    """
    path = folder / REVEALED
    return store.read_beside(path, Revealed).keys if path.exists() else []


def campaigns() -> list[Path]:
    """The folders of the published campaigns."""
    return [folder for folder in folders() if kind(folder) == store.PLAN]


def surveyed() -> dict[Topic, tuple[Survey, list[Trial]]]:
    """The published surveys with their trials, by topic.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    kept = [folder for folder in folders() if kind(folder) == SURVEY_FILE]
    surveys = [(load_survey(folder), folder) for folder in kept]
    return {survey.topic: (survey, read_trials(folder)) for survey, folder in surveys}


def searches() -> list[StoredSearch]:
    """The published bisections, histories and differences, the oldest first.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    readers: dict[str, Callable[[Path], Question | Contrast]] = {
        QUESTION: load_question,
        CONTRAST: load_contrast,
    }
    return [
        StoredSearch(readers[what](folder), read_trials(folder), folder)
        for folder in folders()
        if (what := kind(folder)) in readers
    ]


def proofs() -> list[ProofResult]:
    """What the published proofs show, the oldest first.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    return [
        proof_result(replayed(folder), kept_suite(folder))
        for folder in folders()
        if kind(folder) == CLAIM
    ]


def atlases() -> list[Exploration]:
    """The published maps with their trials, the oldest first.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    return [explored(folder) for folder in mapped()]


def mapped() -> list[Path]:
    """The folders of the published maps, the oldest first."""
    return [folder for folder in folders() if kind(folder) == ATLAS]


def explored(folder: Path) -> Exploration:
    """A map with its trials.

    Raises:
        UsageProblem: one of its files is damaged.
    """
    return Exploration(load_atlas(folder), read_trials(folder))


def reductions() -> list[Smallest]:
    """The published reductions, the oldest first.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    return [finished(folder) for folder in folders() if (folder / RESULT).exists()]


def finished(folder: Path) -> Smallest:
    """What a finished reduction found; its load is called as its task's is today.

    Raises:
        UsageProblem: one of its files is not there, or damaged.
    """
    task = store.read_purpose(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
    smallest = store.read_beside(folder / RESULT, Smallest)
    command = tuple(as_asked(smallest.about.command, task.load))
    about = structs.replace(smallest.about, load=task.load.name, command=command)
    return structs.replace(smallest, about=about)


def witnesses() -> list[tuple[Trial, Witness]]:
    """The published trials whose packets were captured, the oldest first, each with what those say.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    return [
        (trial, witness(folder))
        for folder in folders()
        if kind(folder) == WITNESS
        for trial in read_trials(folder)
    ]


def witness(folder: Path) -> Witness:
    """What a capture says of a folder's trial.

    Raises:
        UsageProblem: its file is damaged, or of another layout.
    """
    witness = store.read_beside(folder / WITNESS, Witness)
    if witness.schema != WITNESS_SCHEMA:
        raise UsageProblem(f"{shown(folder / WITNESS)} is of another layout ({witness.schema}).")
    return witness


def counted() -> list[tuple[Trial, CallCounts]]:
    """The published trials whose calls were counted, the oldest first, each with the counts.

    Raises:
        UsageProblem: one of their files is damaged.
    """
    return [
        (trial, counts)
        for folder in folders()
        if kind(folder) == CALL_COUNTS and (counts := kept_counts(folder)) is not None
        for trial in read_trials(folder)
    ]


def replayed(folder: Path) -> Proving:
    """A claim with what its trials show.

    Raises:
        UsageProblem: one of its files is damaged.
    """
    proving = Proving(load_claim(folder))
    proving.replay(read_trials(folder))
    return proving


def kind(folder: Path) -> str:
    """The file that says what a folder of trials is; that of a campaign where there is none."""
    kinds = (QUESTION, CONTRAST, REDUCTION, SURVEY_FILE, WITNESS, CALL_COUNTS, CLAIM, ATLAS)
    return next((kind for kind in kinds if (folder / kind).exists()), store.PLAN)


def folders() -> list[Path]:
    """The folders of all that is published, the oldest first."""
    return sorted(folder for folder in store.PUBLISHED.glob("[0-9]*") if folder.is_dir())

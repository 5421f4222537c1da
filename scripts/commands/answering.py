"""A search goes on until it is answered, and its answer is shown."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import RenderableType
from rich.text import Text

from scripts.analysis.readings import Record, Silent
from scripts.commands.options import remark, say_how
from scripts.commands.output import console
from scripts.commands.places import HERE, PlaceOptions
from scripts.commands.search_progress import SearchProgress
from scripts.domain import paths
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.environments.contents import Contents
from scripts.report import readings
from scripts.report.findings import subject
from scripts.search.bisection import Bisection
from scripts.search.contrast import load_contrast
from scripts.search.contrast_finding import ContrastFinding, contrast_finding
from scripts.search.difference import Difference
from scripts.search.finding import Finding, finding
from scripts.search.history import History
from scripts.search.investigate import investigate
from scripts.search.mixtures import Mixtures
from scripts.search.question import Question, load_question, rewrite
from scripts.trials.lanes import Stopped

Ours = TypeVar("Ours", Bisection, History, Difference)


@dataclass(frozen=True)
class GoingOn:
    """How a search is gone on with.

    Attributes:
        again: the call that does.
        place: where its trials run.
        began: since when its budget counts, on the monotonic clock; None for now.
    """

    again: str
    place: PlaceOptions = HERE
    began: float | None = None


def found_by_bisection(folder: Path, going_on: GoingOn) -> Finding | None:
    """What the bisection in a folder finds, which goes on until it is answered.

    Args:
        folder: its own.
        going_on: how.

    Returns:
        What it found; None where it was interrupted, which is told.

    Raises:
        UsageProblem: no trial can say anything about its signal.
        MeasurementProblem: no trial says anything, or one could not be run.
    """
    question = load_question(folder)
    search = gone_on(Bisection(question), folder, going_on, _points_words(question))
    while search is not None and search.backwards:
        question = question.turned()
        way = "it went" if question.fix else "it came"
        remark(f"It shows on {question.points[-1].name} more often: on which day {way} is sought.")
        rewrite(question, folder)
        search = gone_on(Bisection(question), folder, going_on, _points_words(question))
    if search is None:
        return None
    answer = finding(search)
    if not answer.trials and (answer.ending != "mute end" or _unanswerable(search)):
        raise mute(search, folder)
    if answer.ending in ("ran out", "no good end", "no bad end"):
        say_how_on(search, going_on.again)
    return answer


def found_by_history(folder: Path, going_on: GoingOn) -> History | None:
    """The history in a folder, gone on with as `found_by_bisection`."""
    question = load_question(folder)
    return gone_on(History(question), folder, going_on, _points_words(question))


def found_by_difference(folder: Path, going_on: GoingOn) -> ContrastFinding | None:
    """What the difference in a folder finds, gone on with as `found_by_bisection`."""
    contrast = load_contrast(folder)
    good, bad = contrast.titles
    count = len(contrast.changes)
    words = "1 difference" if count == 1 else f"{count} differences"
    words += f" between {good} and {bad}"
    watcher = SearchProgress(contrast, console(stderr=True))
    mixtures = Mixtures(contrast, folder, Contents(Environments()), watcher.mixed)
    search = gone_on(Difference(contrast, mixtures), folder, going_on, words, watcher)
    if search is None:
        return None
    answer = contrast_finding(search)
    if not answer.trials and (answer.ending != "mute end" or _unanswerable(search)):
        raise mute(search, folder)
    if answer.ending == "ran out":
        say_how_on(search, going_on.again)
    return answer


def _points_words(question: Question) -> str:
    first, last = question.points[0].name, question.points[-1].name
    return f"{len(question.points)} points of {subject(question.package)}, {first} to {last}"


def gone_on(
    search: Ours,
    folder: Path,
    going_on: GoingOn,
    words: str,
    watcher: SearchProgress | None = None,
) -> Ours | None:
    """Go on with a search, telling how; None where it was interrupted, which is told too.

    Args:
        search: without any trials.
        folder: its own.
        going_on: how.
        words: what it searches.
        watcher: told of every trial; one of its own where none is given.

    Raises:
        UsageProblem, MeasurementProblem: as `investigate`.
    """
    question = search.question
    clone = Clone(Path(question.clone)) if question.clone else None
    errors = console(stderr=True)
    say_how(question.points[0].target)
    errors.print(Text(plain(f"{words}, into {paths.shown(folder)}")), soft_wrap=True)
    watcher = watcher or SearchProgress(question, errors)
    place, again = going_on.place, going_on.again
    place.check(question.signal)
    try:
        with place.running(Environments(clone=clone)) as runner:
            return investigate(
                search, folder, runner, watcher, going_on.began, lanes=place.lanes or 1
            )
    except Stopped as stopped:
        errors.print(f"{stopped.why}: the trials are kept; go on with:\n  {again}", soft_wrap=True)
        return None
    except MeasurementProblem as problem:
        raise MeasurementProblem(f"{problem}\n  {again}") from problem


def say_how_on(search: Ours, again: str) -> None:
    """Say how a search that cannot tell yet goes on."""
    used = len(search.tally.records)
    if used >= search.question.most:
        words = f"Its {used} trials are used up: ask anew with a larger --max-trials."
    elif search.next() is None:
        return
    else:
        words = f"Go on with:\n  {again}"
    console(stderr=True).print(words, soft_wrap=True)


def mute(search: Ours, folder: Path) -> UsageProblem | MeasurementProblem:
    """What to say where no trial says anything: what they showed instead.

    A signal that the script can never show is no use of the search, which is not kept then.
    """
    records: Sequence[Record] = search.tally.records
    words = [readings.words(record.reading).rstrip(".") for record in records]
    sentence = f"no trial says anything about {search.question.signal!r}: "
    if not words:
        return MeasurementProblem(f"{sentence}there was no time for one.")
    usual, count = Counter(words).most_common(1)[0]
    sentence += f"{usual} ({count} of {len(words)} trials)."
    if _unanswerable(search):
        shutil.rmtree(folder, ignore_errors=True)
        return UsageProblem(sentence)
    return MeasurementProblem(f"{sentence} Trials: {paths.shown(folder)}")


def _unanswerable(search: Ours) -> bool:
    """Whether a signal about requests is sought in a script whose requests are not recorded."""
    return all(
        isinstance(record.reading.basis, Silent) and record.reading.basis.reason == "no requests"
        for record in search.tally.records
    )


def show(answer: RenderableType, folder: Path) -> None:
    """Print an answer, and where its trials are."""
    out = console()
    out.print(answer)
    out.print(f"Trials: {paths.shown(folder)}", soft_wrap=True)

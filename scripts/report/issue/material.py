"""What a folder of one's own trials holds, whatever program, package and signal they are about."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from scripts.analysis import compare, readings, signals
from scripts.analysis.readings import Reading
from scripts.analysis.signals import Signal
from scripts.domain import paths
from scripts.domain.files import PROJECT
from scripts.domain.pins import pinned
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import SURVEY_FILE
from scripts.domain.targets import distinct
from scripts.domain.trial import Target, Trial
from scripts.domain.words import raised
from scripts.reduction.result import Smallest
from scripts.reduction.task import REDUCTION, RESULT, TASK_SCHEMA, Task
from scripts.report import facts, published
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from scripts.search.bisection import Bisection
from scripts.search.contrast import CONTRAST, load_contrast
from scripts.search.contrast_finding import ContrastFinding, contrast_finding
from scripts.search.difference import Difference
from scripts.search.finding import Finding, finding
from scripts.search.history import History
from scripts.search.investigate import replayed
from scripts.search.mixtures import Mixtures
from scripts.search.question import QUESTION, Question, load_question
from scripts.search.release_line import ReleaseLine, release_line
from scripts.trials import campaign, store

Answer = Finding | ReleaseLine | ContrastFinding
"""What a search found."""


@dataclass(frozen=True)
class ReportedRun:
    """One trial and what it says.

    Attributes:
        name, day: of what varies: a release, a commit, else the target; the day None where unknown.
        trial: the trial.
        reading: what it says of the signal.
    """

    name: str
    day: str | None
    trial: Trial
    reading: Reading


@dataclass(frozen=True)
class Source:
    """A program as it lies on this machine.

    Attributes:
        path: its file.
        text: what is in it; None where it is gone, or no text.
        later: whether it was written after the trials began, so that another may have run.
    """

    path: Path
    text: str | None
    later: bool


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a report is made of.

    Attributes:
        package: whose releases or commits vary; empty where nothing but targets does.
        signal: what is told of, with its threshold.
        runs: every trial of a point, in version order; of targets, by name.
        shown: the one that shows it and is shown.
        answer: what a search found; None where none was made.
        smallest: what a reduction found; None for none.
        script, server: what ran; None for a program that is no file.
        command: the arguments that asked for it; empty where the shown trial alone tells.
    """

    package: str
    signal: Signal
    runs: Sequence[ReportedRun]
    shown: ReportedRun
    answer: Answer | None
    smallest: Smallest | None
    script: Source | None
    server: Source | None
    command: Sequence[str]


def material(place: Path) -> Material:
    """What a folder of trials, or one trial, holds to tell of.

    Args:
        place: the folder of a bisection, a history, a reduction or a campaign; or one trial's
            file, or its name as reports cite it.

    Raises:
        UsageProblem: there is none, it holds no trial that shows a failure, or it is damaged.
    """
    if not place.is_dir():
        trial = _trial(place)
        return _of_targets([trial], paths.shown(place))
    trials = _trials(place)
    if (place / QUESTION).exists():
        question = of_package(load_question(place), trials)
        return _of_search(question, trials, paths.shown(place))
    if (place / CONTRAST).exists():
        return _of_contrast(place, trials)
    if (place / REDUCTION).exists():
        return _of_reduction(place, trials)
    return _of_targets(trials, paths.shown(place))


def own_publication(place: Path, gate: Gate) -> facts.Publication:
    """The same place as what the reports for known projects are made of, as it gets out.

    Args:
        place: as of `material`.
        gate: takes what is kept back.

    Raises:
        UsageProblem: there is none, it holds no trial, or it is damaged.
    """
    if not place.is_dir():
        return facts.Publication([gated(_trial(place), gate)], [], [], {}, {})
    trials = _trials(place)
    searches, reductions = [], []
    if (place / CONTRAST).exists():
        searches = [facts.search_result(load_contrast(place), trials, place)]
    if (place / QUESTION).exists():
        searches = [facts.search_result(load_question(place), trials, place)]
    if (place / REDUCTION).exists():
        reductions = [published.finished(place)]
    if (place / SURVEY_FILE).exists():
        asked = campaign.load_survey(place)
        lines = compare.answered(asked, trials)
        safe = [gated(trial, gate) for trial in trials]
        return facts.Publication(safe, [], [], {asked.topic: lines}, {asked.topic: safe})
    safe = [gated(trial, gate) for trial in trials]
    return facts.Publication(safe, searches, reductions, {}, {})


def _trials(place: Path) -> list[Trial]:
    """All trials of a folder.

    Raises:
        UsageProblem: it holds none.
    """
    trials = store.trials(place)
    if trials:
        return trials
    if (place / RESULT).is_file():
        raise UsageProblem(
            f"{paths.shown(place)} holds no trial, as its cases measured themselves: attach the "
            "script that it was reduced to, which prints what it measures."
        )
    raise UsageProblem(f"{paths.shown(place)} holds no trial to tell of.")


def _trial(place: Path) -> Trial:
    """One trial by its file or its name.

    Raises:
        UsageProblem: there is no such trial, nor a folder of that name; or it is damaged.
    """
    try:
        path = store.find(place)
    except UsageProblem as problem:
        raise UsageProblem(
            f"there is no folder of trials {paths.shown(place)!r}: name one, or one trial in it."
        ) from problem
    return store.read(path)


def _of_search(question: Question, trials: Sequence[Trial], place: str) -> Material:
    """What a bisection or a history found."""
    answer: Finding | ReleaseLine
    if question.kind == "history":
        line = replayed(History(question), trials)
        tally, answer = line.tally, release_line(line)
    else:
        search = replayed(Bisection(question), trials)
        tally, answer = search.tally, finding(search)
    points = list(question.points)
    names = {point.target: (name_of(point.name, point.commit), point.day) for point in points}
    order = [point.target for point in (points[::-1] if question.fix else points)]
    runs = [
        ReportedRun(*names[target], record.trial, record.reading)
        for target in order
        for record in tally.of(target)
        if isinstance(record.trial, Trial)
    ]
    return _material(
        package=question.package.rpartition(":")[2],
        signal=tally.signal,
        runs=runs,
        preferred=_telling_names(answer),
        answer=answer,
        command=question.command,
        place=place,
    )


def of_package(question: Question, trials: Sequence[Trial]) -> Question:
    """A question about days as one about a package's versions, where that alone changed on the day
    that was found; any other as it is.
    """
    if not question.by_day or question.kind == "history":
        return question
    changed = finding(replayed(Bisection(question), trials)).changed
    if len(changed) != 1:
        return question
    [name] = changed
    points = []
    for point in question.points:
        pins = pinned(point.target.pins)
        title = f"{pins.get(name, 'absent')} (packages of {point.name})"
        points.append(msgspec.structs.replace(point, name=title, day=None))
    return msgspec.structs.replace(question, package=name, points=points)


def _of_contrast(folder: Path, trials: Sequence[Trial]) -> Material:
    """What makes the difference between two environments."""
    contrast = load_contrast(folder)
    difference = replayed(Difference(contrast, Mixtures(contrast, folder)), trials)
    answer = contrast_finding(difference)
    left_out = list(paths.portable(answer.left_out))
    answer = msgspec.structs.replace(answer, left_out=left_out)
    targets = list(
        dict.fromkeys([contrast.good, *(trial.target for trial in trials), contrast.bad])
    )
    # Of many changes a mixture's name tells the first alone.
    runs = [
        ReportedRun(_label(named), None, record.trial, record.reading)
        for target, named in zip(targets, distinct(targets), strict=True)
        for record in difference.tally.of(target)
        if isinstance(record.trial, Trial)
    ]
    return _material(
        package="",  # its rows are environments, none a release
        signal=difference.tally.signal,
        runs=runs,
        preferred=[_label(contrast.bad)],
        answer=answer,
        command=contrast.command,
        place=paths.shown(folder),
    )


def name_of(name: str, commit: str | None) -> str:
    """What a point is called where others read it: a release's version, a commit's short hash."""
    return commit[:12] if commit else name


def _telling_names(answer: Finding | ReleaseLine) -> list[str]:
    """Names of the points whose failure says most: the side of the step that shows the signal."""
    if isinstance(answer, Finding):
        if answer.step is None:
            return []
        point = answer.step[0 if answer.fix else 1]
        return [name_of(point.name, point.commit)]
    if answer.verdict != "changes":
        return []
    worse = [change.after for change in answer.changes if change.direction == "worse"]
    better = [change.before for change in answer.changes if change.direction == "better"]
    return worse[-1:] or better[-1:]


def _of_reduction(folder: Path, trials: Sequence[Trial]) -> Material:
    """What a reduction found.

    Raises:
        UsageProblem: it is not finished.
    """
    task = store.read_purpose(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
    if not (folder / RESULT).exists():
        raise UsageProblem(f"{paths.shown(folder)} is not finished: resume it first.")
    smallest = published.finished(folder)
    signal = signals.parse(task.signal)
    sides = [target for target in (task.good, task.bad) if target is not None]
    runs = [
        ReportedRun(_label(target), None, trial, readings.read(signal, trial))
        for target in sides
        for trial in trials
        if trial.target == target
    ]
    script = Path(task.output) if task.output else paths.located(smallest.about.script)
    return _material(
        package=smallest.shape.library,
        signal=signal,
        runs=runs,
        preferred=[_label(task.bad)],
        answer=None,
        command=task.command,
        place=paths.shown(folder),
        smallest=smallest,
        script=_source(script, None),
    )


def _of_targets(trials: Sequence[Trial], place: str) -> Material:
    """What a campaign's trials show, or one trial: the failure that most of them share.

    Raises:
        UsageProblem: nothing failed in them, or their calls were counted.
    """
    if any(trial.client.profiled for trial in trials):
        raise UsageProblem(
            f"the calls of {place} were counted, which slowed its client: a report needs a trial "
            "without --count-calls."
        )
    symptoms = Counter(symptom for trial in trials if (symptom := _symptom(trial)) is not None)
    if not symptoms:
        raise UsageProblem(f"nothing failed in {place}: there is nothing to report.")
    signal = symptoms.most_common(1)[0][0]
    alike = [trial for trial in trials if _symptom(trial) == signal]
    load = alike[-1].load  # under another load it is another matter
    beside = [trial for trial in trials if trial.load == load]
    runs = [
        ReportedRun(_label(trial.target), None, trial, readings.read(signal, trial))
        for trial in sorted(beside, key=lambda trial: (trial.target.name, trial.place.order))
    ]
    affected = Counter(run.name for run in runs if run.reading.bad)
    worst = max(affected, key=lambda name: affected[name], default="")
    return _material(
        package="",
        signal=signal,
        runs=runs,
        preferred=[worst],
        answer=None,
        command=(),
        place=place,
    )


def _label(target: Target) -> str:
    """What a target is called beside others that run the same script."""
    return target.name.removeprefix(f"{Path(target.script).name}, ")


def _symptom(trial: Trial) -> Signal | None:
    """The signal by which a failing trial would be told; None for one that did not fail."""
    client = trial.client
    if trial.outcome == "hung":
        return signals.parse("hang")
    kinds = client.raised
    status = client.exit_status
    if trial.outcome == "crashed" or (status and (status < 0 or not kinds)):
        return Signal("exit", "exit", status=status)
    if not kinds or not (trial.failing or client.strays):
        return None
    name = raised(max(kinds, key=lambda kind: kind.count))
    return Signal(name, "exception", chain=(name,))


def _material(
    *,
    package: str,
    signal: Signal,
    runs: Sequence[ReportedRun],
    preferred: Sequence[str],
    answer: Answer | None,
    command: Sequence[str],
    place: str,
    smallest: Smallest | None = None,
    script: Source | None = None,
) -> Material:
    """The material of these runs.

    Args:
        preferred: names of the points whose failure says most; the newest that fails without.
        place: how the user called them; the rest as of the material.

    Raises:
        UsageProblem: none of them shows the signal.
    """
    showing = _showing(runs, answer, preferred)
    if not showing:
        raise UsageProblem(f"no run of {place} shows {signal.text!r}: there is nothing to report.")
    chosen = ([run for run in showing if run.name in preferred] or showing)[-1]
    target = chosen.trial.target
    return Material(
        package=package,
        signal=signal,
        runs=runs,
        shown=chosen,
        answer=answer,
        smallest=smallest,
        script=script or _source_of(target.script, chosen.trial),
        server=_source_of(target.server, chosen.trial),
        command=command,
    )


def _showing(
    runs: Iterable[ReportedRun],
    answer: Answer | None,
    preferred: Sequence[str],
) -> list[ReportedRun]:
    """The runs that show the signal; where costs alone are compared, those of the worse side."""
    bad = [run for run in runs if run.reading.bad]
    if not bad and isinstance(answer, ReleaseLine) and answer.by_value:
        dearest = max(answer.points, key=lambda point: point.middle or 0.0).name
        names = preferred or [dearest]
        return [run for run in runs if run.name in names and run.reading.value is not None]
    return bad


def _source_of(path: str, trial: Trial) -> Source | None:
    """A program that a trial ran, by its path as the trial keeps it; None for none."""
    return _source(paths.located(path), trial) if path else None


def _source(path: Path, trial: Trial | None) -> Source:
    """A program, and whether it may be another than the one that ran; one of the project's own is
    what git keeps.
    """
    try:
        text, written = path.read_text(), path.stat().st_mtime
    except (OSError, UnicodeDecodeError):
        return Source(path, None, later=False)
    ours = path.is_relative_to(PROJECT / "repro")
    began = datetime.datetime.fromisoformat(trial.started).timestamp() if trial else written
    return Source(path, text, later=not ours and written > began)

"""The verbs that search: arguments in, exit status out."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number
from packaging.utils import canonicalize_name
from rich.text import Text

from scripts.analysis import signals
from scripts.analysis.readings import Record, Silent, read
from scripts.analysis.signals import Signal
from scripts.commands.options import (
    Deadline,
    Json,
    Python,
    python_version,
    remark,
    runner,
    say_how,
    under,
)
from scripts.commands.output import console, print_json
from scripts.commands.search_options import (
    BudgetOptions,
    CommitOptions,
    EndsOptions,
    LineOptions,
    ReleaseOptions,
    SureOptions,
    TrialOptions,
    among,
    asked,
)
from scripts.commands.search_progress import HoldingProgress, SearchProgress
from scripts.commands.search_remarks import remarks
from scripts.domain import paths, targets
from scripts.domain.files import replace
from scripts.domain.problems import INTERRUPTED, Aborted, MeasurementProblem, UsageProblem
from scripts.domain.trial import Load, Target
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.report import answers, readings
from scripts.report.findings import printed_finding
from scripts.report.histories import printed_history
from scripts.search import points
from scripts.search.bisection import Bisection
from scripts.search.check import Check
from scripts.search.finding import finding
from scripts.search.history import History
from scripts.search.investigate import AnySearch, investigate, replayed
from scripts.search.question import create, load_question
from scripts.search.release_line import release_line
from scripts.trials import campaign, store
from scripts.trials.lanes import Stopped
from scripts.trials.series import Series

bisect = App(
    name="bisect",
    default_parameter=Parameter(negative="", show_default=False),
    version_flags=[],
)


# Six parameters: a group of options is a parameter to the command line's library.
@bisect.default
def bisect_releases(
    *,
    sought: EndsOptions | None = None,
    runs: TrialOptions | None = None,
    stop: SureOptions | None = None,
    tried: CommitOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Find the release, or the commit, that changed something, even when it fails by chance.

    Example: python -m scripts bisect --package httpcore --good 0.17.3 --bad 1.0.9 --signal slow

    Parameters
    ----------
    resume
        Folder of an interrupted bisection to go on with; everything else is taken from there.
    json
        Print the finding as JSON on standard output.
    """
    if resume is not None:
        return _answered(resume.resolve(), json)
    sought, runs = sought or EndsOptions(), runs or TrialOptions()
    stop, tried = stop or SureOptions(), tried or CommitOptions()
    if not sought.package:
        raise UsageProblem("name the package whose releases to search: --package httpcore.")
    about = asked(sought, runs, tried.python, stop.limits(tried.deadline))
    good, bad = sought.good, sought.bad
    if tried.source is not None:
        clone = Clone(tried.source)
        places = Environments()
        question = points.about_commits(about, clone, good, bad, tried.code_only, places)
    else:
        with HoldingProgress(console(stderr=True)) as progress:
            releases = among(tried.python, tried.prereleases, progress)
            question = points.about_releases(about, good, bad, releases)
    remark(*remarks(question))
    return _answered(create(question), json)


@Parameter(name="*")
@dataclass(frozen=True)
class CheckOptions:
    """What is checked."""

    package: str = ""
    """The package under judgement, where it comes from --source."""
    source: Path | None = None
    """Local git clone whose HEAD is judged, without what is not committed."""
    signal: str = "ReadError"
    """What bad means, as for bisect; slow needs its ratio here ('slow>4'), memory its bytes
    ('memory>200MB')."""
    trials: Annotated[int, Parameter(validator=Number(gte=1, lte=1000))] = 3
    """Bad as soon as one is bad; good when so many were good."""


def check(
    *,
    judged: CheckOptions | None = None,
    runs: TrialOptions | None = None,
    python: Python = "",
    deadline: Deadline | None = None,
) -> int:
    """Say by the exit status whether a signal shows: 0 no, 1 yes, 125 cannot be told, 128 abort.

    Made for `git bisect run` and whatever else speaks its contract. In the clone that is bisected:
    git bisect run env PYTHONPATH=path/to/this/project python -P -m scripts check --source . ...

    Example: python -m scripts check --source path/to/clone --package httpcore --trials 5
    """
    judged, runs = judged or CheckOptions(), runs or TrialOptions()
    try:
        return _checked(judged, runs, python, deadline)
    except Stopped:
        return INTERRUPTED
    except Exception as error:
        # Whatever went wrong, it must not look like a bad commit.
        raise Aborted(str(error) or type(error).__name__) from error


def _checked(judged: CheckOptions, runs: TrialOptions, python: str, deadline: float | None) -> int:
    """The status of what a call wants checked."""
    signal = signals.parse(judged.signal)
    if signal.unset:
        raise UsageProblem(f"{judged.signal!r} needs its threshold here: '{signal.stated}'.")
    if judged.source is not None and not judged.package:
        raise UsageProblem("name the package that --source holds: --package httpcore.")
    if judged.source is None and judged.package:
        raise UsageProblem(
            "--package goes with --source, the clone it comes from; a release is pinned by "
            f"--with '{judged.package}==VERSION'."
        )
    package = canonicalize_name(judged.package)
    target, default = runs.varying(package, python)
    clone = None if judged.source is None else Clone(judged.source)
    if clone is not None:
        target = targets.at_commit(target, package, clone.sha("HEAD"))
    environments = Environments(clone=clone)
    python_version(python, environments)
    load = under(runs.load, default)
    say_how(target)
    folder = campaign.create(campaign.plan([], 1, 1, deadline))
    with Series(folder, runner(environments), deadline) as series:
        return _verdict(series, signal, target, load, judged.trials)


def _verdict(series: Series, signal: Signal, target: Target, load: Load, trials: int) -> int:
    """The status of a target's trials, each told as it is done."""
    errors = console(stderr=True)
    check = Check(trials)
    while check.status is None:
        number = len(check.records) + 1
        control = series.run(targets.control(), load, number) if signal.needs_control else None
        trial = series.run(target, load, number)
        reading = read(signal, trial, control)
        check.take(Record(target, trial, control, reading))
        words = f"{target.name}: {reading.verdict} ({readings.words(reading)})"
        errors.print(plain(words), markup=False)
    return check.status


@bisect.command
def log(folder: Path, /) -> int:
    """Print a bisection so that someone else can follow it and ask it again.

    Example: python -m scripts bisect log results/20261123-152409-6744

    Parameters
    ----------
    folder
        The bisection's folder.
    """
    place = folder.resolve()
    search = replayed(Bisection(load_question(place)), store.trials(place))
    console().print(answers.log(search), soft_wrap=True)
    return 0


# Six parameters, as for bisect.
def history(
    *,
    sought: LineOptions | None = None,
    runs: TrialOptions | None = None,
    stop: BudgetOptions | None = None,
    tried: ReleaseOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Find every change along a package's releases: good, bad, good again.

    Example: python -m scripts history --package httpx2 --signal ReadError --budget 15m

    Parameters
    ----------
    resume
        Folder of an interrupted history to go on with; everything else is taken from there.
    json
        Print the history as JSON on standard output.
    """
    if resume is not None:
        return _followed(resume.resolve(), json)
    sought, runs = sought or LineOptions(), runs or TrialOptions()
    stop, tried = stop or BudgetOptions(), tried or ReleaseOptions()
    if not sought.package:
        raise UsageProblem("name the package whose history to follow: --package httpx2.")
    about = asked(sought, runs, tried.python, stop.limits(tried.deadline))
    with HoldingProgress(console(stderr=True)) as progress:
        releases = among(tried.python, tried.prereleases, progress)
        question = points.about_line(about, sought.since, sought.until, releases)
    remark(*remarks(question))
    return _followed(create(question), json)


def _gone_on(search: AnySearch, folder: Path, verb: str) -> AnySearch | None:
    """Go on with a search, telling how; None where it was interrupted, which is told too."""
    question = search.question
    clone = Clone(Path(question.clone)) if question.clone else None
    errors = console(stderr=True)
    first, last = question.points[0].name, question.points[-1].name
    words = f"{len(question.points)} points of {question.package}, {first} to {last}"
    say_how(question.points[0].target)
    errors.print(Text(plain(f"{words}, into {paths.shown(folder)}")), soft_wrap=True)
    again = _again(verb, folder)
    place, watcher = runner(Environments(clone=clone)), SearchProgress(question, errors)
    try:
        return investigate(search, folder, place, watcher)
    except Stopped as stopped:
        errors.print(f"{stopped.why}: the trials are kept; go on with:\n  {again}", soft_wrap=True)
        return None
    except MeasurementProblem as problem:
        raise MeasurementProblem(f"{problem}\n  {again}") from problem


def _answered(folder: Path, json: bool) -> int:
    """Go on with a question, show its answer, and say by the status whether there is one."""
    search = _gone_on(Bisection(load_question(folder)), folder, "bisect")
    if search is None:
        return INTERRUPTED
    answer = finding(search)
    if not answer.trials and (answer.ending != "mute end" or _unanswerable(search)):
        raise _mute(search, folder)
    if json:
        print_json(printed_finding(answer))
    else:
        out = console()
        out.print(answers.answer(answer))
        out.print(f"Trials: {paths.shown(folder)}", soft_wrap=True)
    if answer.ending in ("ran out", "no good end", "no bad end"):
        _go_on(search, folder, "bisect")
    return 1 if answer.verdict == "undecided" else 0


def _followed(folder: Path, json: bool) -> int:
    """Go on with a history, show it and draw it."""
    search = _gone_on(History(load_question(folder)), folder, "history")
    if search is None:
        return INTERRUPTED
    line = release_line(search)
    if not line.trials:
        raise _mute(search, folder)
    # Half a second of matplotlib, for this verb alone.
    from scripts.report.figures import history as figure

    path = folder / "history.svg"
    replace(path, figure.svg(figure.drawing(line)))
    if json:
        print_json(printed_history(line, search.question.load))
    else:
        out = console()
        out.print(answers.line(line))
        shown = f"Trials: {paths.shown(folder)}\nThe same as a chart: {paths.shown(path)}"
        out.print(shown, soft_wrap=True)
    if line.verdict == "undecided":
        _go_on(search, folder, "history")
    return 1 if line.verdict == "undecided" else 0


def _go_on(search: Bisection | History, folder: Path, verb: str) -> None:
    """Say how a search that cannot tell yet goes on."""
    used = len(search.tally.records)
    if used >= search.question.most:
        words = f"Its {used} trials are used up: ask anew with a larger --max-trials."
    elif search.next() is None:
        return
    else:
        words = f"Go on with:\n  {_again(verb, folder)}"
    console(stderr=True).print(words, soft_wrap=True)


def _again(verb: str, folder: Path) -> str:
    """The call that goes on with a search."""
    return f"nox -s {verb} -- --resume {paths.shown(folder)}"


def _mute(search: Bisection | History, folder: Path) -> UsageProblem | MeasurementProblem:
    """What to say where no trial says anything: what they showed instead.

    A signal that the script can never show is no use of the search, which is not kept then.
    """
    records = search.tally.records
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


def _unanswerable(search: Bisection | History) -> bool:
    """Whether a signal about requests is sought in a script whose requests are not recorded."""
    return all(
        isinstance(record.reading.basis, Silent) and record.reading.basis.reason == "no requests"
        for record in search.tally.records
    )

"""The verbs that search: arguments in, exit status out."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App, Parameter

from scripts.commands import answering, chains
from scripts.commands.answering import GoingOn
from scripts.commands.options import Json, python_version, remark
from scripts.commands.output import console, print_json
from scripts.commands.places import LanePlaceOptions, PlaceOptions
from scripts.commands.resuming import resuming
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
    depth,
)
from scripts.commands.search_progress import DaysProgress, HoldingProgress
from scripts.commands.search_remarks import remarks
from scripts.domain import paths
from scripts.domain.files import replace
from scripts.domain.problems import INTERRUPTED, UsageProblem
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.environments.contents import Contents
from scripts.report import answers
from scripts.report.findings import printed_finding
from scripts.report.histories import printed_history
from scripts.search import day_points, points
from scripts.search.bisection import Bisection
from scripts.search.chain import CHAIN, Chain, load_chain
from scripts.search.investigate import replayed
from scripts.search.points import Asked
from scripts.search.question import Question, create, load_question
from scripts.search.release_line import release_line
from scripts.trials import store

bisect = App(
    name="bisect",
    default_parameter=Parameter(negative="", show_default=False),
    version_flags=[],
)


# Seven parameters: a group of options is a parameter to the command line's library.
@bisect.default
def bisect_releases(
    *,
    sought: EndsOptions | None = None,
    runs: TrialOptions | None = None,
    stop: SureOptions | None = None,
    tried: CommitOptions | None = None,
    place: LanePlaceOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Find the release, or the commit, that changed something, even when it fails by chance.

    Example: python -m scripts bisect --package httpcore --good 0.17.3 --bad 1.0.9 --signal slow

    With --dates the points are the days on which something else is installed; of what changed on
    the day that is found, the packages that do it are told apart, then their releases searched.

    Parameters
    ----------
    resume
        Folder of an interrupted bisection to go on with; everything else is taken from there.
    json
        Print the finding as JSON on standard output.
    """
    place = place or LanePlaceOptions()
    if resume is not None:
        return _answered(resume.resolve(), place, json)
    sought, runs = sought or EndsOptions(), runs or TrialOptions()
    stop, tried = stop or SureOptions(), tried or CommitOptions()
    place.check(sought.signal)
    if sought.dates or sought.down_to is not None:
        return _answered(_asked_by_day(sought, runs, stop, tried), place, json)
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
    return _answered(create(question), place, json)


def _asked_by_day(
    sought: EndsOptions, runs: TrialOptions, stop: SureOptions, tried: CommitOptions
) -> Path:
    """The folder of a question about days, with what is gone on to from its answer.

    Raises:
        UsageProblem: what is said does not go together, or the days are wrong.
        MeasurementProblem: the index cannot be reached.
    """
    if not sought.dates:
        raise UsageProblem("--down-to goes with --dates: a package's releases are the end of it.")
    if sought.package or sought.good or sought.bad or tried.prereleases or tried.code_only:
        raise UsageProblem(
            "--dates goes with neither --package, --good, --bad, --prereleases nor --code-only: "
            "which package it is, and since which release, is what it finds."
        )
    down_to, clone = depth(sought.down_to or "release", tried.source)
    question = _by_day(asked(sought, runs, tried.python, stop.limits(tried.deadline)), sought.dates)
    chain = Chain(name=question.name, down_to=down_to, clone=clone)
    return create(question, beside={CHAIN: chain})


def _by_day(about: Asked, dates: str) -> Question:
    """A question about the days between two, with what bears on it said."""
    contents = Contents(Environments())
    span = day_points.DaySpan.of(dates, contents.today)
    python_version(about.target.python, contents.environments)
    with DaysProgress(console(stderr=True)) as progress:
        question = day_points.about_days(about, span, contents, progress)
    remark(*remarks(question))
    return question


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


# Seven parameters, as for bisect.
def history(
    *,
    sought: LineOptions | None = None,
    runs: TrialOptions | None = None,
    stop: BudgetOptions | None = None,
    tried: ReleaseOptions | None = None,
    place: LanePlaceOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Find every change along a package's releases: good, bad, good again.

    Example: python -m scripts history --package httpx2 --signal ReadError --budget 15m

    With --dates the points are the days on which something else is installed.

    Parameters
    ----------
    resume
        Folder of an interrupted history to go on with; everything else is taken from there.
    json
        Print the history as JSON on standard output.
    """
    place = place or LanePlaceOptions()
    if resume is not None:
        return _followed(resume.resolve(), place, json)
    sought, runs = sought or LineOptions(), runs or TrialOptions()
    stop, tried = stop or BudgetOptions(), tried or ReleaseOptions()
    place.check(sought.signal)
    about = asked(sought, runs, tried.python, stop.limits(tried.deadline))
    if sought.dates:
        if sought.package or sought.since or sought.until or tried.prereleases:
            raise UsageProblem(
                "--dates goes with neither --package, --since, --until nor --prereleases."
            )
        return _followed(create(_by_day(about, sought.dates)), place, json)
    if not sought.package:
        raise UsageProblem("name the package whose history to follow: --package httpx2.")
    with HoldingProgress(console(stderr=True)) as progress:
        releases = among(tried.python, tried.prereleases, progress)
        question = points.about_line(about, sought.since, sought.until, releases)
    remark(*remarks(question))
    return _followed(create(question), place, json)


def _answered(folder: Path, place: PlaceOptions, json: bool) -> int:
    """Go on with a question, show its answer, and say by the status whether there is one."""
    chain = load_chain(folder)
    if chain is not None:
        return chains.follow(folder, chain, "bisect", place, json)
    load_question(folder)  # into a folder that holds none nothing is written
    answer = answering.found_by_bisection(
        folder, GoingOn(resuming("bisect", folder, place.words), place)
    )
    if answer is None:
        return INTERRUPTED
    if json:
        print_json(printed_finding(answer))
    else:
        answering.show(answers.answer(answer), folder)
    return 1 if answer.verdict == "undecided" else 0


def _followed(folder: Path, place: PlaceOptions, json: bool) -> int:
    """Go on with a history, show it and draw it."""
    load_question(folder)  # into a folder that holds none nothing is written
    again = resuming("history", folder, place.words)
    search = answering.found_by_history(folder, GoingOn(again, place))
    if search is None:
        return INTERRUPTED
    line = release_line(search)
    if not line.trials:
        raise answering.mute(search, folder)
    # Half a second of matplotlib, for this verb alone.
    from scripts.report.figures import history as figure

    path = folder / "history.svg"
    replace(path, figure.svg(figure.drawing(line)))
    if json:
        print_json(printed_history(line, search.question.load))
    else:
        answering.show(answers.line(line), folder)
        console().print(f"The same as a chart: {paths.shown(path)}", soft_wrap=True)
    if line.verdict == "undecided":
        answering.say_how_on(search, again)
    return 1 if line.verdict == "undecided" else 0

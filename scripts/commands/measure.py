"""The verbs that run campaigns: the matrix and the surveys. Arguments in, exit status out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from scripts.analysis import summary
from scripts.analysis.compare import answered
from scripts.commands.options import Json, LoadOptions, SomeSeconds, python_version
from scripts.commands.progress import Display
from scripts.domain import libraries, targets
from scripts.domain.entries import ASKED, SURVEY_FILE, Survey, Topic
from scripts.domain.files import replace
from scripts.domain.problems import INTERRUPTED, MeasurementProblem, UsageProblem
from scripts.domain.trial import LOADS, Load, Target, Trial
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.report import screen, surveys
from scripts.report.matrix import matrix
from scripts.report.page import render
from scripts.trials import campaign, host, store
from scripts.trials.lanes import Stopped, ThisMachine

Rounds = Annotated[int, Parameter(validator=Number(gte=1, lte=1000))]
Lanes = Annotated[int, Parameter(validator=Number(gte=1, lte=64))]


def repro(
    *,
    axis: tuple[str, ...] = (),
    target: Annotated[tuple[str, ...], Parameter(name=("--targets", "--target"))] = (),
    full: bool = False,
    rounds: Rounds = 3,
    load: LoadOptions | None = None,
    python: str = "",
    lanes: Lanes | None = None,
    deadline: SomeSeconds | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Run the matrix: the document's reproduction across versions, aiohttp beside it.

    Example: python -m scripts repro --targets 'httpx==0.27.2,httpcore==1.0.6' --rounds 5

    Parameters
    ----------
    axis
        Only this axis (httpx, httpcore, aiohttp, httpx2, httpx-aiohttp); repeatable.
    target
        Only these pins, joined by commas, or `document` or `control`; repeatable. '@2026-01-31' at
        the end holds all other packages at that day instead of the document's.
    full
        Every release of each axis instead of the telling ones.
    rounds
        Trials of each target; every round holds each target once.
    python
        Version or path of the interpreter; the one in use by default.
    lanes
        Trials at a time; by default two where there are two cores.
    deadline
        Seconds after which a client is taken to hang; by default ten times the ideal.
    resume
        Folder of an interrupted campaign to go on with; everything else is taken from its plan.
    json
        Print the summary as JSON on standard output.
    """
    environments = Environments()
    if resume is not None:
        return run_campaign(resume.resolve(), environments, json)
    newest: dict[str, str] = {}
    asked = load or LoadOptions()
    entries = chosen_entries(axis, target, full, asked, python, environments, newest)
    planned = laid_out(entries, rounds, lanes, newest, deadline)
    return run_campaign(campaign.create(planned), environments, json)


def chosen_entries(
    axis: tuple[str, ...],
    target: tuple[str, ...],
    full: bool,
    load: LoadOptions,
    python: str,
    environments: Environments,
    looked_up: dict[str, str],
) -> list[tuple[Target, Load]]:
    """The targets and loads that a call of `repro` means.

    Args:
        axis, target, full, load, python: as given to `repro`.
        environments: where the interpreter is found.
        looked_up: receives the newest release of each package that was looked up.

    Raises:
        Problem: the call cannot be understood, or the newest releases cannot be looked up.
    """
    known = libraries.axes()
    unknown = [each for each in axis if each not in known]
    if unknown:
        raise UsageProblem(f"there is no axis {unknown[0]!r}; there are {', '.join(known)}.")
    if target and (axis or full):
        raise UsageProblem("--targets goes with neither --axis nor --full.")
    meant = load.resolve(LOADS["compressed"])
    version = python_version(python, environments)

    def newest(package: str) -> str:
        looked_up[package] = index.newest(package, version)
        return looked_up[package]

    axes = [known[name] for name in axis] or list(known.values())
    if target:
        found = summary.entries([targets.parse(each) for each in target], meant)
    elif full:
        found = summary.entries(
            [
                each
                for one in axes
                for each in summary.every(one, index.since(one.package, one.since, version))
            ],
            meant,
        )
    else:
        telling = [each for one in axes for each in targets.telling(one, newest, whole=bool(axis))]
        default = not axis and not load.given()
        found = summary.default_entries(telling) if default else summary.entries(telling, meant)
    return [(msgspec.structs.replace(each, python=python), its) for each, its in found]


def survey(
    topic: Topic | None = None,
    /,
    *,
    rounds: Rounds = 5,
    python: str = "",
    lanes: Lanes | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Measure what helps, which kinds of client are struck, or what a busy caller adds.

    Example: python -m scripts survey remedies --rounds 8

    Parameters
    ----------
    topic
        remedies: the document's client as it is, then with one setting, one line of code or one
        version changed; variants: AsyncClient and Client, asyncio and trio, HTTP/1.1 and HTTP/2;
        callers: httpx and aiohttp under a caller that blocks the event loop.
    rounds
        Trials of each; every round holds each once.
    python
        Version or path of the interpreter; the one in use by default.
    lanes
        Trials at a time; by default two where there are two cores.
    resume
        Folder of an interrupted survey to go on with; everything else is taken from its plan.
    json
        Print the summary as JSON on standard output.
    """
    environments = Environments()
    if resume is not None:
        return run_campaign(resume.resolve(), environments, json)
    if topic is None:
        raise UsageProblem(f"say what to measure: {', '.join(ASKED)}.")
    version = python_version(python, environments)
    newest: dict[str, str] = {}

    def look_up(package: str) -> str:
        newest[package] = newest.get(package) or index.newest(package, version)
        return newest[package]

    entries = [
        msgspec.structs.replace(each, target=msgspec.structs.replace(each.target, python=python))
        for each in ASKED[topic](look_up)
    ]
    both = [(each.target, each.load) for each in entries]
    planned = laid_out(both, rounds, lanes, newest)
    folder = campaign.create(planned)
    asked = Survey(name=planned.name, topic=topic, entries=entries)
    replace(folder / SURVEY_FILE, store.written(asked))
    return run_campaign(folder, environments, json)


def laid_out(
    entries: Sequence[tuple[Target, Load]],
    rounds: int,
    lanes: int | None,
    newest: dict[str, str],
    deadline: float | None = None,
) -> campaign.Plan:
    """A campaign of these entries, which this process may open the files for.

    Raises:
        MeasurementProblem: too few files may be open.
    """
    for _, each in entries:
        host.require_open_files(each.concurrency or 0)
    planned = campaign.plan(entries, rounds, lanes or campaign.lanes(), deadline)
    return msgspec.structs.replace(planned, newest=newest)


def run_campaign(folder: Path, environments: Environments, json: bool) -> int:
    """Run what a campaign lacks, then show what it says."""
    planned = campaign.load_plan(folder)
    errors = screen.console(stderr=True)
    errors.print(
        f"{len(planned.trials)} trials into {store.shown(folder)}, {planned.lanes} at a time"
    )
    asked = campaign.load_survey(folder) if (folder / SURVEY_FILE).exists() else None
    verb = "repro" if asked is None else "survey"
    again = f"nox -s {verb} -- --resume {store.shown(folder)}"
    try:
        with Display(planned, store.trials(folder), errors) as display:
            trials = campaign.run(folder, ThisMachine(environments), display)
    except Stopped as stopped:
        done = len(store.trials(folder))
        kept = f"{stopped.why}: {done} of {len(planned.trials)} trials are kept; go on with:"
        errors.print(f"{kept}\n  {again}", soft_wrap=True)
        return INTERRUPTED
    except MeasurementProblem as problem:
        raise MeasurementProblem(f"{problem}\n  {again}") from problem
    return show(folder, trials, json) if asked is None else show_survey(folder, asked, trials, json)


def show(folder: Path, trials: list[Trial], json: bool) -> int:
    """Write a finished campaign's REPORT.md and show its summary."""
    found = summary.summarise(trials)
    path = folder / "REPORT.md"
    replace(path, render.report(trials, "nox -s repro").encode())
    if json:
        sys.stdout.write(msgspec.json.encode(matrix(found)).decode() + "\n")
    else:
        out = screen.console()
        out.print(screen.summary(found))
        out.print(f"\nTrials: {store.shown(folder)}\nThe same as Markdown: {store.shown(path)}")
        out.print(following(trials), soft_wrap=True)
    missing = [row.target.name for row in found.rows if not row.trials]
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        raise MeasurementProblem(f"not measured: {names}; the reasons stand above.")
    return 0


def show_survey(folder: Path, asked: Survey, trials: list[Trial], json: bool) -> int:
    """Show what a finished survey says."""
    lines = answered(asked, trials)
    if json:
        sys.stdout.write(msgspec.json.encode(surveys.records(lines)).decode() + "\n")
    else:
        out = screen.console()
        out.print(screen.survey(lines))
        out.print(f"\nTrials: {store.shown(folder)}", soft_wrap=True)
    return 0 if any(line.row for line in lines) else 1


def following(trials: list[Trial]) -> str:
    """The command to run next; none where nothing could be measured."""
    if not all(each.measured for each in trials):
        return ""
    failing = [each for each in trials if each.measured and each.failing]
    if not failing:
        return "Next: nox -s repro -- --rounds 10   (rare failures need more trials)"
    first = failing[0]
    pins = ",".join(first.target.pins)
    return (
        f"Next: nox -s explain -- {first.name}   (why a request failed)\n"
        f"      nox -s repro -- --targets '{pins}' --rounds 10   (a narrower interval)"
    )

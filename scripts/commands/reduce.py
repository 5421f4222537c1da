"""The verb that makes a failing case smaller: arguments in, exit status out."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from scripts.analysis.catalogue import UNKNOWN
from scripts.commands.options import Json, LoadOptions
from scripts.commands.output import console, print_json
from scripts.commands.reduce_options import CaseOptions, RunOptions, task_of
from scripts.commands.reduce_progress import ReductionProgress
from scripts.commands.resuming import resuming
from scripts.domain import paths
from scripts.domain.files import PROJECT, replace
from scripts.domain.problems import INTERRUPTED, MeasurementProblem, UsageProblem
from scripts.domain.words import duration, plain
from scripts.environments.build import Environments
from scripts.reduction import result
from scripts.reduction.client import OwnClient
from scripts.reduction.confirmation import Reduced
from scripts.reduction.confirming_runs import today
from scripts.reduction.experiments import Experiments
from scripts.reduction.lattice import ORIGINAL, Lattice
from scripts.reduction.parts import Part
from scripts.reduction.reduction import Reduction, Unfit
from scripts.reduction.replacement import replaced
from scripts.reduction.result import About, Smallest, SmallestClient
from scripts.reduction.shape import Space
from scripts.reduction.speculation import Speculation
from scripts.reduction.task import REDUCTION, RESULT, TASK_SCHEMA, Task
from scripts.report import reductions
from scripts.trials import campaign, store
from scripts.trials.lanes import Lanes, Stopped
from scripts.trials.lock import alone

SPARE = 1.3
"""By how much the confirming runs may take longer than expected."""

DEAR = 2.0
"""Seconds from which on a trial of the original is dear."""


def reduce(
    *,
    case: CaseOptions | None = None,
    load: LoadOptions | None = None,
    run: RunOptions | None = None,
    json: Json = False,
) -> int:
    """Make the failing case as small as it gets, and write it as one script of its own.

    The script is written only after it was run a hundred times, on each side.

    Example: python -m scripts reduce --bad 'httpx==0.27.2,httpcore==1.0.6' --signal ReadError

    Parameters
    ----------
    json
        Print the result as JSON on standard output.
    """
    environments = Environments()
    asked = run or RunOptions()
    asked.check()
    folder = _folder(case or CaseOptions(), load or LoadOptions(), asked, environments)
    task = store.read_purpose(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
    path = writable(asked.output or Path(task.output))
    errors = console(stderr=True)
    again = resuming("reduce", folder, asked.words)
    try:
        with asked.running(environments) as runner, alone(folder):
            lanes = Lanes(runner, asked.lanes or campaign.lanes())
            with Experiments(task, folder, environments, lanes) as experiments:
                reduced = _client if task.client else _generated
                result, text = reduced(task, experiments, path, errors)
    except Stopped as stopped:
        kept = f"{stopped.why}: the trials are kept; go on with:"
        errors.print(f"{kept}\n  {again}", soft_wrap=True)
        return INTERRUPTED
    except Unfit as unfit:
        raise UsageProblem(f"{unfit}; no script was written.") from unfit
    except MeasurementProblem as problem:
        raise MeasurementProblem(f"{problem}\n  {again}") from problem
    try:
        replace(path, text.encode())
        replace(folder / RESULT, msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    except OSError as error:
        raise MeasurementProblem(f"{path} cannot be written: {error.strerror}.") from error
    if json:
        print_json(reductions.printed_reduction(result, _lines(result)[0], task))
    else:
        _show(_lines(result), path, folder)
    return 0


def _lines(result: Smallest | SmallestClient) -> list[str]:
    """What a reduction found, line by line."""
    if isinstance(result, SmallestClient):
        return reductions.client_lines(result)
    return reductions.reduction_lines(result)


def _show(lines: Sequence[str], script: Path, folder: Path) -> None:
    """Print what a reduction found, and where it is."""
    out = console()
    headline, *details = lines
    for line in (headline, *(f"  {detail}" for detail in details)):
        out.print(Text(plain(line)), soft_wrap=True)
    places = f"Script: {paths.shown(script)}\nTrials: {paths.shown(folder)}"
    out.print(places, soft_wrap=True)


def _folder(
    case: CaseOptions, load: LoadOptions, run: RunOptions, environments: Environments
) -> Path:
    """The folder of the reduction that a call means: an interrupted one, or a new one.

    Raises:
        Problem: the call cannot be understood, or no file can be written.
    """
    if run.resume is not None:
        return run.resume.resolve()
    task = task_of(case, load, run, environments)
    path = run.output or _usual_output(task)
    task = msgspec.structs.replace(task, output=str(writable(path)))
    return store.create_folder(task, REDUCTION)


def _usual_output(task: Task) -> Path:
    """The file of a script where none is named: beside the one it is left of, or in repro/."""
    if task.client:
        script = paths.located(task.bad.script)
        return script.with_stem(f"{script.stem}_minimal")
    sought = task.exception.lower() or re.sub(r"[-.]", "_", task.signal.partition(">")[0])
    return PROJECT / "repro" / f"minimal_{sought}.py"


def writable(path: Path) -> Path:
    """The absolute path of a file that can be written.

    Raises:
        UsageProblem: it cannot.
    """
    absolute = paths.expanded(path).resolve()
    place = absolute if absolute.exists() else absolute.parent
    if absolute.is_dir() or not place.exists() or not os.access(place, os.W_OK):
        raise UsageProblem(f"{str(path)!r} cannot be written: name another file with --output.")
    return absolute


def _generated(
    task: Task, experiments: Experiments, script: Path, errors: Console
) -> tuple[Smallest, str]:
    """Find the smallest generated case, and its script.

    Args:
        task: what is reduced.
        experiments: what runs its trials.
        script: where its script will be written.
        errors: where it is shown how it goes on.
    """
    space = task.space
    lattice = space.lattice()
    reduction, reduced = _searched(task, lattice, space, experiments, errors)
    releases = experiments.scripts.release
    about = msgspec.structs.replace(
        _about(task, experiments, script),
        ran=(releases(reduced.point, "bad"), releases(reduced.point, "good")),
        day=max(run.day for run in experiments.confirmed(reduced.point)),
        replaced=replaced(task.bad.script, task.library),
    )
    seconds = [run.seconds for run in experiments.confirmed(reduced.point)]
    smallest = result.smallest(space, reduction, reduced, seconds, about)
    return smallest, experiments.text(smallest)


def _client(
    task: Task, experiments: Experiments, script: Path, errors: Console
) -> tuple[SmallestClient, str]:
    """Find what is left of a client script, and its text; arguments as of `_generated`."""
    client = OwnClient(task.client)
    reduction, reduced = _searched(task, client.lattice(), client, experiments, errors)
    smallest = result.smallest_client(
        client,
        reduction,
        reduced,
        experiments.seconds(reduced.point, "bad"),
        _about(task, experiments, script),
        task.bad,
    )
    header = reductions.client_header(smallest, task.bad, task.load)
    return smallest, header + client.text(reduced.point)


def _searched(
    task: Task,
    lattice: Lattice,
    space: Space | OwnClient,
    experiments: Experiments,
    errors: Console,
) -> tuple[Reduction, Reduced]:
    """Run a reduction to its end: its search, and the smallest confirmed case."""

    def fresh(settled: Iterable[Part]) -> Reduction:
        return Reduction(lattice, task.good is not None, settled=settled)

    began = time.monotonic()
    speculation = Speculation(fresh)
    reduction = speculation.reduction
    progress = ReductionProgress(errors, reduction, space, began + task.budget)
    while speculation.ask is not None:
        with progress.running(speculation.ask):
            verdicts = experiments.answer(speculation)
        _pace(reduction, experiments, time.monotonic() - began, task.budget)
        try:
            speculation.tell(verdicts)
        finally:
            progress.attempts(lambda point: experiments.seconds(point, "bad"))
    return reduction, speculation.result


def _pace(reduction: Reduction, experiments: Experiments, spent: float, budget: float) -> None:
    """Tell a reduction how much time there is: in the end it needs some to confirm its case.

    Raises:
        Unfit: the budget is spent, and there is nothing to confirm.
    """
    current = reduction.trail.current
    runs = SPARE * reduction.confirming / experiments.lanes
    reserve = runs * sum(experiments.seconds(current, side) for side in reduction.sides)
    kept = bool(reduction.trail.kept)
    reduction.pace.dear = experiments.seconds(ORIGINAL, "bad") > DEAR
    reduction.pace.hurry = spent + (reserve if kept else 0.0) > budget
    if reduction.pace.hurry and not kept:
        raise Unfit(
            f"the budget of {duration(budget)} is too small: after {duration(spent)} "
            "there is nothing smaller than the original to verify"
        )


def _about(task: Task, experiments: Experiments, script: Path) -> About:
    """What was reduced, once it is confirmed."""
    inside = script.is_relative_to(PROJECT)
    return About(
        name=task.name,
        bad=task.bad.name,
        good=task.good.name if task.good else "",
        ran=(task.bad.name, task.good.name if task.good else ""),
        signal=task.signal,
        load=task.load.name,
        cause=experiments.trials.cause() or UNKNOWN,
        script=str(script.relative_to(PROJECT)) if inside else script.name,
        day=today(),
        command=task.command,
        lanes=experiments.beside,
        hosts=experiments.hosts(),
    )

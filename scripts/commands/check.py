"""The verb that judges one target for git bisect: arguments in, exit status out."""

from __future__ import annotations

import itertools
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from packaging.utils import canonicalize_name

from scripts.analysis import signals
from scripts.analysis.readings import Record, read
from scripts.analysis.signals import Signal
from scripts.commands.options import (
    Deadline,
    Python,
    counting,
    python_version,
    say_how,
    under,
)
from scripts.commands.output import console
from scripts.commands.places import LanePlaceOptions
from scripts.commands.search_options import TrialOptions
from scripts.domain import targets
from scripts.domain.problems import INTERRUPTED, Aborted, UsageProblem
from scripts.domain.trial import Load, Target, Trial
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.report import readings
from scripts.search.check import Check
from scripts.trials import campaign
from scripts.trials.lanes import Stopped
from scripts.trials.series import Round, Series


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
    trials: Annotated[int, counting(1, 1000)] = 3
    """Bad as soon as one is bad; good when so many were good."""


def check(
    *,
    judged: CheckOptions | None = None,
    runs: TrialOptions | None = None,
    python: Python = "",
    deadline: Deadline | None = None,
    place: LanePlaceOptions | None = None,
) -> int:
    """Say by the exit status whether a signal shows: 0 no, 1 yes, 125 cannot be told, 128 abort.

    Made for `git bisect run` and whatever else speaks its contract. In the clone that is bisected:
    git bisect run env PYTHONPATH=path/to/this/project python -P -m scripts check --source . ...

    Example: python -m scripts check --source path/to/clone --package httpcore --trials 5
    """
    judged, runs = judged or CheckOptions(), runs or TrialOptions()
    try:
        return _checked(judged, runs, python, deadline, place or LanePlaceOptions())
    except Stopped:
        return INTERRUPTED
    except Exception as error:
        # Whatever went wrong, it must not look like a bad commit.
        raise Aborted(str(error) or type(error).__name__) from error


def _checked(
    judged: CheckOptions,
    runs: TrialOptions,
    python: str,
    deadline: float | None,
    place: LanePlaceOptions,
) -> int:
    """The status of what a call wants checked."""
    signal = signals.parse(judged.signal)
    place.check(judged.signal)
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
    load = under(runs.load, default, target)
    say_how(target)
    folder = campaign.create(campaign.plan([], 1, 1, deadline))
    with (
        place.running(environments) as runner,
        Series(folder, runner, deadline, lanes=place.lanes or 1) as series,
    ):
        return verdict(series, signal, target, load, judged.trials)


def verdict(series: Series, signal: Signal, target: Target, load: Load, trials: int) -> int:
    """The status of a target's trials, each told as it is done."""
    errors = console(stderr=True)
    check = Check(trials)
    beside = [targets.control()] if signal.needs_control else []
    begun: list[Future[list[Trial]]] = []
    numbers = itertools.count(1)
    while check.status is None:
        while len(begun) < min(series.places, check.missing):
            begun.append(series.start(Round(next(numbers), [*beside, target], load)))
        # In the order in which they began: what hangs is not overtaken by what is good.
        *measured, trial = series.over(begun.pop(0))
        control = measured[0] if measured else None
        reading = read(signal, trial, control)
        check.take(Record(target, trial, control, reading))
        words = f"{target.name}: {reading.verdict} ({readings.words(reading)})"
        errors.print(plain(words), markup=False)
    return check.status

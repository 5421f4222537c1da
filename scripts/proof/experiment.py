"""Runs the pairs of trials that a claim asks for, until it is settled or its time is up."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Trial
from scripts.proof.proving import PairStep, Proving
from scripts.trials.runners import Runner
from scripts.trials.series import Round, Series


class ProofWatcher(Protocol):
    """Who is told of every pair."""

    def running(self, steps: Collection[PairStep]) -> AbstractContextManager[None]:
        """These pairs run for as long as this lasts."""

    def done(self, step: PairStep, before: Trial, after: Trial) -> None:
        """A pair is done."""


def experiment(proving: Proving, folder: Path, runner: Runner, watcher: ProofWatcher) -> Proving:
    """Go on with a claim until it is settled, or its budget is used up.

    Args:
        proving: without any trials.
        folder: the claim's, with the trials that earlier runs left.
        runner: where trials run.
        watcher: told of every pair.

    Raises:
        Stopped: interrupted; what was finished is on disk.
        UsageProblem: the change cannot be made, or a stored trial is damaged.
        MeasurementProblem: a trial could not be written.
    """
    claim = proving.claim
    until = time.monotonic() + claim.budget
    with Series(folder, runner, claim.deadline, numbered=True) as series:
        proving.replay(series.trials)
        # In the order in which they began: what fails may be over sooner than what does not, and
        # the test is valid for pairs that are looked at whatever they say.
        pursued = series.pursued(proving.next, _round, watcher.running, until, ordered=True)
        for step, trials in pursued:
            before, after = _in_order(step, trials)
            require_change(before, after)
            proving.take(step.place, before, after)
            watcher.done(step, before, after)
    return proving


def _round(step: PairStep) -> Round:
    return Round(step.round, step.targets, step.setting.load)


def _in_order(step: PairStep, trials: Sequence[Trial]) -> tuple[Trial, Trial]:
    """The trials of a pair, the one without the change first."""
    ran = dict(zip(step.targets, trials, strict=True))
    return ran[step.setting.before], ran[step.setting.after]


def require_change(before: Trial, after: Trial) -> None:
    """Make sure that what was to be changed could be, and is what the client imports.

    Raises:
        UsageProblem: it says what could not.
    """
    missing = [trial for trial in (before, after) if trial.outcome == "unavailable"]
    if len(missing) == 1 or any(trial.target.prelude for trial in missing):
        raise UsageProblem(f"{missing[0].target.name}: {missing[0].detail}.")
    if after.target.patch is None and not after.target.source:
        return
    imported = [
        {name: library.sha256 for name, library in trial.client.libraries.items()}
        for trial in (before, after)
    ]
    if imported[0] and imported[0] == imported[1]:
        raise UsageProblem(
            f"{after.target.name}: the client imports nothing of what is changed: "
            f"{', '.join(imported[0])} are the same."
        )

"""Whether noting changes what is measured: how often trials fail, with notes and without."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import msgspec
from scipy.stats.contingency import relative_risk

from scripts.benchmarks.costs import in_turn
from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS, Load, Place, Target, Trial
from scripts.environments.build import Environments
from scripts.trials.job import Job
from scripts.trials.run import run_trial

SIGNAL = "ReadError"
"""The exception whose rate is compared."""

BRIEF = {"keep_alive": 0.02, "concurrency": 100}
"""Numbers of a load whose server keeps an idle connection far shorter than an answer takes: so many
trials fail that few requests are enough.
"""

STRUCK: tuple[tuple[str, dict[str, float]], ...] = (
    ("httpx==0.27.2,httpcore==1.0.6", {**BRIEF, "requests": 150}),
    ("httpx==0.28.1,httpcore==1.0.9,anyio==4.16.0", {**BRIEF, "requests": 400}),
    ("httpx2==2.16.2", {**BRIEF, "requests": 120}),
    ("httpx2==2.7.0", {}),
)
"""Targets, and the numbers of the compressed load that are others, so that some trials fail and
some do not. The last is under that load as it is, which most published numbers are of.
"""

LOW, HIGH = 0.67, 1.5
"""Between which the ratio of the rates is to be shown to lie."""


class Influence(msgspec.Struct, frozen=True):
    """How often trials of one target fail, with all notes and with none.

    Attributes:
        target, load: what is judged, under what.
        pairs: how many pairs of trials.
        bare, noted: how many of them failed, with no notes and with all.
        ratio: of the two rates, noted to bare; None where it has no value.
        low, high: its 95 % interval (Katz and others, 1978: the logarithm of the ratio is taken
            as normal); None where it has none.
    """

    target: Target
    load: Load
    pairs: int
    bare: int
    noted: int
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def shown(self) -> bool:
        """Whether the ratio is shown to lie near 1."""
        if self.low is None or self.high is None:
            return False
        return self.low >= LOW and self.high <= HIGH


def influence(target: Target, load: Load, failing: Sequence[tuple[bool, bool]]) -> Influence:
    """What pairs of trials say.

    Args:
        target, load: what was judged, under what.
        failing: whether the trial failed, without notes and with them, a row each pair.
    """
    bare, noted = (sum(column) for column in zip(*failing, strict=True))
    ratio = low = high = None
    if bare and noted:
        compared = relative_risk(noted, len(failing), bare, len(failing))
        within = compared.confidence_interval(0.95)
        ratio, low, high = (
            float(value) for value in (compared.relative_risk, within.low, within.high)
        )
    return Influence(target, load, len(failing), bare, noted, ratio, low, high)


def influences(
    pairs: int, environments: Environments, tell: Callable[[str], None]
) -> list[Influence]:
    """How often trials fail with all notes and with none, in turn.

    Without notes nothing is known of single requests, only how the script ended.

    Raises:
        MeasurementProblem: a trial ended in another way.
    """
    measured = []
    for name, numbers in STRUCK:
        target, load = parse(name), LOADS["compressed"].derived(**numbers)
        failing = in_turn(
            f"notes, {target.name}",
            functools.partial(_failed, target, load, environments),
            pairs,
            tell,
        )
        measured.append(influence(target, load, failing))
    return measured


def _failed(target: Target, load: Load, environments: Environments, noted: bool) -> bool:
    """Whether the script of a trial ended with the signal.

    Raises:
        MeasurementProblem: it ended with something else, or did not end.
    """
    return failed(run_trial(Job(target, load, Place("bench"), noted=noted), environments))


def failed(trial: Trial) -> bool:
    """Whether the script of a trial ended with the signal.

    Raises:
        MeasurementProblem: it ended with something else, or did not end.
    """
    failure = trial.client.script_failure
    if failure is None and trial.client.exit_status == 0:
        return False
    if failure is not None and failure.chain[0].type == SIGNAL:
        return True
    raise MeasurementProblem(f"{trial.target.name}: {trial.outcome} {trial.detail}")

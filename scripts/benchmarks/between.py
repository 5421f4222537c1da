"""What a relay between client and server adds, beside the same trials without one."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from scripts.benchmarks.costs import BUSY, Comparison, compare, in_turn
from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import control
from scripts.domain.trial import Load, Place, Trial
from scripts.environments.build import Environments
from scripts.trials.job import Job
from scripts.trials.run import run_trial

ALONE = Load("alone", requests=300, concurrency=1, delay=0, keep_alive=5)
"""A load of one request at a time, in which each waits for its way alone."""


def relay(pairs: int, environments: Environments, tell: Callable[[str], None]) -> list[Comparison]:
    """What a relay that delays nothing adds to an answer's time, and to that of many at a time.

    Raises:
        MeasurementProblem: a trial did not complete, or a request of it failed.
    """
    return [
        compare(
            "through a relay: from a request's write to its answer, 1 at a time (ms)",
            _pairs(ALONE, _answer_time, pairs, environments, tell),
            2.0,
        ),
        compare(
            "through a relay: wall time per request, 100 at a time (ms)",
            _pairs(BUSY, _wall_time, pairs, environments, tell),
            1.5,
        ),
    ]


def _pairs(
    load: Load,
    measure: Callable[[Trial], float],
    pairs: int,
    environments: Environments,
    tell: Callable[[str], None],
) -> list[tuple[float, float]]:
    """What trials without and with a relay measure, in turn."""
    return in_turn(
        f"relay, {load.name}",
        lambda between: measure(_trial(load, between, environments)),
        pairs,
        tell,
    )


def _trial(load: Load, between: bool, environments: Environments) -> Trial:
    asked = load.derived(latency=0.0) if between else load
    trial = run_trial(Job(control(), asked, Place("bench")), environments)
    if trial.outcome != "completed" or trial.client.failed_requests:
        raise MeasurementProblem(f"{trial.load.name}: {trial.outcome} {trial.detail}")
    return trial


def _answer_time(trial: Trial) -> float:
    """Milliseconds from a request's write to the first byte of its answer, the median."""
    return 1000 * statistics.median(
        turn.first_byte - turn.wrote
        for connection in trial.client.connections
        for turn in connection.turns
        if turn.wrote is not None and turn.first_byte is not None
    )


def _wall_time(trial: Trial) -> float:
    """Milliseconds of wall time per request."""
    return 1000 * (trial.client.wall_per_request or 0.0)

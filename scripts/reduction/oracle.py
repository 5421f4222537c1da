"""Whether a trial of a reduced case shows the failure that is being reduced, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from scripts.analysis import causes
from scripts.analysis.readings import read
from scripts.analysis.signals import Signal
from scripts.domain.trial import Trial
from scripts.reduction.ledger import Side

SHOWING = 3
"""Trials that show the signal by which its cause is known."""


def kept_cause(trials: Iterable[Trial], signal: Signal) -> str | None:
    """The cause that a smaller case must keep: the main one of the first trials that show the
    signal, so that later ones change nothing.

    Returns:
        None where no trial shows it, or its causes are unknown.
    """
    return causes.main_cause(
        islice((trial for trial in trials if read(signal, trial).bad), SHOWING)
    )


def failed(trial: Trial, side: Side, signal: Signal, cause: str | None) -> bool:
    """Whether a trial counts as failed.

    On the bad side it must show the signal, of the original's cause; a trial that says nothing
    has not. On the good side any failure counts, of whatever name: a case that fails there in
    another way shows another bug.
    """
    reading = read(signal, trial)
    if side == "good":
        return reading.bad is not False or trial.failing
    names = {one.name for one in causes.causes(trial)}
    return bool(reading.bad) and (cause is None or cause in names)

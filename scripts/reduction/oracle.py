"""Whether a trial of a reduced case shows the failure that is being reduced, and no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

from scripts.analysis import signals
from scripts.analysis.causes import UNKNOWN, causes
from scripts.analysis.signals import Signal
from scripts.domain.trial import Trial
from scripts.reduction.ledger import Side

SHOWING = 3
"""Trials that show the signal by which its cause is known."""


def main_cause(trials: Iterable[Trial], signal: Signal) -> str | None:
    """The cause that a smaller case must keep: the commonest of the first trials that show the
    signal, so that later ones change nothing.

    Returns:
        None where no trial shows it, or its causes are unknown.
    """
    showing = islice((trial for trial in trials if signals.read(signal, trial).bad), SHOWING)
    names = Counter(
        cause.name for trial in showing for cause in causes(trial) if cause.name != UNKNOWN
    )
    return names.most_common(1)[0][0] if names else None


def failed(trial: Trial, side: Side, signal: Signal, cause: str | None) -> bool:
    """Whether a trial counts as failed.

    On the bad side it must show the signal, of the original's cause; a trial that says nothing
    has not. On the good side any failure counts, of whatever name: a case that fails there in
    another way shows another bug.
    """
    reading = signals.read(signal, trial)
    if side == "good":
        return reading.bad is not False or trial.failing
    return bool(reading.bad) and (cause is None or cause in {why.name for why in causes(trial)})

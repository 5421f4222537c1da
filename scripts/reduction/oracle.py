"""Whether a trial of a case shows the failure that is being reduced, passes, or says nothing."""

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


def shows(trial: Trial, side: Side, signal: Signal, cause: str | None) -> bool | None:
    """Whether a trial shows the failure; None where it says nothing.

    It passes only where nothing at all went wrong: one that ends in another way has not shown that
    this failure is not there. On the bad side the failure must be of the original's cause; on the
    good side any cause will do, as a case that fails there is no use.
    """
    reading = read(signal, trial)
    if reading.bad is None:
        return None
    if not reading.bad:
        return None if trial.failing else False
    if side == "good" or cause is None:
        return True
    return True if cause in {one.name for one in causes.causes(trial)} else None


def script_shows(status: int) -> bool | None:
    """What the exit status of a finished script says: as of a trial."""
    return {1: True, 0: False}.get(status)

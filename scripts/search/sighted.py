"""The stored trials of a search, each as far as the search takes it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from scripts.analysis.readings import Sighting, sighting
from scripts.analysis.signals import Signal
from scripts.trials import store
from scripts.trials.extracts import Extract, Progress, extracted, stored


def sightable(signal: Signal) -> bool:
    """Whether what a trial says about a signal follows from the trial alone: not where it is judged
    beside a control, or by what a search's ends show.
    """
    return not signal.needs_control and not signal.unset


def sight(signal: Signal) -> Extract[Sighting]:
    """What is taken of each trial of a search for a signal.

    Args:
        signal: one that is `sightable`.
    """
    return Extract(f"sighting of {signal.text}", Sighting, partial(sighting, signal))


def sighted(folder: Path, signal: Signal, progress: Progress | None = None) -> Iterator[Sighting]:
    """What is taken of every trial of a folder, in order, one by one, but for those that somebody
    disturbed: they are to run again, and their files are removed.

    Args:
        folder: with its trials.
        signal: one that is `sightable`.
        progress: told while trials that came or changed are read.

    Raises:
        UsageProblem: one of them is damaged.
        MeasurementProblem: one cannot be removed.
    """
    files = stored(folder)
    taken = extracted(folder, sight(signal), progress, files)
    for file, one in zip(files, taken, strict=True):
        if one.outcome == "disturbed":
            store.remove(folder / file.name)
        else:
            yield one

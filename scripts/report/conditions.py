"""Which trials, and under which conditions they ran, in words: how many at a time, which anyio."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.analysis.surroundings import surroundings
from scripts.domain.libraries import LAYER
from scripts.domain.trial import Trial
from scripts.domain.words import listed

SHOWN_VERSIONS = 3
"""Versions that are named one by one."""


def trial_span(folder: str, last: int) -> str:
    """All trials of a folder by name: "20261126-085440-15074/0001 to 0017".

    Args:
        folder: its name.
        last: number of the last of them.
    """
    return f"{folder}/0001 to {last:04d}"


def at_a_time(lanes: Iterable[int]) -> str:
    """How many trials ran at a time: "one at a time"; where that differs, every number.

    Args:
        lanes: of each trial.
    """
    numbers = ("one" if number == 1 else str(number) for number in sorted({*lanes}))
    return f"{' or '.join(numbers)} at a time"


def layer_words(trials: Iterable[Trial]) -> str:
    """The versions of anyio that trials' clients ran with: "anyio 4.6.2 and 4.16.0"; empty where
    none did.
    """
    versions = list(dict.fromkeys(filter(None, (surroundings([one]).layer for one in trials))))
    if not versions:
        return ""
    if len(versions) > SHOWN_VERSIONS:
        return f"{LAYER} of {len(versions)} versions"
    return f"{LAYER} {listed(versions)}"

"""What a request costs, as a script measures it by itself: all requests at once beside the same
requests one at a time.

A machine that is slower, or busy, makes both slower: so the criterion holds on any. A semaphore of
the pool's size is no such measure: where the pool goes over all its connections for each request,
those that it lets in cost as much as all.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from scripts.analysis import signals

SLOW = 3.0
"""Times as much as one at a time, above which requests at once are slow. A pool whose work for a
request does not grow with the others takes one to two times as much."""

MEASURING = 600.0
"""Seconds that such a script may take."""


class CostLimit(msgspec.Struct, frozen=True):
    """How a script judges what a request costs.

    Attributes:
        measure: processor time of the client's thread, or wall time.
        most: times as much as one at a time; more is bad.
    """

    measure: Literal["cpu", "wall"]
    most: float


def cost_of(signal: str) -> CostLimit | None:
    """How a script judges a signal that compares costs; None for any other.

    Args:
        signal: as the user wrote it.

    Raises:
        UsageProblem: it is no signal.
    """
    sought = signals.parse(signal)
    if sought.kind != "ratio":
        return None
    return CostLimit(sought.measure, SLOW if sought.threshold is None else sought.threshold)

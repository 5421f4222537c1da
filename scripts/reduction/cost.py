"""What a request costs, as a script measures it by itself: all requests at once beside the same
requests one at a time, or how long so many of them take at most when sent at once.

A machine that is slower, or busy, makes both sides of a ratio slower: so that criterion holds on
any. A semaphore of the pool's size is no such measure: where the pool goes over all its connections
for each request, those that it lets in cost as much as all. Seconds hold on a machine that is about
as fast: requests that wait for each other take longer the more there are, whatever the pool does,
so that nothing within one run tells how long is too long.
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
        measure: processor time of the client's thread, or wall time, beside one at a time; or a
            percentile of the requests' times.
        most: more is bad: times as much as one at a time, or seconds.
        percentile: which, from 0 to below 100, as the signal writes it; empty for a ratio.
    """

    measure: Literal["cpu", "wall", "percentile"]
    most: float
    percentile: str = ""


def cost_of(signal: str) -> CostLimit | None:
    """How a script judges a signal of costs; None for any other.

    Args:
        signal: as the user wrote it.

    Raises:
        UsageProblem: it is no signal.
    """
    sought = signals.parse(signal)
    if sought.kind == "percentile" and sought.threshold is not None:
        return CostLimit("percentile", sought.threshold, sought.percentile)
    if sought.kind != "ratio":
        return None
    return CostLimit(sought.measure, SLOW if sought.threshold is None else sought.threshold)

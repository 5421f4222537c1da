"""How often functions were called in one trial, counted by Python's own profiler."""

from __future__ import annotations

import msgspec

from scripts.domain.blocked import Frame

CALL_COUNTS = "calls-0001.json"
"""Of the folder of one trial: how often functions were called in it. No file of a trial is called
so: those begin with a number."""


class FunctionCalls(msgspec.Struct, frozen=True):
    """How often a function was called.

    Attributes:
        frame: the function, at the line where it begins.
        calls: how often.
        resumed: whether each time that it was resumed counts as a call: coroutines and generators.
    """

    frame: Frame
    calls: int
    resumed: bool


class CallCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How often each function was called in the measured window of one trial.

    Before Python 3.12, of the thread alone that runs the script. What the recording itself calls of
    Python's library is among them.

    Attributes:
        functions: the two thousand that were called most, the most called first.
        refused: why nothing was counted; None where it was.
    """

    functions: list[FunctionCalls]
    refused: str | None = None

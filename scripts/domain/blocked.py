"""What a client's event loop did while it was blocked, as it was sampled."""

from __future__ import annotations

from typing import Literal

import msgspec

Origin = Literal["script", "library", "standard library", "probe", "unknown", "left out"]
"""Where code comes from: the client's own, an installed package, Python, this project's probe.
"left out" is no code: it stands for frames between the inner and the outer ones of a deep stack."""

Doing = Literal[
    "computing",
    "collecting",  # the garbage collector ran
    "lock",  # it waited for a lock
    "system call",  # it waited for the system
    "waiting",  # for either; the system did not tell which
    "another thread",  # held the interpreter lock, or a lock it needed, and computed
    "unknown",
]
"""What the loop's thread did, as far as that can be told."""


class Frame(msgspec.Struct, frozen=True):
    """A function at a line.

    Attributes:
        function: its qualified name; before Python 3.11, its name.
        file: within its package, or beside the script.
        line: the one that ran.
        origin: where it comes from.
    """

    function: str
    file: str
    line: int
    origin: Origin


class Stack(msgspec.Struct, frozen=True):
    """One way in which the loop was blocked.

    Attributes:
        frames: indices of its frames, the outermost first; empty for a collection in another
            thread.
        doing: what the thread did there.
        seconds: how long in all.
        times: how often it was seen.
    """

    frames: list[int]
    doing: Doing
    seconds: float
    times: int


class Blocked(msgspec.Struct, frozen=True):
    """What the event loop did in all of its stalls, as far as it was seen.

    A sample stands for the time since the last one. What lies between the last sample and the end
    of a stall was not seen.

    Attributes:
        seconds: the stalls' length.
        samples: how many were taken in them.
        frames: every function and line that was seen.
        stacks: the heaviest, the heaviest first.
        spans: (from, to, which stack) in seconds of the trial, of the first two thousand times that
            another stack was seen.
        other: seconds that were seen in stacks which are not kept.
    """

    seconds: float
    samples: int
    frames: list[Frame]
    stacks: list[Stack]
    spans: list[tuple[float, float, int]] = []
    other: float = 0.0

    def __post_init__(self) -> None:
        frames, stacks = range(len(self.frames)), range(len(self.stacks))
        if any(frame not in frames for stack in self.stacks for frame in stack.frames):
            raise ValueError("a stack names a frame that is not there")
        if any(stack not in stacks for *_, stack in self.spans):
            raise ValueError("a span names a stack that is not there")

    @property
    def seen(self) -> float:
        """Seconds that samples and collections stand for."""
        return sum(stack.seconds for stack in self.stacks) + self.other

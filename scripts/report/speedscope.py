"""What a client's event loop did while it was blocked, as a file that speedscope opens.

Format: https://www.speedscope.app/file-format-schema.json
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from scripts.domain.blocked import Blocked, Doing, Frame, Origin, Stack
from scripts.domain.words import plain

SCHEMA = "https://www.speedscope.app/file-format-schema.json"

NOT_SEEN = "(not seen)"

NOT_KEPT = "(seen, stack not kept)"


class SpeedscopeFrame(msgspec.Struct, frozen=True, omit_defaults=True):
    """A function, at the line it was seen in longest; those that are no code have no file."""

    name: str
    file: str | None = None
    line: int | None = None


class SpeedscopeShared(msgspec.Struct, frozen=True):
    """What all profiles of a file name."""

    frames: list[SpeedscopeFrame]


class SpeedscopeProfile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Stacks in order of time, the outermost frame first, and how many seconds each stands for."""

    type: Literal["sampled"] = "sampled"
    name: str
    unit: Literal["seconds"] = "seconds"
    start_value: float
    end_value: float
    samples: list[list[int]]
    weights: list[float]


class Speedscope(msgspec.Struct, frozen=True, kw_only=True):
    """A whole file, under the format's own names."""

    schema: str = msgspec.field(name="$schema", default=SCHEMA)
    shared: SpeedscopeShared
    profiles: list[SpeedscopeProfile]
    name: str
    exporter: str = "readerror-repro"


class _Frames:
    """The functions of a file, each of them once: the viewer takes another line for another."""

    def __init__(self, blocked: Blocked) -> None:
        self.shared: list[SpeedscopeFrame] = []
        longest = _longest_lines(blocked)
        places = {key: self.named(_frame(frame)) for key, frame in longest.items()}
        self.places = [places[_function(frame)] for frame in blocked.frames]

    def stack(self, stack: Stack) -> list[int]:
        """A stack; that it waited or collected stands in it as if it was a function."""
        doing: list[Doing] = [stack.doing] if stack.doing != "computing" else []
        waits = [self.named(SpeedscopeFrame(f"({name})")) for name in doing]
        return [*(self.places[frame] for frame in stack.frames), *waits]

    def named(self, frame: SpeedscopeFrame) -> int:
        """The place of a frame, new or not."""
        if frame not in self.shared:
            self.shared.append(frame)
        return self.shared.index(frame)


def _function(frame: Frame) -> tuple[str, str, Origin]:
    return frame.function, frame.file, frame.origin


def _longest_lines(blocked: Blocked) -> dict[tuple[str, str, Origin], Frame]:
    """Every function, at the line it was seen in longest."""
    seconds = [0.0] * len(blocked.frames)
    for stack in blocked.stacks:
        for place in set(stack.frames):
            seconds[place] += stack.seconds
    longest: dict[tuple[str, str, Origin], Frame] = {}
    for place in sorted(range(len(seconds)), key=lambda place: -seconds[place]):
        longest.setdefault(_function(blocked.frames[place]), blocked.frames[place])
    return longest


def _frame(frame: Frame) -> SpeedscopeFrame:
    if frame.origin == "left out":
        return SpeedscopeFrame(f"({frame.origin})")
    return SpeedscopeFrame(plain(frame.function), plain(frame.file), frame.line)


def speedscope(blocked: Blocked, name: str) -> Speedscope:
    """All stalls of a trial, one after the other; what was not seen comes last.

    Args:
        blocked: what its loop was seen to do.
        name: the trial's.
    """
    frames = _Frames(blocked)
    stacks = [frames.stack(stack) for stack in blocked.stacks]
    samples = [(stacks[index], over - begun) for begun, over, index in blocked.spans]
    shown = [0.0] * len(stacks)
    for begun, over, index in blocked.spans:
        shown[index] += over - begun
    for stack, kept, seconds in zip(stacks, blocked.stacks, shown, strict=True):
        samples.append((stack, kept.seconds - seconds))
    samples.append(([frames.named(SpeedscopeFrame(NOT_KEPT))], blocked.other))
    samples.append(([frames.named(SpeedscopeFrame(NOT_SEEN))], blocked.seconds - blocked.seen))
    told = [(stack, round(seconds, 6)) for stack, seconds in samples if seconds > 1e-5]
    profile = SpeedscopeProfile(
        name=f"stalls of the event loop, {name}",
        start_value=0,
        end_value=round(math.fsum(seconds for _, seconds in told), 6),
        samples=[stack for stack, _ in told],
        weights=[seconds for _, seconds in told],
    )
    return Speedscope(shared=SpeedscopeShared(frames.shared), profiles=[profile], name=name)

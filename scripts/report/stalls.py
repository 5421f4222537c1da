"""What blocked a client's event loop, in a sentence, and as JSON."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from scripts.analysis.stalls import Blockage, FunctionTime, Kind
from scripts.domain.blocked import Frame
from scripts.domain.words import plain
from scripts.report.causes import seconds_words

KINDS: dict[Kind, str] = {
    "script": "the client's own code",
    "library": "a library's code",
    "standard library": "Python's own code",
    "event loop": "the event loop's own code",
    "probe": "this project's probe",
    "unknown code": "code of unknown origin",
    "garbage collector": "the garbage collector",
    "lock": "waiting for a lock",
    "system call": "a blocking call, waiting for the system",
    "lock or system call": "waiting for a lock or for the system, which cannot be told apart",
    "another thread": (
        "waiting for another thread, which computed and held the interpreter lock or one it needed"
    ),
    "not told apart": "computing or waiting, which cannot be told apart",
}
"""What blocks a loop, in words."""

MOSTLY = 0.9
"""Share of the time that one kind must make up to stand for all."""


Place = Callable[[Frame], str]
"""Says where a function is: "`name`, file:line"."""


class PrintedBlockage(msgspec.Struct, frozen=True, kw_only=True):
    """What blocked the client's event loop, over all its stalls.

    Attributes:
        sentence: the same in a sentence.
        trials: in how many trials.
        seconds: how long it was blocked.
        seen: how much of that is accounted for.
        samples: how many were taken.
        function: the innermost in which as good as all of it happened; null where none was seen.
        file, line: where that is; the file is within its package, or beside the script.
        inner: the innermost in which half of that happened, as "function, file:line"; null where it
            is the same.
        own: seconds in that function alone.
        inclusive: seconds in it and what it called.
        callers: where it was called, as "function, file:line", each with seconds.
        kinds: what it was of all that was seen, in seconds.
    """

    sentence: str = msgspec.field(name="words")
    trials: int
    seconds: float
    seen: float
    samples: int
    function: str | None
    file: str | None
    line: int | None
    inner: str | None
    own: float
    inclusive: float
    callers: list[tuple[str, float]]
    kinds: dict[Kind, float]


def printed_blockage(blockage: Blockage) -> PrintedBlockage:
    """What blocked a loop, as JSON has it."""
    time = blockage.function
    return PrintedBlockage(
        sentence=sentence(blockage),
        trials=blockage.trials,
        seconds=round(blockage.seconds, 3),
        seen=round(blockage.seen, 3),
        samples=blockage.samples,
        function=time.frame.function if time else None,
        file=time.frame.file if time else None,
        line=time.frame.line if time else None,
        inner=_named(blockage.inner.frame) if blockage.inner else None,
        own=round(time.own, 3) if time else 0.0,
        inclusive=round(time.inclusive, 3) if time else 0.0,
        callers=[(_named(frame), round(lasted, 3)) for frame, lasted in time.callers]
        if time
        else [],
        kinds={kind: round(seconds, 3) for kind, seconds in blockage.kinds.items()},
    )


def place(frame: Frame) -> str:
    """Where a function is, for a terminal."""
    return f"`{frame.function}`, {frame.file}:{frame.line}"


def bare_place(frame: Frame) -> str:
    """Where a function is, for a page that quotes it."""
    return plain(f"{frame.function}, {frame.file}:{frame.line}")


def sentence(blockage: Blockage, place: Place = place) -> str:
    """What blocked a loop, in a sentence with numbers."""
    where = f"in {blockage.trials} trials " if blockage.trials > 1 else ""
    head = f"The event loop was blocked {where}for {seconds_words(blockage.seconds)}"
    if not blockage.kinds:
        return f"{head}; what it did was not seen."
    if blockage.function is None:
        share = sum(blockage.kinds.values()) / blockage.seconds
        said = f"{head}, {share:.0%} of it in none of its callbacks ({_kinds(blockage.kinds)})"
        return f"{said}{_unseen(blockage)}."
    said = f"{head}, {_where(blockage.function, blockage.seconds, place)}"
    if blockage.script is not None:
        said += f", from {place(blockage.script)}"
    if blockage.inner is not None:
        share = blockage.inner.inclusive / blockage.seconds
        said += f"; {share:.0%} of it further in, in {place(blockage.inner.frame)}"
    return f"{said}{_unseen(blockage)}."


def during(blockage: Blockage | None) -> str:
    """What blocked a loop in one stall, to be added to how long it lasted; empty where unknown."""
    if blockage is None or blockage.function is None:
        return ""
    time = blockage.function
    return f", {time.inclusive / blockage.seconds:.0%} of it in {place(time.frame)}"


def _where(time: FunctionTime, seconds: float, place: Place) -> str:
    """Which share was spent where, called by whom."""
    kind, longest = next(iter(time.kinds.items()))
    share = f"{time.inclusive / seconds:.0%} of it"
    if kind == "garbage collector" and longest >= MOSTLY * time.inclusive:
        inside = f"in the garbage collector, set off in {place(time.frame)}"
    else:
        inside = f"in {place(time.frame)} ({_kinds(time.kinds)})"
    return f"{share} {inside}, called by {_callers(time, place)}"


def _callers(time: FunctionTime, place: Place) -> str:
    if not time.callers:
        return "the event loop"
    caller, longest = time.callers[0]
    if longest >= MOSTLY * time.inclusive:
        return place(caller)
    return " and ".join(
        f"{place(frame)} ({seconds / time.inclusive:.0%})" for frame, seconds in time.callers[:2]
    )


def _kinds(kinds: dict[Kind, float]) -> str:
    """The kind that stands for all, or the two that make up most."""
    total = sum(kinds.values())
    (kind, longest), *others = kinds.items()
    if longest >= MOSTLY * total or not others:
        return KINDS[kind]
    two = [(kind, longest), others[0]]
    return "; ".join(f"{seconds / total:.0%} {KINDS[kind]}" for kind, seconds in two)


def _unseen(blockage: Blockage) -> str:
    share = 1 - blockage.seen / blockage.seconds
    return f"; {share:.0%} was not seen" if share >= 0.005 else ""


def _named(frame: Frame) -> str:
    return f"{frame.function}, {frame.file}:{frame.line}"

"""What blocked a client's event loop: which function, called by whom, and what kind of thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeVar

import msgspec
from msgspec import structs

from scripts.domain.blocked import Blocked, Frame, Origin, Stack
from scripts.domain.shared import Shared
from scripts.domain.trial import Trial

Kind = Literal[
    "script",
    "library",
    "standard library",
    "event loop",
    "probe",
    "unknown code",
    "garbage collector",
    "lock",
    "system call",
    "lock or system call",
    "another thread",
    "not told apart",
]
"""What blocked the loop: code that ran (by where it comes from), the collector, or a wait."""

NEARLY_ALL = 0.9
"""Share of the time of the heaviest function that makes a function as good as that one."""

HALF = 0.5

LOOP = {
    "asyncio/base_events.py": ("_run_once", "run_forever", "run_until_complete"),
    "asyncio/events.py": ("_run",),
    "asyncio/runners.py": ("run",),
}
"""The functions that run an event loop, by file: what they call is what the loop does."""

SELECTORS = "selectors.py"

PROBES_OWN = ("chains.py", "recorder.py")
"""Files of the probe in which it works for itself: what these call is the probe's doing."""

PASSED_ON = ("looks.py",)
"""Files of the probe that only pass on what was asked: that is the doing of whoever asked."""

COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
"""Functions that newer Pythons run as a part of the one around them, or that read as one."""

CODE: dict[Origin, Kind] = {
    "script": "script",
    "library": "library",
    "standard library": "standard library",
    "probe": "probe",
    "unknown": "unknown code",
    "left out": "unknown code",
}

WAITS: dict[str, Kind] = {
    "collecting": "garbage collector",
    "lock": "lock",
    "system call": "system call",
    "waiting": "lock or system call",
    "another thread": "another thread",
    "unknown": "not told apart",
}

Function = tuple[str, str, Origin]
"""Its name, its file and where it comes from."""


class FunctionTime(msgspec.Struct, frozen=True):
    """How long a function blocked the loop.

    Attributes:
        frame: the function, at the line in which it did so longest.
        own: seconds in it alone; inclusive: with what it called.
        callers: the functions that called it, each with seconds, the heaviest first; of a
            recursion, those outside it.
        kinds: what it was in `inclusive`, in seconds, the heaviest first.
        depth: functions between it and the loop, at an average.
    """

    frame: Frame
    own: float
    inclusive: float
    callers: list[tuple[Frame, float]]
    kinds: dict[Kind, float]
    depth: float


class Blockage(msgspec.Struct, frozen=True):
    """What blocked a loop, over all its stalls.

    Attributes:
        trials: how many were looked at.
        seconds: how long it was blocked; seen: how much of that samples and collections stand for.
        samples: how many were taken.
        function: the innermost in which as good as all of it happened; None where none was seen.
        inner: the innermost in which at least half of that happened; None where it is the same.
        script: the line of the client's own that led there; None where the function or its caller
            is the client's own, or none of that is.
        kinds: what it was, of all that was seen, in seconds, the heaviest first.
    """

    trials: int
    seconds: float
    seen: float
    samples: int
    function: FunctionTime | None
    inner: FunctionTime | None
    script: Frame | None
    kinds: dict[Kind, float]


class Stall(msgspec.Struct, frozen=True, cache_hash=True):
    """One way in which a loop was blocked: its functions from the loop inwards, and what it was."""

    frames: tuple[Frame, ...]
    kind: Kind


class Stalled(msgspec.Struct, frozen=True, array_like=True):
    """How a trial's loop was blocked, as far as sums over trials take it.

    Attributes:
        seconds: how long; seen: how much of that samples and collections stand for.
        samples: how many were taken.
        ways: in which it was blocked, each with its seconds.
    """

    seconds: float
    seen: float
    samples: int
    ways: list[tuple[Shared[Stall], float]]


class _Seen(msgspec.Struct, frozen=True):
    """A stack that was seen: its functions from the loop inwards, what it was, how long."""

    frames: Sequence[Frame]
    kind: Kind
    seconds: float


class _Times:
    """How long a function was seen, while it is added up."""

    def __init__(self) -> None:
        self.lines: dict[Frame, float] = defaultdict(float)
        self.callers: dict[Function, dict[Frame, float]] = {}
        self.kinds: dict[Kind, float] = defaultdict(float)
        self.own = self.deep = 0.0

    def add(self, seen: _Seen, place: int) -> None:
        """A stack in which the function stands at this place, and not further inwards."""
        frame = seen.frames[place]
        self.lines[frame] += seen.seconds
        self.kinds[seen.kind] += seen.seconds
        self.deep += place * seen.seconds
        if place == len(seen.frames) - 1:
            self.own += seen.seconds
        outer = (
            other for other in reversed(seen.frames[:place]) if _function(other) != _function(frame)
        )
        if (caller := next(outer, None)) is not None:
            by_line = self.callers.setdefault(_function(caller), defaultdict(float))
            by_line[caller] += seen.seconds

    def summed(self) -> FunctionTime:
        """The sum."""
        inclusive = sum(self.lines.values())
        callers = [(_heaviest(lines), sum(lines.values())) for lines in self.callers.values()]
        return FunctionTime(
            frame=_heaviest(self.lines),
            own=self.own,
            inclusive=inclusive,
            callers=sorted(callers, key=lambda caller: -caller[1]),
            kinds=_ranked(self.kinds),
            depth=self.deep / inclusive if inclusive else 0.0,
        )


def stalled(blocked: Blocked) -> Stalled:
    """How a trial's loop was blocked, as far as sums over trials take it."""
    ways = [
        (Shared(Stall(tuple(seen.frames), seen.kind)), seen.seconds) for seen in _seen([blocked])
    ]
    return Stalled(blocked.seconds, blocked.seen, blocked.samples, ways)


class StallSum:
    """What blocked the loops of trials, added up trial by trial."""

    def __init__(self) -> None:
        self._trials = self._samples = 0
        self._seconds = self._seen = 0.0
        self._ways: dict[Stall, float] = defaultdict(float)

    def add(self, one: Stalled) -> None:
        """How one trial's loop was blocked."""
        self._trials += 1
        self._samples += one.samples
        self._seconds += one.seconds
        self._seen += one.seen
        for way, seconds in one.ways:
            self._ways[way.value] += seconds

    def blockage(self) -> Blockage | None:
        """What blocked them, taken together; None where nothing was blocked."""
        if not self._seconds:
            return None
        seen = [_Seen(way.frames, way.kind, seconds) for way, seconds in self._ways.items()]
        times = _summed(seen)
        function, inner = _innermost(times, NEARLY_ALL), _innermost(times, HALF)
        kinds: dict[Kind, float] = defaultdict(float)
        for stack in seen:
            kinds[stack.kind] += stack.seconds
        return Blockage(
            trials=self._trials,
            seconds=self._seconds,
            seen=self._seen,
            samples=self._samples,
            function=function,
            inner=None if inner is function else inner,
            script=None if function is None else _from_script(seen, function),
            kinds=_ranked(kinds),
        )


def blockage(stalls: Sequence[Blocked]) -> Blockage | None:
    """What blocked the loops of trials, taken together; None where nothing was blocked."""
    together = StallSum()
    for blocked in stalls:
        together.add(stalled(blocked))
    return together.blockage()


def of_trials(trials: Iterable[Trial]) -> Blockage | None:
    """What blocked the loops of trials' clients; None where nothing did, or nobody looked."""
    stalls = [trial.client.lag.blocked for trial in trials if trial.client.lag]
    return blockage([blocked for blocked in stalls if blocked is not None])


def of_trial(trial: Trial) -> Blockage | None:
    """What blocked the loop of a trial's client; None where nothing did, or nobody looked."""
    return of_trials([trial])


def function_times(stalls: Sequence[Blocked]) -> list[FunctionTime]:
    """How long each function blocked the loop, the heaviest first."""
    return _summed(_seen(stalls))


def within(blocked: Blocked, since: float, until: float) -> Blocked:
    """What was seen in a span that is one stall, or a part of one."""
    seconds: dict[int, float] = defaultdict(float)
    times: dict[int, int] = defaultdict(int)
    for began, ended, stack in blocked.spans:
        inside = min(until, ended) - max(since, began)
        if inside > 0:
            seconds[stack] += inside
            times[stack] += 1
    stacks = [
        structs.replace(blocked.stacks[stack], seconds=lasted, times=times[stack])
        for stack, lasted in _ranked(seconds).items()
    ]
    return Blocked(until - since, sum(times.values()), blocked.frames, stacks)


def _seen(stalls: Iterable[Blocked]) -> Iterator[_Seen]:
    for blocked in stalls:
        for stack in blocked.stacks:
            frames = [blocked.frames[index] for index in stack.frames]
            inner = _within_loop(frames)
            yield _Seen(inner, _kind(stack, frames, inner), stack.seconds)


def _within_loop(frames: Sequence[Frame]) -> list[Frame]:
    """What the loop ran, of a stack: what runs the loop, and the probe, are left out."""
    own = [place for place, frame in enumerate(frames) if _probes_own(frame)]
    frames = frames[: own[0]] if own else frames
    runs = [place for place, frame in enumerate(frames) if _runs_loop(frame)]
    inner = list(frames[runs[-1] + 1 :]) if runs else list(frames)
    if runs and inner and inner[0].file == SELECTORS:
        return []
    return _folded(frame for frame in inner if frame.origin not in ("probe", "left out"))


def _folded(frames: Iterable[Frame]) -> list[Frame]:
    """Frames with those of comprehensions told as lines of the functions that they stand in."""
    folded: list[Frame] = []
    for frame in frames:
        outer, _, name = frame.function.rpartition(".<locals>.")
        last = folded[-1] if folded and name in COMPREHENSIONS else None
        if last and last.file == frame.file and outer in ("", last.function):
            folded[-1] = structs.replace(frame, function=last.function)
        else:
            folded.append(frame)
    return folded


def _probes_own(frame: Frame) -> bool:
    return frame.origin == "probe" and frame.file in PROBES_OWN


def _runs_loop(frame: Frame) -> bool:
    name = frame.function.rpartition(".")[2]
    return frame.origin == "standard library" and name in LOOP.get(frame.file, ())


def _kind(stack: Stack, frames: Sequence[Frame], inner: Sequence[Frame]) -> Kind:
    if stack.doing != "computing":
        return WAITS[stack.doing]
    if any(map(_probes_own, frames)):
        return "probe"
    if frames and frames[-1].origin == "probe" and frames[-1].file not in PASSED_ON:
        return "probe"
    return CODE[inner[-1].origin] if inner else "event loop"


def _summed(seen: Iterable[_Seen]) -> list[FunctionTime]:
    times: dict[Function, _Times] = {}
    for stack in seen:
        innermost = {_function(frame): place for place, frame in enumerate(stack.frames)}
        for function, place in innermost.items():
            times.setdefault(function, _Times()).add(stack, place)
    summed = (time.summed() for time in times.values())
    return sorted(summed, key=lambda time: (-time.inclusive, -time.depth))


def _innermost(times: Sequence[FunctionTime], share: float) -> FunctionTime | None:
    """The innermost of the functions that have this share of the time of the heaviest."""
    heavy = [time for time in times if time.inclusive >= share * times[0].inclusive]
    return max(heavy, key=lambda time: time.depth, default=None)


def _from_script(seen: Iterable[_Seen], time: FunctionTime) -> Frame | None:
    """The line of the client's own that most often led to a function, which is not its own."""
    caller = time.callers[0][0] if time.callers else None
    if "script" in (time.frame.origin, caller.origin if caller else None):
        return None
    lines: dict[Frame, float] = defaultdict(float)
    for stack in seen:
        own = [frame for frame in stack.frames if frame.origin == "script"]
        if own and any(_function(frame) == _function(time.frame) for frame in stack.frames):
            lines[own[-1]] += stack.seconds
    return _heaviest(lines) if lines else None


def _function(frame: Frame) -> Function:
    return frame.function, frame.file, frame.origin


Key = TypeVar("Key", bound=Hashable)


def _heaviest(seconds: Mapping[Key, float]) -> Key:
    return max(seconds, key=lambda key: seconds[key])


def _ranked(seconds: Mapping[Key, float]) -> dict[Key, float]:
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))

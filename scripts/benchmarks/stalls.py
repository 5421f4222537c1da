"""How well stalls of an event loop are told: known ones, each with every kind of library."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import structs

from scripts.analysis.stalls import Blockage, Kind, of_trial
from scripts.domain.blocked import Frame
from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import parse
from scripts.domain.trial import AS_WRITTEN, Load, Place, Target, Trial
from scripts.environments.build import Environments
from scripts.report.stalls import place
from scripts.trials.job import Job
from scripts.trials.run import run_trial

CLIENT = Path(__file__).with_name("stalling_client.py")
"""The script that blocks its event loop; it says where in comments."""

TIMES = 3
"""How often it does so in one run."""

LIBRARIES = {
    "httpx2": "httpx2==2.16.2",
    "httpx": "httpx==0.27.2,httpcore==1.0.6",
    "aiohttp": "aiohttp==3.14.1",
}
"""What runs beside the stalls, by the module that is imported."""

CROWD = Load("pool", requests=600, concurrency=300, payload_bytes=300, delay=0.05, keep_alive=5)
"""A load under which httpcore's pool looks at all of its connections over and over."""

ACCOUNTED = 0.9
"""Share of the stalled time that is to be accounted for."""

Verdict = Literal["right", "wrong", "nothing"]
"""What was said of a run: the function and line that blocked it, other ones, or none."""


class KnownStall(msgspec.Struct, frozen=True):
    """A stall whose cause is known.

    Attributes:
        way: its name in the client script; "pool" for the pool's own pass.
        function, file: where the thread is.
        kinds: what it may be called.
    """

    way: str
    function: str
    file: str
    kinds: tuple[Kind, ...]

    @property
    def line(self) -> int | None:
        """The line of the client script that leads there; None where it has none."""
        lines = CLIENT.read_text().splitlines()
        marked = [number for number, line in enumerate(lines, 1) if line.endswith(f"# {self.way}")]
        return marked[0] if len(marked) == 1 else None


OWN = CLIENT.name

KNOWN = (
    KnownStall("sleep", "sleep", OWN, ("system call",)),
    KnownStall("compute", "compute", OWN, ("script",)),
    KnownStall("match", "match", "re/__init__.py", ("standard library",)),
    KnownStall("parse", "JSONDecoder.raw_decode", "json/decoder.py", ("standard library",)),
    KnownStall("collect", "collect", OWN, ("garbage collector",)),
    KnownStall(
        "lookup", "getaddrinfo", "socket.py", ("standard library", "system call", "not told apart")
    ),
    KnownStall("lock", "lock", OWN, ("lock",)),
)

PASS = KnownStall(
    "pool",
    "AsyncConnectionPool._assign_requests_to_connections",
    "httpcore/_async/connection_pool.py",
    ("library",),
)
"""The pool's own pass, as the document's httpx has it."""


class StallScore(msgspec.Struct, frozen=True):
    """How well one kind of stall was told with one library.

    Attributes:
        way: how the loop was blocked.
        library: which client library ran.
        runs: how many were looked at.
        right: in how many the function and the line were named.
        wrong: in how many others were.
        kinds: in how many the right kind of thing was named, of those.
        accounted: share of the stalled time that samples stand for, at the median.
        least: the same, in the worst run.
        instead: what was named in those that are wrong.
    """

    way: str
    library: str
    runs: int
    right: int
    wrong: int
    kinds: int
    accounted: float
    least: float
    instead: list[str]


class _Told(msgspec.Struct, frozen=True):
    """What was said of one run."""

    verdict: Verdict
    kind: bool
    accounted: float
    place: str = ""


def stall_scores(
    runs: int, environments: Environments, tell: Callable[[str], None]
) -> list[StallScore]:
    """How well each known stall is told with each library.

    Args:
        runs: of each.
        environments: where clients run.
        tell: is told what goes on.

    Raises:
        MeasurementProblem: a run did not complete.
    """
    return [_score(*scene, runs, environments, tell) for scene in _scenes()]


def _scenes() -> Iterator[tuple[KnownStall, str, Target, Load]]:
    """Every stall with every library that has it."""
    for known in KNOWN:
        for module, pins in LIBRARIES.items():
            arguments = (module, known.way, str(TIMES))
            target = structs.replace(
                parse(pins), script=str(CLIENT), server="", axis="", arguments=arguments
            )
            yield known, module, target, AS_WRITTEN
    yield PASS, "httpx", parse(LIBRARIES["httpx"]), CROWD


def _score(
    known: KnownStall,
    library: str,
    target: Target,
    load: Load,
    runs: int,
    environments: Environments,
    tell: Callable[[str], None],
) -> StallScore:
    told = []
    for number in range(runs):
        tell(f"stalls, {known.way} with {library}: run {number + 1} of {runs}")
        trial = run_trial(Job(target, load, Place("bench", number + 1)), environments)
        if trial.outcome != "completed" or trial.client.lag is None:
            raise MeasurementProblem(f"{target.name}: {trial.outcome} {trial.detail}")
        told.append(judged(known, trial))
    right = [one for one in told if one.verdict == "right"]
    return StallScore(
        known.way,
        library,
        runs,
        right=len(right),
        wrong=sum(one.verdict == "wrong" for one in told),
        kinds=sum(one.kind for one in right),
        accounted=statistics.median(one.accounted for one in told),
        least=min(one.accounted for one in told),
        instead=[one.place for one in told if one.verdict == "wrong"],
    )


def judged(known: KnownStall, trial: Trial) -> _Told:
    """Whether what is said of a run is what blocked its loop."""
    blockage = of_trial(trial)
    if blockage is None:
        return _Told("nothing", False, 0.0)
    kind = next(iter(blockage.kinds), None) in known.kinds
    named = place(blockage.function.frame) if blockage.function else ""
    return _Told(_verdict(known, blockage), kind, blockage.seen / blockage.seconds, named)


def _verdict(known: KnownStall, blockage: Blockage) -> Verdict:
    times = [time for time in (blockage.function, blockage.inner) if time is not None]
    if not times:
        return "nothing"
    frames = [time.frame for time in times]
    frames += [frame for time in times for frame, _ in time.callers[:1]]
    frames += [blockage.script] if blockage.script else []
    named = any(_is(known, time.frame) for time in times)
    led = known.line is None or any(_leads(known, frame) for frame in frames)
    return "right" if named and led else "wrong"


def _is(known: KnownStall, frame: Frame) -> bool:
    return (frame.function, frame.file) == (known.function, known.file)


def _leads(known: KnownStall, frame: Frame) -> bool:
    """Whether a frame is the line of the client script that is known to block."""
    return (frame.file, frame.line) == (OWN, known.line)

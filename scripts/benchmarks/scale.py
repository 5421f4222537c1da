"""What answers over many stored trials take: made-up campaigns and histories, of three sizes.

Each call runs in a process of its own, first without an index, then with one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from scripts.benchmarks.populations import Kind, Templates, make, templates
from scripts.domain.files import PROJECT
from scripts.domain.problems import MeasurementProblem
from scripts.trials.extract_index import INDEX

SIZES = (1_000, 10_000, 100_000)
"""How many trials."""

FASTEST = 10.0
"""Seconds that an answer over the most trials may take."""

SMALLEST = 300e6
"""Bytes of memory that it may take."""

EVERY = 1000
"""Made-up trials after which it is told how many there are."""

VERBS: dict[Kind, str] = {"campaign": "repro", "history": "history"}
"""What shows each kind of folder again."""


class ScaleScore(msgspec.Struct, frozen=True, kw_only=True):
    """What showing a finished folder again takes.

    Attributes:
        verb: that shows it.
        trials: how many it holds.
        size: bytes of their files.
        first: seconds the first time, in which its index is made, which takes all processors.
        seconds: the next time, the median of three.
        memory: bytes at most, of the process that answers, the next time.
        first_memory: the same the first time.
        index: bytes of its index; 0 for none.
    """

    verb: str
    trials: int
    size: int
    first: float
    seconds: float
    memory: int
    first_memory: int
    index: int


class Growth(msgspec.Struct, frozen=True):
    """How what showing a folder again takes grows with its trials: as a power of their number, by
    the slope of a straight line through the logarithms (least squares).

    Attributes:
        verb: that shows it.
        seconds: the exponent of the time.
        memory: the exponent of the memory.
    """

    verb: str
    seconds: float
    memory: float


def scale_scores(sizes: Sequence[int], seed: int, tell: Callable[[str], None]) -> list[ScaleScore]:
    """What showing made-up folders again takes.

    Args:
        sizes: how many trials each holds.
        seed: from which they vary.
        tell: is told what goes on.

    Raises:
        MeasurementProblem: there is no room for them, nothing to make them from, or a call failed.
    """
    made_from = templates()
    return [_score(kind, size, seed, made_from, tell) for size in sizes for kind in VERBS]


def _score(
    kind: Kind, size: int, seed: int, made_from: Templates, tell: Callable[[str], None]
) -> ScaleScore:
    def tell_made(number: int) -> None:
        if number % EVERY == 0:
            tell(f"{kind} of {size:,}: {number:,} trials made up")

    with tempfile.TemporaryDirectory(prefix="scale-") as place:
        folder = make(kind, size, seed, Path(place), made_from, tell_made)
        tell(f"{kind} of {size:,}: shown for the first time")
        first = _shown(VERBS[kind], folder)
        tell(f"{kind} of {size:,}: shown again")
        again = [_shown(VERBS[kind], folder) for _ in range(3)]
        index = folder / INDEX
        return ScaleScore(
            verb=VERBS[kind],
            trials=size,
            size=sum(path.stat().st_size for path in folder.glob("[0-9]*.json")),
            first=first.seconds,
            seconds=sorted(call.seconds for call in again)[1],
            memory=max(call.memory for call in again),
            first_memory=first.memory,
            index=index.stat().st_size if index.exists() else 0,
        )


class Call(NamedTuple):
    """What a process took: wall seconds, and bytes of memory at most."""

    seconds: float
    memory: int


LAUNCHER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""
"""Starts a program, and prints the kilobytes it took: the system counts those of whoever started
it, which must be small therefore."""


def _shown(verb: str, folder: Path) -> Call:
    """Show a folder again.

    Raises:
        MeasurementProblem: it could not be shown.
    """
    began = time.monotonic()
    call = (sys.executable, "-m", "scripts", verb, "--resume", str(folder))
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, *call],
        cwd=PROJECT,
        env={**os.environ, "RESULTS_FOLDER": str(folder.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        printed, said = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)  # with all that it started
        process.wait()
        raise
    if process.returncode not in (0, 1):
        last = said.strip().splitlines()[-1:]
        raise MeasurementProblem(f"{verb} of a made-up folder failed: {' '.join(last)}")
    return Call(time.monotonic() - began, 1024 * int(printed))


def growths(scores: Sequence[ScaleScore]) -> list[Growth]:
    """How what each verb takes grows with the trials; of those measured at two sizes or more."""
    return [
        Growth(verb, *(_exponent(rows, of) for of in ("seconds", "memory")))
        for verb in VERBS.values()
        if len(rows := [score for score in scores if score.verb == verb]) > 1
    ]


def _exponent(rows: Sequence[ScaleScore], of: str) -> float:
    trials = np.log([row.trials for row in rows])
    slope, _ = np.polyfit(trials, np.log([getattr(row, of) for row in rows]), 1)
    return float(slope)

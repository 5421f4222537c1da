"""What the recorder costs in executed instructions, which a busy machine leaves as they are.

Counted by valgrind's callgrind, under which a client runs some forty times slower. What comes by
the clock would come forty times too often: the sampler's thread is left out, and so are the loop's
ticks, whose number is known and whose cost is counted in a client that sleeps.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from scripts.benchmarks.costs import BOUND, RECORDED, Comparison, compare
from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import parse
from scripts.domain.trial import AS_WRITTEN, Load, Place, Target, Trial
from scripts.environments.build import Environments
from scripts.environments.installation import Built
from scripts.trials.job import Job
from scripts.trials.run import run_trial

COUNTER = "valgrind"

LOAD = Load("counted", requests=200, concurrency=1, timeout=600, delay=0.0, keep_alive=600)
"""One request after the other: what several at a time do hangs on when answers come."""

PAIRS = 3
"""Pairs of each target; the order of hash tables is another in each."""

SLOW = 1200.0
"""Seconds that a counted client may take."""

ASLEEP = """\
import asyncio

async def send_request():
    pass

async def main():
    await asyncio.sleep(10)

asyncio.run(main())
"""
"""A client whose loop does nothing but tick."""


class CountingEnvironments(Environments):
    """The usual environments; a client's instructions are counted, in parts and by thread.

    Args:
        folder: where the counts go.
        seed: of the order of hash tables.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        super().__init__()
        self.counts = folder
        self.seed = seed

    def client(self, target: Target) -> Built:
        """The environment with another interpreter: the same, under the counter."""
        built = super().client(target)
        command = ["env", f"PYTHONHASHSEED={self.seed}", "OPENBLAS_NUM_THREADS=1", COUNTER, "-q"]
        command += ["--tool=callgrind", "--separate-threads=yes", "--dump-before=getrusage"]
        command += [f"--callgrind-out-file={self.counts / 'counts'}", str(built.interpreter)]
        wrapper = self.counts / "python"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        wrapper.chmod(0o755)
        return dataclasses.replace(built, interpreter=wrapper)

    def window(self) -> int:
        """Instructions of the main thread in main(): the probe calls getrusage at both its ends.

        Raises:
            MeasurementProblem: the counter did not tell.
        """
        parts = {
            int(part.name.split(".")[1].partition("-")[0]): part
            for part in self.counts.glob("counts.*-01")
        }
        text = parts[max(parts)].read_text() if parts else ""
        summary = re.search(r"(?m)^(?:summary|totals): (\d+)", text)
        if summary is None:
            raise MeasurementProblem(f"{COUNTER} left no count of a client's instructions.")
        return int(summary[1])


def installed() -> bool:
    """Whether instructions can be counted here."""
    return shutil.which(COUNTER) is not None


def instructions(environments: Environments, tell: Callable[[str], None]) -> list[Comparison]:
    """Instructions per request in the loop's thread, recorded against the bare script.

    Args:
        environments: where clients run.
        tell: is told what goes on.

    Raises:
        MeasurementProblem: there is no counter, or a trial did not complete.
    """
    if not installed():
        raise MeasurementProblem(f"instructions are counted by {COUNTER}, which is not installed.")
    tick = _tick(tell)
    comparisons = []
    for text in RECORDED:
        target = parse(text)
        # The first to run compiles what is imported.
        run_trial(Job(target, LOAD, Place("bench")), environments)
        pairs = []
        for number in range(PAIRS):
            tell(f"instructions, {target.name}: pair {number + 1} of {PAIRS}")
            bare, ours = (_counted(target, LOAD, number, notes) for notes in (False, True))
            ticks = ours[1].client.lag.ticks if ours[1].client.lag else 0
            pairs.append((_thousands(bare[0]), _thousands(ours[0] - tick * ticks)))
        name = f"{target.name}: instructions per request, without ticks and sampler (thousands)"
        comparisons.append(compare(name, pairs, BOUND))
    return comparisons


def _thousands(instructions: float) -> float:
    return instructions / (LOAD.requests or 1) / 1000


def _tick(tell: Callable[[str], None]) -> float:
    """Instructions of one tick in the loop's thread."""
    tell("instructions, of the loop's ticks")
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch, "asleep.py")
        script.write_text(ASLEEP)
        target = Target("asleep", str(script), server="")
        count, trial = _counted(target, AS_WRITTEN, 0, notes=True)
    return count / max(1, trial.client.lag.ticks) if trial.client.lag else 0.0


def _counted(target: Target, load: Load, seed: int, notes: bool) -> tuple[int, Trial]:
    """Instructions of the main thread in main(), and the trial."""
    with tempfile.TemporaryDirectory() as scratch:
        environments = CountingEnvironments(Path(scratch), seed)
        job = Job(target, load, Place("bench"), deadline=SLOW, noted=notes)
        trial = run_trial(job, environments)
        if trial.outcome != "completed":
            raise MeasurementProblem(f"{target.name}: {trial.outcome} {trial.detail}")
        return environments.window(), trial

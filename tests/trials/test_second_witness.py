"""What blocks a client's event loop: py-spy, which looks from outside, sees the same function."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scripts.analysis.stalls import of_trial
from scripts.domain.trial import AS_WRITTEN, Target, Trial
from tests.builders import RunTrial

PY_SPY = shutil.which("py-spy")

pytestmark = [
    pytest.mark.index,
    pytest.mark.long,
    pytest.mark.skipif(PY_SPY is None, reason="py-spy is not installed"),
]

TIMES = 8
"""How often the client blocks its loop: py-spy needs a while to begin."""

STEP = "_run (asyncio/events.py"
"""What runs a callback, and in the loop's thread alone."""

MOST = 0.6
"""Share of py-spy's samples that must hold the function."""


def clients() -> list[int]:
    """The clients that run for this process."""
    pids = []
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if any(word.endswith("probes/client.py") for word in process.cmdline()):
                pids.append(process.pid)
    return pids


def recorded(pid: int, path: Path) -> str:
    """What py-spy says of a process, as long as that lives; why it says nothing."""
    command = [PY_SPY or "", "record", "--pid", str(pid), "--format", "raw", "--output", str(path)]
    command += ["--rate", "100", "--duration", "30", "--idle"]
    over = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return over.stderr


def watched(run_trial: RunTrial, way: str, path: Path) -> Trial:
    """A trial that py-spy watched.

    Raises:
        Skipped: py-spy may not look here.
    """
    trials: list[Trial] = []
    target = Target(
        "blocked.py", "tests/fixtures/blocked.py", server="", arguments=(way, str(TIMES))
    )  # fmt: skip
    running = threading.Thread(target=lambda: trials.append(run_trial(target, AS_WRITTEN)))
    running.start()
    said = ""
    while running.is_alive() and not path.exists():
        for pid in clients():
            said = recorded(pid, path)
        running.join(0.05)
    running.join()
    if not path.exists() and any(word in said.lower() for word in ("permission", "permitted")):
        pytest.skip("py-spy may not look into other processes here")
    return trials[0]


def stacks(path: Path) -> Iterator[tuple[list[str], int]]:
    """What py-spy saw of the loop's callbacks, the outermost function first, and how often."""
    for line in path.read_text().splitlines():
        names, _, count = line.rpartition(" ")
        frames = names.split(";")
        steps = [place for place, frame in enumerate(frames) if STEP in frame]
        if steps:
            yield frames[steps[-1] + 1 :], int(count)


def place(frame: str) -> str:
    """A function of py-spy's without its class and its line, which not every Python tells."""
    function, _, file = frame.rpartition(" (")
    return f"{function.rpartition('.')[2]} ({file.rpartition(':')[0]}"


@pytest.mark.parametrize("way", ["sleep", "loop", "native", "body", "garbage", "lookup", "lock"])
def test_another_profiler_sees_the_same_function(
    run_trial: RunTrial, tmp_path: Path, way: str
) -> None:
    path = tmp_path / "raw"
    trial = watched(run_trial, way, path)
    blockage = of_trial(trial)
    assert blockage is not None
    time = blockage.inner or blockage.function
    assert time is not None
    seen: Counter[str] = Counter()
    total = 0
    for frames, count in stacks(path):
        total += count
        seen.update(dict.fromkeys({place(frame) for frame in frames}, count))
    assert total >= TIMES
    named = f"{time.frame.function.rpartition('.')[2]} ({time.frame.file}"
    assert seen[named] >= MOST * total, seen.most_common(5)

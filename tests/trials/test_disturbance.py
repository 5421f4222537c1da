"""A trial that somebody else ended or stopped tells nothing, and runs again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from msgspec import structs

from scripts.domain.trial import Load, Target
from scripts.trials import disturbance, store
from scripts.trials.disturbance import Disturbance
from tests.builders import RunTrial, made, planned

LASTING = """import time

end = time.monotonic() + 2
while time.monotonic() < end:
    time.sleep(0.05)
"""


def _to_clients(send: Callable[[psutil.Process], None]) -> None:
    """Do something to the client that runs soon, from outside."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for process in psutil.Process().children(recursive=True):
            try:
                if any(word.endswith("client.py") for word in process.cmdline()):
                    time.sleep(0.3)
                    send(process)
                    return
            except psutil.Error:
                continue
        time.sleep(0.02)


def _stopped_for_a_while(process: psutil.Process) -> None:
    process.suspend()
    time.sleep(0.5)
    process.resume()


@pytest.mark.local
@pytest.mark.parametrize(
    ("how", "said"),
    [
        (psutil.Process.kill, "the client was ended by signal SIGKILL, and nothing tells who"),
        (psutil.Process.terminate, "the client was ended by signal SIGTERM, and nothing tells who"),
        (_stopped_for_a_while, "the client was stopped for a while"),
    ],
)
def test_a_client_that_others_end_or_stop_measured_nothing(
    run_trial: RunTrial, tmp_path: Path, how: Callable[[psutil.Process], None], said: str
) -> None:
    script = tmp_path / "lasting.py"
    script.write_text(LASTING)
    other = threading.Thread(target=_to_clients, args=(how,))
    other.start()
    trial = run_trial(Target("lasting.py", str(script), server=""), Load("any"))
    other.join()
    assert trial.outcome == "disturbed"
    assert trial.detail.startswith(said)
    assert (trial.measured, trial.failing) == (False, False)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("status", "disturbed"),
    [(0, False), (1, False), (-signal.SIGSEGV, False), (-signal.SIGABRT, False),
     (-signal.SIGKILL, True), (-signal.SIGTERM, True), (-signal.SIGHUP, True), (None, False)],
)  # fmt: skip
def test_signals_that_a_process_gets_for_its_own_faults_are_no_disturbance(
    status: int | None, disturbed: bool
) -> None:
    assert bool(Disturbance().words({"client": status})) == disturbed


@pytest.mark.pure
def test_what_the_kernel_kills_because_memory_ran_out_is_the_clients_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = tmp_path / "vmstat"
    counts.write_text("nr_free_pages 1\noom_kill 4\n")
    monkeypatch.setattr(disturbance, "COUNTS", counts)
    seen = Disturbance()
    assert seen.words({"client": -signal.SIGKILL})
    counts.write_text("nr_free_pages 1\noom_kill 5\n")
    assert not seen.words({"client": -signal.SIGKILL})
    assert seen.ran_out_of_memory
    counts.unlink()
    assert not Disturbance().ran_out_of_memory


@pytest.mark.pure
def test_a_machine_that_slept_disturbs(monkeypatch: pytest.MonkeyPatch) -> None:
    # A fake: this machine is not to sleep.
    seen = Disturbance()
    slept = disturbance._asleep() + 30
    monkeypatch.setattr(disturbance, "_asleep", lambda: slept)
    assert seen.words({"client": 0}) == "the machine slept"


@pytest.mark.local
def test_a_process_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        process.send_signal(signal.SIGSTOP)
        seen = Disturbance()
        until = time.monotonic() + 10
        while not seen.words({}) and time.monotonic() < until:
            seen.look({"server": process.pid})
        process.kill()
        assert seen.words({}) == "the server was stopped for a while"
        seen.look({"server": process.pid})  # which is gone


@pytest.mark.pure
def test_a_disturbed_trial_is_to_run_again(tmp_path: Path) -> None:
    trials = [made(order=1), structs.replace(made(order=2), outcome="disturbed"), made(order=3)]
    folder = planned(tmp_path / "campaign", *trials)
    assert [trial.place.order for trial in store.without_disturbed(folder)] == [1, 3]
    assert [trial.place.order for trial in store.trials(folder)] == [1, 3]

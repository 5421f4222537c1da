"""What runs a reduction's trials: real ones, kept, and never run twice."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import psutil
import pytest
from msgspec import structs

from scripts.analysis.signals import parse as signal_of
from scripts.commands.options import LoadOptions
from scripts.commands.reduce_options import CaseOptions, RunOptions, task_of
from scripts.domain.files import PROJECT
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS
from scripts.environments.build import Environments
from scripts.reduction import oracle
from scripts.reduction.client import OwnClient
from scripts.reduction.confirmation import Reduced
from scripts.reduction.confirming_runs import ConfirmingRuns, Run
from scripts.reduction.experiments import Experiments
from scripts.reduction.lattice import ORIGINAL, Lattice
from scripts.reduction.ledger import Ask, Asking, Counts, Side
from scripts.reduction.reduction import Reduction
from scripts.reduction.speculation import Speculation, Unknown
from scripts.reduction.task import REDUCTION, Task
from scripts.trials import store
from scripts.trials.lanes import Lanes
from scripts.trials.runners import ThisMachine
from scripts.trials.store import create_folder
from tests.builders import FIXTURES, changed, link, made

GOOD = parse("httpx==0.24.1,httpcore==0.17.3")


def task(**fields: object) -> Task:
    """The document's failure, to be reduced."""
    values: dict[str, object] = {
        "name": "20240101-000000-1",
        "created": "2024-01-01T00:00:00+00:00",
        "command": ("reduce",),
        "bad": parse("document"),
        "good": GOOD,
        "signal": "ReadError",
        "load": LOADS["compressed"],
        "exception": "ReadError",
        "budget": 600.0,
    }
    return Task(**(values | fields))  # type: ignore[arg-type]


class Listed(Reduction):
    """One that asks for what is listed, whatever it is told."""

    def __init__(self, asks: Sequence[Ask]) -> None:
        super().__init__(Lattice((), ()))
        self._asks = asks

    def search(self) -> Asking[Reduced]:
        for ask in self._asks:  # noqa: UP028 - a list cannot be told anything
            yield ask
        return Reduced(ORIGINAL, Counts(), Counts())


def answers(experiments: Experiments, *asks: Ask) -> list[list[bool | None]]:
    """What experiments answer to these."""
    speculation, answered = Speculation(lambda _: Listed(asks)), []
    while speculation.ask is not None:
        answered.append(experiments.answer(speculation))
        speculation.tell(answered[-1])
    return answered


@pytest.mark.index
@pytest.mark.clock
def test_both_sides_are_tried_and_what_is_stored_is_not_run_again(
    tmp_path: Path, environments: Environments
) -> None:
    asked = task()
    folder = create_folder(asked, REDUCTION, tmp_path)
    point = next(seed for seed in asked.space.seeds()
                 if asked.space.shape(seed).order == "in turn")  # fmt: skip
    asks = [Ask(point, side, 2, "", final) for final in (False, True) for side in ("bad", "good")]
    with Experiments(
        asked, folder, environments, Lanes(ThisMachine(environments), 2)
    ) as experiments:
        assert answers(experiments, *asks) == [
            [True, True],
            [False, False],
            [True, True],
            [False, False],
        ]
        assert experiments.scripts.release(point, "bad") == "httpcore 1.0.6"
        assert experiments.scripts.release(point, "good") == "httpcore 0.17.3"
        text = experiments.scripts.on_trial(point, "bad", stale=True)
        assert len(experiments.confirmed(point)) == 2
    assert '"httpcore[asyncio]==1.0.6"' in text
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert len(store.trials(folder)) == 4
    with Experiments(asked, folder, environments, Lanes(ThisMachine(environments), 2)) as again:
        assert answers(again, asks[0], asks[2]) == [[True, True], [True, True]]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == kept


@pytest.mark.index
@pytest.mark.clock
@pytest.mark.long
def test_a_pool_that_goes_over_all_for_each_is_slow_and_the_release_before_is_not(
    tmp_path: Path, environments: Environments
) -> None:
    case = CaseOptions(bad="httpcore==1.0.9", good="httpcore==1.0.2", signal="slow")
    numbers = LoadOptions(requests=150, concurrency=50, payload_bytes=0)
    asked = task_of(case, numbers, RunOptions(), environments)
    folder = create_folder(asked, REDUCTION, tmp_path)
    asks = [
        Ask(point, side, 1, "", final)
        for point, final in ((ORIGINAL, False), (asked.space.top, True))
        for side in ("bad", "good")
    ]
    with Experiments(
        asked, folder, environments, Lanes(ThisMachine(environments), 1)
    ) as experiments:
        assert answers(experiments, *asks) == [[True], [False], [True], [False]]
        assert experiments.seconds(ORIGINAL, "bad") > experiments.seconds(ORIGINAL, "good") > 0
        assert [run.day for run in experiments.confirmed(asked.space.top)]
    assert store.trials(folder) == []
    with Experiments(asked, folder, environments, Lanes(ThisMachine(environments), 1)) as again:
        assert answers(again, *asks[:2]) == [[True], [False]]


@pytest.mark.index
@pytest.mark.clock
def test_a_client_of_ones_own_that_ends_with_the_exception_shows_it(
    tmp_path: Path, environments: Environments
) -> None:
    case = CaseOptions(
        bad="document", script=FIXTURES / "thinking_client.py", signal="httpx.ReadError"
    )
    numbers = LoadOptions(load="compressed", delay=0.05)
    asked = task_of(case, numbers, RunOptions(), environments)
    assert (asked.bad.axis, asked.library) == ("", "httpx")
    assert asked.space == structs.replace(asked, axis="", bad=parse("document")).space
    folder = create_folder(asked, REDUCTION, tmp_path)
    with Experiments(
        asked, folder, environments, Lanes(ThisMachine(environments), 2)
    ) as experiments:
        assert answers(experiments, Ask(ORIGINAL, "bad", 2, "")) == [[True, True]]


@pytest.mark.index
@pytest.mark.clock
def test_forms_of_a_client_of_ones_own_are_tried_as_it_was(
    tmp_path: Path, environments: Environments
) -> None:
    case = CaseOptions(bad="document", script=FIXTURES / "thinking_client.py", keep_script=True)
    numbers = LoadOptions(load="compressed", delay=0.05, keep_alive=0.2)
    asked = task_of(case, numbers, RunOptions(), environments)
    client = OwnClient(asked.client)
    alone = [
        tuple(0 if one == axis else most for one, most in enumerate(client.top))
        for axis in range(client.statements)
    ]
    told, imported = (
        next(point for point in alone if words not in client.text(point))
        for words in ("A client of a stranger's", "import httpx")
    )
    folder = create_folder(asked, REDUCTION, tmp_path)
    with Experiments(
        asked, folder, environments, Lanes(ThisMachine(environments), 2)
    ) as experiments:
        assert answers(experiments, Ask(told, "bad", 2, "")) == [[True, True]]
        assert answers(experiments, Ask(told, "bad", 2, "", final=True)) == [[True, True]]
        assert answers(experiments, Ask(imported, "bad", 2, "")) == [[None, None]]
    assert len(store.trials(folder)) == 6


@pytest.mark.pure
def test_a_trial_shows_the_failure_or_passes_or_says_nothing() -> None:
    sought = signal_of("ReadError")
    failing, well = made(failed=2), made()
    (failure,) = made(failed=2).client.failures
    other = changed(failing, failures=[structs.replace(failure, chain=(link("ConnectError"),))])
    for side in get_args(Side):
        assert oracle.shows(failing, side, sought, None) is True
        assert oracle.shows(well, side, sought, None) is False
        for silent in (
            other,
            changed(well, exit_status=2),
            changed(well, exit_status=125),
            changed(failing, exit_status=125),
            changed(well, outcome="hung", exit_status=None),
            changed(well, outcome="crashed", exit_status=-9),
            changed(well, outcome="server-died"),
            changed(failing, outcome="server-died"),
        ):
            assert oracle.shows(silent, side, sought, None) is None
    # Of another cause it is another bug; where the case must pass it is reason enough to leave it.
    assert oracle.shows(failing, "bad", sought, "stale connection") is None
    assert oracle.shows(failing, "good", sought, "stale connection") is True


@pytest.mark.pure
@pytest.mark.parametrize(
    ("status", "shows"), [(0, False), (1, True), (2, None), (125, None), (-1, None), (-11, None)]
)
def test_a_finished_script_shows_the_failure_by_one_passes_by_nought_else_says_nothing(
    status: int, shows: bool | None
) -> None:
    for side in get_args(Side):
        assert Run((1,), side, status, 0.1).shows is shows


@pytest.mark.index
@pytest.mark.parametrize(
    ("statement", "shows"),
    [("sys.exit(0)", False), ("sys.exit(1)", True), ("sys.exit(125)", None),
     ("sys.exit(2)", None), ("os.kill(os.getpid(), 9)", None)],
)  # fmt: skip
def test_a_confirming_run_says_what_its_status_says_and_is_kept(
    tmp_path: Path, environments: Environments, statement: str, shows: bool | None
) -> None:
    asked = task()
    folder = create_folder(asked, REDUCTION, tmp_path)
    text = f"# /// script\n# dependencies = []\n# ///\nimport os, sys\n{statement}\n"
    with Lanes(ThisMachine(environments), 2) as lanes:
        for side in get_args(Side):
            ask = Ask((1,), side, 1, "", final=True)
            runs = ConfirmingRuns(asked, folder, lanes, lambda *_: text)
            lanes.results([runs.start(ask, 0)])
            (run,) = runs.collect()
            assert runs.answer(ask) == [shows]
            again = ConfirmingRuns(asked, folder, lanes, lambda *_: text)
            assert again.answer(ask) == [shows]
            assert again.answered((1,), side) == [run]
            assert again.answer(ask) is None


def once_a_client_runs(process: psutil.Process) -> list[psutil.Process]:
    """What runs below a process, waited for until a trial's client is among it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        below = process.children(recursive=True)
        with contextlib.suppress(psutil.NoSuchProcess):
            if any("client.py" in word for child in below for word in child.cmdline()):
                return below
        time.sleep(0.05)
    raise AssertionError("no client was started")


@pytest.mark.index
def test_a_terminated_reduction_keeps_its_trials_and_leaves_nothing_running(
    tmp_path: Path, results: Path
) -> None:
    call = [sys.executable, "-m", "scripts", "reduce", "--bad", "document", "--requests", "40",
            "--delay", "1", "-o", str(tmp_path / "never.py")]  # fmt: skip
    process = subprocess.Popen(
        call, cwd=PROJECT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    below = once_a_client_runs(psutil.Process(process.pid))
    os.kill(process.pid, signal.SIGTERM)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 143
    assert f"go on with:\n  nox -s reduce -- --resume {results}/" in stderr
    assert not [child for child in below if child.is_running() and child.status() != "zombie"]
    assert not (tmp_path / "never.py").exists()
    folder = Path(stderr.strip().split()[-1])
    assert folder.is_dir()
    assert folder.parent == results


@pytest.mark.pure
def test_a_trial_never_takes_the_place_of_another(
    tmp_path: Path, environments: Environments
) -> None:
    # Two at a time, and an interruption: the third is on disk, the second is not.
    folder = create_folder(task(), REDUCTION, tmp_path)
    for order in (1, 3):
        store.write(made(order=order), folder)
    with Experiments(
        task(), folder, environments, Lanes(ThisMachine(environments), 2)
    ) as experiments:
        assert experiments.trials.count == 3


@pytest.mark.pure
def test_stored_trials_keep_their_numbers_and_one_that_was_lost_leaves_its_place(
    tmp_path: Path, environments: Environments
) -> None:
    asked, ask = task(), Ask(ORIGINAL, "bad", 5, "")
    folder = create_folder(asked, REDUCTION, tmp_path)
    # Two of an earlier release, which all have the number 1; the third is lost, the fifth as well.
    for order, number, failed in ((1, 1, 0), (2, 1, 2), (5, 4, 3)):
        trial = made(asked.bad, failed=failed, order=order)
        place = structs.replace(trial.place, round=number)
        store.write(structs.replace(trial, place=place), folder)
    with Experiments(
        asked, folder, environments, Lanes(ThisMachine(environments), 2)
    ) as experiments:
        lost = Unknown.MISSING
        assert experiments.slots(ask, 0) == [False, True, lost, True, lost]
        assert experiments.trials.answer(ask) is None
        assert experiments.trials.answer(structs.replace(ask, count=2)) == [False, True]
        assert experiments.first(ask) == 2
        assert experiments.trials.answer(structs.replace(ask, count=1)) is None


@pytest.mark.pure
def test_the_cause_is_that_of_the_first_failures_whatever_comes_later() -> None:
    sought = signal_of("ReadError")
    first, later = [made(failed=1)] * 3, [made(failed=9)] * 20
    assert oracle.kept_cause(first, sought) == oracle.kept_cause(first + later, sought)

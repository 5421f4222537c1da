"""Campaigns are interleaved, survive anything, and leave nothing behind."""

import collections
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from scripts.commands.resuming import RESUME
from scripts.domain import paths
from scripts.domain.files import PROJECT
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.targets import control, parse
from scripts.domain.trial import LOADS, Load, Trial
from scripts.environments.build import Environments
from scripts.trials import campaign, store
from scripts.trials.job import Job
from scripts.trials.lock import alone
from scripts.trials.runners import Stop, ThisMachine
from scripts.trials.scratch import SCRATCH
from scripts.trials.series import Round, Series
from tests.builders import made
from tests.documents import document
from tests.places import MadeUpPlace

SMOKE = LOADS["smoke"]
PAIR = [(parse("document"), SMOKE), (control(), SMOKE)]


class Quiet:
    """A watcher that counts."""

    def __init__(self) -> None:
        self.orders: list[int] = []

    def started(self, planned: campaign.Planned) -> None: ...

    def finished(self, planned: campaign.Planned, _: Trial) -> None:
        self.orders.append(planned.order)


@pytest.mark.pure
def test_every_round_holds_every_target_once_in_an_order_of_its_own() -> None:
    entries = [(parse(f"httpx==0.{minor}.0"), SMOKE) for minor in range(18, 28)]
    plan = campaign.plan(entries, 4, 2)
    rounds = collections.defaultdict(list)
    for planned in plan.trials:
        rounds[planned.round].append(planned.target.name)
    assert [len(set(names)) for names in rounds.values()] == [10] * 4
    assert len({tuple(names) for names in rounds.values()}) > 1
    assert [planned.order for planned in plan.trials] == list(range(1, 41))


@pytest.mark.pure
def test_a_campaign_from_before_the_clients_clock_was_scaled_goes_on_as_it_began() -> None:
    stored = msgspec.to_builtins(campaign.plan([(parse("document"), LOADS["compressed"])], 2, 1))
    for planned in stored["trials"]:
        del planned["load"]["expiry_factor"]
    plan = msgspec.convert(stored, campaign.Plan)
    ran = msgspec.to_builtins(made(load=LOADS["compressed"]))
    del ran["load"]["expiry_factor"]
    trial = msgspec.convert(ran, Trial)
    assert {planned.load for planned in plan.trials} == {trial.load}
    assert trial.load.name == "compressed with expiry_factor=1"
    assert trial.load.expiry_factor == 1


@pytest.mark.index
def test_a_resumed_campaign_runs_only_what_it_lacks(
    tmp_path: Path, environments: Environments
) -> None:
    folder = campaign.create(campaign.plan(PAIR, 1, 2), tmp_path)
    first = Quiet()
    trials = campaign.run(folder, ThisMachine(environments), first)
    assert sorted(first.orders) == [1, 2]
    (folder / trials[0].file_name).unlink()
    kept = {path: path.read_bytes() for path in folder.glob("[0-9]*.json")}
    again = Quiet()
    resumed = campaign.run(folder, ThisMachine(environments), again)
    assert again.orders == [1]
    assert [trial.place.order for trial in resumed] == [1, 2]
    assert all(path.read_bytes() == content for path, content in kept.items())


@pytest.mark.pure
def test_the_time_left_follows_from_what_was_seen() -> None:
    plan = campaign.plan(PAIR, 2, 2)
    pace = campaign.Schedule(plan, [])
    assert pace.remaining([]) is None
    first, second = plan.trials[:2]
    pace.take(campaign.past(made(first.target, SMOKE, order=first.order, wall=10.0)))
    each = 10 + campaign.STARTING
    assert pace.remaining([]) == pytest.approx(3 * each / 2)
    assert pace.remaining([(second, 4.0)]) == pytest.approx(3 * each - 4)
    assert pace.remaining([(second, 400.0)]) == pytest.approx(2 * each)


@pytest.mark.long
@pytest.mark.index
def test_the_last_round_starts_with_what_takes_longest(
    tmp_path: Path, environments: Environments
) -> None:
    slow = Load("slow", 4, 4, 5, 90, 0.8, 5)
    folder = campaign.create(
        campaign.plan([*PAIR, (parse("httpcore==1.0.6"), slow)], 2, 1), tmp_path
    )
    watcher = Quiet()
    trials = campaign.run(folder, ThisMachine(environments), watcher)
    places = {trial.place.order: trial for trial in trials}
    assert places[watcher.orders[3]].load == slow


@pytest.mark.pure
@pytest.mark.parametrize("content", [None, b"{", b'{"schema": 1}', b"[]"])
def test_a_folder_that_is_no_campaign_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / store.PLAN).write_bytes(content)
    with pytest.raises(UsageProblem):
        campaign.load_plan(tmp_path)


@pytest.mark.pure
def test_a_plan_of_another_schema_is_refused(tmp_path: Path) -> None:
    plan = msgspec.structs.replace(campaign.plan(PAIR, 1, 1), schema=7)
    with pytest.raises(UsageProblem, match="schema 7"):
        campaign.load_plan(campaign.create(plan, tmp_path))


@pytest.mark.pure
def test_results_that_cannot_be_written_are_a_problem_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    with pytest.raises(MeasurementProblem, match="cannot be written"):
        campaign.create(campaign.plan(PAIR, 1, 1), tmp_path / "results")


def started(*arguments: str, **options: object) -> subprocess.Popen[bytes]:
    """The tool as a process whose standard error is a pipe."""
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "scripts", *arguments],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def until_trials(process: subprocess.Popen[bytes], count: int) -> Path:
    """Wait until a campaign has written this many trials; its folder."""
    assert process.stderr is not None
    line = process.stderr.readline().decode()
    folder = PROJECT / line.split(" into ")[1].split(",")[0]
    deadline = time.monotonic() + 60
    while len(list(folder.glob("[0-9]*.json"))) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return folder


def gone(processes: list[psutil.Process]) -> bool:
    """Whether these processes are over, given a moment."""
    return not psutil.wait_procs(processes, timeout=5)[1]


LONG = ["repro", "--targets", "document", "--load", "smoke", "--delay", "0.3", "--rounds", "20"]


@pytest.mark.index
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_interrupted_campaign_keeps_its_trials_and_leaves_nothing(
    how: signal.Signals,
) -> None:
    process = started(*LONG)
    folder = until_trials(process, 1)
    time.sleep(0.7)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    for _ in range(3):  # who is impatient changes nothing
        process.send_signal(how)
        time.sleep(0.05)
    _, errors = process.communicate(timeout=30)
    assert gone(children)
    kept = store.trials(folder)
    assert kept
    assert all(trial.outcome == "completed" for trial in kept)
    assert not list(folder.glob(".*part"))
    assert (folder / RESUME).read_text() == f"nox -s repro -- --resume {paths.shown(folder)}\n"
    if how == signal.SIGKILL:
        with alone(folder):  # whoever goes on with it clears what the kill left
            assert not (folder / SCRATCH).exists()
        return
    assert process.returncode == 128 + how
    assert f"--resume {paths.shown(folder)}" in errors.decode()
    assert not (folder / SCRATCH).exists()


@pytest.mark.index
def test_a_campaign_ends_when_its_starter_is_gone() -> None:
    shell = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, subprocess, sys\n"
            "os.environ['STARTED_BY'] = str(os.getpid())\n"
            "subprocess.run([sys.executable, '-m', 'scripts', *sys.argv[1:]])",
            *LONG,
        ],
        cwd=PROJECT,
        stderr=subprocess.PIPE,
    )
    until_trials(shell, 1)
    everything = psutil.Process(shell.pid).children(recursive=True)
    shell.kill()
    shell.communicate()
    assert gone(everything)


@pytest.mark.index
def test_a_full_disk_stops_the_campaign_and_keeps_what_was_written(
    tmp_path: Path, environments: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A fake: no disk can be filled here. tests/trials/test_store.py has the kernel refuse a write.
    write = store.write

    def full_at_the_second(trial: Trial, folder: Path) -> Path:
        if list(folder.glob("[0-9]*.json")):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(trial, folder)

    monkeypatch.setattr(store, "write", full_at_the_second)
    folder = campaign.create(campaign.plan(PAIR, 2, 1), tmp_path)
    with pytest.raises(MeasurementProblem, match="No space left on device; make room and resume"):
        campaign.run(folder, ThisMachine(environments), Quiet())
    assert len(store.trials(folder)) == 1


class NoRoom(MadeUpPlace):
    """A place where the system refuses what a trial needs. A fake: no disk can be filled here."""

    def run(self, job: Job, stop: Stop) -> Trial:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.pure
def test_no_room_while_a_trial_runs_is_a_sentence(tmp_path: Path) -> None:
    words = "No space left on device; make room and resume"
    folder = campaign.create(campaign.plan(PAIR, 1, 1), tmp_path)
    with pytest.raises(MeasurementProblem, match=words):
        campaign.run(folder, NoRoom(), Quiet())
    with Series(folder, NoRoom()) as series, pytest.raises(MeasurementProblem, match=words):
        series.run(Round(1, [PAIR[0][0]], PAIR[0][1]))


@pytest.mark.index
def test_the_summary_is_json_where_a_machine_reads() -> None:
    process = started(
        "repro", "--targets", "document", "--load", "smoke", "--rounds", "1", "--json"
    )
    until_trials(process, 1)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    summary = document("repro", out)
    assert [row["target"]["name"] for row in summary["rows"]] == [
        "httpx 0.27.2, httpcore 1.0.6",
        "aiohttp 3.10.10",
    ]

"""Trials on workers: what is compared stays on one host, and what is lost says nothing."""

import collections
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scripts.domain.files import PROJECT
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.targets import control, parse
from scripts.domain.trial import AS_WRITTEN, LOADS, Place, Target, Trial
from scripts.environments.build import Environments
from scripts.trials import campaign, store
from scripts.trials.job import Job
from scripts.trials.lanes import Stopped
from scripts.trials.process import Interrupted
from scripts.trials.runners import ThisMachine
from scripts.trials.series import Round, Series
from scripts.workers import certificates
from scripts.workers.address import LocalWorkers, Scheduler
from scripts.workers.cluster import Cluster
from scripts.workers.place import cluster
from tests.trials.test_campaign import Quiet
from tests.workers.hosts import Hosts, hosts, told, until, verb

pytest.importorskip("distributed", reason="only who has several hosts needs Dask")

pytestmark = pytest.mark.index

SMOKE = LOADS["smoke"]
PAIR = [(parse("document"), SMOKE), (control(), SMOKE)]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def two(said: list[str]) -> Iterator[tuple[Hosts, Cluster]]:
    with hosts("one", "other") as there, cluster(there.at, None, "", said.append) as place:
        until(lambda: len(place.roster.fit) == 2)
        yield there, place


def names(trials: list[Trial]) -> dict[int, set[str]]:
    """The hosts of each round."""
    by_round = collections.defaultdict(set)
    for trial in trials:
        by_round[trial.place.round].add(trial.host.name)
    return dict(by_round)


@pytest.mark.long
def test_a_round_stays_on_one_host_and_all_hosts_are_used(
    two: tuple[Hosts, Cluster], tmp_path: Path
) -> None:
    _, place = two
    folder = campaign.create(campaign.plan(PAIR, 3, 2), tmp_path)
    watcher = Quiet()
    trials = campaign.run(folder, place, watcher)
    assert [trial.place.order for trial in trials] == list(range(1, 7))
    assert sorted(watcher.orders) == list(range(1, 7))
    assert all(trial.outcome == "completed" for trial in trials)
    assert {trial.place.lanes for trial in trials} == {1}
    by_round = names(trials)
    assert all(len(ran) == 1 for ran in by_round.values())
    assert len(set.union(*by_round.values())) == 2


class Killing(Quiet):
    """A watcher that ends a process when the first trial begins."""

    def __init__(self, process: subprocess.Popen[bytes], how: int = signal.SIGKILL) -> None:
        super().__init__()
        self.process = process
        self.how = how
        self.below: list[psutil.Process] = []

    def started(self, planned: campaign.Planned) -> None:
        if not self.below:
            until(lambda: psutil.Process(self.process.pid).children(recursive=True))
            self.below = psutil.Process(self.process.pid).children(recursive=True)
            self.process.send_signal(self.how)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGKILL, marks=pytest.mark.long),
        pytest.param(signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(signal.SIGINT, marks=pytest.mark.long),
    ],
)
def test_a_worker_that_is_lost_costs_no_trial_and_leaves_nothing(
    two: tuple[Hosts, Cluster], said: list[str], tmp_path: Path, how: signal.Signals
) -> None:
    there, place = two
    load = SMOKE.derived(delay=0.5)
    folder = campaign.create(campaign.plan([(control(), load)], 4, 1), tmp_path)
    lost = there.workers["one"]
    killing = Killing(lost, how)
    trials = campaign.run(folder, place, killing)
    assert [trial.place.order for trial in trials] == [1, 2, 3, 4]
    assert {trial.outcome for trial in trials} == {"completed"}
    assert len(list(folder.glob("[0-9]*.json"))) == 4
    lost.communicate(timeout=30)
    assert not psutil.wait_procs(killing.below, timeout=5)[1]
    assert len([words for words in said if "is gone" in words]) == 1


@pytest.mark.long
def test_a_control_that_was_run_on_a_lost_host_is_run_again_beside_its_target(
    two: tuple[Hosts, Cluster], tmp_path: Path
) -> None:
    there, place = two
    taken: list[str] = []

    def first_is_killed() -> None:
        until(lambda: len(list(tmp_path.glob("[0-9]*.json"))) == 1)
        [path] = tmp_path.glob("[0-9]*.json")
        taken.append(store.read(path).host.name)
        label = next(label for label, name in by_label.items() if name == taken[0])
        there.workers[label].kill()

    by_label = {label: _name_of(label) for label in there.workers}
    killer = threading.Thread(target=first_is_killed)
    killer.start()
    with Series(tmp_path, place) as series:
        slow = SMOKE.derived(delay=0.5, requests=20, concurrency=2)
        beside, trial = series.run(Round(1, [control(), parse("document")], slow))
    killer.join()
    assert beside.host.name == trial.host.name != taken[0]
    assert len(store.trials(tmp_path)) == 3  # what was finished is kept, and compared with nothing


def _name_of(label: str) -> str:
    """The name of the host of this label."""
    code = "from scripts.trials.host import host_name; print(host_name())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=os.environ | {"HOST_LABEL": label},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.long
def test_a_scheduler_that_goes_away_ends_it_and_what_is_left_is_run_here(
    two: tuple[Hosts, Cluster], tmp_path: Path, environments: Environments
) -> None:
    there, place = two
    folder = campaign.create(campaign.plan(PAIR[1:], 6, 1), tmp_path)

    class AfterTwo(Quiet):
        def finished(self, planned: campaign.Planned, trial: Trial) -> None:
            super().finished(planned, trial)
            if len(self.orders) == 2:
                there.scheduler.kill()

    with pytest.raises(Stopped, match="the scheduler is gone"):
        campaign.run(folder, place, AfterTwo())
    for worker in there.workers.values():  # nothing is left to ask them for trials
        worker.communicate(timeout=60)
    kept = {path: path.read_bytes() for path in folder.glob("[0-9]*.json")}
    assert 2 <= len(kept) < 6
    trials = campaign.run(folder, ThisMachine(environments), Quiet())
    assert [trial.place.order for trial in trials] == list(range(1, 7))
    assert all(path.read_bytes() == content for path, content in kept.items())


@pytest.mark.long
def test_what_is_not_wanted_any_more_ends_on_its_worker(
    two: tuple[Hosts, Cluster], tmp_path: Path
) -> None:
    there, place = two
    stop = threading.Event()
    slow = SMOKE.derived(delay=5.0, requests=100, concurrency=1)
    pids = [worker.pid for worker in there.workers.values()]

    def below() -> list[psutil.Process]:
        return [child for pid in pids for child in psutil.Process(pid).children(recursive=True)]

    def stops_when_it_runs() -> None:
        until(lambda: len(below()) >= 2)
        stop.set()

    watcher = threading.Thread(target=stops_when_it_runs)
    watcher.start()
    with place.seat(stop.is_set) as seat, pytest.raises(Interrupted):
        seat.run(Job(parse("document"), slow, Place("made-up")), stop.is_set)
    watcher.join()
    until(lambda: not below(), 10)


@pytest.mark.long
def test_a_worker_that_comes_later_is_used_too(said: list[str], tmp_path: Path) -> None:
    with hosts("one") as there, cluster(there.at, None, "", said.append) as place:
        folder = campaign.create(campaign.plan(PAIR[1:], 8, 1), tmp_path)
        late = threading.Thread(target=there.start, args=("other",))
        late.start()
        trials = campaign.run(folder, place, Quiet())
        late.join()
        if len(place.roster.fit) == 2:
            assert len({trial.host.name for trial in trials}) == 2
        assert len(trials) == 8


@pytest.mark.long
def test_a_second_worker_of_a_host_is_not_used(said: list[str]) -> None:
    with hosts("one") as there, cluster(there.at, None, "", said.append) as place:
        there.start("one", key="again")
        until(lambda: said)
        assert len(place.roster.fit) == 1
    assert "one worker a host is used" in said[0]


@pytest.mark.long
def test_connections_between_hosts_are_encrypted(tmp_path: Path, said: list[str]) -> None:
    own = tmp_path / "certificates"
    papers = certificates.make(own)
    assert {path.stat().st_mode & 0o777 for path in papers.paths} == {0o600}
    (tmp_path / "trials").mkdir()
    with hosts("one", credentials=own) as there:
        with cluster(there.at, papers, "", said.append) as place:
            with Series(tmp_path / "trials", place) as series:
                [trial] = series.run(Round(1, [control()], SMOKE))
            assert trial.outcome == "completed"
        others = certificates.make(tmp_path / "others")
        with (
            pytest.raises(MeasurementProblem, match="does not take these certificates"),
            cluster(there.at, others, "", said.append),
        ):
            pass
        plain = Scheduler(there.at.host, there.at.port, encrypted=False)
        with (
            pytest.raises(MeasurementProblem, match="no Dask scheduler that speaks plain tcp"),
            cluster(plain, None, "", said.append),
        ):
            pass


@pytest.mark.long
def test_a_worker_of_another_version_is_refused(tmp_path: Path, said: list[str]) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for folder in ("scripts", "repro"):
        shutil.copytree(PROJECT / folder, other / folder)
    words = other / "scripts" / "domain" / "words.py"
    words.write_text(words.read_text() + "\n# another version\n")
    with hosts() as there:
        there.start("one", other)
        with (
            pytest.raises(MeasurementProblem, match="has another version of this project"),
            cluster(there.at, None, "", said.append),
        ):
            pass
    assert "It is not used" in said[0]


@pytest.mark.long
def test_a_worker_that_is_none_of_ours_is_refused(
    said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "distributed.cli.dask_worker"]
    with hosts() as there:
        foreign = subprocess.Popen(
            [*command, there.at.address, "--no-nanny", "--nthreads", "1", "--no-dashboard"],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with (
                pytest.raises(MeasurementProblem, match="is none of this project's"),
                cluster(there.at, None, "", said.append),
            ):
                pass
        finally:
            foreign.kill()
            foreign.wait()


@pytest.mark.long
def test_a_script_of_the_users_own_is_sent_along(
    two: tuple[Hosts, Cluster], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    _, place = two
    (tmp_path / "mine").mkdir()
    (tmp_path / "trials").mkdir()
    script = tmp_path / "mine" / "client.py"
    script.write_text("import helper\nprint(helper.WORD, __file__)\n")
    (tmp_path / "mine" / "helper.py").write_text("WORD = 'helped'\n")
    target = Target("mine", str(script), ("httpx==0.27.2",), server="")
    with Series(tmp_path / "trials", place) as series:
        [trial] = series.run(Round(1, [target], AS_WRITTEN))
    assert trial.target == target
    assert trial.client.stdout.startswith("helped ")


@pytest.mark.long
def test_local_workers_end_with_the_call(said: list[str], tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with cluster(LocalWorkers(2), None, "", said.append) as place:
        folder = campaign.create(campaign.plan(PAIR, 1, 1), tmp_path)
        trials = campaign.run(folder, place, Quiet())
        assert {trial.place.lanes for trial in trials} == {2}
    left = {child.pid for child in psutil.Process().children(recursive=True)}
    assert left <= before


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_local_workers_end_with_a_call_that_is_ended(how: signal.Signals) -> None:
    asked = ("repro", "--targets", "document", "--load", "smoke", "--rounds", "20")
    process = verb(*asked, "--workers", "local:2")
    lines: list[str] = []
    while not (lines and "[1/40]" in lines[-1]):
        lines.append(told(process))
        assert lines[-1]
    below = psutil.Process(process.pid).children(recursive=True)
    assert len(below) >= 3  # a scheduler, two workers, and what they run
    process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert not psutil.wait_procs(below, timeout=10)[1]
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "--workers local:2" in errors.decode()


@pytest.mark.long
def test_what_is_not_there_is_a_sentence(tmp_path: Path, said: list[str]) -> None:
    nobody = Scheduler("127.0.0.1", 1, encrypted=False)
    with (
        pytest.raises(MeasurementProblem, match=r"nothing listens at tcp://127\.0\.0\.1:1"),
        cluster(nobody, None, "", said.append),
    ):
        pass
    with (
        hosts() as there,
        pytest.raises(MeasurementProblem, match="has no workers"),
        cluster(there.at, None, "", said.append),
    ):
        pass
    with pytest.raises(UsageProblem, match=r"no .*authority\.pem"):
        certificates.credentials(tmp_path)

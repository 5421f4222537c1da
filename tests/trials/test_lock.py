"""A second process runs no trials into a folder while a first does, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.domain.files import PROJECT
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.trials import campaign, store
from scripts.trials.lock import HOLDER, alone
from tests.builders import made
from tests.trials.test_campaign import PAIR, NoRoom, Quiet

HOLDING = """
import sys, time
from pathlib import Path
from scripts.trials.lock import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.local
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_folder_is_one_processs_until_that_is_gone(tmp_path: Path, ending: int) -> None:
    asked = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(asked, cwd=PROJECT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        words = f"trials are being run into .* by process {process.pid}: wait for it, or end it"
        with pytest.raises(UsageProblem, match=words), alone(tmp_path):
            pass
        process.send_signal(ending)
    with alone(tmp_path):
        pass


@pytest.mark.pure
def test_who_holds_it_is_named_with_the_host_where_that_is_another(tmp_path: Path) -> None:
    with alone(tmp_path):
        again = pytest.raises(UsageProblem, match=rf"by process {os.getpid()}: wait")
        with again, alone(tmp_path):
            pass
        (tmp_path / HOLDER).write_text('{"host": "far", "process": 7}')
        with pytest.raises(UsageProblem, match="by process 7 on 'far': wait"), alone(tmp_path):
            pass
        (tmp_path / HOLDER).write_text("{")
        with pytest.raises(UsageProblem, match=f"into {tmp_path}: wait"), alone(tmp_path):
            pass
    assert not (tmp_path / HOLDER).exists()


@pytest.mark.pure
def test_a_campaign_that_runs_is_not_run_twice(tmp_path: Path) -> None:
    folder = campaign.create(campaign.plan(PAIR, 1, 1), tmp_path)
    with alone(folder), pytest.raises(UsageProblem, match="are being run into"):
        campaign.run(folder, NoRoom(), Quiet())
    assert store.trials(folder) == []


@pytest.mark.pure
def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    nowhere = tmp_path / "a" / "b"
    (tmp_path / "a").write_text("a file")
    with pytest.raises(MeasurementProblem, match="cannot be written"), alone(nowhere):
        pass


@pytest.mark.pure
def test_the_lock_is_no_trial(tmp_path: Path) -> None:
    with alone(tmp_path):
        store.write(made(), tmp_path)
        assert store.trials(tmp_path) == [made()]

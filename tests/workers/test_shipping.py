"""What a trial needs of a user's own is laid where it runs; the trial tells of it as at home."""

from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from scripts.domain import paths
from scripts.domain.trial import ChangeFile, Target
from scripts.workers.shipping import files_of, placed
from tests.builders import made

pytestmark = pytest.mark.pure


@pytest.fixture
def target(tmp_path: Path) -> Target:
    mine = tmp_path / "mine"
    (mine / "package").mkdir(parents=True)
    (mine / "client.py").write_text("import helper\nfrom package import inner\n")
    (mine / "helper.py").write_text("WORD = 1\n")
    (mine / "package" / "__init__.py").write_text("")
    (mine / "package" / "inner.py").write_text("import json\n")
    (mine / "unrelated.py").write_text("")
    (mine / "lines.txt").write_text("one\n")
    kept = paths.from_project(mine / "client.py")
    stdin = paths.from_project(mine / "lines.txt")
    return Target("mine", kept, server="repro/server.py", stdin=stdin, cwd=str(mine))


def test_a_script_goes_with_the_modules_of_its_own(target: Target) -> None:
    names = {Path(kept).name for kept in files_of(target)}
    assert names == {"client.py", "helper.py", "__init__.py", "inner.py", "lines.txt"}


def test_the_projects_own_code_is_not_sent() -> None:
    assert files_of(Target("document", "repro/httpx_client.py")) == {}


def test_files_that_are_there_are_used_where_they_are(target: Target, tmp_path: Path) -> None:
    with placed(target, files_of(target), tmp_path) as (here, restored):
        assert here == target
        trial = made(target)
        assert restored(trial) == trial


def test_files_that_are_not_are_laid_beside(target: Target, tmp_path: Path) -> None:
    sent = files_of(target)
    change = ChangeFile("~/change.diff", "0" * 64)
    target = structs.replace(target, patch=change)
    sent = {**sent, "~/change.diff": b"diff"}
    script = paths.located(target.script)
    script.write_text("another one\n")
    with placed(target, sent, tmp_path) as (here, restored):
        moved = paths.located(here.script)
        assert moved != script
        assert moved.read_bytes() == sent[target.script]
        assert (moved.parent / "helper.py").read_text() == "WORD = 1\n"
        assert paths.located(here.stdin).read_text() == "one\n"
        assert here.patch is not None
        assert Path(here.patch.path).read_bytes() == b"diff"
        assert here.server == target.server
        trial = made(here)
        printed = f"{moved} and {Path(here.patch.path)}"
        trial = structs.replace(trial, client=structs.replace(trial.client, stdout=printed))
        back = restored(trial)
        assert back.target == target
        assert back.client.stdout == f"{script} and ~/change.diff"
        assert msgspec.structs.replace(back, target=here, client=trial.client) == trial
    assert not moved.exists()

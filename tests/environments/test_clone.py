"""Commits of real repositories that the tests make; the clone is only ever read."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.domain.problems import UsageProblem
from scripts.environments.clone import Clone, Commit, logged, project_name
from tests.builders import commit, git, state

pytestmark = pytest.mark.local


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "clone"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    commit(made, "pyproject.toml", '[project]\nname = "Some.Lib"\nversion = "1"\n')
    git(made, "tag", "v1.0")
    commit(made, "lib.py", "a = 1")
    commit(made, "docs/page.md", "words")
    git(made, "checkout", "-q", "-b", "side")
    commit(made, "other.py", "b = 1")
    commit(made, "other.py", "b = 2")
    git(made, "checkout", "-q", "main")
    git(made, "merge", "-q", "--no-ff", "-m", "merged", "side")
    commit(made, "lib.py", "a = 2")
    return made


def test_commits_follow_first_parents_good_end_first(folder: Path) -> None:
    commits, fix = Clone(folder).between("1.0", "main")
    assert not fix
    assert [commit.subject for commit in commits] == [
        ["pyproject.toml: [project]", 'name = "So'][0] + ' name = "So',
        "lib.py: a = 1",
        "docs/page.md: words",
        "merged",
        "lib.py: a = 2",
    ]
    assert [commit.matters for commit in commits] == [True, True, False, True, True]


def test_a_newer_good_end_asks_for_the_fix(folder: Path) -> None:
    forward, _ = Clone(folder).between("v1.0", "main")
    backward, fix = Clone(folder).between("main", "v1.0")
    assert fix
    assert backward == forward[::-1]


def test_nothing_of_the_clone_changes_bare_or_dirty(folder: Path, tmp_path: Path) -> None:
    (folder / "lib.py").write_text("a = 'dirty'")
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(folder), str(bare))
    for number, repository in enumerate((folder, bare)):
        before = state(repository)
        clone = Clone(repository)
        sha = clone.between("v1.0", "main")[0][1].sha
        clone.check_out(sha, tmp_path / f"out-{number}")
        assert (tmp_path / f"out-{number}" / "lib.py").read_text() == "a = 1"
        assert list(clone.projects(sha)) == ["some-lib"]
        assert state(repository) == before


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("v1.0", "nowhere", "there is no ref 'nowhere'"),
        ("main", "main", "are the same commit"),
        ("main", "lonely", "is an ancestor"),
        ("--all", "main", "there is no ref '--all'"),
    ],
)
def test_refs_that_do_not_do_are_one_sentence(
    folder: Path, good: str, bad: str, words: str
) -> None:
    git(folder, "checkout", "-q", "--orphan", "lonely")
    commit(folder, "x.py", "1")
    with pytest.raises(UsageProblem, match=words):
        Clone(folder).between(good, bad)


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UsageProblem, match="is no git repository"):
            Clone(place)


def test_a_shallow_clone_that_lacks_the_range_says_so(folder: Path, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", folder.as_uri(), str(shallow))
    with pytest.raises(UsageProblem, match="the clone is shallow"):
        Clone(shallow).between("v1.0", "main")


def test_a_log_is_taken_apart_whatever_the_subject_says() -> None:
    log = (
        "\0" + '1f2e\x1f1f\x1fmend | it, "all"\x1f2026-01-31\x1e\n\nlib.py\nREADME.md\n'
        "\0" + "3d4c\x1f3d\x1f\x1f2026-02-01\x1e\n\ndocs/page.md\n"
    )
    assert logged(log) == [
        Commit("1f2e", "1f", 'mend | it, "all"', "2026-01-31", True),
        Commit("3d4c", "3d", "", "2026-02-01", False),
    ]
    assert logged("") == []


@pytest.mark.parametrize("text", ["", "[project", "[project]", "project = 1"])
def test_a_project_without_a_name_is_none(text: str) -> None:
    assert project_name(text) is None

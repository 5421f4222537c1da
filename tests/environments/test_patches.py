"""Diffs of what an environment holds: applied as they stand, or refused."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from scripts.domain.problems import UsageProblem
from scripts.domain.targets import parse
from scripts.environments.build import Environments
from scripts.environments.patches import change_file, patch, text_as_kept
from scripts.environments.uv import Unavailable

OLD = "one\ntwo\nthree\nfour\nfive\n"


def environment(folder: Path, **files: str) -> Path:
    """What a package called `kept` looks like where it is installed, with such modules."""
    site = folder / "lib" / "python3.11" / "site-packages"
    about = site / "kept-1.2.dist-info"
    (site / "kept").mkdir(parents=True)
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: kept\nVersion: 1.2\n")
    (about / "RECORD").write_text("".join(f"kept/{name}.py,,\n" for name in files))
    for name, text in files.items():
        (site / "kept" / f"{name}.py").write_text(text)
    return site / "kept"


def diff(*hunks: str, name: str = "kept/a.py") -> str:
    return f"--- a/{name}\n+++ b/{name}\n" + "".join(hunks)


TWO = "@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n"


@pytest.mark.pure
def test_a_diff_is_applied_as_it_stands(tmp_path: Path) -> None:
    kept = environment(tmp_path, a=OLD, b=OLD)
    linked = tmp_path / "cache.py"
    linked.hardlink_to(kept / "a.py")
    added = "--- /dev/null\n+++ b/kept/c.py\n@@ -0,0 +1,2 @@\n+x\n+y\n"
    last = "@@ -5 +5,2 @@\n-five\n+FIVE\n+six\n\\ No newline at end of file\n"
    assert patch(tmp_path, diff(TWO, last) + added) == {"kept": "1.2"}
    assert (kept / "a.py").read_text() == "one\nTWO\nthree\nfour\nFIVE\nsix"
    assert (kept / "b.py").read_text() == linked.read_text() == OLD
    assert (kept / "c.py").read_text() == "x\ny\n"


@pytest.mark.pure
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "changes nothing"),
        ("no diff\n", "changes nothing"),
        (diff("@@ -1,2 +1,2 @@\n one\n two\n"), "changes nothing"),
        (diff("@@ -1,3 +1,3 @@\n one\n"), "cannot be read"),
        (diff(TWO.replace(" one", " ONE")), "3 lines from line 1 on, which are not in it"),
        (diff(TWO.replace("-1,3", "-2,3")), "from line 2 on, which stand from line 1 on"),
        (diff(TWO, TWO), "does not apply"),
        (diff(TWO) + diff(TWO), "more than once"),
        (diff(TWO, name="src/kept/a.py"), "no package of the client's environment has"),
        (diff(TWO, name="../../../kept/a.py"), "is no Python file"),
        (diff(TWO, name="/etc/passwd"), "is no Python file"),
        (diff(TWO, name="/etc/a.py"), "no package of the client's environment has"),
        (diff(TWO, "@@ broken\n+x\n"), "is no heading"),
        (diff("@@ -99,0 +100 @@\n+x\n"), "does not apply"),
        ("--- /dev/null\n+++ b/kept/a.py\n@@ -0,0 +1 @@\n+x\n", "is there already"),
        ("--- /dev/null\n+++ b/kept/a.pth\n@@ -0,0 +1 @@\n+x\n", "is no Python file"),
        ("--- /dev/null\n+++ b/stray.py\n@@ -0,0 +1 @@\n+x\n", "no package"),
        (
            "--- a/kept/a.py\n+++ /dev/null\n@@ -1,5 +0,0 @@\n-one\n-two\n-three\n-four\n-five\n",
            "removes",
        ),
    ],
)
def test_what_does_not_apply_changes_nothing(tmp_path: Path, text: str, why: str) -> None:
    kept = environment(tmp_path, a=OLD)
    with pytest.raises(UsageProblem, match=why):
        patch(tmp_path, text)
    assert [path.name for path in kept.iterdir()] == ["a.py"]
    assert (kept / "a.py").read_text() == OLD


@pytest.mark.pure
def test_line_ends_and_form_feeds_stay(tmp_path: Path) -> None:
    kept = environment(tmp_path, a="one\r\n\x0ctwo\r\nthree")
    text = "@@ -1,3 +1,3 @@\n one\r\n-\x0ctwo\r\n+\x0cTWO\r\n three\n\\ No newline at end of file\n"
    patch(tmp_path, diff(text))
    assert (kept / "a.py").read_bytes() == b"one\r\n\x0cTWO\r\nthree"


LINES = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12).map(lambda them: [*them, "end"])


@pytest.mark.local
@given(old=LINES, new=LINES, context=st.integers(0, 3))
def test_what_diff_writes_is_applied(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str], context: int
) -> None:
    if old == new:
        return
    folder = tmp_path_factory.mktemp("patched")
    kept = environment(folder, a="".join(f"{line}\n" for line in old))
    written = difflib.unified_diff(old, new, "a/kept/a.py", "b/kept/a.py", "", "", context, "")
    assert patch(folder, "".join(f"{line}\n" for line in written)) == {"kept": "1.2"}
    assert (kept / "a.py").read_text() == "".join(f"{line}\n" for line in new)


@pytest.mark.pure
def test_a_file_that_became_another_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "change.diff"
    path.write_text(diff(TWO))
    change = change_file(path)
    assert text_as_kept(change) == diff(TWO)
    path.write_text(diff(TWO.replace("TWO", "Two")))
    with pytest.raises(UsageProblem, match="is not what it was"):
        text_as_kept(change)


@pytest.mark.index
def test_a_changed_release_has_an_environment_of_its_own(tmp_path: Path) -> None:
    environments = Environments(tmp_path / "environments")
    target = parse("httpx==0.28.1,httpcore==1.0.9")
    plain = environments.client(target)
    (before,) = plain.folder.glob("lib/python*/site-packages/httpcore/__init__.py")
    text = before.read_text()
    first = text.splitlines()[0]
    path = tmp_path / "change.diff"
    path.write_text(diff(f"@@ -1 +1,2 @@\n {first}\n+# More\n", name="httpcore/__init__.py"))
    changed = environments.client(structs.replace(target, patch=change_file(path)))
    assert changed.folder != plain.folder
    assert changed.description.packages == plain.description.packages
    (after,) = changed.folder.glob("lib/python*/site-packages/httpcore/__init__.py")
    assert after.read_text() == text.replace(first, f"{first}\n# More", 1)
    assert before.read_text() == text
    path.write_text(path.read_text().replace(f" {first}", " other"))
    with pytest.raises(Unavailable, match=r"does not apply to httpcore/__init__\.py"):
        environments.client(structs.replace(target, patch=change_file(path)))
    assert not list((tmp_path / "environments").glob(".building-*"))

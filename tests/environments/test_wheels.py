"""A wheel is taken only with the siblings it needs, and only with its commit's own code."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from scripts.environments.recipe import Recipe
from scripts.environments.uv import Unavailable
from scripts.environments.wheels import (
    Foreign,
    commit_wheels,
    dependencies,
    foreign_file,
    lock_line,
    modules,
    needed_wheels,
)

pytestmark = pytest.mark.pure


def wheel(folder: Path, name: str, *needs: str, **files: str) -> Path:
    """A wheel with these dependencies, and these modules beside its metadata."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    lines = "".join(f"Requires-Dist: {need}\n" for need in needs)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Name: {name}\n{lines}")
        for module, text in files.items():
            archive.writestr(f"{name}/{module}.py", text)
    return path


def test_a_wheel_needs_its_siblings_as_far_as_they_need_each_other(tmp_path: Path) -> None:
    built = {
        "top": wheel(tmp_path, "top", "Middle==1.0", "h11>=0.14"),
        "middle": wheel(tmp_path, "middle", "low; python_version > '3'", "top"),
        "low": wheel(tmp_path, "low"),
        "aside": wheel(tmp_path, "aside", "top"),
    }
    assert dependencies(built["top"]) == ["middle", "h11"]
    assert list(needed_wheels(built, "top")) == ["top", "middle", "low"]


def test_code_that_the_commit_does_not_hold_is_told_but_not_a_generated_version(
    tmp_path: Path,
) -> None:
    path = wheel(tmp_path, "lib", code="a = 1", _version="generated")
    assert foreign_file(path, {hashlib.sha256(b"a = 1").hexdigest()}) is None
    assert foreign_file(path, set()) == "lib/code.py"


def test_the_modules_a_wheel_brings(tmp_path: Path) -> None:
    path = wheel(tmp_path, "lib", code="a = 1")
    with zipfile.ZipFile(path, "a") as archive:
        for name in (
            "single.py",
            "_fast.cpython-311-x86_64-linux-gnu.so",
            "lib-1.0.data/purelib/aside/__init__.py",
            "lib-1.0.data/scripts/tool.py",
            "start.pth",
        ):
            archive.writestr(name, "")
    assert modules(path) == {"lib", "single", "_fast", "aside"}


def test_a_wheels_line_in_a_lock(tmp_path: Path) -> None:
    assert lock_line(Path("Some_Lib-1.2.dev3+gabc-py3-none-any.whl")) == "some-lib==1.2.dev3+gabc"
    with pytest.raises(Foreign, match="no wheel's name"):
        lock_line(Path("some.whl"))


def test_a_commit_without_its_clone_is_not_to_be_had(tmp_path: Path) -> None:
    recipe = Recipe((), "python", "2024-10-20", "lib@0123456789abcdef")
    with pytest.raises(Unavailable, match="commit 0123456789ab needs its clone: --source"):
        commit_wheels(None, recipe, tmp_path)

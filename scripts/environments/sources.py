"""The source of a package, with its own tests: of a release, or of a commit."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from scripts.domain.libraries import ALL_TESTS
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.environments.clone import Clone
from scripts.environments.index import download_source
from scripts.environments.workspace import workspace

LARGEST = 200_000_000
"""Bytes that a source may unpack to."""

CONFIGURATION = ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "conftest.py")
"""Files beside it that say how they are run."""


def tests_of_release(pin: str, into: Path) -> bool:
    """Put a release's own tests into a folder, without its code: that is what is installed.

    Args:
        pin: such as "httpcore==1.0.9".
        into: an empty folder.

    Returns:
        Whether its source archive has any.

    Raises:
        UsageProblem: the index has no such package.
        MeasurementProblem: it is not to be had, or no archive.
    """
    with workspace() as scratch:
        archive = download_source(pin, scratch)
        if archive is None:
            return False
        unpacked = scratch / "unpacked"
        try:
            with tarfile.open(archive) as files:
                if sum(member.size for member in files) > LARGEST:
                    raise MeasurementProblem(f"{archive.name} is too large to be unpacked.")
                files.extractall(unpacked, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise MeasurementProblem(f"{archive.name} cannot be unpacked ({error}).") from error
        roots = [folder for folder in unpacked.iterdir() if folder.is_dir()]
        return len(roots) == 1 and _copied(roots[0], into)


def tests_of_commit(clone: Clone, sha: str, into: Path) -> bool:
    """Put a commit's own tests into a folder, without its code.

    Args:
        clone: where the commit is.
        sha: the commit.
        into: an empty folder.

    Returns:
        Whether it has any.

    Raises:
        UsageProblem: git cannot check it out.
    """
    with workspace() as scratch:
        checkout = scratch / "checkout"
        clone.check_out(sha, checkout)
        return _copied(checkout, into)


def _copied(source: Path, into: Path) -> bool:
    """Copy a project's tests and what configures them."""
    tests = source / ALL_TESTS
    if not any(tests.rglob("test_*.py")):
        return False
    try:
        shutil.copytree(tests, into / ALL_TESTS)
        for name in CONFIGURATION:
            if (source / name).is_file():
                shutil.copy(source / name, into / name)
    except OSError as error:
        raise UsageProblem(f"the tests cannot be copied: {error}.") from error
    return True

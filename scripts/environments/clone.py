"""Commits of a local git clone: which ones to test, and their files, without touching the clone.

Git only ever reads it. Files are checked out in a scratch repository that borrows its objects.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from scripts.domain.problems import UsageProblem

GIT_TIMEOUT = 300
"""Seconds that one git command may take."""

DEEPEST = 4
"""Parts of the longest path at which a commit's pyproject.toml is looked for."""

LOG_FORMAT = "--format=%x00%H%x1f%h%x1f%s%x1f%cs%x1e"
"""A zero byte, the fields of a commit, and a record separator before the files it changed."""

HARMLESS = ("docs", "doc", "tests", "test", ".github", "scripts", "examples", "benchmarks")
"""Folders whose changes cannot matter to who imports the package."""


@dataclass(frozen=True)
class Commit:
    """One commit.

    Attributes:
        sha, short: its hash, in full and as git abbreviates it.
        subject: first line of its message.
        day: of the commit (YYYY-MM-DD).
        matters: whether it can matter to who imports the package.
    """

    sha: str
    short: str
    subject: str
    day: str
    matters: bool


class Clone:
    """A local clone; bare and dirty ones do.

    Args:
        folder: of the clone, or any folder inside it.

    Raises:
        UsageProblem: it is no git repository.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        inside = self._try("rev-parse", "--absolute-git-dir") if folder.is_dir() else None
        if inside is None:
            raise UsageProblem(f"{str(folder)!r} is no git repository.")
        top = self._try("rev-parse", "--show-toplevel")
        self.folder = Path((top or inside).strip())

    def sha(self, ref: str) -> str:
        """The full hash of a ref: a branch, tag or hash; a release's tag may begin with a v.

        Raises:
            UsageProblem: there is none such.
        """
        for name in (ref, f"v{ref}"):
            sha = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^0")
            if sha:
                return sha.strip()
        hint = " (the clone is shallow)" if self._shallow() else ""
        raise UsageProblem(f"there is no ref {ref!r} in {str(self.folder)!r}{hint}.")

    @property
    def dirty(self) -> bool:
        """Whether it has changes that are in no commit."""
        return bool((self._try("status", "--porcelain", "--untracked-files=no") or "").strip())

    def between(self, good: str, bad: str) -> tuple[list[Commit], bool]:
        """The commits from one ref to another, good end first, along first parents.

        Returns:
            The commits, both ends included, and whether good is the newer end.

        Raises:
            UsageProblem: the two are one commit, or neither is the other's ancestor.
        """
        first, last = self.sha(good), self.sha(bad)
        if first == last:
            raise UsageProblem(f"{good} and {bad} are the same commit.")
        if self._try("merge-base", "--is-ancestor", first, last) is not None:
            return self._line(first, last), False
        if self._try("merge-base", "--is-ancestor", last, first) is not None:
            return self._line(last, first)[::-1], True
        hint = ""
        if self._shallow():
            hint = ": the clone is shallow and may lack the range (git fetch --unshallow)"
        raise UsageProblem(f"neither of {good} and {bad} is an ancestor of the other{hint}.")

    def projects(self, sha: str) -> dict[str, PurePosixPath]:
        """The projects a commit holds: name -> folder of its pyproject.toml, within the commit."""
        listed = self._try("ls-tree", "-r", "--name-only", "-z", sha) or ""
        projects: dict[str, PurePosixPath] = {}
        for path in map(PurePosixPath, listed.split("\0")):
            if path.name != "pyproject.toml" or len(path.parts) > DEEPEST:
                continue
            name = project_name(self._try("show", f"{sha}:{path}") or "")
            if name is not None:
                projects.setdefault(name, path.parent)
        return projects

    def check_out(self, sha: str, into: Path) -> None:
        """Write a commit's files, with its history and tags, into a repository of their own.

        Raises:
            UsageProblem: git cannot.
        """
        # Borrowed objects, nothing registered in the clone: it never learns of this checkout.
        options = ("clone", "--quiet", "--shared", "--no-checkout", str(self.folder.resolve()))
        for arguments in ((*options, str(into)), ("-C", str(into), "checkout", "--quiet", sha)):
            done = _git(*arguments)
            if done.returncode:
                shutil.rmtree(into, ignore_errors=True)
                last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                raise UsageProblem(f"git cannot check out {sha[:12]}: {last}")

    def _line(self, old: str, new: str) -> list[Commit]:
        """From one commit to a later one along first parents, both included, oldest first."""
        log = ("log", "--first-parent", "--diff-merges=first-parent", "--name-only", LOG_FORMAT)
        oldest = self._try(*log, "--max-count=1", old) or ""
        later = self._try(*log, "--reverse", f"{old}..{new}") or ""
        return logged(oldest + later)

    def _shallow(self) -> bool:
        return (self._try("rev-parse", "--is-shallow-repository") or "").strip() == "true"

    def _try(self, *arguments: str) -> str | None:
        """What a git command prints; None where it fails."""
        done = _git("-C", str(self.folder), *arguments)
        return None if done.returncode else done.stdout


def logged(log: str) -> list[Commit]:
    """The commits of a log that git wrote in `LOG_FORMAT` with the names of changed files."""
    commits = []
    for entry in log.split("\0")[1:]:
        head, _, files = entry.partition("\x1e")
        sha, short, subject, day = head.split("\x1f")
        names = [name for name in files.split("\n") if name]
        commits.append(Commit(sha, short, subject, day, any(map(matters, names))))
    return commits


def project_name(pyproject: str) -> str | None:
    """The name a pyproject.toml gives its project, as indexes compare names; None for none."""
    try:
        return canonicalize_name(str(tomllib.loads(pyproject)["project"]["name"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return None


def matters(path: str) -> bool:
    """Whether a change of this file can matter to who imports the package."""
    parts = PurePosixPath(path).parts
    return parts[0] not in HARMLESS and not path.endswith((".md", ".rst", ".txt"))


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git without what steers it from outside.

    Raises:
        UsageProblem: there is no git, or it takes longer than `GIT_TIMEOUT`.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    executable = shutil.which("git")
    if executable is None:
        raise UsageProblem("git is not installed: --source needs it.")
    try:
        return subprocess.run(
            [executable, "--no-optional-locks", *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=GIT_TIMEOUT,
            stdin=subprocess.DEVNULL,
            env=environment | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UsageProblem(f"git gave no answer within {GIT_TIMEOUT} s.") from error

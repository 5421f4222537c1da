"""Isolated environments, one per set of pins, built by uv and reused by content.

Resolving and building are apart: a lock (every package with its version) names the
environment, so two targets that resolve alike share one, and a package index that changes
between two runs can never change what an existing environment holds.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.domain.files import PROJECT, replace
from scripts.domain.pins import project
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import DOCUMENT_DATE, Environment, Target
from scripts.environments import wheels
from scripts.environments.clone import Clone
from scripts.environments.requirements import (
    baseline,
    client_requirements,
    lines,
    moves,
    server_requirements,
    versions,
)
from scripts.environments.uv import Unavailable, Unreachable, uv, wheel_builder

ENVIRONMENTS = PROJECT / ".environments"


@dataclass(frozen=True)
class Built:
    """An environment on disk: its folder, its interpreter and what is in it."""

    folder: Path
    interpreter: Path
    description: Environment


class Environments:
    """Builds environments and remembers them; safe to use from several threads.

    Args:
        folder: where they are kept.
        today: the day after which nothing is taken from the index, for pins that cannot be
            had with everything else at its held day.
        clone: where the commits of targets are that name one.
    """

    def __init__(
        self,
        folder: Path = ENVIRONMENTS,
        today: datetime.date | None = None,
        clone: Clone | None = None,
    ) -> None:
        self.folder = folder
        self.clone = clone
        self.today = (today or datetime.datetime.now(datetime.UTC).date()).isoformat()
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._interpreters: dict[str, str] = {}
        self.building = 0

    def client(self, target: Target) -> Built:
        """The environment that a target's client runs in.

        Raises:
            Unavailable: it cannot be resolved or built here.
        """
        return self.get(client_requirements(target), target.python, target.held, target.source)

    def server(self, target: Target) -> Built:
        """The environment that servers run in: one and the same, but for the target's own pins."""
        return self.get(server_requirements(target), target.python, DOCUMENT_DATE)

    def get(self, requirements: Sequence[str], python: str, held: str, source: str = "") -> Built:
        """An environment that holds these requirements, built now if there is none yet.

        Args:
            requirements: as pip writes them; the pinned ones are free of the held day.
            python: version or path of the interpreter; empty for the one in use.
            held: the day (YYYY-MM-DD) at which all other packages are held, where pins allow.
            source: package and commit it is built from ("package@hash"); empty for none.

        Raises:
            Unavailable: it cannot be resolved or built here; says why in one sentence.
        """
        interpreter = self._interpreter(python)
        # Commits mostly share one version: the hash keeps their environments apart.
        commit = [source] if source else []
        asked = digest(interpreter, sorted(requirements), held, *commit)
        with self._lock(asked):
            remembered = self.folder / "asked" / f"{asked}.json"
            known = self._recall(remembered)
            # What is held at a day resolves alike for ever, and so does what a commit needs once
            # it is built; anything else, alike for a day.
            if known is not None and (
                commit or known[0].description.held is not None or known[1] == self.today
            ):
                return known[0]
            with self._counted(), tempfile.TemporaryDirectory(prefix="wheels-") as scratch:
                named: dict[str, str] = {}
                if source:
                    named = self._wheels(source, requirements, interpreter, Path(scratch))
                    built = {canonicalize_name(each.split(" @ ")[0]) for each in named}
                    others = [each for each in requirements if project(each) not in built]
                    requirements = [*named, *others]
                try:
                    lock, day = self._resolve(requirements, interpreter, held)
                except Unreachable:
                    if known is None:
                        raise
                    return known[0]
                recorded = [named.get(line, line) for line in lock]
                folder = self.folder / digest(interpreter, recorded, *commit)
                with self._lock(str(folder)):
                    if self._open(folder, day) is None:
                        self._build(folder, lock, interpreter, recorded)
            return self._remember(remembered, folder, day)

    def _wheels(
        self, source: str, requirements: Sequence[str], interpreter: str, scratch: Path
    ) -> dict[str, str]:
        """The wheels of a commit that an environment needs: as uv installs it -> as a lock's line.

        Raises:
            Unavailable: the commit does not build, or holds none, or a requirement pins a package
                that comes from the same commit.
        """
        package, _, sha = source.partition("@")
        if self.clone is None:
            raise Unavailable(f"commit {sha[:12]} needs its clone: --source")
        try:
            built = wheels.wheels(self.clone, package, sha, scratch, wheel_builder(interpreter))
            wanted = wheels.wanted(built, package)
            named = {
                f"{name} @ {path.as_uri()}": wheels.pinned(path) for name, path in wanted.items()
            }
        except (wheels.Foreign, UsageProblem) as error:
            raise Unavailable(str(error)) from error
        for each in requirements:
            if project(each) in set(wanted) - {package} and Requirement(each).specifier:
                raise Unavailable(f"{each} comes from the same commit as {package}")
        return named

    def _remember(self, remembered: Path, folder: Path, day: str | None) -> Built:
        """The environment in a folder, noted as the answer to what was asked."""
        built = self._open(folder, day)
        if built is None:
            raise Unavailable(f"the environment {folder.name} is damaged: delete .environments")
        remembered.parent.mkdir(parents=True, exist_ok=True)
        answer = {"environment": folder.name, "held": day, "resolved": self.today}
        replace(remembered, json.dumps(answer).encode())
        return built

    def _recall(self, remembered: Path) -> tuple[Built, str] | None:
        """What was built when this was last asked for, and the day of it."""
        try:
            answer = json.loads(remembered.read_bytes())
            built = self._open(self.folder / str(answer["environment"]), answer["held"])
            return None if built is None else (built, str(answer["resolved"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._guard:
            self.building += 1
        try:
            yield
        finally:
            with self._guard:
                self.building -= 1

    def _lock(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    def _interpreter(self, python: str) -> str:
        if not python:
            return str(Path(sys.executable).resolve())
        with self._lock("interpreter"):
            if python not in self._interpreters:
                try:
                    found = uv("python", "find", "--no-project", python).strip()
                    self._interpreters[python] = str(Path(found).resolve())
                except Unavailable as error:
                    raise Unavailable(
                        f"there is no Python {python} here: `uv python list` shows those there "
                        f"are, `uv python install {python}` may fetch it"
                    ) from error
            return self._interpreters[python]

    def _resolve(
        self, requirements: Sequence[str], interpreter: str, held: str
    ) -> tuple[list[str], str | None]:
        """Every package with its version, and the held day, None where pins forced it away."""
        pinned = [Requirement(each).name for each in requirements if "==" in each]
        free = [f"--exclude-newer-package={name}={tomorrow(self.today)}" for name in pinned]
        with tempfile.TemporaryDirectory() as scratch:
            wanted = Path(scratch, "wanted.in")
            wanted.write_text("\n".join(requirements) + "\n")
            common = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-sources"]
            common += ["--python", interpreter, str(wanted)]
            held_command = [*common, "--exclude-newer", tomorrow(held), *free]
            if held == DOCUMENT_DATE:
                # Asking the index takes longer than all the rest. uv's cache can answer for a day
                # long past, and is believed only where it moves nothing that is not pinned.
                with contextlib.suppress(Unavailable):
                    cached = lines(uv(*held_command, "--offline"))
                    if set(moves(versions(cached))) <= {canonicalize_name(each) for each in pinned}:
                        return cached, held
            try:
                return lines(uv(*held_command)), held
            except Unreachable:
                raise
            except Unavailable:
                # An existing output file is uv's list of preferences: what stands there is kept
                # unless a pin forbids it, so that no more moves than has to.
                preferred = Path(scratch, "preferred.txt")
                preferred.write_text(
                    "".join(f"{name}=={version}\n" for name, version in baseline().items())
                )
                uv(*common, "--exclude-newer", tomorrow(self.today), "-o", str(preferred))
                return lines(preferred.read_text()), None

    def _build(
        self,
        folder: Path,
        lock: Sequence[str],
        interpreter: str,
        recorded: Sequence[str],
    ) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=self.folder))
        try:
            venv = scratch / "venv"
            options = ["--quiet", "--relocatable", "--no-project", "--python", interpreter]
            uv("venv", *options, str(venv))
            (venv / "lock.txt").write_text("".join(f"{line}\n" for line in lock))
            if lock:
                into = ["--python", str(interpreter_of(venv))]
                chosen = ["--no-deps", "--requirements", str(venv / "lock.txt")]
                try:
                    uv("pip", "install", "--quiet", "--offline", *into, *chosen)
                except Unavailable:
                    uv("pip", "install", "--quiet", *into, *chosen)
                (venv / "lock.txt").write_text("".join(f"{each}\n" for each in recorded))
            if self._open(folder, None) is None:
                shutil.rmtree(folder, ignore_errors=True)  # damaged
            with contextlib.suppress(OSError):
                venv.rename(folder)  # another process may have been first: theirs is the same
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if not folder.exists():
            raise Unavailable(f"no environment could be written to {self.folder.name}")

    def _open(self, folder: Path, held: str | None) -> Built | None:
        config = folder / "pyvenv.cfg"
        lock = folder / "lock.txt"
        if not (config.exists() and lock.exists() and interpreter_of(folder).exists()):
            return None
        version = re.search(r"(?m)^version_info = (\S+)", config.read_text())
        packages = versions(lock.read_text().splitlines())
        return Built(
            folder,
            interpreter_of(folder),
            Environment(version[1] if version else "unknown", packages, moves(packages), held),
        )


def interpreter_of(folder: Path) -> Path:
    """The interpreter inside a virtual environment."""
    return folder / "bin" / "python"


def tomorrow(day: str) -> str:
    """The end of a day as uv's --exclude-newer wants it: the first moment of the next one."""
    following = datetime.date.fromisoformat(day) + datetime.timedelta(days=1)
    return f"{following.isoformat()}T00:00:00Z"


def digest(*parts: object) -> str:
    """Short hash of what makes an environment what it is."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:20]

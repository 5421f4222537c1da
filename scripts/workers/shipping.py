"""The files of a user's own that a trial needs, on a host that may lack them.

The script and the modules of its own that it imports, its standard input, and a change's file are
sent along; whatever else it reads has to lie on each host. Where a host has the same files at the
same places, those are used.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from scripts.domain import paths
from scripts.domain.trial import ChangeFile, Target, Trial
from scripts.trials.own_modules import sources
from scripts.workers.fitness import is_code

Sent = Mapping[str, bytes]
"""Files by the path that a target has of them."""

Placed = tuple[Target, Callable[[Trial], Trial]]
"""A target as it runs on a host, and what makes of its trial the one that was asked for."""


def files_of(target: Target) -> Sent:
    """The files that a target needs, but for this project's own code, which a worker has.

    Raises:
        OSError: one cannot be read.
    """
    needed: dict[str, Path] = {}
    for script in filter(None, (target.script, target.server)):
        path = paths.located(script)
        package = target.module and script == target.script
        folder = paths.located(target.cwd) if package else path.parent
        # The script itself in any case: one that this Python cannot read is another's.
        needed |= {paths.from_project(file): file for file, _ in sources(path, folder)}
        needed[script] = path
    changes = (change.path for change in (target.patch, target.prelude) if change is not None)
    for kept in filter(None, (target.stdin, *changes)):
        needed[kept] = paths.located(kept)
    return {kept: path.read_bytes() for kept, path in needed.items() if not is_code(path)}


@contextmanager
def placed(
    target: Target, sent: Sent, folder: Path
) -> Iterator[tuple[Target, Callable[[Trial], Trial]]]:
    """A target whose files are there for as long as this lasts.

    Args:
        target: as whoever asked has it.
        sent: its files.
        folder: where those are laid that are not here.

    Raises:
        OSError: a file cannot be written.
    """
    if all(_holds(paths.located(kept), data) for kept, data in sent.items()):
        yield target, lambda trial: trial
        return
    with tempfile.TemporaryDirectory(prefix="sent-", dir=folder) as own:
        mirror = _Mirror(Path(own).resolve())
        for kept, data in sent.items():
            path = mirror.path(kept)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        moved = mirror.moved(target, sent)

        def restored(trial: Trial) -> Trial:
            plain = paths.hiding(mirror.places)(trial)
            return structs.replace(msgspec.convert(plain, Trial), target=target)

        yield moved, restored


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file is there, with just this content."""
    try:
        return path.read_bytes() == data
    except OSError:
        return False


class _Mirror:
    """A folder in which files lie as they do elsewhere.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def places(self) -> dict[str, str]:
        """Its parts, with what their files are called where they come from."""
        # A trial is written down without the place of this project.
        seen = [str(self.folder), paths.hiding(paths.machine_places())(str(self.folder))]
        parts = {"home": "~", "project": "<project>", "root": ""}
        return {f"{folder}/{part}": place for folder in seen for part, place in parts.items()}

    def path(self, kept: str) -> Path:
        """Where a file lies here that a target has by this path."""
        path = Path(kept)
        if path.is_absolute():
            return self.folder / "root" / path.relative_to(path.anchor)
        if path.parts[:1] == ("~",):
            return self.folder / "home" / path.relative_to("~")
        return self.folder / "project" / path

    def moved(self, target: Target, sent: Sent) -> Target:
        """A target that runs from here, as far as its files were sent."""

        def here(kept: str) -> str:
            return str(self.path(kept)) if kept in sent else kept

        def changed(change: ChangeFile | None) -> ChangeFile | None:
            return None if change is None else structs.replace(change, path=here(change.path))

        moved: dict[str, Any] = {
            "script": here(target.script),
            "server": here(target.server),
            "stdin": here(target.stdin),
            "patch": changed(target.patch),
            "prelude": changed(target.prelude),
        }
        if target.cwd and (target.module or not paths.located(target.cwd).is_dir()):
            folder = self.path(target.cwd)
            folder.mkdir(parents=True, exist_ok=True)
            moved["cwd"] = str(folder)
        return structs.replace(target, **moved)

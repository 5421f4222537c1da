"""Smaller forms of a client script as files, which trials run as they ran the script itself."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scripts.domain.hashes import digest
from scripts.domain.trial import Load, Target
from scripts.reduction.client import OwnClient
from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import Side
from scripts.reduction.task import Task, write


class ClientFiles:
    """Forms of a client script, in a folder below the reduction's.

    Args:
        task: what is reduced.
        folder: the reduction's.
    """

    def __init__(self, task: Task, folder: Path) -> None:
        self.task = task
        self.client = OwnClient(task.client)
        self.folder = folder

    def load(self, _: Coordinates) -> Load:
        """The load of a form's trials: that of the script itself."""
        return self.task.load

    def target(self, point: Coordinates, side: Side) -> Target | None:
        """What a trial of a form runs; None for one that is no program."""
        target = self.task.target(side)
        if point == ORIGINAL:
            return target
        text = self.client.text(point)
        if not _compiles(text):
            return None
        name = f"{target.name}: {self.client.words(point)}"
        return msgspec.structs.replace(target, name=name, script=str(self._path(text)))

    def write(self, point: Coordinates) -> None:
        """Write the script of a form where it is not there.

        Raises:
            MeasurementProblem: it cannot be written.
        """
        text = self.client.text(point)
        path = self._path(text)
        if not path.exists():
            write(self.folder, path, text.encode())

    def _path(self, text: str) -> Path:
        """Of a form's script."""
        return self.folder / "cases" / f"{digest(text)[:16]}.py"


def _compiles(text: str) -> bool:
    try:
        compile(text, "form", "exec")
    except SyntaxError:
        return False
    return True

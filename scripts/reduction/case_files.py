"""Cases as files: the scripts that trials of them run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scripts.domain.files import PROJECT
from scripts.domain.trial import Load, Target
from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import Side
from scripts.reduction.program import Role, Script, program
from scripts.reduction.task import Task, write


class CaseFiles:
    """Scripts of cases, in a folder below the reduction's.

    Args:
        task: what is reduced.
        folder: the reduction's.
    """

    def __init__(self, task: Task, folder: Path) -> None:
        self.task = task
        self.space = task.space
        self.folder = folder

    def load(self, point: Coordinates) -> Load:
        """The load of a case's trials."""
        return Load("reduced", concurrency=self.space.shape(point).connections)

    def target(self, point: Coordinates, side: Side) -> Target:
        """What a trial of a case runs, its scripts written.

        Raises:
            MeasurementProblem: they cannot be written.
        """
        target = self.task.target(side)
        if point == ORIGINAL:
            return target
        shape = self.space.shape(point)
        two = shape.processes == 2
        script = self._written(point, "client" if two else "both")
        server = self._written(point, "server") if two else ""
        name = f"{target.name}: {shape.words}"
        return msgspec.structs.replace(
            target, name=name, script=script, server=server, axis=self.task.library
        )

    def _written(self, point: Coordinates, role: Role) -> str:
        """Path of a case's script, written where it is not there as it should be."""
        name = "-".join(map(str, point)) + ("" if role == "both" else f"-{role}")
        path = self.folder / "cases" / f"{name}.py"
        script = Script(shape=self.space.shape(point), exception=self.task.exception, role=role)
        text = program(script).encode()
        if not path.exists() or path.read_bytes() != text:
            write(self.folder, path, text)
        return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(path)

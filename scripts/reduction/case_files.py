"""Cases as files: the scripts that trials of them run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scripts.domain.files import PROJECT
from scripts.domain.trial import Load, Target
from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import Side
from scripts.reduction.program import Role, Script, program
from scripts.reduction.shape import Shape
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
        """What a trial of a case runs."""
        target = self.task.target(side)
        if point == ORIGINAL:
            return target
        shape = self.space.shape(point)
        roles = _roles(shape)
        script = self._path(point, roles[0])
        server = self._path(point, roles[1]) if len(roles) > 1 else None
        name = f"{target.name}: {shape.words}"
        return msgspec.structs.replace(
            target,
            name=name,
            script=_named(script),
            server="" if server is None else _named(server),
            axis=self.task.library,
        )

    def write(self, point: Coordinates) -> None:
        """Write the scripts of a case where they are not there as they should be.

        Raises:
            MeasurementProblem: they cannot be written.
        """
        shape = self.space.shape(point)
        for role in _roles(shape):
            path = self._path(point, role)
            script = Script(shape=shape, exception=self.task.exception, role=role)
            text = program(script).encode()
            if not path.exists() or path.read_bytes() != text:
                write(self.folder, path, text)

    def _path(self, point: Coordinates, role: Role) -> Path:
        """Of a case's script."""
        name = "-".join(map(str, point)) + ("" if role == "both" else f"-{role}")
        return self.folder / "cases" / f"{name}.py"


def _roles(shape: Shape) -> tuple[Role, ...]:
    """Of a case's scripts, the client's first."""
    return ("client", "server") if shape.processes == 2 else ("both",)


def _named(path: Path) -> str:
    """A script as a target names it."""
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(path)

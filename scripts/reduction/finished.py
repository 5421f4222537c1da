"""The finished script of a case: pinned to what it was measured with, and formatted."""

from __future__ import annotations

import subprocess
import sys

from scripts.domain.problems import MeasurementProblem
from scripts.domain.trial import Environment
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable, end_of_day
from scripts.reduction.lattice import Coordinates
from scripts.reduction.ledger import Side
from scripts.reduction.program import Header, Script, interface_of, program
from scripts.reduction.result import Smallest
from scripts.reduction.shape import Shape
from scripts.reduction.task import Task


class FinishedScripts:
    """Makes finished scripts.

    Args:
        task: what is reduced.
        environments: where either side runs.
    """

    def __init__(self, task: Task, environments: Environments) -> None:
        self.task = task
        self.space = task.space
        self.environments = environments

    def on_trial(self, point: Coordinates, side: Side, stale: bool) -> str:
        """The script of a case before it is known what to tell of it.

        Args:
            point, side: of which case, with which side's packages.
            stale: whether it shows a write on a connection that the server closed.
        """
        return self._text(self.space.shape(point), side, stale, None)

    def text(self, smallest: Smallest, stale: bool) -> str:
        """The script of the smallest case."""
        return self._text(smallest.shape, "bad", stale, smallest)

    def release(self, point: Coordinates, side: Side) -> str:
        """What a case runs on a side: "httpcore 1.0.6"."""
        library = self.space.shape(point).library
        packages = self._environment(side).packages
        return f"{library} {packages.get(library, '')}".strip()

    def _text(self, shape: Shape, side: Side, stale: bool, smallest: Smallest | None) -> str:
        script = Script(
            shape=shape,
            exception=self.task.exception,
            cost=self.task.cost,
            header=self._header(shape, side),
            stale=stale,
            smallest=smallest,
        )
        return formatted(program(script))

    def _header(self, shape: Shape, side: Side) -> Header:
        """What a script of a shape needs to run as on a side."""
        environment = self._environment(side)
        pins = tuple(
            f"{name}=={environment.packages[project]}"
            for name in interface_of(shape).needs
            if (project := name.partition("[")[0]) in environment.packages
        )
        newer = end_of_day(environment.held) if environment.held else ""
        return Header(pins, newer, environment.python.rpartition(".")[0])

    def _environment(self, side: Side) -> Environment:
        """What a side's client runs with.

        Raises:
            MeasurementProblem: that cannot be had.
        """
        target = self.task.target(side)
        try:
            return self.environments.client(target).description
        except Unavailable as error:
            raise MeasurementProblem(f"{target.name}: {error}.") from error


def formatted(text: str) -> str:
    """A script as ruff formats it."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=100", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout

"""What a reduction is about, and the files of its folder."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scripts.analysis import signals
from scripts.domain.files import replace
from scripts.domain.trial import Load, Target
from scripts.reduction.cost import CostLimit, cost_of
from scripts.reduction.ledger import Side
from scripts.reduction.shape import Effect, Space, shape_space
from scripts.trials import store

TASK_SCHEMA = 1
"""Version of the layout of a reduction's own files: its task, its confirming runs and its result.
Its trials have another, and a field that is added with a default needs no new one."""

REDUCTION = "reduction.json"
CONFIRMED = "confirming.json"
RESULT = "reduced.json"


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What a reduction is about, as stored in its folder.

    Attributes:
        name: of the folder.
        created: UTC, ISO 8601.
        command: the arguments that asked.
        bad, good: the target that fails, and the one that must pass; None for none.
        signal: the failure, as the user wrote it.
        load: the original's.
        exception: type of the exception by which a script tells that failure; empty where it
            measures what requests cost.
        budget: seconds.
        output: file of the script.
        axis: whose clients a script of it may be; empty for the axis of the bad target, which one
            with a client script of its own has none of.
        client: text of a client script that is made smaller itself; empty where one is generated.
    """

    schema: int = TASK_SCHEMA
    name: str
    created: str
    command: tuple[str, ...]
    bad: Target
    good: Target | None
    signal: str
    load: Load
    exception: str
    budget: float
    output: str = ""
    axis: str = ""
    client: str = ""

    @property
    def library(self) -> str:
        """The axis of its clients."""
        return self.axis or self.bad.axis

    @property
    def cost(self) -> CostLimit | None:
        """How its scripts judge what requests cost; None where they fail with an exception."""
        return cost_of(self.signal)

    @property
    def effect(self) -> Effect:
        """What is sought."""
        if self.cost is not None:
            return "cost"
        return "timeout" if "Timeout" in self.exception else "error"

    @property
    def space(self) -> Space:
        """The shapes it may try."""
        chain = signals.parse(self.signal).chain
        package = chain[0].rpartition(".")[0] if chain else ""
        return shape_space(self.library, package, self.load, self.effect)

    def target(self, side: Side) -> Target:
        """The target of a side; where there is no good one, that of the bad side."""
        return self.bad if side == "bad" or self.good is None else self.good


def write(folder: Path, path: Path, data: bytes) -> None:
    """Write a file of a reduction's folder.

    Raises:
        MeasurementProblem: it cannot be written.
    """
    with store.writing(folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace(path, data)

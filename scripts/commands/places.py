"""Where a call's trials run: on this machine, on workers started here, or a scheduler's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from scripts.analysis import signals
from scripts.commands.options import Deadline, Python, counting, remark
from scripts.commands.output import console
from scripts.domain import paths
from scripts.domain.problems import UsageProblem
from scripts.environments.build import Environments
from scripts.trials.campaign import MOST_LANES
from scripts.trials.lanes import Stopped
from scripts.trials.runners import Runner, ThisMachine
from scripts.workers.address import LocalWorkers, workers
from scripts.workers.certificates import credentials

COSTS = ("ratio", "percentile", "wall")
"""Kinds of signal that are about time: what runs beside a trial changes what it says."""


@Parameter(name="*")
@dataclass(frozen=True)
class PlaceOptions:
    """Where trials run."""

    workers: str = ""
    """Run trials on several hosts: tls://HOST:8786, a scheduler that `nox -s scheduler` started
    (tcp://127.0.0.1:8786 on this machine); or local:N, so many workers that are started here. What
    is compared runs on one host."""
    certificates: Path | None = None
    """Folder with the certificates of a tls:// scheduler; by default those of Dask's own
    configuration."""

    @property
    def lanes(self) -> int | None:
        """Trials at a time on this machine; None where nothing is said."""
        return None

    @property
    def words(self) -> tuple[str, ...]:
        """The same as arguments of a call that goes on."""
        if not self.workers:
            return ()
        own = ("--certificates", str(self.certificates)) if self.certificates else ()
        return ("--workers", self.workers, *own)

    def check(self, *signals_sought: str) -> None:
        """Make sure that what is said goes together, and with what is sought.

        Args:
            signals_sought: as the user wrote them.

        Raises:
            UsageProblem: it does not.
        """
        if self.certificates is not None and not self.workers.startswith("tls:"):
            raise UsageProblem("--certificates goes with --workers tls://HOST.")
        if self.workers and self.lanes is not None:
            raise UsageProblem("--lanes goes without --workers: each worker runs one at a time.")
        asked = workers(self.workers) if self.workers else None
        beside = asked.count if isinstance(asked, LocalWorkers) else self.lanes or 1
        timed = [text for text in signals_sought if signals.parse(text).kind in COSTS]
        if timed and beside > 1:
            raise UsageProblem(
                f"{timed[0]!r} is about time, which trials take from each other that run on one "
                "machine: one at a time here, or more on several hosts."
            )

    @contextlib.contextmanager
    def running(
        self, environments: Environments, capture: Path | None = None, calls: Path | None = None
    ) -> Iterator[Runner]:
        """The place, for as long as trials run.

        Args:
            environments: of this machine; where they have a clone, workers need it at its path.
            capture, calls: as `ThisMachine` has them; of this machine alone.

        Raises:
            UsageProblem: what is said does not go together.
            MeasurementProblem: no worker can be used.
            Stopped: interrupted before there is one.
        """
        self.check()
        if not self.workers:
            yield ThisMachine(environments, capture, calls)
            return
        # A third of a second of imports, for those who have several hosts.
        from scripts.workers.place import cluster

        asked = workers(self.workers)
        own = None if self.certificates is None else credentials(paths.expanded(self.certificates))
        clone = "" if environments.clone is None else str(environments.clone.folder)
        doing = "Starting" if isinstance(asked, LocalWorkers) else "Looking for the workers of"
        with contextlib.ExitStack() as held:
            try:
                with console(stderr=True).status(f"{doing} {self.workers}"):
                    place = held.enter_context(cluster(asked, own, clone, remark))
            except KeyboardInterrupt:
                raise Stopped("interrupted") from None
            count = len(place.roster.fit)
            remark(f"Trials run on {count} {'worker' if count == 1 else 'workers'}.")
            yield place


@Parameter(name="*")
@dataclass(frozen=True)
class LanePlaceOptions(PlaceOptions):
    """Where trials run, and how many at a time on this machine."""

    lanes: Annotated[int, counting(1, MOST_LANES)] | None = None
    """Trials at a time on this machine, by default 1; of signals that are not about time."""


@Parameter(name="*")
@dataclass(frozen=True)
class LaneOptions(PlaceOptions):
    """What runs the trials, and how many at a time."""

    python: Python = ""
    lanes: Annotated[int, counting(1, MOST_LANES)] | None = None
    """Trials at a time; by default two where there are two cores. What is to be published takes
    1."""


@Parameter(name="*")
@dataclass(frozen=True)
class CampaignOptions(LaneOptions):
    """What runs the trials of a campaign, and for how long each may take."""

    deadline: Deadline | None = None


HERE = PlaceOptions()
"""This machine, one trial at a time."""

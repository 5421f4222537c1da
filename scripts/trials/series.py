"""One trial after another, each chosen by what the ones before said.

Like a campaign, a series is a folder: the question it asks, and one file for each finished trial.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from scripts.domain.problems import MeasurementProblem
from scripts.domain.trial import Load, Target, Trial
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable, Unreachable
from scripts.trials import store
from scripts.trials.campaign import Stopped
from scripts.trials.process import Interrupted, orphaned
from scripts.trials.run import Slot, run_trial


class Series:
    """Runs trials into a folder; a context manager, because environments are built beside it.

    Args:
        folder: an existing one, which holds the series' earlier trials.
        environments: where clients and servers run.
        deadline: seconds each client may take; None for the load's own.

    Raises:
        UsageProblem: a stored trial is damaged.
    """

    def __init__(
        self, folder: Path, environments: Environments, deadline: float | None = None
    ) -> None:
        self.folder = folder
        self.environments = environments
        self.deadline = deadline
        self.trials = store.trials(folder)
        self._asked: set[Target] = set()
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="builder")
        self._stopped = threading.Event()

    def __enter__(self) -> Series:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._builder.shutdown(wait=True, cancel_futures=True)

    def prepare(self, targets: Iterable[Target]) -> None:
        """Build what is likely to be tried soon, beside the trial that runs."""
        for target in targets:
            if target not in self._asked:
                self._asked.add(target)
                self._builder.submit(self.environments.prepare, target, self._stopped.is_set)

    def run(self, target: Target, load: Load, number: int) -> Trial:
        """Run one trial and write it down, unless this round (number) of the series has it already.

        Raises:
            Stopped: interrupted; nothing of the trial remains.
            MeasurementProblem: it could not be written, or the package index cannot be reached.
        """
        for each in self.trials:
            if (each.round, each.target, each.load) == (number, target, load):
                return each
        try:
            self.environments.server(target)
            self.environments.client(target)
        except Unreachable as error:
            raise MeasurementProblem(f"{error}: connect, and go on.") from error
        except Unavailable:
            pass  # its trial will say so
        order = 1 + max((each.order for each in self.trials), default=0)
        slot = Slot(self.folder.name, order, number)
        try:
            found = run_trial(target, load, slot, self.environments, self.deadline, orphaned)
            store.write(found, self.folder)
        except KeyboardInterrupt:
            raise Stopped("interrupted") from None
        except Interrupted:
            raise Stopped("whatever started this is gone") from None
        except OSError as error:
            raise store.unwritten(self.folder, error) from error
        self.trials.append(found)
        return found

"""Round after round of trials, each chosen by what the ones before said.

Like a campaign, a series is a folder: the question it asks, and one file for each finished trial.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, TypeVar

from scripts.domain.trial import Host, Load, Place, Target, Trial
from scripts.trials import store
from scripts.trials.job import Job
from scripts.trials.lanes import Lanes
from scripts.trials.lock import alone
from scripts.trials.runners import Runner

WAITING = 4
"""How many times as many rounds as can run may wait for one that takes long."""

Step = TypeVar("Step")


class KnownTrial(Protocol):
    """A stored trial, as far as a series needs to know it."""

    @property
    def place(self) -> Place:
        """Where it stands."""

    @property
    def target(self) -> Target:
        """What was judged."""

    @property
    def load(self) -> Load:
        """Under what."""

    @property
    def host(self) -> Host:
        """Where."""


class Round(NamedTuple):
    """Trials of a series that are compared with each other: on one host, one after the other.

    Attributes:
        number: of the round in its series.
        targets: what runs, in this order.
        load: under which load.
    """

    number: int
    targets: Sequence[Target]
    load: Load


class Series:
    """Runs trials into a folder; a context manager, because environments are built beside it.

    Args:
        folder: an existing one, which holds the series' earlier trials.
        runner: where trials run.
        deadline: seconds each client may take; None for the load's own.
        numbered: whether each request carries a number, see `Job`.
        lanes: rounds that run at a time on this machine; other hosts run one.
        known: reads the folder's trials, where whoever asks does so in a way of its own; those that
            somebody disturbed are not among them.

    Attributes:
        trials: those that an earlier run left, where no other reading was asked for.

    Raises:
        UsageProblem: on entering it, a stored trial is damaged, or another process runs it.
    """

    # Six parameters, as what runs trials has.
    def __init__(
        self,
        folder: Path,
        runner: Runner,
        deadline: float | None = None,
        numbered: bool = False,
        lanes: int = 1,
        known: Callable[[Path], Iterable[KnownTrial]] | None = None,
    ) -> None:
        self.folder = folder
        self.deadline = deadline
        self.numbered = numbered
        self.trials: list[Trial] = []
        self._read = known
        self._known: dict[tuple[int, Load], list[KnownTrial]] = {}
        self._lanes = Lanes(runner, lanes)
        self._held = contextlib.ExitStack()
        self._orders = itertools.count(1)

    def __enter__(self) -> Series:
        with contextlib.ExitStack() as held:
            held.enter_context(alone(self.folder))
            held.enter_context(self._lanes)
            if self._read is None:
                self.trials = list(store.without_disturbed(self.folder))
            last = 0
            for trial in self.trials if self._read is None else self._read(self.folder):
                self._known.setdefault((trial.place.round, trial.load), []).append(trial)
                last = max(last, trial.place.order)
            self._orders = itertools.count(last + 1)
            self._held = held.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._held.__exit__(kind, error, at)

    @property
    def places(self) -> int:
        """How many rounds can run at a time, by now."""
        return self._lanes.count

    def prepare(self, targets: Iterable[Target]) -> None:
        """Build what is likely to be tried soon, beside the trials that run."""
        self._lanes.prepare(targets)

    def start(self, asked: Round) -> Future[list[Trial]]:
        """Run a round and write its trials down, but for those that its host has run already: the
        trials of its targets, in their order.
        """
        earlier = self._known.get((asked.number, asked.load), [])
        deadline = self.deadline

        def jobs(host: str) -> Iterator[Job | Trial]:
            here = {trial.target: trial for trial in earlier if trial.host.name == host}
            for target in asked.targets:
                if target in here:
                    yield self._whole(here[target])
                    continue
                order = next(self._orders)
                place = Place(self.folder.name, order, asked.number, self._lanes.beside)
                yield Job(target, asked.load, place, deadline, numbered=self.numbered)

        return self._lanes.together(jobs, self.folder)

    def _whole(self, trial: KnownTrial) -> Trial:
        """A trial that the folder had, read whole.

        Raises:
            UsageProblem: its file is not there any more, or damaged.
        """
        if isinstance(trial, Trial):
            return trial
        return store.read(store.find(Path(self.folder.name, f"{trial.place.order:04d}")))

    def some(self, running: Collection[Future[list[Trial]]]) -> set[Future[list[Trial]]]:
        """Those rounds that are done, after waiting for one.

        Args:
            running: at least one.

        Raises:
            Stopped: whatever started this is gone, or no host is left.
            MeasurementProblem: a trial could not be run or written, or the package index cannot be
                reached.
        """
        while not (over := self._lanes.finished(running)):
            pass
        for future in over:
            future.result()
        return over

    def over(self, running: Future[list[Trial]]) -> list[Trial]:
        """The trials of a round, once it is done; raises what `some` does."""
        [trials] = self._lanes.results([running])
        return trials

    def pursued(
        self,
        choose: Callable[[list[Step]], Step | None],
        asked: Callable[[Step], Round],
        shown: Callable[[list[Step]], AbstractContextManager[None]],
        until: float | None = None,
        ordered: bool = False,
    ) -> Iterator[tuple[Step, list[Trial]]]:
        """Steps with the trials of their rounds, as these are done, until no more is asked for and
        nothing runs: what runs when it is answered counts like all else.

        Args:
            choose: the next step beside those that run; None where there is none by now.
            asked: the round of a step.
            shown: steps that run, for as long as one of them is waited for.
            until: moment on the monotonic clock after which none is started; None for no end.
            ordered: whether they are handed out as they began, not as they end: then some may wait
                for one that takes long.

        Raises:
            Stopped, MeasurementProblem: as `some`.
        """
        begun: list[tuple[Step, Future[list[Trial]]]] = []
        while True:
            while self._room(begun) and (until is None or time.monotonic() < until):
                step = choose([step for step, _ in begun])
                if step is None:
                    break
                begun.append((step, self.start(asked(step))))
            if not begun:
                return
            waiting = [future for _, future in begun if not future.done()]
            if waiting:
                with shown([step for step, _ in begun]):
                    self.some(waiting)
            for entry in [*begun]:
                if entry[1].done():
                    begun.remove(entry)
                    yield entry[0], entry[1].result()
                elif ordered:
                    break

    def _room(self, begun: Sequence[tuple[object, Future[list[Trial]]]]) -> bool:
        """Whether one more round can run, beside those that run or wait for another."""
        running = sum(not future.done() for _, future in begun)
        return running < self.places and len(begun) < WAITING * self.places

    def run(self, asked: Round) -> list[Trial]:
        """Run a round, and wait for it; raises what `some` does."""
        return self.over(self.start(asked))

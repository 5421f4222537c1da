"""Which workers of a scheduler can be used by now: they come and go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from scripts.trials.lanes import Stopped
from scripts.workers.engine import CLOSING, CONNECTING
from scripts.workers.fitness import Fitness, here, unfit
from scripts.workers.work import about

if TYPE_CHECKING:
    from distributed import Client

LOOK = 1.0
"""Seconds between two looks at which workers there are."""

SILENT = 3
"""Looks in a row that the scheduler does not answer, after which it counts as gone."""


FOREIGN = "is none of this project's: start it with `nox -s worker -- ADDRESS` in a clone"


class Refusal(NamedTuple):
    """A worker that is not used.

    Attributes:
        why: in words that follow its address.
        host: its host's name; empty where it could not tell.
    """

    why: str
    host: str


class Roster:
    """The workers that fit, looked at in a thread of its own; a context manager.

    Args:
        client: of the scheduler.
        local: whether all workers were started on this machine, for this call.
        tell: is told of each worker that is not used, and of those that are lost.

    Attributes:
        fit: what those are that can be used, by address.
        refused: why others cannot, by address.
        changed: held while either changes, and notified.
    """

    def __init__(self, client: Client, local: bool, tell: Callable[[str], None]) -> None:
        self.fit: dict[str, Fitness] = {}
        self.refused: dict[str, Refusal] = {}
        self.changed = threading.Condition()
        self._client = client
        self._local = local
        self._tell = tell
        self._own = here()
        self._ended = threading.Event()
        self._gone = False
        self._silent = 0
        self._watching = threading.Thread(target=self._watch, name="workers", daemon=True)

    def __enter__(self) -> Roster:
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watching.join(CLOSING)

    def check_scheduler(self) -> None:
        """Make sure that the scheduler is still there.

        Raises:
            Stopped: it is not.
        """
        if self._gone or self._client.status != "running":
            self._gone = True
            raise Stopped("the scheduler is gone")

    def lose(self, address: str) -> None:
        """Use a worker no longer."""
        with self.changed:
            gone = self.fit.pop(address, None)
            if gone is None:
                return
            # One that was refused because of it may take its place.
            self.refused = {
                at: refusal for at, refusal in self.refused.items() if refusal.host != gone.host
            }
            if not self._ended.is_set():
                self._tell(
                    f"Worker {address} is gone: what it ran says nothing, and is run elsewhere."
                )
            self.changed.notify_all()

    def _watch(self) -> None:
        """Look which workers there are, until this is done or the scheduler is gone."""
        while not self._gone:
            try:
                self._look()
            except TimeoutError:
                self._silent += 1
                self._gone = self._silent >= SILENT
            except Exception:  # noqa: S110 - whatever Dask makes of it, it is looked again
                pass
            else:
                self._silent = 0
            if self._ended.wait(LOOK):
                return

    def _look(self) -> None:
        """Take up workers that are new, and give up those that are gone."""
        scheduler = self._client.scheduler
        if scheduler is None:
            return
        # Not the client's own notion of it, which it renews by itself without the workers.
        told = self._client.sync(scheduler.identity, n_workers=-1, callback_timeout=CONNECTING)
        there = {*told["workers"]}
        with self.changed:
            known = {*self.fit}
            self.refused = {at: one for at, one in self.refused.items() if at in there}
        for address in known - there:
            self.lose(address)
        for address in sorted(there - known - self.refused.keys()):
            self._take_up(address)

    def _take_up(self, address: str) -> None:
        """Use a worker from now on, if it fits."""
        with self.changed:
            others = {fit.host: other for other, fit in self.fit.items()}
        try:
            worker = self._client.sync(
                self._client._run, about, workers=[address], callback_timeout=CONNECTING
            )[address]
        except (OSError, TimeoutError):
            return  # it is gone again, or not quite there
        except Exception:  # whatever it raises that has no code of ours to do it
            self._refuse(address, Refusal(FOREIGN, ""))
            return
        if why := unfit(worker, self._own, others, self._local):
            self._refuse(address, Refusal(why, worker.host))
            return
        with self.changed:
            self.fit[address] = worker
            self.changed.notify_all()

    def _refuse(self, address: str, refusal: Refusal) -> None:
        """Do not use a worker, and say why."""
        with self.changed:
            self.refused[address] = refusal
        self._tell(f"Worker {address} {refusal.why}. It is not used.")

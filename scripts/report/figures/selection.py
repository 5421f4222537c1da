"""Which trials of the published campaigns are pictured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from scripts.analysis.catalogue import ClosedIdle
from scripts.analysis.causes import causes
from scripts.analysis.summary import Row
from scripts.domain import libraries, targets
from scripts.domain.trial import Lag, Requests, Trial
from scripts.report.facts import Publication


def telling_trials(publication: Publication) -> list[Trial]:
    """Of each target the middle one of its trials by failed requests, in the order of the matrix.

    All are of the load that most trials ran under, and have their requests and their event loop
    noted.
    """
    load = _load(publication)
    noted: dict[str, list[Trial]] = {}
    for trial in publication.trials:
        told = trial.client.requests is not None and trial.client.lag is not None
        if trial.load.name == load and told:
            noted.setdefault(trial.target.name, []).append(trial)
    rows = [row for row in publication.summary.rows if row.load.name == load]
    return [_middle(noted[row.target.name]) for row in rows if row.target.name in noted]


def _load(publication: Publication) -> str:
    """The load that most trials ran under."""
    return Counter(trial.load.name for trial in publication.trials).most_common(1)[0][0]


def _middle(trials: Sequence[Trial]) -> Trial:
    """The middle one by failed requests, then by time; of two the lesser."""
    order = sorted(trials, key=lambda trial: (trial.client.failed_requests, lasted(trial)))
    return order[(len(order) - 1) // 2]


def contrasted(trials: Sequence[Trial]) -> list[Trial]:
    """Of telling trials those of the document's two clients, and of httpx's newest successor
    between them.
    """
    document = {one.axis: one.pins for one in (targets.document(), targets.control())}
    pair = [trial for trial in trials if trial.target.pins == document.get(trial.target.axis)]
    newest = [trial for trial in trials if trial.target.axis == libraries.SUCCESSOR][-1:]
    return [*pair[:1], *newest, *pair[1:]]


class Typical(NamedTuple):
    """A failure: its trial, the number of its request, and how many alike it was chosen among."""

    trial: Trial
    request: int
    among: int


def typical_failure(publication: Publication) -> Typical | None:
    """A request that failed on a stale connection: of the first of the telling targets of which
    some did, the one whose write came as long after the close as the middle one's. None where no
    request failed so.
    """
    telling = telling_trials(publication)
    load = _load(publication)
    for name in dict.fromkeys(trial.target.name for trial in [*contrasted(telling), *telling]):
        failures = [
            (cause.evidence.close_to_write, trial, cause.request)
            for trial in publication.trials
            if trial.target.name == name and trial.load.name == load
            for cause in causes(trial)
            if isinstance(cause.evidence, ClosedIdle) and cause.request is not None
        ]
        if failures:
            order = sorted(failures, key=lambda failure: failure[0])
            _, trial, request = order[(len(order) - 1) // 2]
            return Typical(trial, request, len(order))
    return None


def campaign(publication: Publication) -> str:
    """The folder that pictures of single trials lie in: the first campaign's."""
    return publication.trials[0].place.campaign


def requests(trial: Trial) -> Requests:
    """A trial's requests; none where they were not noted."""
    return trial.client.requests or Requests([], [], [])


def lag(trial: Trial) -> Lag:
    """How late a trial's event loop was; never, where that was not noted."""
    return trial.client.lag or Lag(0.0, 0.0, 0, [])


def first(trial: Trial) -> float:
    """When its first request started."""
    return min(requests(trial).start, default=0.0)


def lasted(trial: Trial) -> float:
    """Seconds from the first request's start to the last one's end."""
    ends = [end for end in requests(trial).end if end is not None]
    return max(ends, default=0.0) - first(trial)


def of_row(row: Row, ran: Sequence[Trial]) -> list[Trial]:
    """The trials that a row rests on, which say something."""
    names = set(row.files)
    return [trial for trial in ran if trial.name in names and trial.measured]


def failed_counts(row: Row, ran: Sequence[Trial]) -> list[int]:
    """Failed requests of each trial of a row."""
    return [trial.client.failed_requests for trial in of_row(row, ran)]

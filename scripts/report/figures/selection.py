"""Which trials of the published campaigns are pictured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scripts.analysis.connections import cases
from scripts.domain import libraries, targets
from scripts.domain.trial import Lag, Requests, Trial
from scripts.report.facts import Publication


def telling_trials(publication: Publication) -> list[Trial]:
    """Of each target the first trial that failed, else the first, in the order of the matrix.

    All are of the load that most trials ran under, and have their requests and their event loop
    noted.
    """
    load = Counter(trial.load.name for trial in publication.trials).most_common(1)[0][0]
    chosen: dict[str, Trial] = {}
    for trial in publication.trials:
        noted = trial.client.requests is not None and trial.client.lag is not None
        if trial.load.name != load or not noted:
            continue
        before = chosen.setdefault(trial.target.name, trial)
        if trial.failing and not before.failing:
            chosen[trial.target.name] = trial
    rows = [row for row in publication.summary.rows if row.load.name == load]
    return [chosen[row.target.name] for row in rows if row.target.name in chosen]


def contrasted(trials: Sequence[Trial]) -> list[Trial]:
    """Of telling trials those of the document's two clients, and of httpx's newest successor
    between them.
    """
    document = {one.axis: one.pins for one in (targets.document(), targets.control())}
    pair = [trial for trial in trials if trial.target.pins == document.get(trial.target.axis)]
    newest = [trial for trial in trials if trial.target.axis == libraries.SUCCESSOR][-1:]
    return [*pair[:1], *newest, *pair[1:]]


def failed_trial(trials: Sequence[Trial]) -> Trial | None:
    """The first of telling trials whose failure both ends of a connection tell of."""
    order = [*contrasted(trials), *trials]
    return next((trial for trial in order if trial.client.connections and cases(trial)), None)


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

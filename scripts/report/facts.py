"""All that is published, read and worked out once: what every page is made from."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from scripts.analysis import compare
from scripts.analysis.capture import Witness
from scripts.analysis.compare import SurveyLine
from scripts.analysis.lane_effect import LaneEffect, lane_effects
from scripts.analysis.summary import Summary, summarise
from scripts.domain.callcounts import CallCounts
from scripts.domain.pins import pinned
from scripts.domain.surveys import Topic
from scripts.domain.trial import Trial
from scripts.mapping.result import AtlasResult, atlas_result
from scripts.proof.result import ProofResult
from scripts.reduction.result import Smallest
from scripts.report import conditions, published
from scripts.search.bisection import Bisection
from scripts.search.contrast import Contrast
from scripts.search.contrast_finding import ContrastFinding, contrast_finding
from scripts.search.difference import Difference
from scripts.search.finding import Finding, finding
from scripts.search.history import History
from scripts.search.investigate import replayed
from scripts.search.mixtures import Mixtures
from scripts.search.question import Question
from scripts.search.release_line import ReleaseLine, release_line


@dataclass(frozen=True)
class SearchResult:
    """A published search and what its trials say.

    Attributes:
        question: what it asked.
        last: the place of its last trial, from 1.
        conditions: how many ran at a time, and on which anyio, in words.
        result: a bisection's finding, a history's line, or what a difference found.
        took: median seconds of processor time that a request took, by the release of the package
            that is searched, where trials recorded it.
    """

    question: Question | Contrast
    last: int
    conditions: str
    result: Finding | ReleaseLine | ContrastFinding
    took: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Publication:
    """All that is published.

    Attributes:
        trials: of the campaigns, of those that ran the fewest at a time.
        searches, reductions: the oldest first.
        surveys: their lines by topic; measured: their trials.
        lanes: what running several at a time changes, where that is published too.
        proofs: of changes, the oldest first.
        witnesses: further trials whose packets were captured, each with what those say.
        counted: further trials whose calls were counted, each with the counts.
        atlases: maps of settings, the oldest first.
    """

    trials: list[Trial]
    searches: list[SearchResult]
    reductions: list[Smallest]
    surveys: dict[Topic, list[SurveyLine]]
    measured: dict[Topic, list[Trial]]
    lanes: list[LaneEffect] = field(default_factory=list)
    witnesses: list[tuple[Trial, Witness]] = field(default_factory=list)
    proofs: list[ProofResult] = field(default_factory=list)
    counted: list[tuple[Trial, CallCounts]] = field(default_factory=list)
    atlases: list[AtlasResult] = field(default_factory=list)

    @cached_property
    def summary(self) -> Summary:
        """What the campaigns' trials say together."""
        return summarise(self.trials)


def publication() -> Publication:
    """What is published.

    Raises:
        UsageProblem: one of its files is damaged.
    """
    asked, ran = published.surveyed(), published.every_trial()
    return Publication(
        published.trials(ran),
        [
            search_result(search.question, search.trials, search.folder)
            for search in published.searches()
        ],
        published.reductions(),
        {topic: compare.answered(survey, trials) for topic, (survey, trials) in asked.items()},
        {topic: trials for topic, (_, trials) in asked.items()},
        lane_effects(ran),
        published.witnesses(),
        published.proofs(),
        published.counted(),
        [atlas_result(exploration) for exploration in published.atlases()],
    )


def search_result(
    question: Question | Contrast, trials: Sequence[Trial], folder: Path
) -> SearchResult:
    """What a search's trials say.

    Args:
        question: what is asked.
        trials: all of its own.
        folder: where it is kept.
    """
    result: Finding | ReleaseLine | ContrastFinding
    if isinstance(question, Contrast):
        difference = Difference(question, Mixtures(question, folder))
        result = contrast_finding(replayed(difference, trials))
    elif question.kind == "history":
        result = release_line(replayed(History(question), trials))
    else:
        result = finding(replayed(Bisection(question), trials))
    last = max(trial.place.order for trial in trials)
    lanes = conditions.at_a_time(trial.place.lanes for trial in trials)
    words = ", ".join(filter(None, [lanes, conditions.layer_words(trials)]))
    return SearchResult(question, last, words, result, _took(question, trials))


def _took(question: Question | Contrast, trials: Iterable[Trial]) -> dict[str, float]:
    """Seconds of processor time that a request took, at the median, by release."""
    times: dict[str, list[float]] = {}
    if isinstance(question, Contrast) or question.by_day:
        return {}
    for trial in trials:
        releases = pinned(trial.target.pins)
        seconds = trial.client.cpu_per_request if trial.client.requests else None
        if seconds is not None and question.package in releases:
            times.setdefault(releases[question.package], []).append(seconds)
    return {release: statistics.median(seconds) for release, seconds in times.items()}

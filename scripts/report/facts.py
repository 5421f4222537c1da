"""What the published searches and reductions found, from their trials, as REPORT.md tells it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs
from packaging.version import InvalidVersion, Version

from scripts.analysis import compare
from scripts.analysis.compare import SurveyLine
from scripts.analysis.connections import cases
from scripts.analysis.summary import summarise
from scripts.domain import targets
from scripts.domain.entries import Topic
from scripts.domain.files import PROJECT
from scripts.domain.trial import Trial
from scripts.reduction import result
from scripts.reduction.result import Smallest
from scripts.report import answers, published
from scripts.report.overview import Changed
from scripts.report.page import render
from scripts.report.story import story
from scripts.search import history
from scripts.search.bisection import Bisection
from scripts.search.finding import finding, load_words
from scripts.search.investigate import replayed
from scripts.search.question import Finding, Question
from scripts.trials import store


@dataclass(frozen=True)
class Searched:
    """A published search and what its trials say: a bisection's finding, or a history's line."""

    question: Question
    last: int
    found: Finding | history.Line


@dataclass(frozen=True)
class Known:
    """All that is published, read and worked out once.

    Attributes:
        trials: of the campaigns.
        searches, reductions: the oldest first.
        surveys: their lines by topic; measured: their trials.
    """

    trials: list[Trial]
    searches: list[Searched]
    reductions: list[Smallest]
    surveys: dict[Topic, list[SurveyLine]]
    measured: dict[Topic, list[Trial]]


def known() -> Known:
    """What is published.

    Raises:
        UsageProblem: one of its files is damaged.
    """
    asked = published.surveyed()
    return Known(
        published.trials(),
        [_searched(each.question, each.trials) for each in published.searches()],
        published.reductions(),
        {topic: compare.answered(*both) for topic, both in asked.items()},
        {topic: trials for topic, (_, trials) in asked.items()},
    )


def _searched(question: Question, trials: Sequence[Trial]) -> Searched:
    found: Finding | history.Line
    if question.kind == "history":
        found = replayed(history.History(question), trials).line()
    else:
        found = finding(replayed(Bisection(question), trials))
    return Searched(question, max(each.place.order for each in trials), found)


def answered(searches: Sequence[Searched]) -> list[render.Answer]:
    """What the published searches found, as REPORT.md tells it."""
    found = []
    for each in searches:
        name = each.question.name
        if isinstance(each.found, Finding):
            told, rows, picture = answers.lines(each.found), [], ""
        else:
            told, rows = answers.history_lines(each.found), answers.rows(each.found)
            picture = f"results/published/{name}/history.svg"
        orders = f"{name}/0001 to {each.last:04d}"
        command = shlex.join(each.question.command)
        found.append(render.Answer(told, rows, picture, orders, command))
    return found


def changed(searches: Sequence[Searched]) -> list[Changed]:
    """The releases that the published searches found to change something, each once for a signal,
    as the search with the most to say has it: levels of cost before rates.
    """
    found: dict[tuple[str, str, str], Changed] = {}
    commits = {}
    for each in searches:
        question, told = each.question, each.found
        if not isinstance(told, Finding):
            for step in told.changes:
                key = (question.package, step.after, question.signal)
                found[key] = Changed(
                    package=question.package,
                    release=step.after,
                    day=step.days[1],
                    signal=question.signal,
                    confidence=step.confidence,
                    words=answers.difference(step.old, step.new, question.signal, step.levels),
                    ask=_commits(question, step.before, step.after, step.direction == "better"),
                )
            continue
        newer, older = told.first_bad or told.first_good, told.last_good or told.last_bad
        if told.verdict != "culprit" or newer is None or older is None:
            continue
        if told.commit:
            for release in _releases(question.command):
                commits[question.package, release, question.signal] = told.commit
        elif told.moved_with is not None and told.moved_with.did in ("others", "not alone"):
            continue
        elif told.before is not None and told.after is not None:
            key = (question.package, newer, question.signal)
            if key not in found:  # a history has more trials, and levels of cost
                found[key] = Changed(
                    package=question.package,
                    release=newer,
                    day=told.days[1] if told.days else None,
                    signal=question.signal,
                    confidence=told.confidence or 0.0,
                    words=answers.difference(told.before, told.after, question.signal, None),
                    ask=_commits(question, older, newer, question.fix),
                )
    for (package, release, signal), one in found.items():
        if (package, release, signal) in commits:
            known = commits[package, release, signal][:7]
            found[package, release, signal] = structs.replace(one, commit=known, ask="")
    return sorted(found.values(), key=lambda one: (one.package, Version(one.release)))


def _commits(question: Question, older: str, newer: str, fix: bool) -> str:
    """The command that searches the commits between two releases."""
    good, bad = (newer, older) if fix else (older, newer)
    words = [f"nox -s bisect -- --source path/to/clone --package {question.package}"]
    words += [f"--good {good} --bad {bad} --signal {shlex.quote(question.signal)}"]
    return " ".join([*words, *load_words(question.load)])


def _releases(command: Sequence[str]) -> list[str]:
    """The later of the two releases between which a call searched the commits; none where it
    names no releases.
    """
    words = [part for each in command for part in each.split("=", 1)]
    ends = [words[words.index(name) + 1] for name in ("--good", "--bad") if name in words[:-1]]
    try:
        return [max(ends, key=Version)] if len(ends) == 2 else []
    except InvalidVersion:
        return []


def reduced(smallest: Sequence[Smallest]) -> list[render.Answer]:
    """What the published reductions found."""
    found = []
    for each in smallest:
        about = each.about
        title = f"{about.script}: {about.bad}, {about.signal}"
        picture = f"results/published/{about.name}/reduced.svg"
        told = [title, *(line.strip() for line in result.lines(each))]
        command = shlex.join(about.command)
        found.append(render.Answer(told, [], picture, about.name, command))
    return found


def everything(found: Known, pictures: Mapping[Path, str]) -> render.Published:
    """All that stands in REPORT.md beside the published campaign.

    Args:
        found: what is published.
        pictures: as `drawn` gives them.
    """
    scenes = {path.stem: str(path.relative_to(PROJECT)) for path in pictures if path.stem in SCENES}
    return render.Published(
        answered(found.searches),
        reduced(found.reductions),
        changed(found.searches),
        found.surveys,
        found.measured,
        scenes,
    )


SCENES = ("requests", "lag", "timeline")
"""Pictures of single trials of the published campaign, by file name."""


def _pictured(trials: Sequence[Trial]) -> dict[str, bytes]:
    """Pictures of single trials: of each telling target the first that failed, else the first.

    All are of the load that most targets ran under.
    """
    from scripts.report.figures import scenes  # half a second of matplotlib, for this alone

    load = Counter(each.load.name for each in trials).most_common(1)[0][0]
    chosen: dict[str, Trial] = {}
    for each in trials:
        known = chosen.get(each.target.name)
        if (
            each.load.name == load
            and each.client.requests is not None
            and each.client.lag is not None
        ):
            better = known is None or (each.failing and not known.failing)
            chosen[each.target.name] = each if better or known is None else known
    rows = [row.target.name for row in summarise(trials).rows if row.load.name == load]
    told = [chosen[name] for name in rows if name in chosen]
    axes = {each.axis: each.pins for each in (targets.document(), targets.control())}
    pair = [each for each in told if each.target.pins == axes.get(each.target.axis)]
    newest = [each for each in told if each.target.axis == "httpx2"][-1:]
    few = [*pair[:1], *newest, *pair[1:]]
    failed = next((each for each in [*few, *told] if each.client.connections and cases(each)), None)
    found = {"requests": scenes.requests(few)} if few else {}
    found |= {"lag": scenes.lag(told)} if told else {}
    return found | ({"timeline": scenes.timeline(story(failed, None))} if failed else {})


def drawn(found: Known) -> dict[Path, str]:
    """Every picture of REPORT.md, by path."""
    from scripts.report.figures import chart  # half a second of matplotlib, for this alone

    campaign = published.campaigns()[0]
    pictures = {campaign / f"{name}.svg": svg for name, svg in _pictured(found.trials).items()}
    for smallest in found.reductions:
        folder = store.PUBLISHED / smallest.about.name
        pictures[folder / "reduced.svg"] = chart.reduced(smallest)
    for each in found.searches:
        if not isinstance(each.found, Finding):
            folder = store.PUBLISHED / each.question.name
            pictures[folder / "history.svg"] = chart.svg(each.found)
    return {path: svg.decode() for path, svg in pictures.items()}

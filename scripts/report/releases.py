"""The releases that the published searches found to change something."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import structs
from packaging.version import InvalidVersion, Version

from scripts.analysis.rates import Rate
from scripts.analysis.surroundings import Versions
from scripts.domain.trial import Load, differences, origin
from scripts.domain.words import listed
from scripts.report import findings
from scripts.report.calls import load_options
from scripts.report.facts import SearchResult
from scripts.search.contrast import Contrast
from scripts.search.contrast_finding import ContrastFinding
from scripts.search.finding import Finding
from scripts.search.question import Question
from scripts.search.release_line import ReleaseLine


class ChangedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release that changed something.

    Attributes:
        package, release, day: which; the day is None where unknown.
        signal: of what.
        load: under which kind of load, see `regime`; under: that load itself.
        words: what changed, with numbers.
        old, new: how many trials showed the signal before it, and from it on.
        levels: the cost before it and from it on, as multiples of the control's; None where rates
            were judged.
        confidence: that something did, 0 to 1.
        commit: which of its commits did, where that was found.
        ask: the command that would find it, where it was not.
        moved: packages that moved along and were not told apart: name -> (version before, version
            after), None for one that is not there.
        searches: names of the searches that found it, and its commit.
        took: seconds of processor time that a request took with it, at the median; None where that
            was not recorded.
        opposed: whether another search found the opposite of the same release, signal and load.
        before: of one that was found by the day, the version that was installed till then: releases
            that lie between were not tried. Empty for one that was found among releases.
    """

    package: str
    release: str
    day: str | None
    signal: str
    load: str
    under: Load
    words: str
    old: Rate
    new: Rate
    confidence: float
    levels: tuple[float, float] | None = None
    commit: str = ""
    ask: str = ""
    moved: Versions = {}
    searches: tuple[str, ...] = ()
    took: float | None = None
    opposed: bool = False
    before: str = ""

    @property
    def worse(self) -> bool:
        """Whether it is for the worse."""
        if self.levels is not None:
            return self.levels[1] > self.levels[0]
        return self.new.bad * self.old.trials > self.old.bad * self.new.trials

    def opposes(self, other: ChangedRelease) -> bool:
        """Whether another says the opposite of the same release, signal and load."""
        same = ("package", "release", "signal", "under")
        return self.worse != other.worse and all(
            getattr(self, name) == getattr(other, name) for name in same
        )

    def covers(self, other: ChangedRelease) -> bool:
        """Whether another that was found among releases says more exactly which one it is."""
        return (
            bool(self.before and not other.before)
            and self.worse == other.worse
            and (self.package, self.signal, self.load) == (other.package, other.signal, other.load)
            and Version(self.before) < Version(other.release) <= Version(self.release)
        )


ReleaseKey = tuple[str, str, str, str, bool]
"""Package, release, signal and load, and whether it is for the worse: how often requests fail hangs
on how fast the machine is, so that two searches may find opposites.
"""


OF_THE_DOCUMENT = ("ReadError", "slow")
"""Signals of what the document tells of."""


def by_surety(changed: Iterable[ChangedRelease]) -> list[ChangedRelease]:
    """The releases that changed what the document tells of: for the worse first, the surest of each
    first.
    """
    told = (change for change in changed if change.signal in OF_THE_DOCUMENT)
    return sorted(told, key=lambda change: (not change.worse, -change.confidence))


def release_words(changes: Sequence[ChangedRelease]) -> str:
    """A release that changed something: "httpcore 1.0.3 (2024-02-14, commit 7b04cda)".

    Args:
        changes: of one release, at least one.
    """
    first = changes[0]
    about = [first.day or "day unknown"]
    about += dict.fromkeys(f"commit {change.commit}" for change in changes if change.commit)
    about += [f"after {first.before}"] if first.before else []
    about += [f"with {listed(first.moved)}"] if first.moved else []
    return f"{first.package} {first.release} ({', '.join(about)})"


def pace_words(change: ChangedRelease, *, briefly: bool = False) -> str:
    """What a request took where something changed, where a search found the opposite elsewhere;
    empty otherwise.

    Args:
        change: it.
        briefly: without what the milliseconds are of.
    """
    if not change.opposed or change.took is None:
        return ""
    return f" at {1000 * change.took:.1f} ms{'' if briefly else ' of CPU time a request'}"


def regime(load: Load) -> str:
    """Which load by name a load is derived from, and by what the client's clock is scaled where
    that is otherwise: what is measured under others tells of the same change.
    """
    base = origin(load)
    factor = differences(load, base).get("expiry_factor")
    return base.name if factor is None else f"{base.name} with expiry_factor={factor:g}"


def changed_releases(searches: Sequence[SearchResult]) -> list[ChangedRelease]:
    """The releases that the published searches found to change something, each once for a signal
    and a direction, as the search with the most to say has it: levels of cost before rates.
    """
    changed: dict[ReleaseKey, ChangedRelease] = {}
    commits: dict[ReleaseKey, tuple[str, str]] = {}
    for search in searches:
        question, result = search.question, search.result
        if isinstance(question, Contrast) or isinstance(result, ContrastFinding):
            continue  # it names packages, not releases
        if isinstance(result, ReleaseLine) and question.by_day:
            continue
        if not isinstance(result, Finding):
            changed |= {_key(one): one for one in _in_history(question, result, search.took)}
        elif result.verdict == "culprit" and result.commit:
            found = (result.commit, question.name)
            commits |= dict.fromkeys(_release_of_commits(question), found)
        else:
            release = _of_bisection(question, result, search.took)
            if release is not None:  # a history has more trials, and levels of cost
                same = changed.get(_key(release))
                if same is None or same.covers(release):
                    changed[_key(release)] = release
    with_commits = [
        _with_commit(release, *commits[key]) if key in commits else release
        for key, release in changed.items()
        if not any(map(release.covers, changed.values()))
    ]
    with_commits = [
        structs.replace(one, opposed=any(map(one.opposes, with_commits))) for one in with_commits
    ]
    return sorted(with_commits, key=lambda one: (one.package, Version(one.release)))


class LastingFault(msgspec.Struct, frozen=True):
    """What every trial of a search showed, from its first release to its last.

    Attributes:
        package: whose releases they are.
        signal: what every trial showed.
        script: the client's, by its file's name.
        first, last: (release, day) at the two ends; None for a day that is not known.
        trials: how many say so.
    """

    package: str
    signal: str
    script: str
    first: tuple[str, str | None]
    last: tuple[str, str | None]
    trials: int


def lasting_faults(searches: Sequence[SearchResult]) -> list[LastingFault]:
    """Of the published histories, those that nothing changes and whose every trial was bad."""
    found = []
    for search in searches:
        question, line = search.question, search.result
        if isinstance(question, Contrast) or not isinstance(line, ReleaseLine) or line.by_day:
            continue
        measured = [(point, point.rate) for point in line.points if point.rate is not None]
        if line.verdict != "unchanged" or not measured:
            continue
        if all(rate.bad == rate.trials for _, rate in measured):
            (first, _), (last, _) = measured[0], measured[-1]
            found.append(
                LastingFault(
                    question.package,
                    question.signal,
                    Path(question.points[0].target.script).name,
                    (first.name, first.day),
                    (last.name, last.day),
                    sum(rate.trials for _, rate in measured),
                )
            )
    return found


def lasting_words(fault: LastingFault) -> str:
    """What lasts, in a sentence without its full stop."""
    first, day = fault.first
    since = f"{fault.package} {first}{f' ({day})' if day else ''}"
    return (
        f"All releases tried, from {since} to {fault.last[0]}: {fault.script} fails in "
        f"{fault.trials} of {fault.trials} trials"
    )


def _with_commit(release: ChangedRelease, commit: str, search: str) -> ChangedRelease:
    """A release with the commit that did it, and the search that found it."""
    searches = (*release.searches, search)
    return structs.replace(release, commit=commit[:7], ask="", searches=searches)


def _key(release: ChangedRelease) -> ReleaseKey:
    return release.package, release.release, release.signal, release.load, release.worse


def _in_history(
    question: Question, line: ReleaseLine, took: Mapping[str, float]
) -> Iterator[ChangedRelease]:
    """The changes along a history."""
    for change in line.changes:
        yield ChangedRelease(
            package=question.package,
            release=change.after,
            day=change.days[1],
            signal=question.signal,
            load=regime(question.load),
            under=question.load,
            confidence=change.confidence,
            words=findings.difference(change.old, change.new, question.signal, change.levels),
            old=change.old,
            new=change.new,
            levels=change.levels,
            searches=(question.name,),
            ask=_ask(
                question,
                question.package,
                change.before,
                change.after,
                change.direction == "better",
            ),
            moved=change.moved,
            took=took.get(change.after),
        )


def _of_bisection(
    question: Question, finding: Finding, took: Mapping[str, float]
) -> ChangedRelease | None:
    """The culprit of a bisection; None where there is none, or where it is not its doing."""
    newer = finding.first_bad or finding.first_good
    older = finding.last_good or finding.last_bad
    if finding.verdict != "culprit" or newer is None or older is None:
        return None
    if finding.moved_with is not None and finding.moved_with.acquits:
        return None
    if finding.before is None or finding.after is None:
        return None
    package, before = question.package, ""
    if question.by_day:
        # Of a day on which one package alone changed, it is that package's release.
        if len(finding.changed) != 1 or finding.between:
            return None
        [(package, (was, became))] = finding.changed.items()
        if was is None or became is None:
            return None
        older, newer, before = was, became, was
    return ChangedRelease(
        package=package,
        release=newer,
        day=finding.days[1] if finding.days else None,
        signal=question.signal,
        load=regime(question.load),
        under=question.load,
        confidence=finding.confidence or 0.0,
        words=findings.difference(finding.before, finding.after, question.signal, None),
        old=finding.before,
        new=finding.after,
        searches=(question.name,),
        ask=_ask(question, package, older, newer, question.fix),
        moved=_moved(finding),
        took=took.get(newer),
        before=before,
    )


def _moved(finding: Finding) -> Versions:
    """What moved along with a culprit, where trials do not show that it does not matter."""
    moved = finding.moved_with
    if moved is None or moved.did in ("package", "either"):
        return {}
    sides = {name: pair[::-1] if finding.fix else pair for name, pair in moved.packages.items()}
    return {name: (_there(old), _there(new)) for name, (old, new) in sides.items()}


def _there(version: str) -> str | None:
    """A version; None for the word that says that there is none."""
    return None if version == "none" else version


def _ask(question: Question, package: str, older: str, newer: str, fix: bool) -> str:
    """The command that searches the commits between two releases."""
    good, bad = (newer, older) if fix else (older, newer)
    words = [f"nox -s bisect -- --source path/to/clone --package {package}"]
    words += [f"--good {good} --bad {bad} --signal {shlex.quote(question.signal)}"]
    return " ".join([*words, *load_options(question.load)])


def _release_of_commits(question: Question) -> list[ReleaseKey]:
    """The later of the two releases between which a call searched the commits; none where it
    names no releases.
    """
    words = [part for word in question.command for part in word.split("=", 1)]
    ends = [words[words.index(name) + 1] for name in ("--good", "--bad") if name in words[:-1]]
    try:
        newer = [max(ends, key=Version)] if len(ends) == 2 else []
    except InvalidVersion:
        return []
    return [
        (question.package, release, question.signal, regime(question.load), not question.fix)
        for release in newer
    ]

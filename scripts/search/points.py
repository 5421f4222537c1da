"""From what is asked to a question: which points, in which order, with which ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec
from packaging.version import Version

from scripts.analysis import signals
from scripts.domain import libraries, targets
from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Load, Target
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.environments.index import Release
from scripts.search import ends, holding, membership
from scripts.search.holding import HeldRow, Progress
from scripts.search.question import Point, Question, Side
from scripts.trials import store

TITLE = 72
"""Characters of a commit's hash and subject that name its point."""


@dataclass(frozen=True)
class Limits:
    """When a search stops.

    Attributes:
        confidence: reached, 0 to 1.
        budget: seconds used; None for no limit.
        most: trials run.
        deadline: seconds each client may take; None for the load's own.
    """

    confidence: float
    budget: float | None
    most: int
    deadline: float | None


@dataclass(frozen=True)
class Asked:
    """What every question is made of.

    Attributes:
        package: as the index names it; "server:uvicorn" for one of the server's environment.
        target: that each point is a variant of.
        load: under which load.
        signal: what bad means.
        limits: when to stop.
        command: the arguments that asked.
        shown: whether trials have shown that the package matters to what the client runs: one may
            that nothing asks for, and that is imported where it is there.
    """

    package: str
    target: Target
    load: Load
    signal: str
    limits: Limits
    command: Sequence[str]
    shown: bool = False

    @property
    def name(self) -> str:
        """The package's own name, whichever environment it belongs to."""
        return self.package.removeprefix(SERVER_PREFIX)

    @property
    def since(self) -> Version | None:
        """The oldest release that the client script can use, where the script sets one."""
        axis = libraries.axes().get(self.name)
        ours = axis is not None and self.target.script == axis.script
        return Version(axis.since) if axis is not None and ours else None


@dataclass(frozen=True)
class Among:
    """Which releases count.

    Attributes:
        python: full version of the interpreter that must run them.
        prereleases: whether pre-releases do.
        environments: where it is tried at which version other packages can be held.
        progress: told after each try how many there were.
    """

    python: str
    prereleases: bool
    environments: Environments
    progress: Progress

    def releases(self, package: str) -> list[Release]:
        """All of a package, its yanked ones and its pre-releases too, oldest first.

        Raises:
            UsageProblem: there is no such package.
            MeasurementProblem: the index cannot be reached.
        """
        return index.releases(package, self.python, prereleases=True)

    def ready(self, pin: str) -> bool:
        """Whether a pin installs without a compiler, as far as the index knows it.

        Raises:
            MeasurementProblem: the index cannot be reached.
        """
        try:
            return index.has_wheel(pin, self.python)
        except UsageProblem:
            return True

    def counted(self, package: str, releases: Sequence[Release], *named: str) -> list[Release]:
        """Of all releases of a package, those that count, at least one.

        Args:
            package: its name.
            releases: as listed.
            named: the ends that the call names, which count in any case; empty for none.

        Raises:
            UsageProblem: none counts, or an end is no version.
        """
        counted = ends.counted(releases, self.prereleases, *named)
        if not counted:
            but = " but pre-releases: --prereleases tests them" if releases else ""
            raise UsageProblem(f"no release of {package} runs on Python {self.python}{but}.")
        return counted


def about_releases(asked: Asked, good: str, bad: str, among: Among) -> Question:
    """A question about a package's releases.

    Args:
        asked: what is asked.
        good, bad: releases; one or both may be empty, and are then found.
        among: which releases count.

    Raises:
        UsageProblem: there is no such package or release, the package has no part in what the
            script runs, the ends are one, or nothing lies between them.
        MeasurementProblem: the index cannot be reached, or that part cannot be told.
    """
    _require(asked, among)
    listed = among.releases(asked.name)
    counted = among.counted(asked.name, listed, good, bad)
    span = ends.span(asked.name, counted, good, bad, asked.since)
    signal = signals.parse(asked.signal)
    if span.widen and signal.unset:
        raise UsageProblem(
            f"{asked.signal!r} needs both ends, which tell what is too much, or a threshold: "
            f"'{signal.stated}'."
        )
    row = _held(asked, span.releases, among)
    return posed(
        asked,
        row,
        (good, bad),
        fix=span.fix,
        widen=span.widen,
        left_out=ends.left_out(listed, span.releases),
    )


def about_line(asked: Asked, since: str, until: str, among: Among) -> Question:
    """A question about a whole line of releases, in version order.

    Args:
        asked: what is asked.
        since, until: the first and last release; all that the script can use where empty.
        among: which releases count.

    Raises:
        UsageProblem, MeasurementProblem: as for releases.
    """
    signal = signals.parse(asked.signal)
    if signal.factor is not None:
        raise UsageProblem(f"{asked.signal!r} needs a good end: write bytes, '{signal.stated}'.")
    _require(asked, among)
    package, listed = asked.name, among.releases(asked.name)
    releases = among.counted(package, listed, since, until)
    first = releases[ends.index(package, releases, since)].version if since else asked.since
    end = ends.index(package, releases, until) if until else ends.standing(releases)
    last = releases[end].version
    first = first or releases[0].version
    line = [release for release in releases if first <= release.version <= last]
    if len(line) < 2:
        raise UsageProblem(f"there are not two releases of {package} from {first} to {last}.")
    return posed(asked, _held(asked, line, among), left_out=ends.left_out(listed, line))


def about_commits(
    asked: Asked,
    clone: Clone,
    good: str,
    bad: str,
    code_only: bool,
    environments: Environments,
) -> Question:
    """A question about a package's commits in a local clone.

    Args:
        asked: what is asked.
        clone: the clone, which holds the package.
        good, bad: refs.
        code_only: whether commits that change only documents or tests are left out.
        environments: where the client's is looked up.

    Raises:
        UsageProblem: a ref does not exist, the two are one or unrelated, the project is not in
            the clone, or has no part in what the client runs.
        MeasurementProblem: it cannot be told whether it has.
    """
    if not good or not bad:
        raise UsageProblem("--source needs both --good and --bad, as refs of the clone.")
    commits, fix = clone.between(good, bad)
    projects = clone.projects(commits[-1].sha)
    if asked.package not in projects:
        names = ", ".join(sorted(projects)) or "none"
        raise UsageProblem(
            f"the clone holds no project {asked.package!r} at {bad}; it holds {names}."
        )
    both = (commits[0], commits[-1])
    ends_first = [commit.sha for commit in reversed(both)]
    if not asked.shown:
        membership.require_commits(asked.package, asked.target, clone, ends_first, environments)
    points = [
        Point(
            f"{commit.short} {commit.subject}"[:TITLE],
            targets.at_commit(asked.target, asked.package, commit.sha),
            commit.day,
            commit.sha,
        )
        for commit in commits
        if commit.matters or commit in both or not code_only
    ]
    row = HeldRow(points, [])
    return posed(asked, row, (good, bad), fix=fix, clone=str(clone.folder.resolve()))


def _require(asked: Asked, among: Among) -> None:
    """Make sure that a package has a part in what is asked.

    Raises:
        UsageProblem: it has none.
        MeasurementProblem: it cannot be told.
    """
    if asked.shown:
        return
    membership.require_release(asked.package, asked.target, among.python, among.environments)


def _held(asked: Asked, releases: Sequence[Release], among: Among) -> HeldRow:
    """Releases as points: a target each, all other packages held equal where they can be."""
    points = [
        Point(
            str(release.version),
            targets.repinned(asked.target, {asked.package: str(release.version)}),
            release.uploaded.isoformat() if release.uploaded else None,
            yanked=release.yanked is not None,
        )
        for release in releases
    ]
    return holding.held(points, asked.package, among.environments, among.ready, among.progress)


def posed(
    asked: Asked,
    row: HeldRow,
    ends: tuple[str, str] = ("", ""),
    fix: bool = False,
    widen: Literal["good", "bad", ""] = "",
    clone: str = "",
    left_out: Sequence[str] = (),
    gaps: Sequence[str] = (),
) -> Question:
    """A question, named after the time it was asked.

    Args:
        asked: what is asked.
        row: its points.
        ends: the good and the bad end as they were named; empty where they were not.
        fix, widen, clone, left_out, gaps: as `Question` has them.
    """
    name, created = store.named_now()
    stated: list[Side] = [side for side, end in zip(get_args(Side), ends, strict=True) if end]
    return Question(
        name=name,
        created=created,
        command=tuple(asked.command),
        package=asked.package,
        points=row.points,
        fix=fix,
        widen=widen,
        stated=tuple(stated),
        signal=asked.signal,
        load=asked.load,
        control=control(asked),
        confidence=asked.limits.confidence,
        budget=asked.limits.budget,
        most=asked.limits.most,
        deadline=asked.limits.deadline,
        clone=clone,
        stretches=row.stretches,
        left_out=list(left_out),
        gaps=list(gaps),
    )


def control(asked: Asked) -> Target | None:
    """What each trial is judged beside; None where the signal needs none."""
    if not signals.parse(asked.signal).needs_control:
        return None
    control = targets.control()
    # Its own name keeps it apart from a point that runs the same release.
    name = f"{control.name} (control)"
    return msgspec.structs.replace(control, name=name, python=asked.target.python)

"""The questions that follow an answer: which package, which release, which commit."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import msgspec
from packaging.version import Version

from scripts.commands.calls import asking_difference, asking_step
from scripts.commands.output import console
from scripts.commands.search_progress import HoldingProgress
from scripts.domain import paths, targets
from scripts.domain.pins import project
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Target
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.search import contrast, points, question
from scripts.search.chain import Move, contrasted
from scripts.search.contrast import CONTRAST, Contrast
from scripts.search.contrast_points import about_contrast
from scripts.search.points import Among, Asked, Limits
from scripts.search.question import Question

NAMES_OF_TAGS = ("{version}", "v{version}", "{package}-{version}", "release-{version}")
"""How projects name the tag of a release."""


class OutOfTime(Exception):
    """The call's time ran out before the next question."""


class NextQuestions:
    """Asks what follows a first question, within the time that its call has.

    Args:
        first: folder of the first question; the others are made beside it.
        clone: folder of the repository whose commits are searched at last; empty for none.

    Attributes:
        began: when the call did, on the monotonic clock.

    Raises:
        UsageProblem: the first question is damaged.
    """

    def __init__(self, first: Path, clone: str) -> None:
        self._place = first.parent
        self._clone = clone
        self._asked = _asked_of(first)
        self.began = time.monotonic()
        self._environments = Environments()

    def contrast(self, titles: tuple[str, str], good: Target, bad: Target) -> Path:
        """Ask which of the differences between two environments do it.

        Args:
            titles: what people call the good one, and the bad one.
            good, bad: what runs in them.
        """
        command = asking_difference(self._asked, good, bad)
        asked = replace(self._asked, limits=self._limits(), command=command)
        sought = about_contrast(asked, good, bad, titles, contrasted(good, bad))
        return contrast.create(sought, self._place)

    def between(self, move: Move) -> bool:
        """Whether any release, pre-releases aside, lies between the two versions of a package.

        Raises:
            MeasurementProblem: the index cannot be reached.
        """
        low, high = sorted(map(Version, (move.good, move.bad)))
        releases = index.releases(move.package, self._python(move))
        return any(low < release.version < high for release in releases)

    def releases(self, move: Move) -> Path:
        """Ask which release of a package did it.

        Raises:
            UsageProblem, MeasurementProblem: as `points.about_releases`.
        """
        asked = self._about(move, ["--good", move.good, "--bad", move.bad])
        with HoldingProgress(console(stderr=True)) as progress:
            among = Among(self._python(move), False, self._environments, progress)
            sought = points.about_releases(asked, move.good, move.bad, among)
        return question.create(sought, self._place)

    def holds(self, package: str) -> bool:
        """Whether the clone holds a project of this name."""
        clone = Clone(Path(self._clone))
        return package in clone.projects(clone.sha("HEAD"))

    def commits(self, move: Move, good: str, bad: str) -> Path:
        """Ask which commit of a package did it, between two releases.

        Raises:
            UsageProblem: the clone has no tag for one of them, or not this package.
        """
        clone = Clone(Path(self._clone))
        good, bad = (_tag(clone, move.package, version) for version in (good, bad))
        asked = self._about(move, ["--source", "path/to/repo", "--good", good, "--bad", bad])
        environments = Environments(clone=clone)
        sought = points.about_commits(asked, clone, good, bad, False, environments)
        return question.create(sought, self._place)

    def _about(self, move: Move, ends: list[str]) -> Asked:
        """What is asked about one package, all others held as they are around it."""
        pins = tuple(pin for pin in move.around.pins if project(pin) != move.package)
        name = targets.title([], pins, move.around.server_pins, move.around.held)
        target = msgspec.structs.replace(move.around, pins=pins, name=name)
        load, signal = self._asked.load, self._asked.signal
        limits = self._limits()
        about = Asked(move.package, target, load, signal, limits, (), shown=True)
        return replace(about, command=asking_step(about, ends))

    def _python(self, move: Move) -> str:
        """Full version of the Python on which a package does it."""
        return self._environments.interpreter(move.around.python).version

    def _limits(self) -> Limits:
        """When the next search stops: as the first, and all of a call share its time. What was
        left of one would be too little for a call that goes on.

        Raises:
            OutOfTime: no time is left of this call.
        """
        limits = self._asked.limits
        if limits.budget is not None and time.monotonic() - self.began >= limits.budget:
            raise OutOfTime
        return limits


def _asked_of(first: Path) -> Asked:
    """What the first question of a chain asks, for those that follow."""
    asks: Question | Contrast
    if (first / CONTRAST).exists():
        asks = contrast.load_contrast(first)
    else:
        asks = question.load_question(first)
    limits = Limits(asks.confidence, asks.budget, asks.most, asks.deadline)
    return Asked("", asks.points[0].target, asks.load, asks.signal, limits, asks.command)


def _tag(clone: Clone, package: str, version: str) -> str:
    """The tag of a release in a clone.

    Raises:
        UsageProblem: there is none under a usual name.
    """
    for form in NAMES_OF_TAGS:
        name = form.format(version=version, package=package)
        try:
            clone.sha(name)
        except UsageProblem:
            continue
        return name
    raise UsageProblem(
        f"{paths.shown(clone.folder)} has no tag for {package} {version}: search it by itself, "
        f"with bisect --source, and name --good and --bad as its refs."
    )

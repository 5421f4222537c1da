"""From one answer on to the next: the day, the package, the release, the commit; in one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from packaging.version import Version
from rich.text import Text

from scripts.commands import answering
from scripts.commands.calls import asking_difference, asking_step
from scripts.commands.options import remark
from scripts.commands.output import console, print_json
from scripts.commands.search_progress import HoldingProgress
from scripts.domain import paths, targets
from scripts.domain.files import replace
from scripts.domain.pins import project
from scripts.domain.problems import INTERRUPTED, UsageProblem
from scripts.domain.trial import Target
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.environments.contents import Contents
from scripts.report import answers, chains
from scripts.report.chains import Answer, Link, Stage
from scripts.search import contrast, points, question
from scripts.search.chain import Chain, Move, contrasted, keep, moves, only_move, sides
from scripts.search.contrast import CONTRAST, Contrast
from scripts.search.explained import Explained
from scripts.search.finding import Finding
from scripts.search.points import Among, Asked, Limits
from scripts.search.question import Question
from scripts.trials import store

ANSWER = "answer.json"
"""Of a folder of a chain: what was found, as --json prints it."""

NAMES_OF_TAGS = ("{version}", "v{version}", "{package}-{version}", "release-{version}")
"""How projects name the tag of a release."""


class _Ended(Exception):
    """The chain goes no further now; its status says why."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


def follow(first: Path, chain: Chain, verb: str, json: bool) -> int:
    """Go on with a chain, show each of its answers, and say by the status whether all are given.

    Args:
        first: folder of its first question.
        chain: what is gone on to.
        verb: that asked it.
        json: whether the answers are printed as one document at last.
    """
    descent = _Descent(first, chain, answering.resuming(verb, first), json)
    try:
        descent.descend()
        status = 0
    except _Ended as ended:
        status = ended.status
    if json and descent.links:
        print_json(chains.printed_chain(descent.links))
    elif len(descent.links) > 1:
        lines = ["What it comes to", *chains.chain_lines(descent.links)]
        console().print(Text(plain("\n".join(lines))), soft_wrap=True)
    return status


class _Descent:
    """A chain as it is gone down.

    Args:
        first: folder of its first question.
        chain: what is gone on to.
        again: the call that goes on with it.
        quiet: whether answers are not shown as they come.

    Attributes:
        links: the answers so far.
    """

    def __init__(self, first: Path, chain: Chain, again: str, quiet: bool) -> None:
        self.links: list[Link] = []
        self._first = first
        self._chain = chain
        self._again = again
        self._quiet = quiet
        self._left: Iterator[str] = iter(chain.folders)
        self._asked = _asked_of(first)
        self._began = time.monotonic()
        self._environments = Environments()

    def descend(self) -> None:
        """Answer one question after the other.

        Raises:
            _Ended: interrupted, or a question stays open.
            UsageProblem: there is no next question to ask.
            MeasurementProblem: a trial could not be run.
        """
        if (self._first / CONTRAST).exists():
            movable = moves(self._parted(self._first))
        else:
            movable = self._from_day(self._step("day", self._first))
        if self._chain.down_to == "package":
            return
        for move in movable:
            self._down(move)

    def _from_day(self, finding: Finding) -> list[Move]:
        """The packages that did it, of all that changed on a day."""
        both = sides(finding)
        if both is None:
            raise _Ended(0)
        move = only_move(*both)
        if move is not None:
            self._add(Link("package", "", None, (move.package, move.good, move.bad)))
            return [move]
        return moves(self._parted(self._folder(lambda: self._contrast(finding, *both))))

    def _contrast(self, finding: Finding, good: Target, bad: Target) -> Path:
        """Ask which of the packages that changed on a day do it."""
        older, newer = (point.name for point in finding.step or ())
        titles = (newer, older) if finding.fix else (older, newer)
        name, created = store.named_now()
        asked = self._asked
        return contrast.create(
            Contrast(
                name=name,
                created=created,
                command=tuple(asking_difference(asked, good, bad)),
                good=good,
                bad=bad,
                titles=titles,
                changes=contrasted(good, bad),
                signal=asked.signal,
                load=asked.load,
                control=points.control(asked),
                confidence=asked.limits.confidence,
                budget=self._budget(),
                most=asked.limits.most,
                deadline=asked.limits.deadline,
            ),
            self._first.parent,
        )

    def _down(self, move: Move) -> None:
        """From a package to its release, and to its commit where that is asked for."""
        ends = (move.good, move.bad)
        if self._between(move):
            answer = self._step("release", self._folder(lambda: self._releases(move)), move)
            both = answer.step
            if both is None:
                raise _Ended(1)
            names = (both[0].name, both[1].name)
            ends = names[::-1] if answer.fix else names
        else:
            self._add(Link("release", "", None, (move.package, move.good, move.bad)))
        if self._chain.down_to == "commit":
            self._step("commit", self._folder(lambda: self._commits(move, *ends)), move)

    def _between(self, move: Move) -> bool:
        """Whether any release lies between the two versions of a package."""
        with HoldingProgress(console(stderr=True)) as progress:
            low, high = sorted(map(Version, (move.good, move.bad)))
            among = self._among(progress)
            return any(
                low < release.version < high and not release.version.is_prerelease
                for release in among.releases(move.package)
            )

    def _releases(self, move: Move) -> Path:
        """Ask which release of a package did it."""
        asked = self._about(move, f"--good {move.good} --bad {move.bad}")
        with HoldingProgress(console(stderr=True)) as progress:
            among = self._among(progress)
            sought = points.about_releases(asked, move.good, move.bad, among)
        return question.create(sought, self._first.parent)

    def _commits(self, move: Move, good: str, bad: str) -> Path:
        """Ask which commit of a package did it, between two releases.

        Raises:
            UsageProblem: the clone has no tag for one of them, or not this package.
        """
        clone = Clone(Path(self._chain.clone))
        good, bad = (_tag(clone, move.package, version) for version in (good, bad))
        asked = self._about(move, f"--source path/to/repo --good {good} --bad {bad}")
        environments = Environments(clone=clone)
        sought = points.about_commits(asked, clone, good, bad, False, environments)
        return question.create(sought, self._first.parent)

    def _about(self, move: Move, ends: str) -> Asked:
        """What is asked about one package, all others held as they are around it."""
        pins = tuple(pin for pin in move.around.pins if project(pin) != move.package)
        name = targets.title([], pins, move.around.server_pins, move.around.held)
        target = msgspec.structs.replace(move.around, pins=pins, name=name)
        asked = self._asked
        limits = Limits(
            asked.limits.confidence, self._budget(), asked.limits.most, asked.limits.deadline
        )
        about = Asked(move.package, target, asked.load, asked.signal, limits, ())
        return Asked(
            move.package, target, asked.load, asked.signal, limits, asking_step(about, ends)
        )

    def _among(self, progress: HoldingProgress) -> Among:
        python = Contents(self._environments).python(self._asked.target.python)
        return Among(python, False, self._environments, progress)

    def _budget(self) -> float | None:
        """Seconds that are left of the call's.

        Raises:
            _Ended: none.
        """
        budget = self._asked.limits.budget
        if budget is None:
            return None
        left = budget - (time.monotonic() - self._began)
        if left <= 0:
            remark(f"The time ran out before the next question; go on with:\n  {self._again}")
            raise _Ended(1)
        return left

    def _folder(self, ask: Callable[[], Path]) -> Path:
        """The folder of the next question, which is asked now where it was not before."""
        name = next(self._left, None)
        if name is not None:
            return self._first.parent / name
        folder = ask()
        self._chain = self._chain.followed_by(folder.name)
        keep(self._chain, self._first)
        return folder

    def _step(self, stage: Stage, folder: Path, move: Move | None = None) -> Finding:
        """Answer a question about a row of points.

        Raises:
            _Ended: interrupted, or it stays open.
        """
        answer = answering.found_by_bisection(folder, self._again)
        if answer is None:
            raise _Ended(INTERRUPTED)
        self._give(stage, folder, answer, move)
        if answer.verdict == "undecided":
            raise _Ended(1)
        return answer

    def _parted(self, folder: Path) -> Explained:
        """Answer a question about two environments.

        Raises:
            _Ended: interrupted, or it stays open.
        """
        answer = answering.found_by_difference(folder, self._again)
        if answer is None:
            raise _Ended(INTERRUPTED)
        self._give("package", folder, answer)
        if answer.ending != "explained":
            raise _Ended(1)
        return answer

    def _give(self, stage: Stage, folder: Path, answer: Answer, move: Move | None = None) -> None:
        """Keep an answer beside its trials, and show it."""
        replace(folder / ANSWER, msgspec.json.encode(chains.printed_answer(answer)) + b"\n")
        about = None if move is None else (move.package, move.good, move.bad)
        self._add(Link(stage, folder.name, answer, about))
        if not self._quiet:
            answering.show(answers.answer(answer), folder)

    def _add(self, link: Link) -> None:
        self.links.append(link)


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

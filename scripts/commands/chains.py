"""From one answer on to the next: the day, the package, the release, the commit; in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
from rich.text import Text

from scripts.commands import answering
from scripts.commands.answering import GoingOn
from scripts.commands.next_questions import NextQuestions, OutOfTime
from scripts.commands.options import remark
from scripts.commands.output import console, print_json
from scripts.commands.places import PlaceOptions
from scripts.commands.resuming import resuming
from scripts.domain import files
from scripts.domain.problems import INTERRUPTED
from scripts.domain.words import listed, plain
from scripts.report import answers, chains
from scripts.report.chains import Answer, ChainLink, Stage
from scripts.search.chain import Chain, Move, folders, keep, moves, only_move, sides, stays
from scripts.search.contrast import CONTRAST
from scripts.search.contrast_finding import ContrastFinding
from scripts.search.finding import Finding

ANSWER = "answer.json"
"""Of a folder of a chain: what was found, as --json prints it."""


class _Ended(Exception):
    """The chain goes no further now; its status says why."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


def follow(first: Path, chain: Chain, verb: str, place: PlaceOptions, json: bool) -> int:
    """Go on with a chain, show each of its answers, and say by the status whether all are given.

    Args:
        first: folder of its first question.
        chain: what is gone on to.
        verb: that asked it.
        place: where its trials run.
        json: whether the answers are printed as one document at last.
    """
    going_on = GoingOn(resuming(verb, first, place.words), place)
    descent = _Descent(first, chain, going_on, json)
    try:
        descent.descend()
    except _Ended as ended:
        return ended.status
    finally:
        if json and descent.links:
            print_json(chains.printed_chain(descent.links))
        elif len(descent.links) > 1:
            lines = ["What it comes to", *chains.chain_lines(descent.links)]
            console().print(Text(plain("\n".join(lines))), soft_wrap=True)
    return 0


class _Descent:
    """A chain as it is gone down.

    Args:
        first: folder of its first question.
        chain: what is gone on to.
        going_on: how.
        quiet: whether answers are not shown as they come.

    Attributes:
        links: the answers so far.
    """

    def __init__(self, first: Path, chain: Chain, going_on: GoingOn, quiet: bool) -> None:
        self.links: list[ChainLink] = []
        self._first = first
        self._chain = chain
        self._quiet = quiet
        self._left: Iterator[Path] = iter(folders(first, chain)[1:])
        self._questions = NextQuestions(first, chain.clone)
        self._going_on = replace(going_on, began=self._questions.began)

    def descend(self) -> None:
        """Answer one question after the other.

        Raises:
            _Ended: interrupted, or a question stays open.
            UsageProblem: there is no next question to ask.
            MeasurementProblem: a trial could not be run.
        """
        if (self._first / CONTRAST).exists():
            movable = self._movable(self._parted(self._first))
        else:
            movable = self._from_day(self._step("day", self._first))
        if self._chain.down_to == "package":
            return
        for move in movable:
            self._down(move)
        if not movable:
            raise _Ended(1)

    def _movable(self, answer: ContrastFinding) -> list[Move]:
        """What is gone on to from an answer; what is not is said, where more was asked for."""
        names = stays(answer)
        if names and self._chain.down_to != "package":
            remark(
                f"Not gone on to: {listed(names)}. Releases are searched of a package that was "
                "shown to be needed, and that both environments have."
            )
        return moves(answer)

    def _from_day(self, finding: Finding) -> list[Move]:
        """The packages that did it, of all that changed on a day."""
        both = sides(finding)
        if both is None:
            raise _Ended(1)  # both ends are alike: there is no package to look for
        move = only_move(*both)
        if move is not None:
            self.links.append(ChainLink("package", "", None, _about(move)))
            return [move]
        older, newer = (point.name for point in finding.step or ())
        titles = (newer, older) if finding.fix else (older, newer)
        folder = self._folder(lambda: self._questions.contrast(titles, *both))
        return self._movable(self._parted(folder))

    def _down(self, move: Move) -> None:
        """From a package to its release, and to its commit where that is asked for."""
        ends = (move.good, move.bad)
        if self._questions.between(move):
            folder = self._folder(lambda: self._questions.releases(move))
            answer = self._step("release", folder, move)
            if answer.step is None:
                raise _Ended(1)
            older, newer = (point.name for point in answer.step)
            ends = (newer, older) if answer.fix else (older, newer)
        else:
            self.links.append(ChainLink("release", "", None, _about(move)))
        if self._chain.down_to != "commit":
            return
        if not self._questions.holds(move.package):
            remark(f"The clone holds no project {move.package}: its commits are not searched.")
            return
        folder = self._folder(lambda: self._questions.commits(move, *ends))
        self._step("commit", folder, move)

    def _folder(self, ask: Callable[[], Path]) -> Path:
        """The folder of the next question, which is asked now where it was not before.

        Raises:
            _Ended: there is no time for it.
        """
        asked_before = next(self._left, None)
        if asked_before is not None:
            return asked_before
        try:
            folder = ask()
        except OutOfTime:
            remark(
                f"The time ran out before the next question; go on with:\n  {self._going_on.again}"
            )
            raise _Ended(1) from None
        self._chain = self._chain.followed_by(folder.name)
        keep(self._chain, self._first)
        return folder

    def _step(self, stage: Stage, folder: Path, move: Move | None = None) -> Finding:
        """Answer a question about a row of points.

        Raises:
            _Ended: interrupted, or it stays open.
        """
        answer = answering.found_by_bisection(folder, self._going_on)
        if answer is None:
            raise _Ended(INTERRUPTED)
        self._give(stage, folder, answer, move)
        if answer.verdict == "undecided":
            raise _Ended(1)
        return answer

    def _parted(self, folder: Path) -> ContrastFinding:
        """Answer a question about two environments.

        Raises:
            _Ended: interrupted, or it stays open.
        """
        answer = answering.found_by_difference(folder, self._going_on)
        if answer is None:
            raise _Ended(INTERRUPTED)
        self._give("package", folder, answer)
        if answer.ending != "explained":
            raise _Ended(1)
        return answer

    def _give(self, stage: Stage, folder: Path, answer: Answer, move: Move | None = None) -> None:
        """Keep an answer beside its trials, and show it."""
        files.replace(folder / ANSWER, msgspec.json.encode(chains.printed_answer(answer)) + b"\n")
        about = None if move is None else _about(move)
        self.links.append(ChainLink(stage, folder.name, answer, about))
        if not self._quiet:
            answering.show(answers.answer(answer), folder)


def _about(move: Move) -> tuple[str, str, str]:
    """What an answer is about: a package, with its good version and its bad one."""
    return move.package, move.good, move.bad

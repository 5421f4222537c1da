"""A chain of answers: the day, the package, the release, the commit; in words and as JSON."""

from __future__ import annotations

from typing import Literal

import msgspec
from packaging.version import Version

from scripts.report.contrasts import (
    PrintedDifference,
    difference_lines,
    ending_words,
    printed_difference,
)
from scripts.report.document import Document
from scripts.report.findings import (
    PrintedFinding,
    finding_lines,
    moves_words,
    printed_finding,
)
from scripts.report.findings import ending_words as step_words
from scripts.report.hosts import host_lines
from scripts.search.contrast_finding import ContrastFinding
from scripts.search.finding import Finding

Stage = Literal["day", "package", "release", "commit"]
"""What an answer of a chain tells."""

Answer = Finding | ContrastFinding


NAMED = 3
"""Packages that changed on a day and are named; of more, how many there were."""


class ChainLink(msgspec.Struct, frozen=True):
    """One answer of a chain.

    Attributes:
        stage: what it tells.
        folder: name of the folder with its trials; empty where it needed none.
        answer: what was found; None where it needed no trial.
        move: (package, good version, bad version) that it is about; None for a day, and for what
            is about several packages.
    """

    stage: Stage
    folder: str
    answer: Answer | None
    move: tuple[str, str, str] | None = None


class PrintedLink(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a chain.

    Attributes:
        stage: what it tells.
        words: it in a sentence.
        folder: name of the folder with its trials; empty where it needed none.
        found: a step along days, releases or commits; null for another kind of answer.
        difference: which of the differences do it; null for another kind of answer.
    """

    stage: Stage
    words: str
    folder: str
    found: PrintedFinding | None
    difference: PrintedDifference | None


class PrintedChain(Document, frozen=True, kw_only=True, tag="chain"):
    """The answers from a day, or two environments, to a package, its release and its commit.

    Attributes:
        links: in order.
    """

    version: Literal[1]
    links: list[PrintedLink]


def printed_chain(links: list[ChainLink]) -> PrintedChain:
    """A chain as it is printed as JSON."""
    return PrintedChain(version=1, links=[_printed(link) for link in links])


def printed_answer(answer: Answer) -> PrintedFinding | PrintedDifference:
    """One answer as JSON has it."""
    return printed_finding(answer) if isinstance(answer, Finding) else printed_difference(answer)


def _printed(link: ChainLink) -> PrintedLink:
    answer = link.answer
    return PrintedLink(
        stage=link.stage,
        words=link_words(link),
        folder=link.folder,
        found=printed_finding(answer) if isinstance(answer, Finding) else None,
        difference=printed_difference(answer) if isinstance(answer, ContrastFinding) else None,
    )


def answer_lines(answer: Answer) -> list[str]:
    """One answer, line by line: the first is its heading."""
    lines = finding_lines(answer) if isinstance(answer, Finding) else difference_lines(answer)
    return lines + host_lines(answer.hosts)


def chain_lines(links: list[ChainLink]) -> list[str]:
    """A chain in short, a line for each answer with the folder that it comes from."""
    width = max(len(link.stage) for link in links)
    return [
        f"  {link.stage:<{width}}  {link_words(link)}"
        + (f"   ({link.folder})" if link.folder else "")
        for link in links
    ]


def link_words(link: ChainLink) -> str:
    """One answer of a chain in a sentence."""
    answer = link.answer
    if isinstance(answer, ContrastFinding):
        return ending_words(answer)
    if answer is None:
        return _without_trials(link)
    words = step_words(answer)
    if answer.step is None:
        return words
    if answer.by_day:
        count = len(answer.changed)
        what = f"{count} packages changed"
        if count <= NAMED:
            what = moves_words(answer.changed)
        return f"{words}: {what}"
    return f"{answer.package}: {words}"


def _without_trials(link: ChainLink) -> str:
    """What is told without a trial: the only package that changed, or a release next to another."""
    package, *ends = link.move or ("", "0", "0")
    older, newer = sorted(ends, key=Version)
    if link.stage == "package":
        return f"it is {package} ({older} to {newer}): nothing else changed"
    return f"{package} {newer}: no release lies between {older} and it, pre-releases aside"

"""From one question to the next: the day, the package, the release, the commit. Pure.

The folder of the first question holds the chain: what is gone on to, and the folders that followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from scripts.domain import targets
from scripts.domain.files import replace
from scripts.domain.pins import pinned
from scripts.domain.trial import Target
from scripts.search.contrast import PYTHON, Versions, differing
from scripts.search.contrast_finding import ContrastFinding
from scripts.search.finding import Finding
from scripts.trials import store

CHAIN = "chain.json"
"""Of the folder of a chain's first question: the chain."""

CHAIN_SCHEMA = 1
"""Version of the layout of a chain's file."""

Depth = Literal["package", "release", "commit"]
"""What a chain goes down to."""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """What is gone on to from a first question, as stored in its folder.

    Attributes:
        name: of the first folder.
        down_to: what it ends with.
        clone: folder of the repository whose commits are searched at last; empty for none.
        folders: names of those that followed, in order.
    """

    schema: int = CHAIN_SCHEMA
    name: str
    down_to: Depth
    clone: str = ""
    folders: list[str] = []

    def followed_by(self, folder: str) -> Chain:
        """The chain with one more folder."""
        return msgspec.structs.replace(self, folders=[*self.folders, folder])


class Move(NamedTuple):
    """A package whose change of version suffices, with the environment around it.

    Attributes:
        package: its name.
        good, bad: its versions.
        around: the good environment with all else that is needed: with the good version it is
            good, with the bad one bad.
    """

    package: str
    good: str
    bad: str
    around: Target


def sides(finding: Finding) -> tuple[Target, Target] | None:
    """The good and the bad environment on both sides of a step along the days; None for no step."""
    if finding.step is None:
        return None
    older, newer = (point.target for point in finding.step)
    return (newer, older) if finding.fix else (older, newer)


def contrasted(good: Target, bad: Target) -> dict[str, Versions]:
    """What two targets pin otherwise: name -> versions of the good and the bad one."""
    return differing(pinned(good.pins), pinned(bad.pins))


def only_move(good: Target, bad: Target) -> Move | None:
    """The one package that moved between two environments; None where more did."""
    changes = contrasted(good, bad)
    if len(changes) != 1:
        return None
    [(name, versions)] = changes.items()
    if versions.good is None or versions.bad is None:
        return None
    return Move(name, versions.good, versions.bad, good)


def moves(answer: ContrastFinding) -> list[Move]:
    """The packages that were told to be needed, of which both environments have a version."""
    good = answer.ends[0]
    return [
        Move(name, versions.good, versions.bad, _around(good, cause.target, name))
        for cause in answer.causes
        for name, versions in cause.changes.items()
        if name != PYTHON
        and (name in cause.needed or len(cause.changes) == 1)
        and versions.good is not None
        and versions.bad is not None
    ]


def stays(answer: ContrastFinding) -> list[str]:
    """The changes that do it, or may, and that are not gone on to: see `moves`."""
    gone_on = {move.package for move in moves(answer)}
    return [name for cause in answer.causes for name in cause.changes if name not in gone_on]


def _around(good: Target, sufficient: Target, package: str) -> Target:
    """What suffices, with one package changed back."""
    was, _ = targets.repins(good, sufficient)[package]
    return targets.repinned(sufficient, {package: was or "none"})


def keep(chain: Chain, folder: Path) -> None:
    """Write a chain to the folder of its first question."""
    replace(folder / CHAIN, store.encode_purpose(chain))


def load_chain(folder: Path) -> Chain | None:
    """Read the chain that begins in a folder; None where none does.

    Raises:
        UsageProblem: it is damaged.
    """
    if not (folder / CHAIN).exists():
        return None
    return store.read_purpose(folder, CHAIN, Chain, "chain", CHAIN_SCHEMA)


def folders(first: Path, chain: Chain | None) -> Sequence[Path]:
    """The folders of a chain, the first one's among them."""
    return [first, *(first.parent / name for name in (chain.folders if chain else ()))]

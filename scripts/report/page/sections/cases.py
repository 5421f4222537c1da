"""The smallest cases that fail: the reductions."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.reduction.result import Smallest
from scripts.report import accounts
from scripts.report.accounts import Account
from scripts.report.page.blocks import (
    Block,
    Fact,
    Folded,
    Prose,
    Section,
    Table,
    columns,
    sentences,
)
from scripts.report.reductions import claim

CASES = columns("script", "shows", ">on the bad side, of runs", ">on the good side, of runs")

WORDS = (
    "Each is one file with server and client, found and confirmed by `nox -s reduce` in fresh "
    "processes and environments of its own."
)


def cases(reductions: Sequence[Smallest]) -> Section | None:
    """The smallest cases; None for none."""
    if not reductions:
        return None
    told = accounts.of_reductions(reductions)
    blocks: list[Block] = [Prose(WORDS), Table(CASES, [_row(case) for case in reductions])]
    blocks.append(Folded("What keeps each from being smaller", list(map(_whole, told))))
    return Section("The smallest cases that fail", blocks)


def _whole(account: Account) -> Folded:
    """All that is told of a case."""
    trials = [account.trials]
    told: list[Block] = [
        sentences(account.lines, trials),
        sentences([f"Trials {account.trials}, {account.conditions}."], trials),
    ]
    return Folded(account.heading, told, f"nox -s {account.verb} -- {account.arguments}")


def _row(case: Smallest) -> Fact:
    bad, good = case.about.ran
    confirmed = case.confirmed_good
    passes = "none was given"
    if confirmed is not None:
        passes = f"{good} {claim(confirmed, True, case.silent[1])}"
    fails = f"{bad} {claim(case.confirmed_bad, False, case.silent[0])}"
    return Fact((case.about.script, case.about.signal, fails, passes), [case.about.name])

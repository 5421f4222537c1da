"""Why is it bare? What hides the cause of a failure, since when, and what would show it."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.proof.result import ProofResult
from scripts.report import proofs
from scripts.report.accounts import Account
from scripts.report.conditions import trial_span
from scripts.report.page.blocks import (
    Block,
    Fact,
    Prose,
    Section,
    Sentences,
    Table,
    columns,
)
from scripts.report.programs import BARE_SCRIPT

WORDS = (
    "Another fault than the failure itself. anyio raises without a message, which httpcore and "
    "httpx pass on; and the pool raises httpcore's own error `from None`, so that a traceback ends "
    f"there. [{BARE_SCRIPT}]({BARE_SCRIPT}) shows it: a trial is bad where nothing that is printed "
    "says that the connection was reset."
)

MENDED = columns("change", ">bare without", ">bare with it", "verdict")


def bare(searches: Sequence[Account], results: Sequence[ProofResult]) -> Section | None:
    """Since when an error says nothing of its cause, and what mends it; None where nobody asked."""
    asked = [search for search in searches if search.script == BARE_SCRIPT]
    tried = [result for result in results if result.target.script == BARE_SCRIPT]
    if not asked and not tried:
        return None
    blocks: list[Block] = [Prose(WORDS)]
    if asked:
        blocks.append(Sentences([Fact([search.heading], [search.trials]) for search in asked]))
    if tried:
        rows = [
            Fact((result.change, *row[3:]), [trial_span(result.name, result.last)])
            for result in tried
            for row in proofs.verdict_rows(result)
        ]
        blocks.append(Table(MENDED, rows))
    return Section("Why is the error bare?", blocks)

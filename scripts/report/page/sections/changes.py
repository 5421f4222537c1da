"""Since when, and since which commit? The searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scripts.report.accounts import Account
from scripts.report.findings import percent
from scripts.report.page.blocks import (
    Block,
    Fact,
    Figure,
    Folded,
    Prose,
    Section,
    Table,
    columns,
    sentences,
)
from scripts.report.releases import ChangedRelease, by_surety, pace_words
from scripts.report.unsaid import along_words

CHANGES = columns("release", "day", "what changed with it", ">confidence", "commit")

WORDS = (
    '"Slow" is processor time per request beside that of the same round\'s aiohttp. Confidences '
    "rest on one model each: every point of a side has the same rate. A search for one change says "
    "so where its trials speak for more."
)


def changes(
    searches: Sequence[Account],
    changed: Sequence[ChangedRelease],
    figures: Mapping[str, list[Figure]],
) -> Section | None:
    """The releases that changed something, the surest first, and every search; None for none.

    Args:
        searches: what they found.
        changed: the releases that changed something.
        figures: by kind.
    """
    if not searches:
        return None
    trials = {search.name: search.trials for search in searches}
    told = by_surety(changed)
    blocks: list[Block] = []
    if told:
        rows = [
            Fact(_change(change), [trials[name] for name in change.searches if name in trials])
            for change in told
        ]
        blocks.append(Table(CHANGES, rows))
    blocks += [Prose(WORDS), *figures.get("history", [])]
    whole = [
        Folded(search.heading, _search(search), f"nox -s {search.verb} -- {search.arguments}")
        for search in searches
    ]
    blocks.append(Folded(f"All {len(whole)} searches", whole))
    return Section("Since when, and since which commit?", blocks)


def _change(change: ChangedRelease) -> tuple[str, ...]:
    along = along_words(change.moved)
    release = f"{change.package} {change.release}"
    return (
        f"{release} ({along})" if along else release,
        change.day or "unknown",
        f"{change.words}{f';{pace}' if (pace := pace_words(change)) else ''}",
        percent(change.confidence),
        change.commit,
    )


def _search(search: Account) -> list[Block]:
    """What one search found, point by point."""
    trials = [search.trials]
    blocks: list[Block] = [sentences([*search.lines, *search.leads], trials)]
    if search.rows:
        head = columns(
            search.columns[0],
            search.columns[1],
            ">trials",
            ">bad trials (95 %), or times the control (least to most)",
        )
        blocks.append(Table(head, [Fact(row, trials) for row in search.rows]))
    ran = f", {search.conditions}" if search.conditions else ""
    blocks.append(sentences([f"Trials {search.trials}{ran}."], trials))
    return blocks

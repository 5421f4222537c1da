"""What is still unknown."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.report.overview import Gap
from scripts.report.page.blocks import Block, Folded, Output, Section, sentences


def unknown(gaps: Sequence[Gap]) -> Section | None:
    """What the trials leave open, each with what would tell; None for nothing."""
    if not gaps:
        return None
    calls = "\n".join(call for gap in gaps for call in gap.calls)
    blocks: list[Block] = [sentences(gap.what for gap in gaps)]
    if calls:
        blocks.append(Folded("What would tell", [Output(calls)]))
    return Section("What is still unknown?", blocks)

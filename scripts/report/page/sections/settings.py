"""Under which settings does it fail? The maps."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.mapping.result import AtlasResult
from scripts.report import maps
from scripts.report.calls import asked_call
from scripts.report.conditions import trial_span
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
from scripts.report.page.supplement import Pictures

WORDS = (
    "Two numbers of the load vary; trials go where the border runs. Where the server closes no "
    "connection while requests are to come, a stale connection cannot be shown: of a client that "
    "pauses such a setting says nothing."
)

YOURS = "nox -s map -- --at keep-alive=5,concurrency=50"
"""What answers for one's own settings."""


def settings(atlases: Sequence[AtlasResult], pictures: Pictures) -> Section | None:
    """The maps; None where there are none."""
    blocks: list[Block] = []
    for atlas in atlases:
        trials = [trial_span(atlas.name, atlas.last)]
        heading = maps.heading(atlas)
        path = pictures.get("map", {}).get(atlas.name)
        if path is not None:
            blocks.append(Figure(path, f"Share of failing trials by setting: {heading}"))
        summary = f"{heading}: in words, and every setting"
        blocks.append(Folded(summary, _whole(atlas, trials), asked_call(atlas.command)))
    if not blocks:
        return None
    return Section("Under which settings does it fail?", [Prose(WORDS), *blocks], YOURS)


def _whole(atlas: AtlasResult, trials: Sequence[str]) -> list[Block]:
    """What maps say, and every setting that was tried."""
    load = maps.load_words(atlas.load, (atlas.x, atlas.y))
    measured = maps.measured_words(atlas.machines)
    head = columns(
        "target",
        f">{atlas.x.quantity.words}",
        f">{atlas.y.quantity.words}",
        ">failing trials",
        ">that could show it",
    )
    rows = [Fact(row, trials) for row in maps.point_rows(atlas)]
    return [
        sentences([f"A trial is {load}. It fails where it shows {atlas.signal}."], trials),
        sentences(maps.map_lines(atlas), trials),
        Table(head, rows),
        sentences([f"Measured {measured}. Trials {trials[0]}, one at a time."], trials),
    ]

"""Where a number of REPORT.md comes from: the sentences and rows that have it, and their trials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from scripts.report.document import Document
from scripts.report.page.blocks import Origin, trial_names


class TracedSource(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence or a row of REPORT.md.

    Attributes:
        place: the section and the folded part that it stands in.
        texts: the sentence, or the row's cells.
        columns: the row's headings; empty for a sentence.
        files: the trials it rests on, by name or as a span; empty where its section names them.
        again: the call that measures it again; empty where that stands beside it.
    """

    place: str
    texts: Sequence[str]
    columns: Sequence[str]
    files: Sequence[str]
    again: str


class PrintedSources(Document, frozen=True, kw_only=True, tag="report"):
    """Where a number of REPORT.md comes from.

    Attributes:
        wanted: what was asked about.
        sources: every sentence and every row that has it.
    """

    version: Literal[1]
    wanted: str
    sources: list[TracedSource]


def matching(sources: Iterable[Origin], wanted: str) -> list[Origin]:
    """The sentences and rows in which a number or some words stand whole.

    Args:
        sources: of a page.
        wanted: as it stands there; white space counts as one blank.
    """
    return [source for source in sources if any(stands_in(text, wanted) for text in source.texts)]


def stands_in(text: str, wanted: str) -> bool:
    """Whether a number or some words stand whole in a text."""
    words = " ".join(wanted.split())
    pattern = rf"(?<![\w.,]){re.escape(words)}(?!\w|[.,]\d)"
    return re.search(pattern, text, re.IGNORECASE) is not None


def printed_sources(wanted: str, found: Sequence[Origin]) -> PrintedSources:
    """The same as JSON has it."""
    told = [
        TracedSource(
            place=one.place,
            texts=one.texts,
            columns=one.columns,
            files=one.trials,
            again=one.again,
        )
        for one in found
    ]
    return PrintedSources(version=1, wanted=wanted, sources=told)


def source_lines(source: Origin) -> list[str]:
    """A sentence or a row with what it rests on, line by line."""
    if source.columns:
        named = zip(source.columns, source.texts, strict=True)
        said = "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)
    else:
        said = " ".join(source.texts)
    lines = [source.place, f"  {said}"]
    if source.trials:
        lines.append(f"  trials: {trial_names(source.trials)}")
    return lines + ([f"  again: {source.again}"] if source.again else [])

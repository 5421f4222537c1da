"""What a page is made of: texts, tables and pictures, each with the trials that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

Align = Literal["left", "right"]


class Prose(msgspec.Struct, frozen=True, tag=True):
    """A paragraph of our own words, as Markdown.

    Attributes:
        markdown: it.
        trials: by name, where it tells of some.
    """

    markdown: str
    trials: Sequence[str] = ()


class Fact(msgspec.Struct, frozen=True):
    """A sentence made of what was measured, or a row of a table of such.

    Attributes:
        texts: the sentence, before it what it answers where that is said; or the row's cells. No
            Markdown.
        trials: what it rests on: names of trials, or of spans of them.
    """

    texts: Sequence[str]
    trials: Sequence[str] = ()


class Sentences(msgspec.Struct, frozen=True, tag=True):
    """Sentences in a list."""

    facts: Sequence[Fact]


class Column(msgspec.Struct, frozen=True):
    """A column of a table: its heading, and on which side its cells stand."""

    heading: str
    align: Align = "left"


class Table(msgspec.Struct, frozen=True, tag=True):
    """A table: its columns, and as many texts in each row."""

    columns: Sequence[Column]
    rows: Sequence[Fact]


class Figure(msgspec.Struct, frozen=True, tag=True):
    """A picture: its path relative to the project, and what it shows, in words."""

    path: str
    words: str


class Output(msgspec.Struct, frozen=True, tag=True):
    """What a program printed, or a command."""

    text: str


class Folded(msgspec.Struct, frozen=True, tag=True):
    """Blocks that a click on their summary shows.

    Attributes:
        summary: what they are.
        blocks: in order.
        again: the call that measures them again; empty for none.
    """

    summary: str
    blocks: Sequence[Block]
    again: str = ""


Block = Prose | Sentences | Table | Figure | Output | Folded


class Section(msgspec.Struct, frozen=True):
    """A part of a page.

    Attributes:
        heading: of it.
        blocks: in order.
        again: the call that measures it again; empty for none.
    """

    heading: str
    blocks: Sequence[Block]
    again: str = ""


class Origin(msgspec.Struct, frozen=True):
    """Where a number of a page comes from.

    Attributes:
        place: heading of the section, and the summary of the folded part that it stands in.
        texts: the sentence or the cells of the row in which it stands.
        columns: the row's headings; empty for a sentence.
        trials: what it rests on, by name.
        again: the call that measures it again; empty for none.
    """

    place: str
    texts: Sequence[str]
    columns: Sequence[str]
    trials: Sequence[str]
    again: str


def sources(sections: Iterable[Section]) -> Iterator[Origin]:
    """Every sentence and every row of a page, with what it rests on."""
    for section in sections:
        yield from _of_blocks(section.blocks, section.heading, section.again)


def _of_blocks(blocks: Iterable[Block], place: str, again: str) -> Iterator[Origin]:
    for block in blocks:
        match block:
            case Folded():
                inner = f"{place}: {block.summary}"
                yield from _of_blocks(block.blocks, inner, block.again or again)
            case Table():
                headings = [column.heading for column in block.columns]
                yield from (
                    Origin(place, fact.texts, headings, fact.trials, again) for fact in block.rows
                )
            case Sentences():
                yield from (
                    Origin(place, fact.texts, [], fact.trials, again) for fact in block.facts
                )
            case Prose() if block.trials:
                yield Origin(place, [block.markdown], [], block.trials, again)


def sentences(texts: Iterable[str], trials: Sequence[str] = ()) -> Sentences:
    """Sentences that rest on the same trials."""
    return Sentences([Fact([text], trials) for text in texts])


def columns(*headings: str) -> list[Column]:
    """Columns by their headings: those that begin with ">" have their cells on the right."""
    return [
        Column(heading[1:], "right") if heading.startswith(">") else Column(heading)
        for heading in headings
    ]


def trial_names(files: Iterable[str]) -> str:
    """Trials by name: a campaign once, then the numbers of its trials."""
    campaigns: dict[str, list[str]] = {}
    for name in files:
        campaign, _, number = name.rpartition("/")
        campaigns.setdefault(campaign, []).append(number)
    return "; ".join(
        f"{campaign}/{', '.join(numbers)}" if campaign else ", ".join(numbers)
        for campaign, numbers in campaigns.items()
    )


def trial_lists(named: Iterable[tuple[str, Sequence[str]]]) -> Folded:
    """The trials behind each of several rows, folded: each row's name and its trials."""
    return Folded(
        "The trials",
        [Sentences([Fact([f"{name}: {trial_names(files)}"], files) for name, files in named])],
    )

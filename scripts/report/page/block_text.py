"""A page's blocks as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.report.markdown import code, folded, indented, text
from scripts.report.page.blocks import (
    Block,
    Fact,
    Figure,
    Folded,
    Output,
    Prose,
    Section,
    Sentences,
    Table,
)


def section_markdown(section: Section) -> str:
    """A section with its heading."""
    parts = [f"## {text(section.heading)}", *map(block_markdown, section.blocks)]
    return "\n\n".join([*parts, *_again(section.again)])


def _again(call: str) -> list[str]:
    return [f"Again: {code(call)}"] if call else []


def block_markdown(block: Block) -> str:
    """A block; what it quotes cannot end it."""
    match block:
        case Prose():
            return block.markdown
        case Sentences():
            return "\n".join(map(_sentence, block.facts))
        case Table():
            return _table(block)
        case Figure():
            return f"![{text(block.words)}]({block.path})"
        case Output():
            return indented(block.text)
        case Folded():
            inner = [*map(block_markdown, block.blocks), *_again(block.again)]
            return folded("\n\n".join(inner), text(block.summary))


def _table(table: Table) -> str:
    lines = [
        _row(column.heading for column in table.columns),
        "|".join(["", *("--:" if one.align == "right" else "---" for one in table.columns), ""]),
        *map(_fact, table.rows),
    ]
    return "\n".join(lines)


def _sentence(fact: Fact) -> str:
    *asked, said = map(text, fact.texts)
    return " ".join(["-", *(f"**{question}**" for question in asked), said])


def _fact(fact: Fact) -> str:
    return _row(text(cell) for cell in fact.texts)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

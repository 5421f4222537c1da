"""What every verb prints with: a console for people, one line of JSON for programs."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

import msgspec
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from scripts.domain.words import plain
from scripts.report.document import Document


class PlainConsole(Console):
    """A console on which nothing that is printed steers the terminal but its own colours: names,
    messages and paths come from trials, plans and scripts.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """What is printed, piece by piece, without what a terminal would obey."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control or text.isprintable() else Segment(plain(text), style)


def console(stderr: bool = False) -> Console:
    """A console; where there is no terminal, wide enough that no table is cut."""
    made = PlainConsole(stderr=stderr, highlight=False)
    return made if made.is_terminal else PlainConsole(stderr=stderr, highlight=False, width=160)


def print_json(document: Document) -> None:
    """Print a document on standard output as JSON, in one line, in which what a terminal would
    obey is escaped.
    """
    text = msgspec.json.encode(document).decode()
    if not text.isprintable():
        text = re.sub(r"[^ -~]", _escaped, text)
    sys.stdout.write(text + "\n")


def _escaped(found: re.Match[str]) -> str:
    """A character as JSON escapes it, where it is none that is seen."""
    character = found[0]
    if character.isprintable():
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

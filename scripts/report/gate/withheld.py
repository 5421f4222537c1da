"""What the gate kept back: each text once, with a key by which its owner lets it through."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
from msgspec import structs

LONGEST = 2000
"""Characters of a line or of a message that get out; of more nobody reads the end."""

TERMINAL = re.compile(r"(?:\x1b|\\x1b|\\033)(?:\[[0-?]{0,40}[ -/]{0,40}[@-~])?")
"""What a terminal obeys, as it is or as Python writes it in quotes."""

PLACEHOLDER = re.compile(r"<[a-z]+(?: [a-z]+)*, [\d,]{1,12} characters?>")
"""What stands for a text that was kept back."""

GIVEN = ("address", "argument", "package", "variable")
"""Kinds of what a user gave, which calls and names repeat."""

SHORTEST_GIVEN = 3
"""Characters of such a text that are looked for elsewhere; shorter ones stand in any word."""

SHORTEST_TOLD = 4
"""Characters of a text that is looked for beside it; shorter ones stand in any program."""


class Withheld(msgspec.Struct, frozen=True):
    """A text that was kept back.

    Attributes:
        key: names it to whoever lets it through.
        kind: what it is, in a word or two.
        text: itself.
        count: how often it came.
    """

    key: str
    kind: str
    text: str
    count: int


def legible(text: str) -> str:
    """A text without what no reader sees: what a terminal obeys, and characters without a width."""
    if "\\" in text or "\x1b" in text:
        text = TERMINAL.sub("", text)
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(filter(_seen, text))


def _seen(character: str) -> bool:
    """Whether a character is one that readers see, or that parts lines and columns."""
    return character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf")


def key(text: str) -> str:
    """What a text is named by: the beginning of its hash, which hardly names another of a trial."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]


@dataclass
class Gate:
    """What was kept back so far.

    Args:
        revealed: keys of texts that may get out: their owner has read them.
        named: packages that whoever measured has named: they are what it is about.
        beside: what is shown beside it in any case, such as the program: what stands there is told.
    """

    revealed: Iterable[str] = ()
    beside: str = ""
    named: frozenset[str] = frozenset()
    kept: dict[str, Withheld] = field(default_factory=dict)

    def withhold(self, kind: str, text: str) -> str:
        """What gets out in place of a text: its kind and length, or itself where it was read."""
        if not text or PLACEHOLDER.fullmatch(text) or self._stands_beside(text):
            return text
        name = key(text)
        before = self.kept.get(name, Withheld(name, kind, text, 0))
        self.kept[name] = structs.replace(before, count=before.count + 1)
        if name in self.revealed:
            return text
        return self._placeholder(kind, text)

    def _stands_beside(self, text: str) -> bool:
        """Whether a text is told beside it, as it is or in quotes."""
        bare = text.strip("'\"")
        whole = rf"(?<!\w){re.escape(bare)}(?!\w)"
        return len(bare) >= SHORTEST_TOLD and re.search(whole, self.beside) is not None

    @staticmethod
    def _placeholder(kind: str, text: str) -> str:
        unit = "character" if len(text) == 1 else "characters"
        return f"<{kind}, {len(text):,} {unit}>"

    def scrubbed(self, text: str) -> str:
        """A text in which nothing stands that was given and kept back: a call, a name."""
        for held in sorted(self.hidden, key=lambda held: -len(held.text)):
            if held.kind in GIVEN and len(held.text) >= SHORTEST_GIVEN and held.text in text:
                text = text.replace(held.text, self._placeholder(held.kind, held.text))
        return text

    def take(self, other: Gate) -> None:
        """Keep back here too what another kept back of what a user gave."""
        for name, held in other.kept.items():
            if held.kind in GIVEN:
                self.kept.setdefault(name, held)

    @property
    def hidden(self) -> list[Withheld]:
        """The texts that did not get out, in the order they came."""
        return [text for name, text in self.kept.items() if name not in self.revealed]

"""Which environment answered a recipe before, as kept on disk: "asked/RECIPE.json"."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scripts.domain.files import replace


class CacheEntry(msgspec.Struct, frozen=True):
    """The environment that answered a recipe.

    Attributes:
        environment: name of its folder.
        held: the day at which all is held that is not pinned; None where pins allowed no such day.
        resolved: the day (YYYY-MM-DD) of the answer.
    """

    environment: str
    held: str | None
    resolved: str

    def lasts(self, source: str, today: str) -> bool:
        """Whether the answer would still be the same.

        What is held at a day resolves alike for ever, and so does what a commit needs once it is
        built; anything else, alike for a day.

        Args:
            source: the commit of the recipe; empty for none.
            today: the day of the question.
        """
        return bool(source) or self.held is not None or self.resolved == today


def recall(environments: Path, recipe: str) -> CacheEntry | None:
    """What answered a recipe, by name; None where nothing did, or its file is damaged."""
    try:
        return msgspec.json.decode(_file(environments, recipe).read_bytes(), type=CacheEntry)
    except (OSError, msgspec.MsgspecError):
        return None


def remember(environments: Path, recipe: str, entry: CacheEntry) -> None:
    """Note what answered a recipe, by name.

    Raises:
        OSError: it cannot be written.
    """
    path = _file(environments, recipe)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, msgspec.json.format(msgspec.json.encode(entry), indent=0))


def _file(environments: Path, recipe: str) -> Path:
    return environments / "asked" / f"{recipe}.json"

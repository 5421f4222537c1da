"""Paths as others may read them: shortened where people look, hidden where things are kept.

A place is a folder that others must not read about, or that means nothing to them; a placeholder
stands for it in everything that is written down or published.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from scripts.domain.files import PROJECT
from scripts.domain.problems import UsageProblem

ENVIRONMENT = "<environment>"
"""Stands for the folder of the environment that a trial's client runs in."""

SERVER_ENVIRONMENT = "<server environment>"
"""Stands for that of its server; of one that both share, too, as where there is no server."""


def shown(path: Path) -> str:
    """A path as it is shown to people: relative to where they are, where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def from_project(path: Path) -> str:
    """A path as it is kept: relative to the project where it is inside, else as it is, but for the
    user's own folder, which a record hides: what is asked for and what is stored must be one.
    """
    if path.is_relative_to(PROJECT):
        return str(path.relative_to(PROJECT))
    for home, placeholder in _home().items():
        if path.is_relative_to(home):
            return str(Path(placeholder, path.relative_to(home)))
    return str(path)


def located(kept: str) -> Path:
    """The path that is kept so."""
    return PROJECT / expanded(Path(kept))


def expanded(path: Path) -> Path:
    """A path with a leading ~ replaced by the home that it stands for.

    Raises:
        UsageProblem: there is no such home.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise UsageProblem(f"{str(path)!r}: there is no such home.") from error


def portable(arguments: Sequence[str]) -> tuple[str, ...]:
    """A call's arguments without what only its own machine has: folders before a path's name."""
    return tuple(
        f"path/to/{Path(argument).name}" if Path(argument).is_absolute() else argument
        for argument in arguments
    )


def trial_places(client: Path, server: Path, scratch: Path, python: Path) -> dict[str, str]:
    """The places a trial may name, with their placeholders.

    Args:
        client, server: folders of their environments; one that both share counts as the server's.
        scratch: the trial's own folder.
        python: the folder that the client's interpreter was installed to.
    """
    return {
        str(client): ENVIRONMENT,
        str(server): SERVER_ENVIRONMENT,
        str(scratch): "<scratch>",
        str(PROJECT): "<project>",
        str(python): "<python>",
        **_home(),
    }


def machine_places() -> dict[str, str]:
    """The places that any text from this machine may name, with their placeholders."""
    return {str(PROJECT): "<project>", tempfile.gettempdir(): "<temporary>", **_home()}


def _home() -> dict[str, str]:
    try:
        return {str(Path.home()): "~"}
    except RuntimeError:
        return {}


def in_order(places: Mapping[str, str]) -> list[tuple[str, str]]:
    """Places with their placeholders in the order they are replaced: what lies inside another
    before it. The root of everything is none.
    """
    hidden = [place for place in places.items() if len(place[0]) > 1]
    return sorted(hidden, key=lambda place: -len(place[0]))


def hiding(places: Mapping[str, str]) -> Callable[[Any], Any]:
    """A function that puts placeholders for places into every string of a nested value.

    Args:
        places: folders with their placeholders.

    Returns:
        A function of dicts, sequences, structs and plain values; it gives sequences back as lists
        and structs as dicts.
    """
    ordered = dict(in_order(places))
    # A folder whose name only begins alike is another.
    found = re.compile(rf"(?:{'|'.join(map(re.escape, ordered)) or '(?!)'})(?![\w-])")

    def hide(value: Any) -> Any:
        if isinstance(value, str):
            return found.sub(lambda match: ordered[match[0]], value)
        if isinstance(value, dict):
            return {hide(key): hide(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [hide(inner) for inner in value]
        if isinstance(value, msgspec.Struct):
            return hide(msgspec.to_builtins(value))
        return value

    return hide


def lies_in(path: str, placeholder: str) -> bool:
    """Whether a path whose places are hidden lies in the one that this placeholder stands for."""
    return placeholder in PurePosixPath(path).parts[:1]

"""From a recipe to a lock: which version of every package was the newest on the held day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from scripts.domain.trial import DOCUMENT_DATE
from scripts.environments.lock import Lock, moves, versions
from scripts.environments.recipe import Recipe
from scripts.environments.requirements import baseline
from scripts.environments.uv import Unavailable, Unreachable, end_of_day, uv
from scripts.environments.workspace import workspace


def resolve(recipe: Recipe, today: str) -> Lock:
    """The lock of a recipe, with all that is not pinned held at its day where pins allow.

    Args:
        recipe: what is asked for.
        today: the day (YYYY-MM-DD) after which nothing is taken from the index.

    Raises:
        Unavailable: no versions go together; Unreachable where the index is silent.
    """
    with workspace() as scratch:
        compiling = _compiling(recipe.requirements, recipe.interpreter, scratch)
        if recipe.after_document:
            newest = [*compiling, "--only-binary=:all:", "--exclude-newer", end_of_day(today)]
            return Lock.of(uv(*newest), None)
        holding = [*compiling, *_held(recipe, today)]
        try:
            return _cached(recipe, holding) or Lock.of(uv(*holding), recipe.held)
        except Unreachable:
            raise
        except Unavailable:
            return _moving(compiling, today, Path(scratch, "preferred.txt"))


def resolve_on_day(recipe: Recipe, today: str) -> Lock:
    """The lock of a recipe as of its day and of no other, on whichever Python.

    Args:
        recipe: what is asked for.
        today: the day (YYYY-MM-DD) up to which pinned packages may be released.

    Raises:
        Unavailable: no versions of that day go together; Unreachable where the index is silent.
    """
    with workspace() as scratch:
        compiling = _compiling(recipe.requirements, recipe.interpreter, scratch)
        return Lock.of(uv(*compiling, *_held(recipe, today)), recipe.held)


def resolve_with_spares(
    pins: Mapping[str, str], spares: Mapping[str, str], interpreter: str, today: str
) -> Lock:
    """The lock of some packages, with others only where they are needed.

    Args:
        pins: name -> version, all of which it holds.
        spares: likewise, each of which it holds only where another package needs it.
        interpreter: path of its Python.
        today: the day (YYYY-MM-DD) after which nothing is taken from the index.

    Raises:
        Unavailable: these versions do not go together; Unreachable where the index is silent.
    """
    with workspace() as scratch:
        constraints = scratch / "constraints.in"
        constraints.write_text(_lines(f"{name}=={version}" for name, version in spares.items()))
        lines = [f"{name}=={version}" for name, version in pins.items()]
        compiling = _compiling(lines, interpreter, scratch)
        compiling += ["--constraint", str(constraints), "--exclude-newer", end_of_day(today)]
        return Lock.of(uv(*compiling), None)


def _compiling(requirements: Iterable[str], interpreter: str, scratch: Path) -> list[str]:
    """uv's arguments but for the day; what is required is written to a file in a folder."""
    file = scratch / "requirements.in"
    file.write_text(_lines(requirements))
    compiling = ["pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-sources"]
    return [*compiling, "--python", interpreter, str(file)]


def _held(recipe: Recipe, today: str) -> list[str]:
    """uv's arguments that hold at a recipe's day what it does not pin."""
    free = [f"--exclude-newer-package={name}={end_of_day(today)}" for name in recipe.pinned]
    return ["--exclude-newer", end_of_day(recipe.held), *free]


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _cached(recipe: Recipe, holding: list[str]) -> Lock | None:
    """The lock as uv's cache has it, for the document's day alone; None where it is not to trust.

    Asking the index takes longer than all the rest. The cache can answer for a day long past, and
    is believed only where it moves nothing that is not pinned.
    """
    if recipe.held != DOCUMENT_DATE:
        return None
    try:
        lock = Lock.of(uv(*holding, "--offline"), recipe.held)
    except Unavailable:
        return None
    return lock if moves_only_pinned(lock, recipe, baseline()) else None


def moves_only_pinned(lock: Lock, recipe: Recipe, document: dict[str, str]) -> bool:
    """Whether all packages but those a recipe pins are at the document's versions."""
    moved = moves(versions(lock.installed), document)
    return set(moved) <= {canonicalize_name(name) for name in recipe.pinned}


def _moving(compiling: list[str], today: str, preferred: Path) -> Lock:
    """The lock where pins allow no held day: no more moves than has to.

    Args:
        compiling: uv's arguments but for the day.
        today: the day after which nothing is taken from the index.
        preferred: a file to write.
    """
    # An existing output file is uv's list of preferences: what stands there is kept unless a pin
    # forbids it.
    preferred.write_text(_lines(f"{name}=={version}" for name, version in baseline().items()))
    uv(*compiling, "--exclude-newer", end_of_day(today), "-o", str(preferred))
    return Lock.of(preferred.read_text(), None)

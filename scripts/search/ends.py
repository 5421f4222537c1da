"""The two ends of a search among releases, and what lies between them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from packaging.version import InvalidVersion, Version

from scripts.domain.problems import UsageProblem
from scripts.environments.index import Release


def span(
    name: str, found: Sequence[Release], good: str, bad: str, bottom: Version | None
) -> tuple[list[Release], bool, Literal["good", "bad", ""]]:
    """The releases to search, good end first.

    Args:
        name: of the package.
        found: its releases, at least one, oldest first.
        good, bad: the two ends; an empty one is to be found.
        bottom: the oldest release worth looking at for an end that was left out.

    Returns:
        The releases; whether good is the newer end; the end that is to be found.

    Raises:
        UsageProblem: an end is no release, both are one, or an end has none beyond it.
    """
    if good and bad and version(good) == version(bad):
        raise UsageProblem(f"good and bad are both {good}: name two releases.")
    first = index(name, found, good) if good else None
    last = index(name, found, bad) if bad else None
    if first is not None and last is not None:
        if first < last:
            return list(found[first : last + 1]), False, ""
        return list(found[last : first + 1])[::-1], True, ""
    if first is not None:
        chosen = list(found[first:])
        if len(chosen) < 2:
            raise UsageProblem(f"there is no release of {name} after {good} to be bad.")
        return chosen, False, "bad"
    newest = found[last].version if last is not None else found[-1].version
    chosen = [
        each
        for each in found
        if each.version <= newest
        and (bottom is None or each.version >= bottom or each.version == newest)
    ]
    if len(chosen) < 2:
        limit = f" that the client script can use (from {bottom} on)" if bottom else ""
        raise UsageProblem(f"there is no release of {name} before {newest}{limit} to be good.")
    return chosen, False, "good"


def version(text: str) -> Version:
    """A version as written on the command line.

    Raises:
        UsageProblem: it is none.
    """
    try:
        return Version(text)
    except InvalidVersion as error:
        raise UsageProblem(f"{text!r} is no version.") from error


def index(name: str, found: Sequence[Release], text: str) -> int:
    """Where a release stands among those of its package.

    Raises:
        UsageProblem: there is none such.
    """
    wanted = version(text)
    for place, each in enumerate(found):
        if each.version == wanted:
            return place
    raise UsageProblem(
        f"there is no release {text} of {name} that this Python can run and that was neither "
        f"yanked nor a pre-release; there are {found[0].version} to {found[-1].version}."
    )

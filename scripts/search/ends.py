"""The two ends of a search among releases, and what lies between them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from packaging.version import InvalidVersion, Version

from scripts.domain.problems import UsageProblem
from scripts.environments.index import Release


class Span(NamedTuple):
    """The releases to search.

    Attributes:
        releases: the good end first.
        fix: whether good is the newer end.
        widen: the end that is to be found; empty for none.
    """

    releases: list[Release]
    fix: bool = False
    widen: Literal["good", "bad", ""] = ""


def span(
    package: str, releases: Sequence[Release], good: str, bad: str, bottom: Version | None
) -> Span:
    """The releases to search.

    Args:
        package: its name.
        releases: its releases, at least one, oldest first.
        good, bad: the two ends; an empty one is to be found, up to the newest that stands.
        bottom: the oldest release worth looking at for an end that was left out.

    Raises:
        UsageProblem: an end is no release, both are one, or an end has none beyond it.
    """
    if good and bad and version(good) == version(bad):
        raise UsageProblem(f"good and bad are both {good}: name two releases.")
    first = index(package, releases, good) if good else None
    last = index(package, releases, bad) if bad else None
    newest = standing(releases)
    if first is not None and last is not None:
        if first < last:
            return Span(list(releases[first : last + 1]))
        return Span(list(releases[last : first + 1])[::-1], fix=True)
    if first is not None:
        if first >= newest:
            withdrawn = first < len(releases) - 1
            remedy = " but yanked ones: name one with --bad" if withdrawn else ""
            raise UsageProblem(f"there is no release of {package} after {good} to be bad{remedy}.")
        return Span(list(releases[first : newest + 1]), widen="bad")
    bad_end = releases[newest if last is None else last].version
    return Span(_up_to(package, releases, bad_end, bottom), widen="good")


def _up_to(
    package: str, releases: Sequence[Release], newest: Version, bottom: Version | None
) -> list[Release]:
    """The releases up to the bad one, one of which may be the good end."""
    usable = [
        release
        for release in releases
        if release.version <= newest
        and (bottom is None or release.version >= bottom or release.version == newest)
    ]
    if len(usable) < 2:
        limit = f" that the client script can use (from {bottom} on)" if bottom else ""
        raise UsageProblem(f"there is no release of {package} before {newest}{limit} to be good.")
    return usable


def counted(releases: Sequence[Release], prereleases: bool, *named: str) -> list[Release]:
    """Of all releases, those that count: pre-releases only where asked for or named.

    Args:
        releases: all of a package.
        prereleases: whether all pre-releases count.
        named: the ends that the call names; empty ones name none.

    Raises:
        UsageProblem: a name is no version.
    """
    versions = {version(text) for text in named if text}
    return [
        release
        for release in releases
        if prereleases or not release.version.is_prerelease or release.version in versions
    ]


def left_out(releases: Sequence[Release], row: Sequence[Release]) -> list[str]:
    """The pre-releases between the ends of a row that are not in it.

    Args:
        releases: all of the package.
        row: some of them, at least one, in either order.
    """
    tested = {release.version for release in row}
    return [
        str(release.version)
        for release in releases
        if min(tested) < release.version < max(tested)
        and release.version.is_prerelease
        and release.version not in tested
    ]


def standing(releases: Sequence[Release]) -> int:
    """Where the newest release stands that was not yanked; the last where all were."""
    places = [place for place, release in enumerate(releases) if release.yanked is None]
    return places[-1] if places else len(releases) - 1


def version(text: str) -> Version:
    """A version as written on the command line.

    Raises:
        UsageProblem: it is none.
    """
    try:
        return Version(text)
    except InvalidVersion as error:
        raise UsageProblem(f"{text!r} is no version.") from error


def index(package: str, releases: Sequence[Release], text: str) -> int:
    """Where a release stands among those of its package.

    Raises:
        UsageProblem: there is none such.
    """
    sought = version(text)
    for place, release in enumerate(releases):
        if release.version == sought:
            return place
    raise UsageProblem(
        f"there is no release {text} of {package} that this Python can run; there are "
        f"{releases[0].version} to {releases[-1].version}."
    )

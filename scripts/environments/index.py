"""What the package index has of one package: its releases, in version order.

Its answers are untrusted: what does not parse is left out.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.environments.index_setting import index_setting

INDEX_TIMEOUT = 20
"""Seconds to wait for the index."""


if TYPE_CHECKING:  # pypi_simple and requests take a fifth of a second, for those that ask it
    from pypi_simple import DistributionPackage
    from requests import Session


@dataclass(frozen=True, order=True)
class Release:
    """One release.

    Attributes:
        version: of it.
        uploaded: the day of its first file; None where the index is silent.
        yanked: why its project withdrew it, empty where it does not say; None where it did not.
            Such a release is installed only where a pin names it.
    """

    version: Version
    uploaded: date | None = None
    yanked: str | None = None


def releases(package: str, python: str, prereleases: bool = False) -> list[Release]:
    """Releases of a package that this Python can run, oldest version first.

    Yanked releases are among them, marked; pre-releases only where asked for.

    Args:
        package: its name on the index.
        python: full version of the interpreter, such as "3.11.7".
        prereleases: whether to list those too.

    Raises:
        UsageProblem: the index has no such package.
        MeasurementProblem: the index cannot be reached, or does not answer as an index.
    """
    return parsed_releases(_files(package), python, prereleases)


def parsed_releases(
    files: Iterable[DistributionPackage], python: str, prereleases: bool = False
) -> list[Release]:
    """The releases that an index's files make up, as `releases` has them; pure.

    Args:
        files: as the index lists them.
        python: full version of the interpreter.
        prereleases: whether to list those too.
    """
    by_version: dict[Version, list[DistributionPackage]] = {}
    for file in files:
        if not file.version or not runs_on(file.requires_python, python):
            continue
        try:
            version = Version(file.version)
        except InvalidVersion:
            continue
        if prereleases or not version.is_prerelease:
            by_version.setdefault(version, []).append(file)
    return [_release(version, by_version[version]) for version in sorted(by_version)]


def upload_days(package: str) -> set[date]:
    """The days on which any file of a package was uploaded, as far as the index says.

    Raises:
        UsageProblem, MeasurementProblem: as `releases`.
    """
    return {file.upload_time.date() for file in _files(package) if file.upload_time}


def _release(version: Version, files: Sequence[DistributionPackage]) -> Release:
    """The release that files of one version make up: yanked where all of them are."""
    days = [file.upload_time.date() for file in files if file.upload_time]
    reasons = [file.yanked_reason or "" for file in files if file.is_yanked]
    yanked = next(filter(None, reasons), "") if len(reasons) == len(files) else None
    return Release(version, min(days, default=None), yanked)


def _files(package: str) -> list[DistributionPackage]:
    """All that the index has of a package.

    Raises:
        UsageProblem, MeasurementProblem: as `releases`.
    """
    return _page(package, index_setting().url)


@functools.lru_cache(maxsize=64)
def _page(package: str, endpoint: str) -> list[DistributionPackage]:
    """What one index has of a package, asked once: a call means the same index throughout.

    Args:
        package: its name.
        endpoint: of the index; empty for the public one.

    Raises:
        UsageProblem, MeasurementProblem: as `releases`.
    """
    from pypi_simple import (
        ACCEPT_JSON_PREFERRED,
        PYPI_SIMPLE_ENDPOINT,
        NoSuchProjectError,
        PyPISimple,
        UnsupportedContentTypeError,
    )
    from requests import RequestException

    place = endpoint or PYPI_SIMPLE_ENDPOINT
    try:
        with PyPISimple(place, session=session(), accept=ACCEPT_JSON_PREFERRED) as client:
            return client.get_project_page(package, timeout=INDEX_TIMEOUT).packages
    except NoSuchProjectError as error:
        raise UsageProblem(f"the package index has no package {package!r}.") from error
    except (RequestException, UnsupportedContentTypeError, ValueError) as error:
        raise MeasurementProblem(
            f"the package index cannot be reached to list the releases of {package} "
            f"({type(error).__name__}); name versions instead of {package!r} alone, or connect."
        ) from error


def session() -> Session:
    """An HTTP session that trusts the certificates uv trusts (SSL_CERT_FILE), unless requests'
    own variable (REQUESTS_CA_BUNDLE) names others.
    """
    from requests import Session

    trusting = Session()
    certificates = os.environ.get("SSL_CERT_FILE")
    if certificates and not os.environ.get("REQUESTS_CA_BUNDLE"):
        trusting.verify = certificates
    return trusting


def newest(package: str, python: str) -> str:
    """The newest release of a package that this Python can run and that was not yanked.

    Raises:
        UsageProblem, MeasurementProblem: as `releases`; also where there is none at all.
    """
    runnable = [release for release in releases(package, python) if release.yanked is None]
    if not runnable:
        raise MeasurementProblem(f"no release of {package} runs on Python {python}.")
    return str(runnable[-1].version)


def runs_on(requires_python: str | None, python: str) -> bool:
    """Whether a release's Requires-Python admits this interpreter; unreadable ones do."""
    if not requires_python:
        return True
    try:
        return SpecifierSet(requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True


def has_wheel(pin: str, python: str) -> bool:
    """Whether a pinned release has a wheel for this Python here, so that nothing is compiled.

    Args:
        pin: such as "aiohttp==3.9.5".
        python: full version of the interpreter.

    Raises:
        UsageProblem, MeasurementProblem: as `releases`.
    """
    requirement = Requirement(pin)
    (specifier,) = requirement.specifier
    return usable_wheel(_files(requirement.name), specifier.version, python) is not None


def usable_wheel(
    files: Iterable[DistributionPackage], version: str, python: str
) -> DistributionPackage | None:
    """The first of an index's files that is a wheel of a version for this Python, here; pure."""
    usable = wheel_tags(python)
    for file in files:
        try:
            _, release, _, tags = parse_wheel_filename(file.filename)
        except InvalidWheelFilename:
            continue
        if release == Version(version) and not file.is_yanked and tags & usable:
            return file
    return None


def download_wheel(pin: str, python: str, folder: Path) -> Path | None:
    """Fetch a wheel of a pinned release, which runs nothing of it.

    Args:
        pin: such as "pyyaml==6.0.2".
        python: full version of the interpreter that it is for.
        folder: where the wheel is put.

    Returns:
        Its path; None where the release has no wheel for this Python here.

    Raises:
        UsageProblem, MeasurementProblem: as `releases`.
    """
    requirement = Requirement(pin)
    (specifier,) = requirement.specifier
    file = usable_wheel(_files(requirement.name), specifier.version, python)
    return None if file is None else _download(file, folder)


def download_source(pin: str, folder: Path) -> Path | None:
    """Fetch the source archive of a pinned release, which runs nothing of it.

    Args:
        pin: such as "httpcore==1.0.9".
        folder: where it is put.

    Returns:
        Its path; None where the release has none.

    Raises:
        UsageProblem, MeasurementProblem: as `releases`.
    """
    requirement = Requirement(pin)
    (specifier,) = requirement.specifier
    for file in _files(requirement.name):
        if file.package_type == "sdist" and file.version == specifier.version:
            return _download(file, folder)
    return None


def _download(file: DistributionPackage, folder: Path) -> Path:
    """Fetch a file of the index, whose digest must be the one it lists.

    Raises:
        MeasurementProblem: it is not to be had.
    """
    from pypi_simple import PYPI_SIMPLE_ENDPOINT, DigestMismatchError, PyPISimple
    from requests import RequestException

    path = folder / Path(file.filename).name
    try:
        with PyPISimple(index_setting().url or PYPI_SIMPLE_ENDPOINT, session=session()) as client:
            client.download_package(file, path, timeout=INDEX_TIMEOUT)
    except (RequestException, DigestMismatchError) as error:
        raise MeasurementProblem(
            f"the package index does not give {file.filename} ({type(error).__name__}): try again."
        ) from error
    return path


def wheel_tags(python: str) -> frozenset[Tag]:
    """The tags of wheels that a CPython of this full version takes on this system."""
    major, minor = map(int, python.split(".")[:2])
    own = f"cp{major}{minor}"
    return frozenset(
        [
            *cpython_tags((major, minor), abis=[own]),
            *compatible_tags((major, minor), interpreter=own),
        ]
    )


def releases_since(package: str, first: str, python: str) -> list[str]:
    """Every release of a package from `first` on that was not yanked, oldest first."""
    return [
        str(release.version)
        for release in releases(package, python)
        if release.version >= Version(first) and release.yanked is None
    ]

"""What the index has: recorded answers, and none."""

import datetime
from typing import Any

import pytest
from packaging.tags import platform_tags
from packaging.version import Version
from pypi_simple import DistributionPackage

from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.environments.index import (
    Release,
    newest,
    parsed_releases,
    releases,
    releases_since,
    runs_on,
    usable_wheel,
)

pytestmark = pytest.mark.local


def test_releases_are_in_version_order_with_their_days(recorded_index: None) -> None:
    listing = releases("httpcore", "3.11.7")
    versions = [str(release.version) for release in listing]
    assert versions[versions.index("0.17.3") :][:3] == ["0.17.3", "0.18.0", "1.0.0"]
    assert listing[versions.index("1.0.6")].uploaded is not None
    assert not any(release.version.is_prerelease for release in listing)


def test_newest_is_one_that_this_python_runs(recorded_index: None) -> None:
    assert newest("numpy", "3.11.7") in releases_since("numpy", "2.1.2", "3.11.7")
    assert newest("httpx", "3.6.0") != newest("httpx", "3.11.7")


def test_prereleases_come_only_when_asked_for(recorded_index: None) -> None:
    assert any(release.version.is_prerelease for release in releases("httpx", "3.11.7", True))


def file(version: str | None, day: int | None = None, **fields: Any) -> DistributionPackage:
    """A file of a release, uploaded on a day of January 2026."""
    uploaded = None if day is None else datetime.datetime(2026, 1, day, tzinfo=datetime.UTC)
    return DistributionPackage(
        filename=fields.get("filename", "x"),
        url="x",
        project="x",
        version=version,
        package_type=None,
        digests={},
        requires_python=fields.get("requires_python"),
        has_sig=None,
        upload_time=uploaded,
        is_yanked=bool(fields.get("is_yanked")),
        yanked_reason=fields.get("yanked_reason"),
    )


def test_a_release_is_of_the_day_of_its_first_file() -> None:
    files = [file("1.10", 3), file("1.2", 2), file("1.2", 1), file("1.2"), file("1.3")]
    assert parsed_releases(files, "3.11.7") == [
        Release(Version("1.2"), datetime.date(2026, 1, 1)),
        Release(Version("1.3"), None),
        Release(Version("1.10"), datetime.date(2026, 1, 3)),
    ]


def test_what_is_unreadable_or_for_another_python_is_left_out() -> None:
    files = [
        file("1.1", requires_python=">=3.12"),
        file("no version"),
        file(None),
        file("1.2rc1"),
    ]
    assert parsed_releases(files, "3.11.7") == []
    assert [str(release.version) for release in parsed_releases(files, "3.11.7", True)] == [
        "1.2rc1"
    ]


def test_a_release_is_yanked_where_all_of_its_files_are() -> None:
    files = [
        file("1.0", is_yanked=True),
        file("1.0", is_yanked=True, yanked_reason="broken"),
        file("1.1", is_yanked=True, yanked_reason="one wheel was"),
        file("1.1"),
        file("1.2", is_yanked=True),
    ]
    yanked = {str(release.version): release.yanked for release in parsed_releases(files, "3.11.7")}
    assert yanked == {"1.0": "broken", "1.1": None, "1.2": ""}


def test_yanked_releases_are_listed_with_their_reasons_but_are_never_the_newest(
    recorded_index: None,
) -> None:
    listing = {str(release.version): release.yanked for release in releases("aiohttp", "3.11.7")}
    assert listing["3.11.13"] is not None
    assert listing["3.11.12"] is None
    assert "3.11.13" not in releases_since("aiohttp", "3.11.12", "3.11.7")
    assert newest("aiohttp", "3.11.7") in releases_since("aiohttp", "3.11.12", "3.11.7")


def test_no_such_package(recorded_index: None) -> None:
    with pytest.raises(UsageProblem, match="no package"):
        releases("surely-no-such-package-here", "3.11.7")


def test_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    with pytest.raises(MeasurementProblem, match="cannot be reached"):
        releases("httpx", "3.11.7")


def test_an_unreadable_requirement_on_python_excludes_nothing() -> None:
    assert runs_on("nonsense", "3.11.7")
    assert runs_on(None, "3.11.7")
    assert not runs_on(">=3.12", "3.11.7")


@pytest.mark.parametrize(
    ("filename", "usable"),
    [
        ("httpx-1.0-py3-none-any.whl", True),
        ("httpx-1.0-cp38-abi3-{platform}.whl", True),
        ("httpx-1.0-cp312-cp312-{platform}.whl", True),
        ("httpx-1.0-cp311-cp311-{platform}.whl", False),
        ("httpx-1.0-cp312-cp312-win_none.whl", False),
        ("httpx-1.1-py3-none-any.whl", False),
        ("httpx-1.0.tar.gz", False),
    ],
)
def test_which_files_are_wheels_for_a_python(filename: str, usable: bool) -> None:
    here = file("1.0", filename=filename.format(platform=next(iter(platform_tags()))))
    assert usable_wheel([here], "1.0", "3.12.4") == (here if usable else None)


def test_a_yanked_wheel_is_none() -> None:
    withdrawn = file("1.0", filename="httpx-1.0-py3-none-any.whl", is_yanked=True)
    assert usable_wheel([withdrawn], "1.0", "3.12.4") is None

"""What the index has: recorded answers, and none."""

import pytest

from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.environments.index import newest, releases, runs_on, since

pytestmark = pytest.mark.local


def test_releases_are_in_version_order_with_their_days(recorded_index: None) -> None:
    found = releases("httpcore", "3.11.7")
    versions = [str(each.version) for each in found]
    assert versions[versions.index("0.17.3") :][:3] == ["0.17.3", "0.18.0", "1.0.0"]
    assert found[versions.index("1.0.6")].uploaded is not None
    assert not any(each.version.is_prerelease for each in found)


def test_newest_is_one_that_this_python_runs(recorded_index: None) -> None:
    assert newest("numpy", "3.11.7") in since("numpy", "2.1.2", "3.11.7")
    assert newest("httpx", "3.6.0") != newest("httpx", "3.11.7")


def test_prereleases_come_only_when_asked_for(recorded_index: None) -> None:
    assert any(each.version.is_prerelease for each in releases("httpx", "3.11.7", True))


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

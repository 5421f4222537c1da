"""The two ends of a search among releases: yanked ones, pre-releases, and what is left out."""

from __future__ import annotations

import pytest
from packaging.version import Version

from scripts.domain.problems import UsageProblem
from scripts.environments.index import Release
from scripts.search import ends

pytestmark = pytest.mark.pure

ALL = [
    Release(Version("1.0")),
    Release(Version("1.1rc1")),
    Release(Version("1.1"), yanked="broken"),
    Release(Version("1.2")),
    Release(Version("1.3a1")),
    Release(Version("1.3"), yanked=""),
]


def names(releases: list[Release]) -> list[str]:
    return [str(release.version) for release in releases]


def span(good: str, bad: str, prereleases: bool = False) -> ends.Span:
    return ends.span("x", ends.counted(ALL, prereleases, good, bad), good, bad, None)


def test_yanked_releases_are_tested_and_pre_releases_only_where_asked_for() -> None:
    assert names(span("1.0", "1.2").releases) == ["1.0", "1.1", "1.2"]
    assert names(span("1.0", "1.2", prereleases=True).releases) == ["1.0", "1.1rc1", "1.1", "1.2"]


def test_a_pre_release_that_is_named_is_an_end_and_no_other_comes_with_it() -> None:
    fix = span("1.3a1", "1.0")
    assert (names(fix.releases), fix.fix) == (["1.3a1", "1.2", "1.1", "1.0"], True)


def test_an_end_that_is_left_out_is_never_a_yanked_one_beyond_the_newest_that_stands() -> None:
    assert names(span("1.0", "").releases) == ["1.0", "1.1", "1.2"]
    assert names(span("", "").releases) == ["1.0", "1.1", "1.2"]


def test_a_yanked_release_that_is_named_is_an_end() -> None:
    assert names(span("1.2", "1.3").releases) == ["1.2", "1.3"]


def test_where_only_yanked_releases_follow_the_good_one_they_are_to_be_named() -> None:
    with pytest.raises(UsageProblem, match=r"after 1\.2 to be bad but yanked ones: name"):
        span("1.2", "")


def test_which_pre_releases_are_left_out_between_the_ends() -> None:
    assert ends.left_out(ALL, span("1.0", "1.2").releases) == ["1.1rc1"]
    assert ends.left_out(ALL, span("1.3", "1.0").releases) == ["1.1rc1", "1.3a1"]
    assert ends.left_out(ALL, span("1.0", "1.2", prereleases=True).releases) == []
    assert ends.left_out(ALL, span("1.2", "1.3a1").releases) == []


def test_where_all_were_yanked_the_newest_is_the_last() -> None:
    withdrawn = [Release(Version("1.0"), yanked=""), Release(Version("1.1"), yanked="")]
    assert ends.standing(withdrawn) == 1

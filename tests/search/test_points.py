"""Rows of real releases: what is tested, and at which versions other packages are held."""

from __future__ import annotations

import pytest

from scripts.domain import targets
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import LOADS
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable
from scripts.search.points import Among, Asked, Limits, about_line, about_releases

pytestmark = pytest.mark.index


def asked(package: str) -> Asked:
    """About a package of its own axis."""
    limits = Limits(0.99, None, 10, None)
    return Asked(
        package, targets.parse(f"{package}==0"), LOADS["smoke"], "exit", limits, ["bisect"]
    )


def among(environments: Environments, prereleases: bool = False) -> Among:
    python = environments.interpreter("").version
    return Among(python, prereleases, environments, lambda _: None)


@pytest.mark.long
def test_httpcores_line_can_be_had_though_its_newest_takes_another_h11(
    environments: Environments,
) -> None:
    question = about_line(asked("httpcore"), "0.15.0", "1.0.9", among(environments))
    for point in question.points:
        try:
            environments.client_packages(point.target)
        except Unavailable as error:
            pytest.fail(f"{point.name}: {error}")
    met = [(meeting.before, meeting.after) for meeting in question.meetings]
    assert met == [("0.15.0", "0.16.0"), ("1.0.8", "1.0.9")]
    assert question.meetings[1].moved == {"h11": ("0.14.0", "0.16.0")}
    assert {point.held for point in question.points} == {0, 1, 2}


def test_yanked_releases_are_points_and_pre_releases_are_counted(
    environments: Environments,
) -> None:
    question = about_releases(asked("aiohttp"), "3.12.0", "3.12.2", among(environments))
    assert [(point.name, point.yanked) for point in question.points] == [
        ("3.12.0", False),
        ("3.12.1", True),
        ("3.12.2", False),
    ]
    assert question.left_out == ["3.12.1rc0"]
    every = about_releases(asked("aiohttp"), "3.12.0", "3.12.2", among(environments, True))
    assert [point.name for point in every.points] == ["3.12.0", "3.12.1rc0", "3.12.1", "3.12.2"]
    assert every.left_out == []


def test_a_pre_release_that_is_named_is_an_end(environments: Environments) -> None:
    question = about_releases(asked("aiohttp"), "3.12.1rc0", "3.12.2", among(environments))
    assert [point.name for point in question.points] == ["3.12.1rc0", "3.12.1", "3.12.2"]


def test_a_release_that_there_is_not_is_said(environments: Environments) -> None:
    with pytest.raises(UsageProblem, match=r"no release 3\.12\.99 of aiohttp that this Python"):
        about_releases(asked("aiohttp"), "3.12.0", "3.12.99", among(environments))

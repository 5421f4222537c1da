"""Other packages held at one version across a row of points, in as few stretches as go."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.domain import targets
from scripts.domain.trial import Target
from scripts.environments.uv import Unavailable
from scripts.search.holding import HeldRow, held
from scripts.search.question import Point, Stretch

# Threads are no processes: what resolves here is made up.
pytestmark = pytest.mark.pure

Ranges = Mapping[str, tuple[int, int]]
"""What a release allows: package -> oldest and newest version of it."""


class Index:
    """Resolves as an index would whose releases allow ranges of versions of other packages.

    Args:
        releases: what each release of httpx allows; None for one that never resolves.
    """

    def __init__(self, releases: Mapping[str, Ranges | None]) -> None:
        self.releases = releases
        self.asked: list[Target] = []

    def client_packages(self, target: Target) -> dict[str, str]:
        """What the environment of a target would hold: the newest that is allowed."""
        self.asked.append(target)
        pins = dict(pin.split("==") for pin in target.pins)
        allowed = self.releases[pins["httpx"]]
        if allowed is None:
            raise Unavailable("never")
        for name, (oldest, newest) in allowed.items():
            if name in pins and not oldest <= int(pins[name]) <= newest:
                raise Unavailable("conflict")
        return {name: str(newest) for name, (_, newest) in allowed.items()} | pins


def row(
    releases: Mapping[str, Ranges | None], falling: bool = False, compiled: Collection[str] = ()
) -> HeldRow:
    """The releases as they are held; pins that have to be compiled are never to be had here."""
    points = [Point(name, targets.parse(f"httpx=={name}")) for name in releases]
    points = points[::-1] if falling else points
    index: Any = Index(releases)
    return held(points, "httpx", index, lambda pin: pin not in compiled, lambda _: None)


def test_the_newest_points_versions_are_held_where_all_points_go_with_them() -> None:
    made = row({"0.1": {"a": (1, 9), "b": (1, 3)}, "0.2": {"a": (2, 8), "b": (1, 3)}})
    assert made.stretches == [Stretch("0.1", "0.2", {"a": "8"})]
    assert [point.target.pins for point in made.points] == [
        ("httpx==0.1", "a==8"),
        ("httpx==0.2", "a==8"),
    ]
    assert all(point.target.name.endswith(" (others held equal)") for point in made.points)
    assert [point.held for point in made.points] == [0, 0]


def test_else_the_oldest_points_versions_are() -> None:
    made = row({"0.1": {"a": (1, 2)}, "0.2": {"a": (2, 8)}, "0.3": {"a": (1, 9)}})
    assert made.stretches == [Stretch("0.1", "0.3", {"a": "2"})]


def test_else_versions_that_no_one_point_has() -> None:
    made = row({"0.1": {"a": (1, 2), "b": (1, 9)}, "0.2": {"a": (1, 9), "b": (1, 3)}})
    assert made.stretches == [Stretch("0.1", "0.2", {"a": "2", "b": "3"})]


def test_where_no_set_goes_with_all_points_the_row_is_cut() -> None:
    # As httpcore does with h11: the newest release alone takes the newest one.
    old: Ranges = {"a": (1, 2)}
    releases = {"0.1": old, "0.2": old, "0.3": {"a": (3, 4)}, "0.4": {"a": (4, 4)}}
    made = row({**releases, "0.5": {"a": (6, 6)}})
    assert made.stretches == [
        Stretch("0.1", "0.2", {"a": "2"}),
        Stretch("0.3", "0.4", {"a": "4"}),
        Stretch("0.5", "0.5", {"a": "6"}),
    ]
    assert [point.held for point in made.points] == [0, 0, 1, 1, 2]


def test_what_each_release_takes_of_its_own_keeps_no_other_from_being_held() -> None:
    # As httpx2 does with httpcore2, and with anyio.
    releases: Mapping[str, Ranges] = {
        f"0.{step}": {"a": (1, 1 + step), "step": (step, step)} for step in (1, 2, 3)
    }
    made = row(releases)
    assert made.stretches == [
        Stretch(f"0.{step}", f"0.{step}", {"a": "2", "step": str(step)}) for step in (1, 2, 3)
    ]


def test_what_has_to_be_compiled_is_held_for_those_alone_that_have_it_anyway() -> None:
    releases: Mapping[str, Ranges] = {"0.1": {"a": (1, 2)}, "0.2": {"a": (1, 4)}}
    assert len(row(releases).stretches) == 1
    assert row(releases, compiled=["a==2"]).stretches == [
        Stretch("0.1", "0.1", {"a": "2"}),
        Stretch("0.2", "0.2", {"a": "4"}),
    ]


def test_stretches_are_in_the_order_of_a_row_whose_newest_point_is_first() -> None:
    made = row({"0.1": {"a": (1, 2)}, "0.2": {"a": (1, 2)}, "0.10": {"a": (3, 4)}}, falling=True)
    assert made.stretches == [
        Stretch("0.10", "0.10", {"a": "4"}),
        Stretch("0.2", "0.1", {"a": "2"}),
    ]
    assert [point.held for point in made.points] == [0, 1, 1]


def test_a_point_that_does_not_resolve_by_itself_is_left_as_it_is() -> None:
    made = row({"0.1": {"a": (1, 2)}, "0.2": None, "0.3": {"a": (1, 3)}})
    assert made.stretches == [Stretch("0.1", "0.3", {"a": "2"})]
    assert made.points[1] == Point("0.2", targets.parse("httpx==0.2"))


def test_a_package_that_one_point_lacks_is_held_where_another_has_it() -> None:
    made = row({"0.1": {}, "0.2": {"d": (1, 3)}})
    assert [point.target.pins[1:] for point in made.points] == [("d==3",), ("d==3",)]


def test_a_package_that_only_the_middle_has_is_held_too() -> None:
    made = row({"0.1": {"a": (1, 2)}, "0.2": {"a": (1, 3), "d": (1, 2)}, "0.3": {"a": (1, 2)}})
    assert made.stretches == [Stretch("0.1", "0.3", {"a": "2", "d": "2"})]


@pytest.mark.parametrize("releases", [{"0.1": {"a": (1, 2)}, "0.2": {"a": (2, 2)}}, {"0.1": None}])
def test_where_nothing_differs_nothing_is_held(releases: Mapping[str, Ranges | None]) -> None:
    made = row(releases)
    assert made.stretches == []
    assert [point.target.pins for point in made.points] == [
        (f"httpx=={name}",) for name in releases
    ]


limits = st.tuples(st.integers(1, 5), st.integers(0, 3)).map(lambda pair: (pair[0], sum(pair)))
allowing = st.none() | st.dictionaries(st.sampled_from("ab"), limits)


@given(st.lists(allowing, min_size=1, max_size=8))
def test_holding_takes_no_point_away(allowed: list[Ranges | None]) -> None:
    releases = {f"0.{number}": ranges for number, ranges in enumerate(allowed)}
    index: Any = Index(releases)
    for point, ranges in zip(row(releases).points, allowed, strict=True):
        if ranges is not None:
            assert index.client_packages(point.target)


@given(st.lists(limits, min_size=1, max_size=8))
def test_there_are_as_few_stretches_as_go(allowed: list[tuple[int, int]]) -> None:
    stretches, oldest, newest = 1, 0, 99
    for low, high in allowed:
        oldest, newest = max(oldest, low), min(newest, high)
        if oldest > newest:
            stretches, oldest, newest = stretches + 1, low, high
    made = row({f"0.{number}": {"a": ranges} for number, ranges in enumerate(allowed)})
    assert len(made.stretches) == (stretches if len({high for _, high in allowed}) > 1 else 0)

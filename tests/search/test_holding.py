"""Other packages held at one version across a row of points, where pins allow it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from scripts.domain import targets
from scripts.domain.trial import Target
from scripts.environments.uv import Unavailable
from scripts.search.holding import held
from scripts.search.question import Point

pytestmark = pytest.mark.pure

POINTS = [Point(name, targets.parse(f"httpx=={name}")) for name in ("0.1", "0.2")]
NEWER = {"httpx==0.2"}


class Index:
    """Environments made up: what the older and the newer end bring, and pins that do not go."""

    def __init__(self, old: dict[str, str], new: dict[str, str], refused: set[str]) -> None:
        self.old, self.new, self.refused = old, new, refused

    def client(self, target: Target) -> Any:
        """The environment of a target."""
        pins = dict(pin.split("==") for pin in target.pins)
        if self.refused & {*target.pins}:
            raise Unavailable("conflict")
        packages = (self.new if NEWER & {*target.pins} else self.old) | pins
        return SimpleNamespace(description=SimpleNamespace(packages=packages))


OLD, NEW = {"a": "1", "b": "1", "c": "1"}, {"a": "2", "b": "2", "c": "1"}


@pytest.mark.parametrize(
    ("refused", "pins"),
    [
        (set(), ["a==2", "b==2"]),
        ({"b==2"}, ["a==1", "b==1"]),
        ({"a==2", "b==1"}, ["a==1", "b==2"]),
        ({"a==1", "a==2"}, ["b==2"]),
        ({"a==1", "a==2", "b==1", "b==2"}, []),
        ({"httpx==0.1"}, []),
    ],
)
def test_packages_are_held_together_else_one_by_one(refused: set[str], pins: list[str]) -> None:
    row = held(POINTS, "httpx", Index(OLD, NEW, refused))  # type: ignore[arg-type]
    for before, after in zip(POINTS, row, strict=True):
        assert sorted(after.target.pins) == sorted([*before.target.pins, *pins])
        assert after.target.name.endswith(" (others held equal)") == bool(pins)


def test_a_package_that_one_end_lacks_is_held_where_the_other_has_it() -> None:
    row = held(POINTS, "httpx", Index({}, {"d": "3"}, set()))  # type: ignore[arg-type]
    assert [point.target.pins[1:] for point in row] == [("d==3",), ("d==3",)]

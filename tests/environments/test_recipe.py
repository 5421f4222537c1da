"""What names an environment on disk never changes: those that are there stay valid."""

import pytest

from scripts.environments.lock import Lock
from scripts.environments.recipe import Recipe

pytestmark = pytest.mark.pure

PYTHON = "/usr/bin/python3.11"
PINS = ("httpx==0.27.2", "httpcore==1.0.6")
LOCK = Lock(("anyio @ file:///x.whl", "httpx==0.27.2"), ("anyio==4.6.2", "httpx==0.27.2"), None)


def test_a_recipe_is_named_as_those_on_disk_are_whatever_its_order() -> None:
    assert Recipe(PINS, PYTHON, "2024-10-20").name == "b984f82df0e02b746bf1"
    assert Recipe(PINS[::-1], PYTHON, "2024-10-20").name == "b984f82df0e02b746bf1"
    assert Recipe(PINS, PYTHON, "2024-10-20", "httpcore@abc").name == "141c088735773c7ce39f"


def test_an_environment_is_named_by_what_is_recorded_and_by_its_commit() -> None:
    assert Recipe(PINS, PYTHON, "2024-10-20").environment(LOCK) == "032fa247dd9213ad4bc7"
    assert Recipe((), PYTHON, "2026-01-31").environment(LOCK) == "032fa247dd9213ad4bc7"
    built = Recipe(PINS, PYTHON, "2024-10-20", "httpcore@abc")
    assert built.environment(LOCK) == "7d2249525eaad7086700"


def test_only_exact_pins_are_free_of_the_day() -> None:
    assert Recipe(("Httpx==0.27.2", "numpy", "anyio>=4"), PYTHON, "2024-10-20").pinned == ["Httpx"]


def test_wheels_take_the_place_of_what_is_asked_for_by_name() -> None:
    recipe = Recipe(("numpy", "Some_Lib==1", "h11"), PYTHON, "2024-10-20")
    assert recipe.taking({}) == recipe
    wheel = "some-lib @ file:///scratch/some_lib-1-py3-none-any.whl"
    assert recipe.taking({wheel: "some-lib==1"}).requirements == (wheel, "numpy", "h11")

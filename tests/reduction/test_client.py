"""Smaller forms of a client script: nothing is added, and what matters is what is left."""

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.domain.trial import LOADS
from scripts.reduction.client import OwnClient
from scripts.reduction.client_files import ClientFiles
from scripts.reduction.lattice import ORIGINAL, Coordinates, Lattice
from scripts.reduction.reduction import Reduction
from tests.builders import FIXTURES
from tests.reduction.test_experiments import task
from tests.reduction.test_reduction import reduced

pytestmark = pytest.mark.pure

SOURCE = (FIXTURES / "thinking_client.py").read_text()
THINKING = OwnClient(SOURCE)

places = st.tuples(*(st.integers(0, most) for most in THINKING.top))


def test_the_whole_script_is_at_the_top() -> None:
    assert ast.dump(ast.parse(THINKING.text(THINKING.top))) == ast.dump(ast.parse(SOURCE))
    assert THINKING.words(THINKING.top) == "23 of 23 statements, 26 lines"
    nothing = (0,) * len(THINKING.top)
    assert THINKING.text(nothing).strip() == ""
    assert THINKING.left(nothing) == 0


@given(places)
@settings(max_examples=50, deadline=None)
def test_every_form_is_a_program_in_which_nothing_was_added(place: Coordinates) -> None:
    tree = ast.parse(THINKING.text(place))
    whole = ast.parse(SOURCE)

    def names(of: ast.AST) -> set[str]:
        return {node.id for node in ast.walk(of) if isinstance(node, ast.Name)}

    assert names(tree) <= names(whole)
    assert THINKING.left(place) <= THINKING.statements
    # What is a part of something that is gone is gone, whatever its own place says.
    lattice = THINKING.lattice()
    idle = [axis for axis in range(len(place)) if lattice.idle(place, axis)]
    lowered = tuple(0 if axis in idle else index for axis, index in enumerate(place))
    assert THINKING.text(lowered) == THINKING.text(place)


@pytest.mark.parametrize(
    ("source", "place", "text"),
    [
        ("if a:\n    b()\nelse:\n    c()\n", (1, 1, 1), "b()\n"),
        ("if a:\n    b()\n", (2, 0), "if a:\n    pass\n"),
        ("def f():\n    return 1\n", (1, 0), "def f():\n    pass\n"),
        ("try:\n    a()\nfinally:\n    b()\n", (2, 0, 1), "try:\n    a()\nfinally:\n    pass\n"),
        ("with a() as b:\n    c()\n", (1, 1), "c()\n"),
        ("f(x=1, y=2)\n", (1, 0, 1, 0), "f(y=1)\n"),
        ("sleep(0.5)\n", (1, 0), "sleep(0.0)\n"),
        ("g(7, True, 1, 'x')\n", (1, 1), "g(2, True, 1, 'x')\n"),
    ],
)
def test_a_form_holds_what_its_place_says(source: str, place: Coordinates, text: str) -> None:
    client = OwnClient(source)
    assert len(client.top) == len(place)
    assert client.text(place) == text


def test_what_matters_is_what_is_left() -> None:
    def rate(place: Coordinates, _side: str) -> float:
        text = THINKING.text(place)
        needed = ("import httpx", "client.post", "think()", "ask(client)", "for _ in", "def think")
        return 1.0 if all(words in text for words in needed) else 0.0

    smallest = reduced(Reduction(THINKING.lattice()), rate)
    text = THINKING.text(smallest.point)
    assert "client.post" in text
    assert "think()" in text
    assert "range(1)" in text
    for gone in ("json()", "while", "until", "sleep", "URL =", '"""', "json={"):
        assert gone not in text
    assert THINKING.left(smallest.point) <= 8


def test_a_part_of_what_is_gone_is_not_tried() -> None:
    lattice = Lattice((1, 1, 3), (False,) * 3, parents=(None, 0, 1))
    asked: list[Coordinates] = []

    def rate(place: Coordinates, _side: str) -> float:
        asked.append(place)
        return float(place[2] == 3)

    assert reduced(Reduction(lattice), rate).point == (0, 1, 3)
    assert {place for place in asked if not place[0]} == {(0, 0, 2), (0, 1, 3)}
    assert not lattice.idle((1, 1, 0), 2)
    assert lattice.idle((0, 1, 3), 2)


def test_forms_are_files_and_one_that_is_no_program_is_none(tmp_path: Path) -> None:
    source = "for x in y:\n    break\n"
    asked = task(client=source, axis="httpx")
    files = ClientFiles(asked, tmp_path)
    assert files.target(ORIGINAL, "bad") == asked.bad
    assert files.target((1, 1), "bad") is None
    files.write((2, 0))
    form = files.target((2, 0), "good")
    assert form is not None
    assert Path(form.script).read_text() == "for x in y:\n    pass\n"
    assert asked.good is not None
    assert (form.pins, form.server) == (asked.good.pins, asked.good.server)
    assert form.name.endswith(": 1 of 2 statements, 2 lines")
    assert files.load((2, 0)) == LOADS["compressed"]

"""Stacks are kept few and short, whatever runs."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from scripts.domain.blocked import Blocked

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "trials" / "probes"))

import blocking  # type: ignore[import-not-found]
import stacks  # type: ignore[import-not-found]

pytestmark = pytest.mark.pure

PROBES = Path(stacks.__file__).parent

CODE = (lambda: None).__code__


def table(script: str = "/home/x/client.py") -> stacks.Table:
    return stacks.Table(stacks.Places(script))


def nested(depth: int, inside: Callable[[], object]) -> object:
    if depth:
        return nested(depth - 1, inside)
    return inside()


def test_of_a_line_that_calls_itself_one_frame_is_kept() -> None:
    taken = stacks.taken(sys._getframe())
    deep = nested(900, lambda: stacks.taken(sys._getframe(1)))
    assert isinstance(deep, tuple)
    assert len(deep) == len(taken) + 2


def test_of_a_deep_stack_the_inner_and_the_outer_frames_are_kept() -> None:
    frame = None
    for line in range(1000, 0, -1):
        frame = SimpleNamespace(f_code=CODE, f_lineno=line, f_back=frame)
    lines = [line for _, line in stacks.taken(frame)]
    assert lines == [*range(1, 81), 0, *range(981, 1001)]


def test_the_heaviest_stacks_are_kept_and_no_second_is_lost() -> None:
    many = table()
    for number in range(3000):
        many.add(((CODE, number),), "computing", float(number), number + 1 + number / 3000)
    note = msgspec.convert(many.record() | {"seconds": 9000.0, "samples": 3000}, Blocked)
    assert len(note.stacks) == 200
    assert len(note.frames) == 200
    assert note.seen == pytest.approx(sum(1 + number / 3000 for number in range(3000)))
    assert note.stacks == sorted(note.stacks, key=lambda stack: -stack.seconds)
    assert len(msgspec.json.encode(note)) < 100_000


@pytest.mark.parametrize(
    ("file", "kept"),
    [
        ("/home/x/client.py", ("client.py", "script")),
        ("/home/x/parts/one.py", ("parts/one.py", "script")),
        (msgspec.__file__, ("msgspec/__init__.py", "library")),
        (msgspec.json.__file__, ("msgspec/json.py", "library")),
        (contextlib.__file__, ("contextlib.py", "standard library")),
        (str(PROBES / "recorder.py"), ("recorder.py", "probe")),
        ("<frozen runpy>", ("<frozen runpy>", "standard library")),
        ("<string>", ("<string>", "unknown")),
        ("/nowhere/at/all.py", ("all.py", "unknown")),
    ],
)
def test_a_file_is_named_within_its_package(file: str, kept: tuple[str, str]) -> None:
    assert stacks.Places("/home/x/client.py").located(file) == kept


@pytest.mark.parametrize(
    ("spans", "parts"),
    [
        ([], [(0, 10)]),
        ([(2, 3, None), (5, 6, None)], [(0, 2), (3, 5), (6, 10)]),
        ([(0, 10, None)], []),
        ([(8, 12, None)], [(0, 8)]),
        ([(12, 14, None)], [(0, 10)]),
    ],
)
def test_what_lies_outside_of_collections(
    spans: list[tuple[int, int, None]], parts: list[tuple[int, int]]
) -> None:
    assert blocking.outside(0, 10, spans) == parts

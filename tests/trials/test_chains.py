"""The exception chain is written down whole, hidden links included."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "trials" / "probes"))

import chains  # type: ignore[import-not-found]

pytestmark = pytest.mark.pure


def caught(call: Callable[[], None]) -> BaseException:
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def hidden() -> None:
    try:
        try:
            raise ConnectionResetError(104, "Connection reset by peer")
        except OSError:
            raise LookupError("inner") from None
    except LookupError as error:
        raise RuntimeError("outer") from error


def words(error: BaseException) -> list[tuple[str, str, int | None, int | None]]:
    return [
        (link["type"], link["via"], link["errno"], link["parent"]) for link in chains.chain(error)
    ]


def test_what_from_none_hides_is_found_with_its_errno() -> None:
    error = caught(hidden)
    assert words(error) == [
        ("RuntimeError", "raised", None, None),
        ("LookupError", "cause", None, 0),
        ("ConnectionResetError", "hidden", 104, 1),
    ]
    assert "ConnectionResetError" not in chains.printed(error)


def test_the_members_of_a_group_are_its_links() -> None:
    group = ExceptionGroup("several", [ValueError("a"), OSError(32, "Broken pipe")])
    assert words(group) == [
        ("ExceptionGroup", "raised", None, None),
        ("ValueError", "group", None, 0),
        ("BrokenPipeError", "group", 32, 0),
    ]


def test_a_circle_and_an_endless_chain_end() -> None:
    first, second = ValueError("1"), ValueError("2")
    first.__context__, second.__context__ = second, first
    assert len(chains.chain(first)) == 2
    last: BaseException = ValueError("0")
    for number in range(1000):
        following = ValueError(str(number))
        following.__context__ = last
        last = following
    assert len(chains.chain(last)) == chains.MOST_LINKS


def test_an_exception_that_cannot_be_printed_is_still_named() -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise ValueError("no words")

    assert chains.chain(Silent())[0]["message"] == "<str() raised ValueError>"


def test_failures_are_alike_when_only_their_numbers_differ() -> None:
    one, other = ValueError("port 5123 closed"), ValueError("port 6001 closed")
    assert chains.signature(chains.chain(one)) == chains.signature(chains.chain(other))
    assert chains.signature(chains.chain(one)) != chains.signature(chains.chain(ValueError("x")))

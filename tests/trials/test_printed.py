"""The last traceback on standard error is read back, and nothing else is."""

import pytest
from msgspec import structs

from scripts.domain.trial import Client, Failure, Link, Stray
from scripts.trials.printed import last_failure, with_printed

pytestmark = pytest.mark.pure

FRAMES = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    main()\n'


def printed(last: str, before: str = "", after: str = "") -> Link:
    failure = last_failure(f"{before}{FRAMES}{last}\n{after}")
    assert failure is not None
    assert failure.traceback == f"{FRAMES}{last}\n"
    return failure.chain[0]


@pytest.mark.parametrize(
    ("line", "module", "kind", "message", "errno"),
    [
        ("ValueError", "builtins", "ValueError", "", None),
        ("httpx.ReadError", "httpx", "ReadError", "", None),
        ("a.b.Broken: one: two", "a.b", "Broken", "one: two", None),
        ("Own: mine", "__main__", "Own", "mine", None),
        ("a.f.<locals>.Own: mine", "a.f.<locals>", "Own", "mine", None),
        ("OSError: [Errno 32] Broken pipe", "builtins", "OSError", "[Errno 32] Broken pipe", 32),
    ],
)
def test_its_last_line_names_the_exception(
    line: str, module: str, kind: str, message: str, errno: int | None
) -> None:
    assert printed(line) == Link(module, kind, message, errno, "raised", None)


def test_the_last_of_several_counts_and_what_stands_around_it_does_not() -> None:
    before = f"{FRAMES}KeyError: 1\n\nDuring handling of the above exception, another came:\n\n"
    assert printed("ValueError: 2", before, "a second line of its message\n").message == "2"


@pytest.mark.parametrize(
    "text",
    ["", "ValueError: no traceback\n", FRAMES, f"{FRAMES}not an exception's name at all\n"],
)
def test_what_is_no_traceback_is_none(text: str) -> None:
    assert last_failure(text) is None


def failure(kind: str) -> Failure:
    return Failure((Link("m", kind, "", None, "raised", None),), "", 1)


@pytest.mark.parametrize(
    "client",
    [
        Client(script_failure=failure("ValueError")),
        Client(failures=[failure("ValueError")]),
        Client(strays=[Stray("thread", failure("ValueError"))]),
        Client(failures=[structs.replace(failure("x"), chain=failure("Outer.ValueError").chain)]),
    ],
)
def test_a_type_that_is_known_is_not_told_again(client: Client) -> None:
    assert with_printed(client, f"{FRAMES}ValueError: x\n") == client
    other = with_printed(client, f"{FRAMES}KeyError: x\n").strays[-1]
    assert (other.where, other.failure.chain[0].type) == ("printed", "KeyError")

"""The tracebacks on standard error are read back, and nothing else is."""

import traceback

import pytest
from msgspec import structs

from scripts.domain.trial import Client, Failure, Link, Stray
from scripts.trials.printed import printed_failures, with_printed

pytestmark = pytest.mark.pure

FRAMES = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    main()\n'


def printed(last: str, before: str = "", after: str = "") -> Link:
    failure = printed_failures(f"{before}{FRAMES}{last}\n{after}")[0]
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
    assert printed_failures(text) == []


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


def test_every_traceback_is_read_the_last_first() -> None:
    text = f"{FRAMES}ValueError: 1\nsome words\n{FRAMES}KeyError: 2\n"
    assert [one.chain[0].type for one in printed_failures(text)] == ["KeyError", "ValueError"]
    strays = with_printed(Client(), text).strays
    assert [stray.failure.chain[0].type for stray in strays] == ["KeyError", "ValueError"]


def test_a_chain_is_read_with_what_is_under_it() -> None:
    text = (
        f"{FRAMES}OSError: 1\n\nDuring handling of the above exception, another exception "
        f"occurred:\n\n{FRAMES}ValueError: 2\n\nThe above exception was the direct cause of the "
        f"following exception:\n\n{FRAMES}RuntimeError: 3\n"
    )
    (only,) = printed_failures(text)
    assert [(link.type, link.via, link.parent) for link in only.chain] == [
        ("RuntimeError", "raised", None),
        ("ValueError", "cause", 0),
        ("OSError", "context", 1),
    ]


def test_what_is_in_a_group_is_read_as_python_prints_it() -> None:
    inner: list[Exception] = []
    for error in (ValueError("one"), KeyError("two")):
        try:
            raise error
        except (ValueError, KeyError) as caught:
            inner.append(caught)
    try:
        raise ExceptionGroup("both", inner)
    except ExceptionGroup as group:
        text = "".join(traceback.format_exception(group))
    types = {one.chain[0].type for one in printed_failures(text)}
    assert types == {"ExceptionGroup", "ValueError", "KeyError"}

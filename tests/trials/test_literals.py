"""What of a message its library's source says is told apart from what was put in."""

from __future__ import annotations

import ipaddress
import json
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import h11
import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "trials" / "probes"))

import chains  # type: ignore[import-not-found]

pytestmark = pytest.mark.pure


def _unsupported() -> None:
    with httpx.Client(trust_env=False) as client:
        client.get("gopher-hunter2://hunter2.example.org/hunter2")


def _own() -> None:
    raise ValueError("Expecting value of hunter2")


def _bad_header() -> None:
    h11.Request(method="GET", target="/", headers=[("hunter2 hunter2", "x")])


CASES: dict[str, tuple[Callable[[], object], str]] = {
    # what raises -> what of its message is known, "." for what is not
    "an f-string": (
        lambda: ipaddress.ip_address("hunter2"),
        "......... does not appear to be an IPv4 or IPv6 address",
    ),
    "a text with an argument": (
        lambda: json.loads("{"),
        "Expecting property name enclosed in double quotes: line . column . (char ..",
    ),
    "a text in another function": (
        lambda: urllib.request.urlopen("hunter2"),
        "unknown url type: .........",
    ),
    "a library's, passed on by another": (
        _unsupported,
        "Request URL has an unsupported protocol '" + "." * 19,
    ),
    "a library's own message": (_bad_header, "Illegal header name .................."),
    "one's own, with a library's words": (_own, "." * 26),
}


@pytest.mark.parametrize("case", CASES)
def test_what_stands_in_the_source_is_known_and_nothing_else(case: str) -> None:
    raises, wanted = CASES[case]
    with pytest.raises((ValueError, httpx.UnsupportedProtocol, h11.LocalProtocolError)) as caught:
        raises()
    links = chains.chain(caught.value, known=True)
    message = links[0]["message"]
    spans = [link["known"] for link in links if link["message"] == message]
    known = {place for one in spans for start, end in one for place in range(start, end)}
    shown = "".join(letter if place in known else "." for place, letter in enumerate(message))
    assert shown == wanted


def test_a_module_that_answers_no_question_is_no_failure() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            return "odd"

        @property
        def __traceback__(self) -> None:  # type: ignore[override]
            raise RuntimeError("no")

    [link] = chains.chain(Odd(), known=True)
    assert (link["message"], link["known"]) == ("odd", [])

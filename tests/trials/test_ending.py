"""How a trial ended follows from what its processes left behind."""

from pathlib import Path

import msgspec
import pytest

from scripts.domain.trial import Failure, Link
from scripts.domain.words import status_words
from scripts.trials.ending import Ending, crashed_within, ending, last_words, not_ready
from scripts.trials.notes import ClientNote
from tests.trials.test_notes import client_note

pytestmark = pytest.mark.pure


def failure(kind: str, message: str = "") -> Failure:
    return Failure((Link("builtins", kind, message, None, "raised", None),), "", 1)


def note(**fields: object) -> ClientNote:
    return msgspec.structs.replace(msgspec.convert(client_note(), ClientNote), **fields)


EMPTY = msgspec.convert({"start": [], "end": [], "failure": []}, type(note().requests))


@pytest.mark.parametrize(
    ("left", "status", "died", "outcome"),
    [
        (note(), 0, None, "completed"),
        (note(), 1, 3, "server-died"),
        (None, None, 3, "server-died"),
        (None, -9, None, "crashed"),
        (None, None, None, "hung"),
        (note(hung="Thread MainThread"), 0, None, "hung"),
        (note(hung=""), 0, None, "hung"),
        (note(script_failure=failure("ImportError")), 1, None, "completed"),
        (note(script_failure=failure("ValueError"), requests=EMPTY), 1, None, "script-failed"),
        (note(script_failure=failure("ImportError"), recorded=False), 1, None, "script-failed"),
        (note(script_failure=failure("ValueError"), recorded=False), 1, None, "completed"),
    ],
)
def test_what_is_left_behind_says_how_it_ended(
    left: ClientNote | None, status: int | None, died: int | None, outcome: str
) -> None:
    assert ending(left, status, died, 30.0).outcome == outcome


def test_an_ending_says_why_in_a_sentence() -> None:
    assert ending(None, -9, None, 30.0).detail == "the client ended with signal SIGKILL and no note"
    assert ending(None, None, None, 30.0).detail == "the client was still running after 30 s"
    died = ending(None, None, 3, 30.0)
    assert died.detail == "the server ended with status 3 while the client ran"
    failed = note(script_failure=failure("SyntaxError", "no"), recorded=False)
    assert ending(failed, 1, None, 30.0).detail == "SyntaxError: no"


def test_a_client_of_an_axis_that_ends_before_its_first_request_says_nothing_of_requests() -> None:
    left = note(script_failure=failure("AttributeError", "no __module__"), recorded=False)
    assert ending(left, 1, None, 30.0).outcome == "completed"
    over = ending(
        note(script_failure=left.script_failure, requests=EMPTY, recorded=False),
        1,
        None,
        30.0,
        True,
    )
    assert (over.outcome, over.detail) == ("script-failed", "AttributeError: no __module__")


def test_a_server_that_is_never_ready() -> None:
    assert not_ready(None, 30.0) == Ending(
        "server-not-ready", "the server did not accept a connection within 30 s"
    )
    assert not_ready(4, 30.0).detail == "the server ended with status 4 before it was ready"


def test_statuses_and_exceptions_in_words() -> None:
    assert status_words(3) == "status 3"
    assert status_words(-9) == "signal SIGKILL"
    assert status_words(-99) == "status -99"
    assert last_words(failure("KeyError")) == "KeyError"


@pytest.mark.parametrize(
    ("file", "ours"),
    [
        ("/tool/probes/stacks.py", True),
        ("/lib/python3.11/ssl.py", False),
        ("/tool/probes-of-another/x.py", False),
    ],
)
def test_a_crash_of_what_records_the_client_is_told_from_the_clients_own(
    file: str, ours: bool
) -> None:
    stack = (
        "Fatal Python error: Segmentation fault\n\nStack (most recent call first):\n"
        f'  File "{file}", line 35 in taken\n  File "/tool/probes/blocking.py", line 9 in run\n'
    )
    assert crashed_within(stack, Path("/tool/probes")) is ours
    assert not crashed_within("", Path("/tool/probes"))

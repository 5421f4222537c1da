"""Causes of what could not connect: by errno, by name, by an accept queue that is full."""

import errno

import pytest
from msgspec import structs

from scripts.analysis import catalogue as room
from scripts.analysis.catalogue import Cause, Errno, NeverAccepted, NotInTime
from scripts.analysis.causes import causes
from scripts.domain.trial import Connection, ImportedLibrary, Lag, Trial, Turn
from tests.builders import failing, link

pytestmark = pytest.mark.pure

CONNECT_ERROR = link("ConnectError")
CONNECT_TIMEOUT = link("ConnectTimeout")
OPEN = Connection(5, 0.0, turns=[Turn(1, 9.0, 9.4, None)])


def only(trial: Trial) -> Cause:
    (cause,) = causes(trial)
    return cause


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (errno.ECONNREFUSED, room.REFUSED),
        (errno.EMFILE, room.DESCRIPTORS),
        (errno.ENFILE, room.DESCRIPTORS),
        (errno.EADDRNOTAVAIL, room.PORTS),
    ],
)
def test_an_errno_of_connecting_tells_its_cause(number: int, name: str) -> None:
    cause = only(failing(CONNECT_ERROR, link("OSError", "builtins", number=number)))
    expected = Cause(request=1, name=name, sure="certain", evidence=Errno(number))
    assert cause == expected
    # An unknown exception is judged by its own errno, not by what is behind it.
    assert only(failing(link("Odd", "other", number=number))) == expected
    hidden = failing(link("Odd", "other"), link("OSError", "builtins", number=number))
    assert only(hidden).name == room.UNKNOWN
    # What ended under the request has connected.
    assert only(failing(link("ReadError"), link("OSError", "builtins", number=number))).name == (
        room.UNKNOWN
    )


def test_a_refusal_beside_a_lookup_that_failed_is_still_one() -> None:
    refused = link("ConnectionRefusedError", "builtins", number=errno.ECONNREFUSED)
    lookup = link("gaierror", "socket", number=-2)
    assert only(failing(CONNECT_ERROR, refused, lookup)).name == room.REFUSED
    other = link("OSError", "builtins", number=errno.EHOSTUNREACH)
    assert only(failing(CONNECT_ERROR, refused, other)).name == room.UNKNOWN
    zero = link("OSError", "builtins", number=0)
    assert only(failing(CONNECT_ERROR, refused, zero)).name == room.REFUSED


def test_a_name_that_is_not_found_is_certain() -> None:
    cause = only(failing(CONNECT_ERROR, link("gaierror", "socket", number=-2)))
    assert cause == Cause(request=1, name=room.LOOKUP, sure="certain")


def test_no_connection_in_time_is_likely_the_accept_queue() -> None:
    lag = Lag(1.0, 0.1, 10, [(1.0, 5.9)])
    cause = only(failing(CONNECT_TIMEOUT, lag=lag))
    assert (cause.name, cause.sure, cause.port) == (room.BACKLOG, "likely", None)
    assert cause.evidence == NotInTime(pytest.approx(4.9))  # type: ignore[arg-type]
    # A timeout behind the error will do; an error that is none will not.
    assert only(failing(CONNECT_ERROR, link("TimeoutError", "builtins"))).name == room.BACKLOG
    assert only(failing(CONNECT_ERROR)).name == room.UNKNOWN


def test_no_connection_in_time_is_not_the_servers_where_the_client_stood_still() -> None:
    half = Lag(5.0, 0.5, 10, [(1.0, 6.0)])
    assert only(failing(CONNECT_TIMEOUT, lag=half)).name == room.UNKNOWN
    assert only(failing(CONNECT_TIMEOUT, server_connections=None)).name == room.UNKNOWN
    assert only(failing(CONNECT_TIMEOUT, client=OPEN)).name == room.UNKNOWN
    assert only(failing(link("SlowTimeout", "other"))).name == room.UNKNOWN


def test_a_loop_that_nobody_looked_at_may_have_stood_still() -> None:
    trio = {"trio": ImportedLibrary("trio/__init__.py", "", "0.27.0")}
    assert only(failing(CONNECT_TIMEOUT, libraries=trio)).name == room.UNKNOWN
    watched = failing(CONNECT_TIMEOUT, libraries=trio, lag=Lag(0.0, 0.0, 10, []))
    assert only(watched).name == room.BACKLOG


@pytest.mark.parametrize("raised", ["ReadTimeout", "ReadError"])
def test_what_is_written_on_a_connection_that_was_never_accepted_names_the_backlog(
    raised: str,
) -> None:
    cause = only(failing(link(raised), client=OPEN))
    expected = Cause(
        request=1, name=room.BACKLOG, sure="certain", port=5, evidence=NeverAccepted(9.4)
    )
    assert cause == expected
    total = only(failing(link("TimeoutError", "asyncio"), client=OPEN))
    assert total == expected


def test_a_connection_counts_as_never_accepted_only_where_that_is_sure() -> None:
    raised = link("ReadTimeout")
    # Another connection of this port: it may be this one.
    another = Connection(5, 50.0)
    twice = structs.replace(another, opened=60.0)
    trial = failing(raised, client=OPEN, server_connections=[another, twice])
    assert only(trial).name == room.UNKNOWN
    other_port = structs.replace(another, port=6)
    assert only(failing(raised, client=OPEN, server=other_port)).name == room.BACKLOG
    assert only(failing(raised, client=OPEN, server_connections=None)).name == room.UNKNOWN
    assert only(failing(raised, client=OPEN, outcome="hung")).name == room.UNKNOWN
    assert only(failing(raised)).name == room.UNKNOWN
    assert only(failing(link("ValueError", "builtins"), client=OPEN)).name == room.UNKNOWN

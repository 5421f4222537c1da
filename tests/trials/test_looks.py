"""The notes of looks at sockets and of assignments, on real sockets and real pools."""

from __future__ import annotations

import asyncio
import select
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.local

PROBES = Path(__file__).resolve().parents[2] / "scripts" / "trials" / "probes"


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The probes, as a client imports them."""
    monkeypatch.syspath_prepend(str(PROBES))
    names = ("connections", "imports", "looks", "pools")
    yield SimpleNamespace(**{name: __import__(name) for name in names})
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


@pytest.fixture
def entry(
    probes: SimpleNamespace,
    pair: tuple[socket.socket, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """The entry of a connection whose looks are noted."""
    monkeypatch.setattr(select, "poll", select.poll)
    monkeypatch.setattr(select, "select", select.select)
    note = probes.connections.Note()
    entry = note.opened(5, pair[0])
    probes.looks.tap(note)
    return entry


def polled(sock: socket.socket) -> bool:
    """Whether a socket is readable, asked as httpcore does."""
    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def selected(sock: socket.socket) -> bool:
    """The same, as it does where there is no poll."""
    return bool(select.select([sock.fileno()], [], [], 0)[0])


def handed(sock: socket.socket) -> bool:
    """The same, as trio does: with the socket itself."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


@pytest.mark.parametrize("look", [polled, selected, handed])
def test_a_look_is_noted_with_what_it_said(
    entry: Any, pair: tuple[socket.socket, socket.socket], look: Any
) -> None:
    near, far = pair
    assert not look(near)
    first = entry.looked
    assert (first is not None, entry.readable) == (True, False)
    far.close()
    assert look(near)
    assert (entry.looked > first, entry.readable) == (True, True)


def test_a_look_at_another_socket_is_not_noted(
    entry: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    pair[0].send(b"x")
    assert polled(pair[1])
    assert selected(pair[1])
    assert entry.looked is None


def test_a_poll_object_does_all_that_one_does(
    entry: Any, pair: tuple[socket.socket, socket.socket]
) -> None:
    near, far = pair
    poll = select.poll()
    poll.register(near, select.POLLIN)
    poll.register(far, select.POLLIN)
    far.send(b"x")
    assert poll.poll(0) == [(near.fileno(), select.POLLIN)]
    poll.modify(near, select.POLLOUT)
    assert poll.poll(0) == [(near.fileno(), select.POLLOUT)]
    poll.unregister(near)
    assert poll.poll(0) == []
    with pytest.raises(KeyError):
        poll.unregister(near)
    assert select.poll().poll(0) == []
    usual = select.poll()
    usual.register(near)
    assert dict(usual.poll(0))[near.fileno()] & select.POLLOUT


def test_a_descriptor_that_became_another_sockets_is_not_taken_for_the_first(
    probes: SimpleNamespace, pair: tuple[socket.socket, socket.socket]
) -> None:
    note = probes.connections.Note()
    first = note.opened(5, pair[0])
    second = note.opened(6, pair[0])
    note.over(first)
    assert list(note.by_descriptor.values()) == [second]
    note.over(second)
    assert note.by_descriptor == {}


POOLS = """
class Record:
    def __init__(self, name):
        self.name = name
    def assign(self, connection):
        self.connection = connection
        return "assigned"
class Pool:
    async def connect(self):
        return "a connection"
"""


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A made-up library's module, with both ways of assigning."""
    module = ModuleType("made_up_pool")
    exec(POOLS, vars(module))  # noqa: S102
    monkeypatch.setitem(sys.modules, "made_up_pool", module)
    return module


def test_a_record_that_another_task_marks_is_its_own_requests(
    probes: SimpleNamespace, pool: Any
) -> None:
    note = probes.connections.Note()
    asked = [
        ("made_up_pool", "Record", "assign", "marks"),
        ("made_up_pool", "Record", "gone", "marks"),
        ("made_up_pool", "Gone", "assign", "marks"),
    ]
    wrapped: list[str] = []
    probes.pools.tap(note, asked, wrapped)
    assert wrapped == ["made_up_pool.Record.assign"]
    token = probes.connections.REQUEST.set(7)
    record = pool.Record("mine")
    probes.connections.REQUEST.reset(token)
    assert (record.name, record.assign("one"), record.connection) == ("mine", "assigned", "one")
    assert record.assign("two") == "assigned"
    nobodys = pool.Record("nobody's")
    assert nobodys.assign("three") == "assigned"
    assert {request: often for request, (_, often) in note.assigned.items()} == {7: 2}


def test_a_connection_that_is_returned_is_the_running_requests(
    probes: SimpleNamespace, pool: Any
) -> None:
    note = probes.connections.Note()
    asked = [("made_up_pool", "Pool", "connect", "returns")]
    wrapped: list[str] = []
    probes.pools.tap(note, asked, wrapped)
    assert wrapped == ["made_up_pool.Pool.connect"]
    probes.connections.REQUEST.set(3)
    assert asyncio.run(pool.Pool().connect()) == "a connection"
    assert note.assigned[3][1] == 1

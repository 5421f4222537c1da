"""The relay between a client and a server, over real sockets: the test is both of them."""

import contextlib
import itertools
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.domain.trial import Load, Place, Target
from scripts.trials.job import Job
from scripts.trials.loopback import LOOPBACK, free_port
from scripts.trials.notes import loaded
from scripts.trials.process import Process
from scripts.trials.relay_note import RelayNote
from scripts.trials.relaying import relaying
from scripts.trials.specification import PROBES, RELAY_NOTE

pytestmark = pytest.mark.local

DELAY = 0.05


@dataclass
class Between:
    """A relay in front of a listener of the test's own."""

    listener: socket.socket
    port: int
    process: Process
    scratch: Path

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """A connection through the relay: the client's socket and the server's."""
        client = socket.create_connection((LOOPBACK, self.port), 20)
        server, _ = self.listener.accept()
        server.settimeout(20)
        return client, server

    def note(self) -> RelayNote:
        """What the relay noted, which is over then."""
        self.process.ask_to_stop(20)
        note = loaded(self.scratch / RELAY_NOTE, RelayNote)
        assert note is not None
        return note


@contextlib.contextmanager
def between(scratch: Path, delay: float = 0.0, port: int = 0) -> Iterator[Between]:
    """A relay before a listener; a port says where nothing listens."""
    job = Job(Target("x", ""), Load("x", latency=delay), Place("x"))
    with (
        socket.create_server((LOOPBACK, 0)) as listener,
        relaying(job, LOOPBACK, port or listener.getsockname()[1], scratch, lambda: False) as relay,
    ):
        assert relay is not None
        listener.settimeout(20)
        yield Between(listener, relay.port, relay.process, scratch)


def everything(end: socket.socket) -> bytes:
    """All that comes until the end of the stream."""
    return b"".join(iter(lambda: end.recv(1 << 16), b""))


def reset(end: socket.socket) -> None:
    """Close a socket with a reset."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Between]:
    with between(tmp_path_factory.mktemp("straight")) as relay:
        yield relay


PIECES = st.lists(st.binary(min_size=1, max_size=3000), max_size=12)


@given(PIECES, PIECES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_said_comes_in_order_and_ends_as_it_ended(
    straight: Between, asked: list[bytes], answered: list[bytes]
) -> None:
    client, server = straight.pair()
    with client, server:
        for piece, answer in itertools.zip_longest(asked, answered, fillvalue=b""):
            client.sendall(piece)
            server.sendall(answer)
        client.shutdown(socket.SHUT_WR)
        assert everything(server) == b"".join(asked)
        server.sendall(b"after the half close")
        server.shutdown(socket.SHUT_WR)
        assert everything(client) == b"".join(answered) + b"after the half close"


@pytest.mark.parametrize("resets", ["client", "server"])
def test_a_reset_is_passed_on_as_one_after_what_came_before(straight: Between, resets: str) -> None:
    client, server = straight.pair()
    mine, other = (client, server) if resets == "client" else (server, client)
    with client, server:
        mine.sendall(b"last words")
        assert other.recv(100) == b"last words"
        reset(mine)
        with pytest.raises(ConnectionResetError):
            other.recv(100)


def test_writing_on_what_the_server_closed_is_answered_with_a_reset(straight: Between) -> None:
    client, server = straight.pair()
    with client:
        server.close()
        assert client.recv(100) == b""
        client.sendall(b"too late")
        # The reset comes on its own: nothing more is read of a stream that has ended.
        while client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            time.sleep(0.001)


def test_a_connection_that_the_server_refuses_is_reset(tmp_path: Path) -> None:
    with between(tmp_path, port=free_port()) as relay:
        # The reset may come as soon as the connection is there.
        with (
            pytest.raises(ConnectionResetError),
            socket.create_connection((LOOPBACK, relay.port), 20) as client,
        ):
            client.recv(100)
        assert [passed.own for passed in relay.note().connections] == [None]


def test_nothing_comes_before_its_time_and_no_wait_adds_to_another(tmp_path: Path) -> None:
    with between(tmp_path, DELAY) as relay:
        client, server = relay.pair()
        with client, server:
            for sender, receiver in ((client, server), (server, client)):
                began = time.monotonic()
                for number in range(100):
                    sender.sendall(bytes([number]))
                    time.sleep(0.001)
                received, moments = b"", []
                while len(received) < 100:
                    received += receiver.recv(1)
                    moments.append(time.monotonic() - began)
                assert received == bytes(range(100))
                assert moments[0] >= DELAY
                assert moments[-1] >= DELAY + 0.099
                assert moments[-1] < 100 * DELAY
            began = time.monotonic()
            client.shutdown(socket.SHUT_WR)
            assert server.recv(1) == b""
            assert time.monotonic() - began >= DELAY


def test_what_is_held_for_one_that_does_not_read_is_bounded(tmp_path: Path) -> None:
    size = 40_000_000
    with between(tmp_path, 0.01) as relay:
        client, server = relay.pair()
        with client, server:
            client.settimeout(2)
            data, sent = memoryview(os.urandom(size)), 0
            with contextlib.suppress(TimeoutError):
                while sent < size:
                    sent += client.send(data[sent : sent + 65536])
            # Beside what the relay holds, the four sockets of the way have their own buffers.
            assert sent < size
            client.shutdown(socket.SHUT_WR)
            assert everything(server) == data[:sent]


def test_both_ends_are_noted_under_the_clients_port(tmp_path: Path) -> None:
    with between(tmp_path, DELAY) as relay:
        client, server = relay.pair()
        with client, server:
            for number in range(2):
                client.sendall(b"request")
                assert server.recv(100) == b"request"
                server.sendall(b"answer %d" % number)
                assert client.recv(100) == b"answer %d" % number
            server.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""
            port, own = client.getsockname()[1], server.getpeername()[1]
            reset(client)
            with pytest.raises(ConnectionResetError):
                server.recv(100)
        note = relay.note()
    (passed,) = note.connections
    seen = passed.seen
    assert (passed.own, seen.port, seen.how, seen.eof) == (own, port, "end of stream", None)
    assert (note.latency, seen.errno) == (DELAY, 104)
    assert len(seen.arrivals) == 2
    moments = [seen.opened]
    for arrived, answered in seen.arrivals:
        assert answered is not None
        assert arrived >= moments[-1] + DELAY
        moments += [answered]
    assert seen.closed is not None
    assert seen.delivered is not None
    assert seen.lost is not None
    assert seen.delivered >= seen.closed + DELAY
    assert note.added is not None
    assert note.longest is not None
    assert 0 <= note.added <= note.longest


def test_a_close_that_came_before_the_request_is_noted_before_it(tmp_path: Path) -> None:
    with between(tmp_path, DELAY) as relay:
        client, server = relay.pair()
        with client:
            client.sendall(b"request")
            server.recv(100)
            server.sendall(b"answer")
            client.recv(100)
            client.sendall(b"next")  # still under way when the server closes
            server.close()
            with contextlib.suppress(ConnectionResetError):
                everything(client)
        (passed,) = relay.note().connections
    assert passed.seen.closed is not None
    assert [arrived > passed.seen.closed for arrived, _ in passed.seen.arrivals] == [False, True]


def test_the_relay_ends_with_whoever_started_it(tmp_path: Path) -> None:
    asked = tmp_path / "relay.json"
    asked.write_text(
        f'{{"host": "127.0.0.1", "port": 9, "delay": 0, "plain": true, '
        f'"ready": "{tmp_path / "ready"}", "record": "{tmp_path / "note"}"}}'
    )
    process = subprocess.Popen(
        [sys.executable, str(PROBES / "relay.py"), str(asked)], stdin=subprocess.PIPE
    )
    assert process.stdin is not None
    while not (tmp_path / "ready").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.stdin.close()
    assert process.wait(20) == 70

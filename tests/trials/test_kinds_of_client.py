"""Whatever a client runs its requests on, both ends of its connections are noted."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.analysis.stalls import of_trial
from scripts.domain.trial import Load, Target, Trial
from tests.builders import RunTrial, foreign

pytestmark = pytest.mark.index

Run = Callable[[str], Trial]

ANY = Load("any", delay=0)


@pytest.fixture
def run(run_trial: RunTrial, tmp_path: Path) -> Run:
    """Run the text of a script beside a server that answers "hello"."""

    def call(text: str) -> Trial:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(text))
        target = Target("script.py", str(script), server="tests/fixtures/asgi_server.py")
        return run_trial(target, ANY)

    return call


@pytest.mark.parametrize(
    ("script", "server", "count"),
    [("synchronous.py", "asgi_server.py", 3), ("trio_client.py", "repro/server.py", 3)],
)
def test_a_client_without_asyncio_notes_its_turns_at_its_sockets(
    run_trial: RunTrial, script: str, server: str, count: int
) -> None:
    trial = run_trial(foreign(script, server=server), ANY)
    turns = [turn for connection in trial.client.connections for turn in connection.turns]
    assert sorted(turn.request for turn in turns if turn.request is not None) == list(range(count))
    assert all(turn.wrote is not None and turn.first_byte is not None for turn in turns)
    assert {connection.noted_at for connection in trial.client.connections} == {"socket"}
    assert all(connection.closed for connection in trial.client.connections)
    assert trial.server.connections is not None
    ports = {connection.port for connection in trial.server.connections}
    assert ports >= {connection.port for connection in trial.client.connections}


STREAMS = """
import asyncio, os
from urllib.parse import urlsplit
ADDRESS = urlsplit(os.environ["SERVER_URL"])
async def main():
    reader, writer = await asyncio.open_connection(ADDRESS.hostname, ADDRESS.port)
    transport = writer.transport
    assert isinstance(transport, asyncio.Transport)
    if type(asyncio.get_running_loop()).__module__ == "uvloop":
        assert isinstance(transport.get_protocol(), asyncio.StreamReaderProtocol)
    transport.set_write_buffer_limits(high=1000)
    transport.pause_reading()
    writer.writelines([b"GET / HTTP/1.1\\r\\n", b"Host: localhost\\r\\n\\r\\n"])
    assert not transport.is_reading()
    transport.resume_reading()
    assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
    writer.close()
    await writer.wait_closed()
"""


def test_a_loop_that_is_replaced_in_the_middle_is_noted_too(run: Run) -> None:
    header = '# /// script\n# dependencies = ["uvloop==0.21.0"]\n# ///\n'
    runs = "asyncio.run(main())\nimport uvloop\nuvloop.run(main())\nasyncio.run(main())\n"
    trial = run(header + STREAMS + runs)
    assert trial.client.exit_status == 0, trial.client.stderr
    assert len(trial.client.connections) == 3
    for connection in trial.client.connections:
        (turn,) = connection.turns
        assert turn.wrote is not None
        assert turn.first_byte is not None
        assert (connection.how, connection.noted_at) == ("end of stream", "transport")
        assert connection.lost is not None


ON_UVLOOP = """
# /// script
# dependencies = ["uvloop==0.21.0"]
# ///
import asyncio, time, uvloop

async def send_request():
    time.sleep(0.3)

async def forgotten():
    raise LookupError("nobody awaits it")

async def main():
    task = asyncio.create_task(forgotten())
    await asyncio.sleep(0.1)
    await send_request()
    await asyncio.sleep(0.1)

uvloop.run(main())
"""


def test_what_blocks_uvloop_and_what_it_is_told_is_seen(run: Run) -> None:
    trial = run(ON_UVLOOP)
    assert trial.client.lag is not None, trial.client.stderr
    assert len(trial.client.lag.stalls) == 1
    blocked = of_trial(trial)
    assert blocked is not None
    assert blocked.function is not None
    assert (blocked.function.frame.function, blocked.function.frame.origin) == (
        "send_request",
        "script",
    )
    assert [stray.failure.chain[0].type for stray in trial.client.strays] == ["LookupError"]


def test_uvloop_that_is_not_there_is_missed_as_ever(run: Run) -> None:
    trial = run("import uvloop")
    assert trial.detail == "ModuleNotFoundError: No module named 'uvloop'"


SOCKETS = """
import os, socket, sys, threading
from urllib.parse import urlsplit
ADDRESS = urlsplit(os.environ["SERVER_URL"])
def ask():
    opened = socket.create_connection((ADDRESS.hostname, ADDRESS.port))
    opened.sendall(b"GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
    answer = b""
    while b"hello" not in answer:
        answer += opened.recv(1000)
    return opened
"""


def test_a_thread_that_ends_with_its_socket_open_has_closed_it(run: Run) -> None:
    trial = run(
        SOCKETS
        + "thread = threading.Thread(target=ask)\nthread.start()\nthread.join()\nkept = ask()\n"
    )
    collected, kept = trial.client.connections
    assert (collected.how, collected.closer) == ("end of stream", None), trial.client.stderr
    assert collected.lost is not None
    assert (kept.closed, kept.lost) == (None, None)
    assert trial.client.stderr == ""


def test_a_forked_process_leaves_the_note_to_its_parent(run: Run) -> None:
    fork = """
if os.fork() == 0:
    ask().close()
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 3
ask().close()
"""
    trial = run(SOCKETS + fork)
    assert (trial.outcome, trial.client.exit_status) == ("completed", 0), trial.client.stderr
    assert len(trial.client.connections) == 1
    assert trial.server.connections is not None
    assert len(trial.server.connections) == 2


def test_sockets_of_other_kinds_are_passed_on(run: Run) -> None:
    trial = run("""
        import asyncio, socket
        one, other = socket.socketpair()
        one.sendall(b"x")
        assert other.recv(1) == b"x"
        listener = socket.create_server(("127.0.0.1", 0))
        made = socket.socket()
        made.setblocking(False)
        assert made.connect_ex(listener.getsockname()) in (0, 115)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.connect(("127.0.0.1", 9))
        made.close()
        try:
            made.send(b"x")
        except OSError:
            pass
        try:
            made.send("x")
        except TypeError:
            pass
    """)
    assert trial.client.exit_status == 0, trial.client.stderr
    assert trial.client.connections == []


TLS = """
# /// script
# dependencies = ["trustme", "uvloop==0.21.0"]
# ///
import asyncio, socket, ssl, threading
import trustme, uvloop
authority = trustme.CA()
serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
authority.issue_cert("localhost").configure_cert(serving)
trusting = ssl.create_default_context()
authority.configure_trust(trusting)
port = []
ready = threading.Event()

async def answer(reader, writer):
    while await reader.read(100):
        writer.write(b"answer")

async def serve():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving)
    port.append(server.sockets[0].getsockname()[1])
    ready.set()
    await server.serve_forever()

threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
ready.wait()
plain = socket.create_connection(("127.0.0.1", port[0]))
with trusting.wrap_socket(plain, server_hostname="localhost") as secured:
    for _ in range(2):
        secured.sendall(b"question")
        assert secured.recv(100) == b"answer"

async def ask():
    reader, writer = await asyncio.open_connection("127.0.0.1", port[0])
    await writer.start_tls(trusting, server_hostname="localhost")
    for _ in range(2):
        writer.write(b"question")
        assert await reader.read(100) == b"answer"
    writer.close()

uvloop.run(ask())
"""


def test_of_tls_the_plain_bytes_are_noted_and_the_handshake_is_no_turn(run: Run) -> None:
    trial = run(TLS)
    assert trial.client.exit_status == 0, trial.client.stderr
    assert [connection.noted_at for connection in trial.client.connections] == [
        "socket",
        "transport",
    ]
    for connection in trial.client.connections:
        assert len(connection.turns) == 2
        assert all(turn.first_byte is not None for turn in connection.turns)
        assert connection.closed is not None

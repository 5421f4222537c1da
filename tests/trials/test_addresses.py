"""A load leaves this machine only where the user says so."""

from __future__ import annotations

import importlib
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from msgspec import structs

from scripts.domain.trial import Load, Target
from tests.builders import RunTrial

PROBES = Path(__file__).resolve().parents[2] / "scripts" / "trials" / "probes"

ELSEWHERE = "203.0.113.7"
"""An address of documentation: nothing is there (RFC 5737)."""


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The probe's module, as a client imports it; its changes to sockets are undone."""
    monkeypatch.syspath_prepend(str(PROBES))
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        monkeypatch.setattr(socket.socket, name, getattr(socket.socket, name))
    yield importlib.import_module("addresses")
    sys.modules.pop("addresses")


@pytest.mark.pure
@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("", True),
     ("0" + ".0" * 3, True), ("::ffff:127.0.0.1", True), (b"localhost", True), ("::1%lo", True),
     (ELSEWHERE, False), ("10.0.0.1", False), ("192.168.1.1", False), ("example.org", False),
     ("fe80::1%eth0", False), ("::ffff:10.0.0.1", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_only_loopback_is_this_machine(probe: ModuleType, host: str | bytes, here: bool) -> None:
    assert probe.local(host) == here


class Refused(Exception):
    pass


@pytest.mark.pure
def test_every_way_of_connecting_is_looked_at(probe: ModuleType) -> None:
    def refuse(host: str, port: int) -> None:
        raise Refused(host, port)

    probe.guard(("192.0.2.1",), refuse)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock, pytest.raises(Refused):
            sock.connect((ELSEWHERE, 80))
    with socket.socket() as sock, pytest.raises(Refused):
        sock.connect_ex((ELSEWHERE, 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sends: list[Callable[[], int]] = [
            lambda: sock.sendto(b"x", (ELSEWHERE, 9)),
            lambda: sock.sendto(b"x", 0, (ELSEWHERE, 9)),
            lambda: sock.sendmsg([b"x"], [], 0, (ELSEWHERE, 9)),
        ]
        for send in sends:
            with pytest.raises(Refused):
                send()
        assert sock.sendto(b"x", ("127.0.0.1", 9)) == 1
    with socket.socket() as sock:
        sock.settimeout(0.01)
        with pytest.raises(OSError):
            sock.connect(("192.0.2.1", 80))
    left, right = socket.socketpair()
    with left, right:
        assert left.sendmsg([b"x"]) == 1


CONNECTS = {
    "sockets": "import socket\nsocket.create_connection(('{host}', 80), 1)\n",
    "asyncio": "import asyncio\n\nasyncio.run(asyncio.open_connection('{host}', 80))\n",
    "a thread": "import socket\nimport threading\n\n\ndef connect():\n    try:\n"
    "        socket.create_connection(('{host}', 80), 1)\n    except OSError:\n        pass\n\n\n"
    "thread = threading.Thread(target=connect)\nthread.start()\nthread.join()\n",
}


@pytest.mark.index
@pytest.mark.parametrize("way", CONNECTS)
def test_a_client_that_would_leave_this_machine_is_stopped(
    run_trial: RunTrial, tmp_path: Path, way: str
) -> None:
    script = tmp_path / "leaves.py"
    script.write_text(CONNECTS[way].format(host=ELSEWHERE))
    target = Target("leaves.py", str(script), server="")
    trial = run_trial(target, Load("any"))
    assert trial.outcome == "unavailable"
    assert trial.detail == (
        f"the client was about to connect to {ELSEWHERE}:80, which is not this machine, and was "
        f"stopped: --allow-address {ELSEWHERE}, if it is to"
    )
    if way == "sockets":
        allowed = run_trial(structs.replace(target, addresses=(ELSEWHERE,)), Load("any"))
        assert allowed.outcome in ("completed", "script-failed")  # nothing is there


@pytest.mark.index
def test_trio_is_looked_at_too(run_trial: RunTrial, tmp_path: Path) -> None:
    script = tmp_path / "leaves.py"
    script.write_text(f"import trio\n\ntrio.run(trio.open_tcp_stream, '{ELSEWHERE}', 80)\n")
    trial = run_trial(Target("leaves.py", str(script), ("trio==0.27.0",), server=""), Load("any"))
    assert trial.outcome == "unavailable"
    assert ELSEWHERE in trial.detail


@pytest.mark.index
def test_uvloop_is_looked_at_too(run_trial: RunTrial, tmp_path: Path) -> None:
    script = tmp_path / "leaves.py"
    script.write_text(
        "import uvloop\nimport asyncio\n\n\nasync def main():\n"
        f"    await asyncio.open_connection('{ELSEWHERE}', 80)\n\n\nuvloop.run(main())\n"
    )
    target = Target("leaves.py", str(script), ("uvloop==0.21.0",), server="")
    trial = run_trial(target, Load("any"))
    assert trial.outcome == "unavailable"
    assert ELSEWHERE in trial.detail


@pytest.mark.index
def test_a_stored_address_elsewhere_is_not_even_looked_at(
    run_trial: RunTrial, tmp_path: Path
) -> None:
    """A plan on disk may say anything."""
    script = tmp_path / "any.py"
    script.write_text("")
    target = Target("any.py", str(script), server="", url=f"http://{ELSEWHERE}:80/")
    trial = run_trial(target, Load("any"))
    assert (trial.outcome, trial.detail) == (
        "server-not-ready",
        "its server is not on this machine",
    )

"""A packet capture: real packets where they may be captured, and what is said where not."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from scripts.domain.files import PROJECT
from scripts.domain.packet import ACK, FIN, SYN, Packet
from scripts.domain.problems import MeasurementProblem
from scripts.trials.capture import capturing, packet, packets, require_capture

DENIED = """
Capturing on 'Loopback: lo'
dumpcap: You do not have permission to capture on device "lo".
(socket: Operation not permitted)
Please check to make sure you have sufficient permissions.
"""


def program(folder: Path, name: str, text: str) -> None:
    """A program of that name, which writes this to its standard error and fails."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport sys\nsys.exit({text!r})\n")
    path.chmod(0o755)


@pytest.mark.pure
def test_a_packet_is_read_as_tshark_prints_it() -> None:
    opening = packet("1700000000.250000000\t41508\t43441\t0x0002\t0")
    assert opening == Packet(1700000000.25, 41508, 43441, SYN, 0)
    assert (opening.opens, opening.closes) == (True, False)
    answered = packet("1700000000.5\t43441\t41508\t0x0012\t0")
    assert (answered.opens, answered.closes) == (False, False)
    for flags in ("0x0011", "0x00000011", "0x0004", "0x0014"):
        assert packet(f"1.5\t43441\t41508\t{flags}\t0").closes


@pytest.mark.pure
@pytest.mark.parametrize(
    "line",
    ["", "1.5\t1\t2\t0x0002", "1.5\t1\t2\t0x0002\t0\t0", "soon\t1\t2\t0x0002\t0", "1\t\t\t\t"],
)
def test_what_is_no_packet_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        packet(line)


@pytest.mark.local
def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MeasurementProblem) as raised:
        require_capture()
    assert str(raised.value) == (
        "--capture needs dumpcap, and there is none that you may run: `sudo apt-get install "
        "tshark`, and join the group wireshark where you are not root."
    )


@pytest.mark.local
def test_what_is_not_permitted_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path, "dumpcap", DENIED)
    program(tmp_path, "tshark", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MeasurementProblem) as raised:
        require_capture()
    assert str(raised.value) == (
        "packets cannot be captured here (dumpcap: You do not have permission to capture on device "
        '"lo"): be root, or run `sudo dpkg-reconfigure wireshark-common` and join the group '
        "wireshark."
    )


@pytest.mark.local
@pytest.mark.usefixtures("capturable")
def test_what_is_no_capture_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "x.pcapng"
    file.write_text("no capture")
    with pytest.raises(MeasurementProblem, match=r"cannot be read \(tshark ends with status \d\)"):
        packets(file)


@pytest.mark.local
@pytest.mark.usefixtures("capturable")
def test_all_that_passes_the_port_is_captured_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "x.pcapng"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        port = server.getsockname()[1]
        with capturing(file, port, tmp_path, lambda: False):
            socket.create_connection(other.getsockname()).close()
            client = socket.create_connection(server.getsockname())
            accepted, (_, mine) = server.accept()
            client.sendall(bytes(70_000))
            accepted.close()
            client.close()
            assert not file.exists()
    passed = packets(file)
    assert {frozenset((it.source, it.destination)) for it in passed} == {frozenset((mine, port))}
    assert passed[0].opens
    assert [it.source for it in passed if it.opens] == [mine]
    assert sum(it.payload for it in passed if it.source == mine) <= 70_000
    assert any(it.payload for it in passed if it.source == mine)
    assert any(it.closes for it in passed if it.source == port)
    assert all(it.flags & (SYN | ACK | FIN | 4) for it in passed)


@pytest.mark.local
@pytest.mark.usefixtures("capturable")
def test_a_trial_that_is_interrupted_leaves_no_capture(tmp_path: Path) -> None:
    file = tmp_path / "x.pcapng"
    capturing_now: list[psutil.Process] = []
    with pytest.raises(KeyboardInterrupt), capturing(file, 9, tmp_path, lambda: False):
        capturing_now += capturers(tmp_path)
        assert capturing_now
        raise KeyboardInterrupt
    assert not file.exists()
    assert left(capturing_now) == []


@pytest.mark.local
@pytest.mark.usefixtures("capturable")
def test_a_capture_ends_with_whoever_started_it(tmp_path: Path) -> None:
    text = (
        "import pathlib, sys, time\n"
        "from scripts.trials.capture import capturing\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        "with capturing(folder / 'x.pcapng', 9, folder, lambda: False):\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", text], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "begun\n"
        capturing_now = capturers(tmp_path)
        assert capturing_now
        os.kill(starter.pid, signal.SIGKILL)
    assert left(capturing_now) == []


def left(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended soon: the kernel may take a moment over one that was killed."""
    _, alive = psutil.wait_procs(processes, timeout=10)
    return [it for it in alive if it.status() != psutil.STATUS_ZOMBIE]


def capturers(folder: Path) -> list[psutil.Process]:
    """The processes that capture into a folder."""
    return [
        process
        for process in psutil.process_iter(["name", "cmdline", "status"])
        if process.info["name"] == "dumpcap"
        and process.info["status"] != psutil.STATUS_ZOMBIE
        and any(str(folder) in word for word in process.info["cmdline"] or ())
    ]

"""A packet capture of a trial, by programs that are none of this project's: dumpcap writes it,
tshark reads it. Both are of Wireshark.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from scripts.domain.files import replace
from scripts.domain.packet import Packet
from scripts.domain.problems import MeasurementProblem
from scripts.domain.words import plain, status_words
from scripts.trials import notes
from scripts.trials.loopback import LOOPBACK
from scripts.trials.process import Process, started
from scripts.trials.specification import CommandSpecification, write_specification

PROBE = Path(__file__).resolve().parent / "probes" / "capture.py"

WRITER, READER = "dumpcap", "tshark"
"""The program that captures, and the one that reads a capture."""

SNAPSHOT = 128
"""Bytes kept of each packet: its headers at their longest, and little of what it carries."""

STARTS = 10.0
"""Seconds that it may take to begin, and to end."""

FLUSH = 0.5
"""Seconds until the last packet has come from the kernel to the file."""

READING = 120.0
"""Seconds that reading a capture may take."""

FIELDS = ("frame.time_epoch", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.len")
"""What is read of each packet, as tshark names it."""


def require_capture() -> None:
    """Make sure that packets can be captured here, by capturing for a moment.

    Raises:
        MeasurementProblem: the programs are not installed, or may not do it.
    """
    for program in (WRITER, READER):
        _path(program)
    with tempfile.TemporaryDirectory(prefix="capture-") as scratch:
        file = Path(scratch, "tried.pcapng")
        with capturing(file, 9, Path(scratch), lambda: False):
            pass


@contextlib.contextmanager
def capturing(
    file: Path | None, port: int, scratch: Path, stop: Callable[[], bool]
) -> Iterator[None]:
    """While packets to and from a port on loopback are captured.

    Args:
        file: receives the capture (pcapng) when the block ends without an error; None for no
            capture.
        port: of the trial's server.
        scratch: a folder for what the programs leave.
        stop: asked often; true ends the trial.

    Raises:
        MeasurementProblem: it did not begin.
        Interrupted: `stop` came true.
    """
    if file is None:
        yield
        return
    # Run by root, dumpcap gives up root's rights: it may only write where its user may.
    written, errors = scratch / "capture.pcapng", scratch / "capture.err"
    with started(_command(port, written, scratch), errors) as process:
        if not _begun(process, written, stop):
            raise MeasurementProblem(_refused(errors))
        yield
        if process.wait_until(lambda: process.status() is not None, FLUSH, stop):
            raise MeasurementProblem(_refused(errors))
        process.ask_to_stop(STARTS)
    replace(file, written.read_bytes())


def _command(port: int, written: Path, scratch: Path) -> list[str]:
    """The call of the probe that captures what passes a port."""
    options = ["-q", "-i", _device(), "-f", f"tcp port {port}", "-s", str(SNAPSHOT)]
    asked = CommandSpecification([_path(WRITER), *options, "-w", str(written)])
    path = scratch / "capture.json"
    write_specification(asked, path)
    return [sys.executable, "-s", str(PROBE), str(path)]


def _begun(process: Process, written: Path, stop: Callable[[], bool]) -> bool:
    """Wait until packets are captured: the file's head is written after the kernel was told to."""

    def begun() -> bool:
        return written.exists() and written.stat().st_size > 0

    process.wait_until(lambda: begun() or process.status() is not None, STARTS, stop)
    return begun() and process.status() is None


def _refused(errors: Path) -> str:
    """Why no packet can be captured, and what to do."""
    lines = plain(notes.tail(errors)).splitlines()
    said = [line.removeprefix(f"{WRITER}: ") for line in lines if line.startswith(f"{WRITER}: ")]
    why = said[0][:200].strip(" .") if said else "it does not begin"
    return (
        f"packets cannot be captured here ({WRITER}: {why}): be root, or run `sudo "
        "dpkg-reconfigure wireshark-common` and join the group wireshark."
    )


def _device() -> str:
    """Name of the network device that has the loopback address."""
    for name, addresses in psutil.net_if_addrs().items():
        if any((it.family, it.address) == (socket.AF_INET, LOOPBACK) for it in addresses):
            return name
    raise MeasurementProblem(f"no network device has the address {LOOPBACK}.")


def _path(program: str) -> str:
    """Where one of the programs is.

    Raises:
        MeasurementProblem: it is not installed, or is only for others to run.
    """
    path = shutil.which(program)
    if path is None:
        raise MeasurementProblem(
            f"--capture needs {program}, and there is none that you may run: `sudo apt-get install "
            "tshark`, and join the group wireshark where you are not root."
        )
    return path


def packets(file: Path) -> list[Packet]:
    """The TCP packets of a capture, in the order of their times.

    Raises:
        MeasurementProblem: it cannot be read.
    """
    # Addresses stay numbers (-n): no name is looked up.
    options = ["-r", str(file), "-n", "-Y", "tcp", "-T", "fields", "-E", "occurrence=f"]
    names = [word for field in FIELDS for word in ("-e", field)]
    try:
        done = subprocess.run(
            [_path(READER), *options, *names],
            capture_output=True,
            timeout=READING,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise ValueError(f"{READER} ends with {status_words(done.returncode)}")
        read = [packet(line) for line in done.stdout.decode("ascii").splitlines()]
    except (subprocess.SubprocessError, ValueError, OSError) as error:
        raise MeasurementProblem(f"the capture {file} cannot be read ({error}).") from error
    return sorted(read, key=lambda packet: packet.at)


def packet(line: str) -> Packet:
    """A packet as tshark prints it.

    Raises:
        ValueError: it prints something else.
    """
    at, source, destination, flags, payload = line.split("\t")
    return Packet(float(at), int(source), int(destination), int(flags, 16), int(payload))

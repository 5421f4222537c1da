"""Disks that are full or cannot be written, and too little memory: one sentence, and nothing lost.

Small file systems in memory are mounted for it, which takes the rights of root.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.domain.files import PROJECT
from scripts.domain.problems import UsageProblem
from scripts.trials import store
from tests.builders import made, planned

CAMPAIGN = ["repro", "--targets", "document", "--load", "smoke", "--rounds", "12", "--lanes", "1"]

Wrong = list[tuple[str, str]]
"""What went wrong: its kind, and where."""


class NotAllowed(Exception):
    """This process may mount nothing."""


@contextmanager
def _mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system in memory with these options."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        raise NotAllowed
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S607


def _remounted(folder: Path, options: str) -> None:
    command = ["mount", "-o", f"remount,{options}", str(folder)]
    subprocess.run(command, check=True)


def _called(
    arguments: Sequence[str], stdout: Path | None = None, limit: str = "", **variables: str
) -> tuple[int, str]:
    """The exit status of a call, and what it said on standard error."""
    command = [sys.executable, "-m", "scripts", *arguments]
    if limit:
        command = ["bash", "-c", f'ulimit {limit} && exec "$@"', "limited", *command]
    with (stdout or Path(os.devnull)).open("wb") as output:
        try:
            done = subprocess.run(
                command, cwd=PROJECT, env={**os.environ, **variables}, stdout=output,
                stderr=subprocess.PIPE, text=True, timeout=120, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return -1, "it did not end"
    return done.returncode, done.stderr


def _one_sentence(said: str, *words: str) -> bool:
    """Whether the last that was said is a sentence with these words, and no traceback."""
    lines = [line for line in said.splitlines() if line.strip()]
    last = " ".join(lines[-2:])
    return "Traceback" not in said and bool(lines) and all(word in last for word in words)


def _full(folder: Path, options: str, larger: str) -> Wrong:
    """A campaign onto a disk that fills, and on after somebody made room."""
    wrong: Wrong = []
    with _mounted(folder, options) as disk:
        status, said = _called(CAMPAIGN, RESULTS_FOLDER=str(disk))
        if status != 1 or not _one_sentence(said, "No space left", str(disk)):
            wrong.append(("no sentence", f"{options}: {status}: {said[-300:]}"))
        kept = {path.name: path.read_bytes() for path in disk.glob("2*/[0-9]*.json")}
        wrong += _damaged(disk)
        _remounted(disk, larger)
        campaigns = sorted(disk.glob("2*"))
        if campaigns:
            status, said = _called(["repro", "--resume", str(campaigns[-1])],
                                   RESULTS_FOLDER=str(disk))  # fmt: skip
            if status != 0:
                wrong.append(("did not go on", f"{options}: {status}: {said[-300:]}"))
        after = {path.name: path.read_bytes() for path in disk.glob("2*/[0-9]*.json")}
        lost = [name for name, data in kept.items() if after.get(name) != data]
        wrong += [("lost or changed", f"{options}: {name}") for name in lost]
        wrong += _damaged(disk)
    return wrong


def _damaged(disk: Path) -> Wrong:
    wrong: Wrong = []
    for path in disk.glob("2*/[0-9]*.json"):
        try:
            store.read(path)
        except UsageProblem as problem:
            wrong.append(("half written", str(problem)))
    return wrong


def _full_bytes(folder: Path) -> Wrong:
    return _full(folder, "size=300k", "size=64m")


def _full_in_between(folder: Path) -> Wrong:
    return _full(folder, "size=96k", "size=64m")


def _full_inodes(folder: Path) -> Wrong:
    return _full(folder, "size=64m,nr_inodes=12", "size=64m,nr_inodes=0")


def _read_only(folder: Path) -> Wrong:
    with _mounted(folder, "size=1m,ro") as disk:
        status, said = _called(CAMPAIGN, RESULTS_FOLDER=str(disk))
    fine = status == 1 and _one_sentence(said, str(disk), "Read-only")
    return [] if fine else [("no sentence", f"read-only: {status}: {said[-300:]}")]


def _output(folder: Path) -> Wrong:
    """Tables at the end, onto a disk that is full."""
    folder.mkdir(parents=True)
    place = planned(folder / "campaign", made(failed=1))
    wrong: Wrong = []
    with _mounted(folder / "disk", "size=4k") as disk:
        (disk / "filling").write_bytes(b"x" * 4096)
        for call in (["explain", str(next(place.glob("0*")))], ["repro", "--resume", str(place)],
                     ["explain", str(next(place.glob("0*"))), "--json"]):  # fmt: skip
            status, said = _called(call, stdout=disk / "out")
            if status != 1 or not _one_sentence(said, "No space left"):
                wrong.append(("no sentence", f"{call[0]} to a full disk: {status}: {said[-300:]}"))
    return wrong


def _temporary(folder: Path) -> Wrong:
    """The temporary folder is full: what does without it goes on, all else says so."""
    folder.mkdir(parents=True)
    with _mounted(folder / "disk", "size=4k") as disk:
        (disk / "filling").write_bytes(b"x" * 4096)
        status, said = _called(CAMPAIGN, RESULTS_FOLDER=str(folder / "results"), TMPDIR=str(disk))
    fine = status == 0 or (status == 1 and _one_sentence(said, str(disk)))
    return [] if fine else [("no sentence", f"temporary folder: {status}: {said[-300:]}")]


def _memory(folder: Path) -> Wrong:
    """Too little memory at several limits: a sentence or success, never a hang."""
    folder.mkdir(parents=True)
    place = planned(folder / "campaign", made(failed=1))
    wrong: Wrong = []
    for kilobytes in (60_000, 120_000, 250_000, 500_000, 1_000_000):
        status, said = _called(["explain", str(next(place.glob("0*")))], limit=f"-v {kilobytes}")
        if status == -1:
            wrong.append(("did not end", f"ulimit -v {kilobytes}"))
        elif status not in (0, 1, 2, 127) and "MemoryError" not in said and "memory" not in said:
            wrong.append(("odd status", f"ulimit -v {kilobytes}: {status}: {said[-300:]}"))
    return wrong


CASES: dict[str, Callable[[Path], Wrong]] = {
    "a disk full of bytes": _full_bytes,
    "a disk that is full at once": _full_in_between,
    "a disk full of files": _full_inodes,
    "a disk that cannot be written": _read_only,
    "tables to a full disk": _output,
    "a full temporary folder": _temporary,
    "too little memory": _memory,
}
"""What may happen to a disk, and to memory."""

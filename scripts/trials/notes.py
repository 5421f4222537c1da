"""What the probes and the processes left behind, as fields of a trial's record."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

STDERR_LINES = 20


def hiding(places: dict[str, str]) -> Callable[[Any], Any]:
    """A function that puts placeholders for folders into every string of a nested value."""
    ordered = sorted(places.items(), key=lambda place: -len(place[0]))

    def hide(value: Any) -> Any:
        if isinstance(value, str):
            for folder, placeholder in ordered:
                value = value.replace(folder, placeholder)
            return value
        if isinstance(value, dict):
            return {hide(key): hide(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [hide(each) for each in value]
        if isinstance(value, msgspec.Struct):
            return hide(msgspec.to_builtins(value))
        return value

    return hide


def loaded(path: Path) -> dict[str, Any] | None:
    """A probe's note; None where it wrote none."""
    try:
        note = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) else None


def tail(path: Path, lines: int = STDERR_LINES) -> str:
    """The last lines of a file, at most 8000 characters."""
    try:
        text = path.read_bytes()[-64_000:].decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])[-8000:]


def status_words(status: int | None) -> str:
    """An exit status in words."""
    if status is not None and status < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-status).name}"
    return f"status {status}"


def last_words(failure: dict[str, Any]) -> str:
    """An exception in a line: its type and its message."""
    first = failure["chain"][0]
    return f"{first['type']}: {first['message']}" if first["message"] else str(first["type"])


def failed_early(note: dict[str, Any]) -> bool:
    """Whether the script failed without telling anything about the library under load."""
    failure = note["script_failure"]
    if failure is None:
        return False
    if note["recorded"]:
        return not note["requests"]["start"]
    return failure["chain"][0]["type"] in ("ModuleNotFoundError", "ImportError", "SyntaxError")


def server_facts(path: Path, probed: list[int], zero: float) -> dict[str, Any]:
    """Fields of a trial from the server's note.

    Args:
        path: of the note.
        probed: client ports that only found out whether the server listens.
        zero: the trial's zero on the monotonic clock.
    """
    note = loaded(path)
    if note is None:
        return {}
    return {
        "server_cpu": sum(note["cpu"]),
        "replaced": note["replaced"],
        "connections": [
            _connection(each, zero) for each in note["connections"] if each["port"] not in probed
        ],
    }


def _connection(entry: dict[str, Any], zero: float) -> dict[str, Any]:
    """A probe's entry of a connection with its times counted from the trial's zero."""

    def since(moment: float | None) -> float | None:
        return None if moment is None else round(moment - zero, 6)

    times = ("opened", "timer", "closed", "eof", "lost")
    counted = entry | {name: since(entry[name]) for name in times if name in entry}
    if "turns" in entry:
        counted["turns"] = [(turn[0], *map(since, turn[1:])) for turn in entry["turns"]]
    if "arrivals" in entry:
        counted["arrivals"] = [(since(a), since(b)) for a, b in entry["arrivals"]]
    return counted


def client_facts(note: dict[str, Any] | None, zero: float) -> dict[str, Any]:
    """Fields of a trial from the client's note; none where it left no note."""
    if note is None:
        return {}

    def since(moment: float | None) -> float | None:
        return None if moment is None else round(moment - zero, 6)

    requests, lag = note["requests"], note["lag"]
    facts: dict[str, Any] = {
        "libraries": note["libraries"],
        "failures": note["failures"],
        "client_connections": [_connection(each, zero) for each in note["connections"]],
        "script_failure": note["script_failure"],
        "wall": round(note["ended"] - note["began"], 6),
        "cpu_user": round(note["cpu"][0], 6),
        "cpu_system": round(note["cpu"][1], 6),
        "peak_memory": note["peak_memory"],
        "replaced": note["replaced"],
    }
    if note["recorded"]:
        facts["requests"] = {
            "start": [since(each) for each in requests["start"]],
            "end": [since(each) for each in requests["end"]],
            "failure": requests["failure"],
        }
    if note["served"] is not None:
        facts["connections"] = [_connection(each, zero) for each in note["served"]]
    if lag is not None:
        facts["lag"] = lag | {"stalls": [(since(a), since(b)) for a, b in lag["stalls"]]}
    return facts

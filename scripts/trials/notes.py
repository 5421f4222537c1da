"""What the probes and the processes left behind, as fields of a trial's record."""

from __future__ import annotations

import contextlib
import json
import signal
from pathlib import Path
from typing import Any

STDERR_LINES = 20


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


def server_fields(note: dict[str, Any], looked: list[int], zero: float) -> dict[str, Any]:
    """Fields of a server's record from its note.

    Args:
        note: the server's.
        looked: client ports that only found out whether the server listens.
        zero: the trial's zero on the monotonic clock.
    """
    entries = [entry for entry in note["connections"] if entry["port"] not in looked]
    return {
        "cpu": sum(note["cpu"]),
        "connections": [_connection(entry, zero) for entry in entries],
    }


def own_server_fields(note: dict[str, Any], zero: float) -> dict[str, Any]:
    """Fields of a server's record from the note of a client that serves itself."""
    if note["served"] is None:
        return {}
    return {"connections": [_connection(entry, zero) for entry in note["served"]]}


def client_fields(note: dict[str, Any], zero: float) -> dict[str, Any]:
    """Fields of a client's record from its note.

    Args:
        note: the client's.
        zero: the trial's zero on the monotonic clock.
    """
    requests, lag = note["requests"], note["lag"]
    fields: dict[str, Any] = {
        "libraries": note["libraries"],
        "failures": note["failures"],
        "connections": [_connection(entry, zero) for entry in note["connections"]],
        "script_failure": note["script_failure"],
        "wall": round(note["ended"] - note["began"], 6),
        "cpu_user": round(note["cpu"][0], 6),
        "cpu_system": round(note["cpu"][1], 6),
        "peak_memory": note["peak_memory"],
    }
    if note["recorded"]:
        fields["requests"] = {
            "start": [_since(zero, moment) for moment in requests["start"]],
            "end": [_since(zero, moment) for moment in requests["end"]],
            "failure": requests["failure"],
        }
    if lag is not None:
        stalls = [(_since(zero, begun), _since(zero, over)) for begun, over in lag["stalls"]]
        fields["lag"] = lag | {"stalls": stalls}
    return fields


def _connection(entry: dict[str, Any], zero: float) -> dict[str, Any]:
    """A probe's entry of a connection with its times counted from the trial's zero."""
    times = ("opened", "timer", "closed", "eof", "lost")
    counted = entry | {name: _since(zero, entry[name]) for name in times if name in entry}
    if "turns" in entry:
        counted["turns"] = [
            (request, *(_since(zero, moment) for moment in moments))
            for request, *moments in entry["turns"]
        ]
    if "arrivals" in entry:
        counted["arrivals"] = [
            (_since(zero, arrived), _since(zero, answered))
            for arrived, answered in entry["arrivals"]
        ]
    return counted


def _since(zero: float, moment: float | None) -> float | None:
    """Seconds from a trial's zero to a moment on the same clock."""
    return None if moment is None else round(moment - zero, 6)

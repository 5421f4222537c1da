"""One trial: a fresh server, a fresh client, one record."""

from __future__ import annotations

import base64
import contextlib
import datetime
import json
import random
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from scripts.domain.files import PROJECT
from scripts.domain.trial import SCHEMA, Load, Target, Trial
from scripts.environments.build import Built, Environments
from scripts.environments.uv import Unavailable
from scripts.trials.host import describe
from scripts.trials.notes import (
    client_facts,
    failed_early,
    hiding,
    last_words,
    loaded,
    server_facts,
    status_words,
    tail,
)
from scripts.trials.process import Process, started

LOOPBACK = "127.0.0.1"
PROBES = Path(__file__).resolve().parent / "probes"
SERVER_STARTS = 30.0
"""Seconds a server has until it must accept connections."""
GRACE = 10.0
"""Seconds beyond its deadline that a client has to write down where it hung."""

LIBRARIES = (
    "httpx",
    "httpcore",
    "httpx2",
    "httpcore2",
    "httpx_aiohttp",
    "aiohttp",
    "anyio",
    "h11",
    "h2",
    "trio",
)
"""Modules whose source is hashed, where the client imported them, beside the pinned ones."""


@dataclass(frozen=True)
class Slot:
    """Where a trial stands: its campaign, its place and round in it, how many run at a time."""

    campaign: str
    order: int = 1
    round: int = 1
    lanes: int = 1


def run_trial(
    target: Target,
    load: Load,
    slot: Slot,
    environments: Environments,
    deadline: float | None = None,
    stop: Callable[[], bool] = lambda: False,
    notes: bool = True,
) -> Trial:
    """Run one trial.

    Args:
        target: what is judged.
        load: under which load.
        slot: where it stands in its campaign.
        environments: where its client and server run.
        deadline: seconds the client may take; the load's own by default.
        stop: asked often; true ends the trial.
        notes: whether the client's probe notes anything beyond main()'s time; off only to
            measure what the notes cost.

    Returns:
        The trial, whatever became of it.

    Raises:
        Interrupted: `stop` came true; nothing of the trial remains.
    """
    facts: dict[str, Any] = {
        "campaign": slot.campaign,
        "order": slot.order,
        "round": slot.round,
        "lanes": slot.lanes,
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        "target": target,
        "load": load,
        "host": describe(),
    }
    try:
        client = environments.client(target)
        server = environments.server(target) if target.server else client
    except Unavailable as error:
        return Trial(**facts, outcome="unavailable", detail=str(error))
    facts["building"] = environments.building
    facts |= {"environment": client.description, "server_environment": server.description}
    with tempfile.TemporaryDirectory(prefix="trial-") as scratch:
        hidden = hiding(
            {
                str(client.folder): "<environment>",
                str(server.folder): "<server environment>",
                scratch: "<scratch>",
                str(PROJECT): "<project>",
                str(client.interpreter.resolve().parent.parent): "<python>",
                **home(),
            }
        )
        facts |= _measure(
            target, load, client, server, Path(scratch), deadline or load.deadline(), stop, notes
        )
        found = msgspec.convert(hidden(facts | {"schema": SCHEMA}), Trial)
    astray = elsewhere(found)
    if astray:
        detail = f"the client imported {astray} from outside its environment"
        return msgspec.structs.replace(found, outcome="unavailable", detail=detail)
    return found


def _measure(
    target: Target,
    load: Load,
    client: Built,
    server: Built,
    scratch: Path,
    deadline: float,
    stop: Callable[[], bool],
    notes: bool,
) -> dict[str, Any]:
    """What became of the client and of the server, as fields of a trial."""
    zero = time.monotonic()
    files = {
        name: scratch / name for name in ("server.json", "server.note", "ready", "client.json",
                                          "client.note", "stack", "server.err", "client.err")
    }  # fmt: skip

    def ask(port: int, serving: Process | None) -> dict[str, Any]:
        address = client_address(target, port)
        files["client.json"].write_text(
            json.dumps(
                {
                    "script": str(PROJECT / target.script),
                    "constants": load.constants(),
                    "payload": payload(load),
                    "keepalive_expiry": load.keepalive_expiry,
                    "address": address,
                    "serves": not target.server,
                    "deadline": deadline,
                    "notes": notes,
                    "libraries": sorted({*LIBRARIES, *imported_names(target)}),
                    "record": str(files["client.note"]),
                    "stack": str(files["stack"]),
                }
            )
        )
        url = f"http://{address['host']}:{address['port']}{address['path']}"
        with started(
            [str(client.interpreter), "-s", str(PROBES / "client.py"), str(files["client.json"])],
            files["client.err"],
            {"SERVER_URL": url},
        ) as asking:
            return _asked(asking, serving, files, deadline, stop, zero)

    if not target.server:
        return ask(0, None)
    listening = urlsplit(target.url)
    asked_port = listening.port or free_port()
    host = listening.hostname or LOOPBACK
    if target.url and taken(host, asked_port):
        return {
            "outcome": "server-not-ready",
            "detail": f"something else already listens on port {asked_port}: end it first",
        }
    files["server.json"].write_text(
        json.dumps(
            {
                "script": str(PROJECT / target.server),
                "delay": load.delay,
                "keep_alive": load.keep_alive,
                "port": asked_port,
                "ready": str(files["ready"]),
                "record": str(files["server.note"]),
            }
        )
    )
    with started(
        [str(server.interpreter), "-s", str(PROBES / "server.py"), str(files["server.json"])],
        files["server.err"],
    ) as serving:
        port, probed = _wait_for_server(serving, files["ready"], host, stop)
        if port is None:
            return {
                "outcome": "server-not-ready",
                "detail": f"the server did not accept a connection within {SERVER_STARTS:.0f} s"
                if serving.status() is None
                else f"the server ended with status {serving.status()} before it was ready",
                "stderr": tail(files["server.err"]),
            }
        facts = ask(port, serving)
        serving.ask_to_stop(GRACE)
    served = server_facts(files["server.note"], probed, zero)
    replaced = served.get("replaced", {}) | facts.get("replaced", {})
    return served | facts | {"replaced": replaced}


def _asked(
    asking: Process,
    serving: Process | None,
    files: Mapping[str, Path],
    deadline: float,
    stop: Callable[[], bool],
    zero: float,
) -> dict[str, Any]:
    """What became of the client, while the server ran if it is a process of its own."""
    server_died: list[int] = []

    def over() -> bool:
        status = None if serving is None else serving.status()
        if status is not None:
            server_died.append(status)
        return bool(server_died) or asking.status() is not None

    in_time = asking.wait_until(over, deadline + GRACE, stop)
    # A server that dies takes its connections along: the client gets a moment to notice.
    if server_died:
        asking.wait_until(lambda: asking.status() is not None, GRACE, stop)
    client_status = asking.status()
    note = loaded(files["client.note"])
    facts = client_facts(note, zero)
    facts["exit_status"] = client_status
    facts["stderr"] = tail(files["client.err"])
    if server_died:
        facts |= {
            "outcome": "server-died",
            "detail": f"the server ended with status {server_died[0]} while the client ran",
            "stderr": tail(files["server.err"]),
        }
    elif note is None and in_time:
        words = status_words(client_status)
        facts |= {"outcome": "crashed", "detail": f"the client ended with {words} and no note"}
    elif note is None or "hung" in note:
        stack = note["hung"] if note else tail(files["stack"], 200)
        facts |= {
            "outcome": "hung",
            "detail": f"the client was still running after {deadline:.0f} s",
            "stack": stack,
            "exit_status": None,
        }
    elif failed_early(note):
        facts |= {"outcome": "script-failed", "detail": last_words(note["script_failure"])}
    else:
        facts["outcome"] = "completed"
    return facts


def _wait_for_server(
    serving: Process, ready: Path, host: str, stop: Callable[[], bool]
) -> tuple[int | None, list[int]]:
    """The port a server accepts connections on, and the client ports used to find that out."""
    probed: list[int] = []
    if not serving.wait_until(
        lambda: ready.exists() or serving.status() is not None, SERVER_STARTS, stop
    ):
        return None, probed
    if serving.status() is not None:
        return None, probed
    answer = json.loads(ready.read_bytes())
    port = int(answer["port"])

    def accepts() -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((host, port), 1) as probe,
        ):
            probed.append(probe.getsockname()[1])
            return True
        return serving.status() is not None

    if not answer["listening"]:
        in_time = serving.wait_until(accepts, SERVER_STARTS, stop)
        if not in_time or serving.status() is not None:
            return None, probed
    return port, probed


def elsewhere(found: Trial) -> str | None:
    """A library that is judged at a commit but was imported from elsewhere; None where none was."""
    package = found.target.source.partition("@")[0].replace("-", "_")
    library = found.libraries.get(package)
    inside = library is None or library.path.startswith("<environment>")
    return None if inside else package


def home() -> dict[str, str]:
    """The user's home and its placeholder, where there is a home that is no root of everything."""
    with contextlib.suppress(RuntimeError):
        path = str(Path.home())
        return {path: "~"} if len(path) > 1 else {}
    return {}


def client_address(target: Target, port: int) -> dict[str, str | int]:
    """Where the client is sent: the server of this trial, on loopback."""
    parts = urlsplit(target.url)
    ours = target.server == Target(name="", script="").server
    return {
        "host": "[::1]" if parts.hostname == "::1" else parts.hostname or LOOPBACK,
        "port": port,
        "path": parts.path or ("/process_image" if ours else ""),
    }


def taken(host: str, port: int) -> bool:
    """Whether something already accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
        return True
    return False


def free_port() -> int:
    """A loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def payload(load: Load) -> str | None:
    """The image as base64 where the load asks for a size of its own, always the same bytes."""
    if load.payload_bytes is None:
        return None
    return base64.b64encode(random.Random(0).randbytes(load.payload_bytes)).decode()  # noqa: S311


def imported_names(target: Target) -> list[str]:
    """The modules that a target's pins are likely imported as."""
    return [pin.split("==")[0].split("[")[0].strip().replace("-", "_") for pin in target.pins]

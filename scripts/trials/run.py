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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from scripts.domain import libraries, paths
from scripts.domain.files import PROJECT
from scripts.domain.trial import Load, Place, Target, Trial
from scripts.environments.build import Environments
from scripts.environments.installation import Built
from scripts.environments.uv import Unavailable
from scripts.trials import notes
from scripts.trials.host import describe
from scripts.trials.loopback import LOOPBACK, client_address, free_port, taken
from scripts.trials.process import Process, started

PROBES = Path(__file__).resolve().parent / "probes"

SERVER_STARTS = 30.0
"""Seconds a server has until it must accept connections."""

GRACE = 10.0
"""Seconds beyond its deadline that a client has to write down where it hung."""


@dataclass(frozen=True)
class Job:
    """A trial that is to be run.

    Attributes:
        target, load: what is judged, under what.
        place: where the trial stands in its campaign.
        deadline: seconds the client may take; None for the load's own.
        noted: whether the client's probe notes anything beyond main()'s time; off only to measure
            what the notes cost.
    """

    target: Target
    load: Load
    place: Place
    deadline: float | None = None
    noted: bool = True

    @property
    def seconds(self) -> float:
        """How long the client may take."""
        return self.deadline or self.load.deadline()


def run_trial(
    job: Job, environments: Environments, stop: Callable[[], bool] = lambda: False
) -> Trial:
    """Run one trial.

    Args:
        job: what is to be run.
        environments: where its client and server run.
        stop: asked often; true ends the trial.

    Returns:
        The trial, whatever became of it.

    Raises:
        Interrupted: `stop` came true; nothing of the trial remains.
    """
    target, place = job.target, job.place
    began = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    host = describe()
    try:
        client = environments.client(target)
        server = environments.server(target) if target.server else client
    except Unavailable as error:
        return Trial(
            place=place,
            started=began,
            target=target,
            load=job.load,
            host=host,
            outcome="unavailable",
            detail=str(error),
        )
    place = msgspec.structs.replace(place, building=environments.building)
    with tempfile.TemporaryDirectory(prefix="trial-") as scratch:
        python = client.interpreter.resolve().parent.parent
        hide = paths.hiding(paths.trial_places(client.folder, server.folder, Path(scratch), python))
        record = _Run(job, client, server, Path(scratch), stop).record()
        record["client"]["environment"] = client.description
        record["server"]["environment"] = server.description
        record |= {"place": place, "started": began, "target": target, "load": job.load}
        trial = msgspec.convert(hide(record | {"host": host}), Trial)
    astray = elsewhere(trial)
    if astray:
        detail = f"the client imported {astray} from outside its environment"
        return msgspec.structs.replace(trial, outcome="unavailable", detail=detail)
    return trial


class _Run:
    """The two processes of one trial, and what they leave behind.

    Args:
        job: what is run.
        client, server: environments of the two.
        scratch: an empty folder.
        stop: asked often; true ends the trial.
    """

    def __init__(
        self, job: Job, client: Built, server: Built, scratch: Path, stop: Callable[[], bool]
    ) -> None:
        self.job = job
        self.client = client
        self.server = server
        self.scratch = scratch
        self.stop = stop
        self.zero = time.monotonic()

    def record(self) -> dict[str, Any]:
        """What became of both, as fields of a trial."""
        target = self.job.target
        if not target.server:
            return self._ask(0, None)
        url = urlsplit(target.url)
        port = url.port or free_port()
        host = url.hostname or LOOPBACK
        if target.url and taken(host, port):
            return _not_ready(f"something else already listens on port {port}: end it first")
        probe = [str(self.server.interpreter), "-s", str(PROBES / "server.py")]
        specification = self._specification("server.json", self._server_specification(port))
        with started([*probe, specification], self.scratch / "server.err") as serving:
            listening, looked = self._wait_for_server(serving, host)
            if listening is None:
                return _not_ready(
                    f"the server did not accept a connection within {SERVER_STARTS:.0f} s"
                    if serving.status() is None
                    else f"the server ended with status {serving.status()} before it was ready",
                    notes.tail(self.scratch / "server.err"),
                )
            record = self._ask(listening, serving)
            serving.ask_to_stop(GRACE)
        note = notes.loaded(self.scratch / "server.note")
        if note is not None:
            record["server"] |= notes.server_fields(note, looked, self.zero)
            record["replaced"] = note["replaced"] | record["replaced"]
        return record

    def _specification(self, name: str, specification: dict[str, Any]) -> str:
        """What a probe is asked to do, written to a file; the file's path."""
        path = self.scratch / name
        path.write_text(json.dumps(specification))
        return str(path)

    def _server_specification(self, port: int) -> dict[str, Any]:
        load = self.job.load
        return {
            "script": str(PROJECT / self.job.target.server),
            "delay": load.delay,
            "keep_alive": load.keep_alive,
            "port": port,
            "ready": str(self.scratch / "ready"),
            "record": str(self.scratch / "server.note"),
        }

    def _client_specification(self, address: dict[str, str | int]) -> dict[str, Any]:
        target, load = self.job.target, self.job.load
        return {
            "script": str(PROJECT / target.script),
            "constants": load.constants(),
            "payload": payload(load),
            "keepalive_expiry": load.keepalive_expiry,
            "keepalive_hooks": libraries.keepalive_hooks(),
            "address": address,
            "serves": not target.server,
            "deadline": self.job.seconds,
            "notes": self.job.noted,
            "libraries": sorted({*libraries.modules(), *imported_names(target)}),
            "record": str(self.scratch / "client.note"),
            "stack": str(self.scratch / "stack"),
        }

    def _wait_for_server(self, serving: Process, host: str) -> tuple[int | None, list[int]]:
        """The port a server accepts connections on, and the client ports used to find that out."""
        looked: list[int] = []
        ready = self.scratch / "ready"
        serving.wait_until(
            lambda: ready.exists() or serving.status() is not None, SERVER_STARTS, self.stop
        )
        if not ready.exists() or serving.status() is not None:
            return None, looked
        answer = json.loads(ready.read_bytes())
        port = int(answer["port"])

        def accepts() -> bool:
            with (
                contextlib.suppress(OSError),
                socket.create_connection((host, port), 1) as connection,
            ):
                looked.append(connection.getsockname()[1])
                return True
            return serving.status() is not None

        if not answer["listening"]:
            in_time = serving.wait_until(accepts, SERVER_STARTS, self.stop)
            if not in_time or serving.status() is not None:
                return None, looked
        return port, looked

    def _ask(self, port: int, serving: Process | None) -> dict[str, Any]:
        """What became of the client, while the server ran if it is a process of its own."""
        address = client_address(self.job.target, port)
        url = f"http://{address['host']}:{address['port']}{address['path']}"
        probe = [str(self.client.interpreter), "-s", str(PROBES / "client.py")]
        specification = self._specification("client.json", self._client_specification(address))
        errors = self.scratch / "client.err"
        with started([*probe, specification], errors, {"SERVER_URL": url}) as asking:
            died = self._wait_for_client(asking, serving)
            status = asking.status()
        note = notes.loaded(self.scratch / "client.note")
        client = {} if note is None else notes.client_fields(note, self.zero)
        client |= {"exit_status": status, "stderr": notes.tail(errors)}
        server = {} if note is None else notes.own_server_fields(note, self.zero)
        if died is not None:
            server["stderr"] = notes.tail(self.scratch / "server.err")
        record = {"client": client, "server": server}
        record["replaced"] = {} if note is None else note["replaced"]
        return record | self._outcome(note, client, died)

    def _wait_for_client(self, asking: Process, serving: Process | None) -> int | None:
        """Wait until the client is over, or the server is; the server's status where it died."""
        died: list[int] = []

        def over() -> bool:
            status = None if serving is None else serving.status()
            if status is not None:
                died.append(status)
            return bool(died) or asking.status() is not None

        asking.wait_until(over, self.job.seconds + GRACE, self.stop)
        # A server that dies takes its connections along: the client gets a moment to notice.
        if died:
            asking.wait_until(lambda: asking.status() is not None, GRACE, self.stop)
        return died[0] if died else None

    def _outcome(
        self, note: dict[str, Any] | None, client: dict[str, Any], died: int | None
    ) -> dict[str, str]:
        """How the trial ended, and why where it did not complete.

        Args:
            note: of the client; None where it left none.
            client: fields of the client's record; one that hung gets its stack there.
            died: status of a server that ended before the client.
        """
        if died is not None:
            detail = f"the server ended with status {died} while the client ran"
            return {"outcome": "server-died", "detail": detail}
        if note is None and client["exit_status"] is not None:
            words = notes.status_words(client["exit_status"])
            return {"outcome": "crashed", "detail": f"the client ended with {words} and no note"}
        if note is None or "hung" in note:
            client["stack"] = note["hung"] if note else notes.tail(self.scratch / "stack", 200)
            client["exit_status"] = None
            detail = f"the client was still running after {self.job.seconds:.0f} s"
            return {"outcome": "hung", "detail": detail}
        if notes.failed_early(note):
            detail = notes.last_words(note["script_failure"])
            return {"outcome": "script-failed", "detail": detail}
        return {"outcome": "completed"}


def _not_ready(detail: str, stderr: str = "") -> dict[str, Any]:
    """Fields of a trial whose server never accepted a connection."""
    return {
        "outcome": "server-not-ready",
        "detail": detail,
        "client": {},
        "server": {"stderr": stderr},
        "replaced": {},
    }


def elsewhere(trial: Trial) -> str | None:
    """A library that is judged at a commit but was imported from elsewhere; None where none was."""
    package = trial.target.source.partition("@")[0].replace("-", "_")
    library = trial.client.libraries.get(package)
    inside = library is None or paths.lies_in(library.path, paths.ENVIRONMENT)
    return None if inside else package


def payload(load: Load) -> str | None:
    """The image as base64 where the load asks for a size of its own, always the same bytes."""
    if load.payload_bytes is None:
        return None
    return base64.b64encode(random.Random(0).randbytes(load.payload_bytes)).decode()  # noqa: S311


def imported_names(target: Target) -> list[str]:
    """The modules that a target's pins are likely imported as."""
    return [pin.split("==")[0].split("[")[0].strip().replace("-", "_") for pin in target.pins]

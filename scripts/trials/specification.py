"""What the probes of a trial are asked to do, each in a file that it reads when it starts."""

from __future__ import annotations

import base64
import json
import random
import shlex
from pathlib import Path

import msgspec

from scripts.domain import libraries, paths
from scripts.domain.libraries import KeepAlive
from scripts.domain.pins import project
from scripts.domain.trial import Load, Target
from scripts.environments.patches import text_as_kept
from scripts.trials import certificate
from scripts.trials.job import Job
from scripts.trials.loopback import Address

PROBES = Path(__file__).resolve().parent / "probes"

PORT = "{port}"
"""Stands for the port in the call of a server in any language."""

READY = "ready"
"""File by which a server's probe says that it serves."""

STACK = "stack"
"""File that receives the stacks of a client that hangs."""

RELAY_READY = "relay.ready"
"""File by which the relay says that it listens."""

ACCESS_LOG = "access.log"
"""File of which a balancer's script is told in ACCESS_LOG: it writes a line there for each answer,
which begins with its HTTP status, or with -1 where it gave none."""

CLIENT_NOTE, SERVER_NOTE, RELAY_NOTE = "client.note", "server.note", "relay.note"
"""Files that receive what the probes note."""


class ServerSpecification(msgspec.Struct, frozen=True):
    """What the server's probe is asked to do. None means: as the script has it.

    Attributes:
        script: path of the script to serve.
        delay: seconds its handler takes.
        keep_alive: seconds after which it closes an idle connection.
        port: the one to listen on, for a script that serves by itself.
        certificate, key: files with which an app is served over TLS; None for plain HTTP.
        numbered: whether requests carry a number, by which they are counted.
        ready: file to write as soon as it serves.
        record: file for its note.
    """

    script: str
    delay: float | None
    keep_alive: float | None
    port: int
    certificate: str | None
    key: str | None
    numbered: bool
    ready: str
    record: str


class CommandSpecification(msgspec.Struct, frozen=True):
    """A server in any language: its program and arguments."""

    command: list[str]


class RelaySpecification(msgspec.Struct, frozen=True):
    """What the relay is asked to do.

    Attributes:
        host, port: where the server listens; the relay listens on the same host.
        delay: seconds that it holds all, each way.
        plain: whether it can tell requests and answers apart: not where they are encrypted.
        ready: file to write as soon as it listens.
        record: file for its note.
    """

    host: str
    port: int
    delay: float
    plain: bool
    ready: str
    record: str


class ClientSpecification(msgspec.Struct, frozen=True):
    """What the client's probe is asked to do. None means: as the script has it.

    Attributes:
        script: path of the script to run; empty for a module of an installed package.
        module: name that it is run by, as `python -m` does; empty for a plain file.
        arguments: those after its name.
        stdin: file it reads as its standard input; None for none.
        constants: its module constants that are replaced, by name.
        payload: the image to send, in base64.
        keepalive_expiry: seconds after which it closes an idle connection.
        expiry_factor: what they are multiplied by where the script or its library says them.
        keepalive_hooks: where libraries take that number: module, and what is known of it.
        assignments: where pools assign connections, see `libraries.Assignment`.
        address: where it is sent.
        addresses: hosts that it may connect to beyond this machine.
        serves: whether the script has its server in itself.
        deadline: seconds it may take.
        notes: whether anything beyond main()'s time is noted.
        numbered: whether each request carries its number.
        prelude: file that is run before the script, and the package that it is meant to change;
            None for none.
        libraries: modules whose source is hashed, where they were imported.
        record, stack: files for its note, and for the stacks where it hangs.
        calls: file for how often each function was called; None where that is not counted.
    """

    script: str
    module: str
    arguments: tuple[str, ...]
    stdin: str | None
    constants: dict[str, float]
    payload: str | None
    keepalive_expiry: float | None
    expiry_factor: float
    keepalive_hooks: list[tuple[str, KeepAlive]]
    assignments: list[tuple[str, str, str, str]]
    address: Address
    addresses: tuple[str, ...]
    serves: bool
    deadline: float
    notes: bool
    numbered: bool
    prelude: tuple[str, str] | None
    libraries: list[str]
    record: str
    stack: str
    calls: str | None


Specification = (
    ServerSpecification | CommandSpecification | RelaySpecification | ClientSpecification
)


def server_specification(job: Job, port: int, scratch: Path) -> ServerSpecification:
    """What the server's probe is asked to do, its files in the trial's scratch folder."""
    papers = certificate.files(scratch) if job.load.tls else None
    return ServerSpecification(
        script=str(paths.located(job.target.server)),
        delay=job.load.delay,
        keep_alive=job.load.keep_alive,
        port=port,
        certificate=str(papers.certificate) if papers else None,
        key=str(papers.key) if papers else None,
        numbered=job.numbers_requests,
        ready=str(scratch / READY),
        record=str(scratch / SERVER_NOTE),
    )


def relay_specification(job: Job, host: str, port: int, scratch: Path) -> RelaySpecification:
    """What the relay is asked to do, its files in the trial's scratch folder."""
    return RelaySpecification(
        host=host,
        port=port,
        delay=job.load.latency or 0.0,
        plain=not job.load.tls,
        ready=str(scratch / RELAY_READY),
        record=str(scratch / RELAY_NOTE),
    )


def command_specification(command: str, port: int) -> CommandSpecification:
    """A server's call, split as a shell does, with its port."""
    return CommandSpecification([word.replace(PORT, str(port)) for word in shlex.split(command)])


def client_specification(job: Job, address: Address, scratch: Path) -> ClientSpecification:
    """What the client's probe is asked to do, its files in the trial's scratch folder."""
    return ClientSpecification(
        script=str(paths.located(job.target.script)) if job.target.script else "",
        module=job.target.module,
        arguments=job.target.arguments,
        stdin=str(paths.located(job.target.stdin)) if job.target.stdin else None,
        constants=job.load.constants(),
        payload=payload(job.load),
        keepalive_expiry=job.load.keepalive_expiry,
        expiry_factor=job.load.expiry_factor,
        keepalive_hooks=libraries.keepalive_hooks(),
        assignments=libraries.assignments(),
        address=address,
        addresses=job.target.addresses,
        serves=not job.target.served and not job.target.url,
        deadline=job.seconds,
        notes=job.noted,
        numbered=job.numbers_requests,
        prelude=_prelude(job.target, scratch),
        libraries=sorted({*libraries.modules(), *imported_names(job.target)}),
        record=str(scratch / CLIENT_NOTE),
        stack=str(scratch / STACK),
        calls=None if job.calls is None else str(job.calls.resolve()),
    )


def _prelude(target: Target, scratch: Path) -> tuple[str, str] | None:
    """What runs before the script: a copy of its file, and the module of the package that it is to
    change.

    Raises:
        UsageProblem: the file is gone, or is another by now.
    """
    if target.prelude is None:
        return None
    copy = scratch / Path(target.prelude.path).name
    copy.write_text(text_as_kept(target.prelude), "utf-8")
    package = target.axis or project(target.pins[0])
    return str(copy), package.replace("-", "_")


def probe_command(
    python: Path, probe: str, specification: Specification, scratch: Path
) -> list[str]:
    """The call of a probe with what it is asked to do, which is written to the scratch folder."""
    path = scratch / f"{probe}.json"
    write_specification(specification, path)
    return [str(python), "-s", str(PROBES / f"{probe}.py"), str(path)]


def write_specification(specification: Specification, path: Path) -> None:
    """Write down what a probe is asked to do."""
    # The standard library's JSON has words for infinite numbers, which a load may name.
    path.write_text(json.dumps(msgspec.to_builtins(specification)))


def payload(load: Load) -> str | None:
    """The image as base64 where the load asks for a size of its own, always the same bytes."""
    if load.payload_bytes is None:
        return None
    return base64.b64encode(random.Random(0).randbytes(load.payload_bytes)).decode()  # noqa: S311


def imported_names(target: Target) -> list[str]:
    """The modules that a target's pins are likely imported as."""
    return [pin.split("==")[0].split("[")[0].strip().replace("-", "_") for pin in target.pins]

"""A trial as it gets out: its numbers, and of its texts what is known to be safe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import structs

from scripts.domain.blocked import Blocked, Frame
from scripts.domain.pins import pinned
from scripts.domain.services import told_safely
from scripts.domain.surveys import FLAGS
from scripts.domain.targets import MOST_PINS, own_words
from scripts.domain.trial import (
    PUBLIC_INDEX,
    ChangeFile,
    Client,
    Environment,
    Failure,
    Host,
    ImportedLibrary,
    Link,
    Server,
    Stray,
    Target,
    Trial,
)
from scripts.report.gate import details, messages, packages, tracebacks, values
from scripts.report.gate.withheld import Gate, legible

OURS = re.compile(r"repro/[A-Za-z0-9_./-]{1,120}")
"""A program of this project, as trials keep its path."""

IDENTIFIER = re.compile(r"(?:<[a-z]+>\.?|[A-Za-z_]\w{0,99}\.?){1,20}")
"""A function's qualified name."""

OPTION = re.compile(r"--[a-z]{1,20}(?:-[a-z]{1,20}){0,4}(?:=|$)")
"""An option's name."""

GENERATED = re.compile(r"<attrs generated [a-z_]{1,20} ([A-Za-z0-9_]{1,60})(?:\.\w{1,60}){0,6}>")
"""What attrs calls the methods that it writes for a package's class."""

PIN = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?:\[[A-Za-z0-9,._ -]{1,60}\])?"
    r"===?[0-9][A-Za-z0-9.!_-]{0,40}(?:\+(?:cpu|cu\d{2,3}))?"
)
"""A package at a version."""

SOURCE = re.compile(r"[A-Za-z0-9._-]{1,100}@[0-9a-f]{7,64}")
"""A package at a commit."""

HOST_NAME = re.compile(r"[0-9a-f]{8}|")
"""What tells a host from others, where that was noted."""

FOLDER = "<folder>"
"""Stands for the folder that a client ran in."""

PYTHONS_OWN = re.compile(r"__[a-z]{1,30}__|<[a-z]{1,20}>")
"""A function's name that Python gives, whoever's code it is."""

REPLACED = re.compile(r"\d{1,9} base64 characters|the request's number")
"""What the probes say that they put in place of a constant, beyond numbers and addresses."""


def gated(trial: Trial, gate: Gate) -> Trial:
    """A trial as it gets out.

    Args:
        trial: as it was written down.
        gate: takes what is kept back.
    """
    gate.named |= _named(trial.target)
    return structs.replace(
        trial,
        target=target(trial.target, gate),
        host=_host(trial.host),
        detail=_detail(trial, gate),
        replaced={name: _constant(value, gate) for name, value in trial.replaced.items()},
        client=_client(trial.client, gate),
        server=_server(trial.server, gate),
    )


def _host(host: Host) -> Host:
    """A host as it gets out: by the digits that tell it from others, and by no other name."""
    return host if HOST_NAME.fullmatch(host.name) else structs.replace(host, name="")


def _named(asked: Target) -> frozenset[str]:
    """Names of the packages that whoever measured has named: not those of a whole environment."""
    pins = (*asked.pins, *asked.server_pins)
    try:
        return frozenset(pinned(pins if len(pins) <= MOST_PINS else ()))
    except ValueError:  # a trial's file may say anything
        return frozenset()


def target(asked: Target, gate: Gate) -> Target:
    """What was judged, as it gets out: of a user's own program the name of its file, and of what it
    was given nothing but safe values.
    """
    plain = asked == Target(asked.name, asked.script, asked.pins, axis=asked.axis)
    if plain and _ours(asked.script) and all(map(PIN.fullmatch, asked.pins)):
        return asked
    safe = structs.replace(
        asked,
        script=file(asked.script),
        server=file(asked.server),
        pins=tuple(_pin(pin, gate) for pin in asked.pins),
        server_pins=tuple(_pin(pin, gate) for pin in asked.server_pins),
        equalised=tuple(_pin(pin, gate) for pin in asked.equalised),
        source=_source(asked.source, gate),
        module=_module(asked.module, gate),
        python=tracebacks.file_name(asked.python),
        url=_address(asked.url, gate),
        arguments=tuple(argument(text, gate) for text in asked.arguments),
        cwd=FOLDER if asked.cwd else "",
        env=tuple(_variable(text, gate) for text in asked.env),
        server_env=asked.server_env
        if told_safely(asked)
        else tuple(_variable(text, gate) for text in asked.server_env),
        stdin=file(asked.stdin),
        server_command=_command(asked.server_command, gate),
        patch=_change(asked.patch),
        prelude=_change(asked.prelude),
        addresses=tuple(_address(host, gate) for host in asked.addresses),
    )
    name = legible(asked.name)
    for old, new in zip(own_words(asked), own_words(safe), strict=False):
        name = name.replace(old, new)
    return structs.replace(safe, name=gate.scrubbed(name))


def _ours(path: str) -> bool:
    """Whether a file is one of this project's programs, or was."""
    return bool(OURS.fullmatch(path)) and ".." not in path


def file(path: str) -> str:
    """A file as it gets out: one of this project by its path, any other by its name."""
    return path if not path or _ours(path) else tracebacks.file_name(legible(path))


def argument(text: str, gate: Gate) -> str:
    """An argument of a program as it gets out: a flag of this project's own clients, or the name of
    an option, which tells what is set.
    """
    if text in FLAGS:
        return text
    seen = legible(text)
    option = OPTION.match(seen)
    name = option[0] if option else ""
    return name + values.gated(seen.removeprefix(name), gate, ("port",), kind="argument")


def _address(text: str, gate: Gate) -> str:
    return values.gated(legible(text), gate, kind="address")


def _variable(text: str, gate: Gate) -> str:
    """A variable as it gets out: its name alone tells what to set."""
    name, equals, value = legible(text).partition("=")
    if not equals:
        return gate.withhold("variable", name)
    return f"{name}{equals}{values.gated(value, gate, kind='variable')}"


def _command(text: str, gate: Gate) -> str:
    """A server's call as it gets out: its program's name, and safe values."""
    program, *given = legible(text).split(None, 1)[:2] or [""]
    words = [tracebacks.file_name(program), *(argument(word, gate) for word in given)]
    return " ".join(words)


def _pin(text: str, gate: Gate) -> str:
    """A pin as it gets out: a package at a version; what else one may be says where it lies."""
    seen = legible(text)
    if not PIN.fullmatch(seen):
        return gate.withhold("argument", seen)
    return seen


def _source(text: str, gate: Gate) -> str:
    return text if not text or SOURCE.fullmatch(text) else gate.withhold("argument", legible(text))


def _module(text: str, gate: Gate) -> str:
    """A module as it gets out: a well-known package's."""
    seen = legible(text)
    if not seen or packages.told(packages.owner(seen.split(".")[0]), gate.named):
        return seen
    return gate.withhold("argument", seen)


def _change(change: ChangeFile | None) -> ChangeFile | None:
    return change and structs.replace(change, path=file(change.path))


def _constant(value: float | int | str, gate: Gate) -> float | int | str:
    if not isinstance(value, str) or REPLACED.fullmatch(value):
        return value
    return values.gated(legible(value), gate)


def _detail(trial: Trial, gate: Gate) -> str:
    """Why a trial did not complete: often in the words of what its script ended with."""
    failure = trial.client.script_failure
    if failure is not None:
        first = failure.chain[0]
        if trial.detail == (f"{first.type}: {first.message}" if first.message else first.type):
            said = _link(first, failure, gate).message
            return f"{first.type}: {said}" if said else first.type
    return details.gated(trial.detail, gate)


def _link(link: Link, failure: Failure, gate: Gate) -> Link:
    return messages.gated(
        link, failure.chain, gate, tracebacks.visible(failure.traceback, gate.named)
    )


def _client(client: Client, gate: Gate) -> Client:
    links = [link for failure in client.raised for link in failure.chain]
    lag = client.lag
    if lag is not None and lag.blocked is not None:
        lag = structs.replace(lag, blocked=_blocked(lag.blocked))
    return structs.replace(
        client,
        environment=_environment(client.environment, gate),
        libraries=_libraries(client.libraries),
        failures=[_failure(failure, gate) for failure in client.failures],
        script_failure=client.script_failure and _failure(client.script_failure, gate),
        strays=[_stray(stray, gate) for stray in client.strays],
        lag=lag,
        stack=client.stack and tracebacks.gated(client.stack, links, gate),
        stderr=tracebacks.gated(client.stderr, links, gate),
        stdout=tracebacks.gated(client.stdout, links, gate),
    )


def _failure(failure: Failure, gate: Gate) -> Failure:
    return structs.replace(
        failure,
        chain=tuple(_link(link, failure, gate) for link in failure.chain),
        traceback=tracebacks.gated(failure.traceback, failure.chain, gate),
    )


def _stray(stray: Stray, gate: Gate) -> Stray:
    return structs.replace(stray, failure=_failure(stray.failure, gate))


def _environment(environment: Environment | None, gate: Gate) -> Environment | None:
    if environment is None:
        return None
    moved = {
        packages.name(name, gate): (
            packages.version(older, gate),
            packages.version(newer, gate),
        )
        for name, (older, newer) in environment.moved.items()
    }
    installed = {
        packages.name(name, gate): packages.version(number, gate)
        for name, number in environment.packages.items()
    }
    index = environment.index
    if index != PUBLIC_INDEX:
        index = gate.withhold("address", legible(index))
    return structs.replace(environment, packages=installed, moved=moved, index=index)


def _libraries(libraries: Mapping[str, ImportedLibrary]) -> dict[str, ImportedLibrary]:
    return {
        name: structs.replace(library, path=_installed(library.path))
        for name, library in libraries.items()
    }


def _installed(path: str) -> str:
    return path if tracebacks.safe_path(path) else tracebacks.file_name(path)


def _blocked(blocked: Blocked) -> Blocked:
    return structs.replace(blocked, frames=[_frame(frame) for frame in blocked.frames])


def _frame(frame: Frame) -> Frame:
    """A frame of the event loop as it gets out: of a user's own code its file and line."""
    known = frame.origin in ("standard library", "probe", "left out") or (
        frame.origin == "library"
        and packages.told(packages.owner(frame.file.split("/")[0].removesuffix(".py")))
    )
    if known and IDENTIFIER.fullmatch(frame.function):
        return frame
    generated = GENERATED.fullmatch(frame.file)
    if generated and packages.told(packages.owner(generated[1])):
        return frame
    if frame.origin == "script" and frame.file in PROGRAMS:
        return frame
    function = frame.function if PYTHONS_OWN.fullmatch(frame.function) else ""
    return structs.replace(frame, function=function, file=tracebacks.file_name(frame.file))


PROGRAMS = frozenset(Path(path).name for path in tracebacks.OURS if path.startswith("repro/"))
"""Names of this project's programs."""


def _server(server: Server, gate: Gate) -> Server:
    return structs.replace(
        server,
        environment=_environment(server.environment, gate),
        stderr=tracebacks.gated(server.stderr, (), gate),
    )

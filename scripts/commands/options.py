"""Options that several verbs share, and what they mean together."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from scripts.commands.output import console
from scripts.domain import libraries
from scripts.domain.files import PROJECT
from scripts.domain.libraries import PYTHON
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.targets import axis_of, split, target
from scripts.domain.trial import AS_WRITTEN, DOCUMENT_DATE, LOADS, Load, Target
from scripts.domain.words import alternatives
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable
from scripts.trials import host
from scripts.trials.own_modules import SERVER_URL, names_server
from scripts.trials.runners import Runner, ThisMachine

Count = Annotated[int, Parameter(validator=Number(gte=1, lte=100_000))]
Seconds = Annotated[float, Parameter(validator=Number(gte=0, lte=3600))]
Json = Annotated[bool, Parameter(name="--json")]
Rounds = Annotated[int, Parameter(validator=Number(gte=1, lte=1000))]
SomeSeconds = Annotated[float, Parameter(validator=Number(gte=0.001, lte=3600))]
Deadline = Annotated[
    SomeSeconds,
    Parameter(
        help="Seconds after which a client is taken to hang; by default two minutes and ten times "
        "what its requests take at the least."
    ),
]
Python = Annotated[
    str,
    Parameter(
        help="Version or path of the interpreter that clients and servers run on; by default one "
        "that the document's packages have wheels for."
    ),
]


@Parameter(name="*")
@dataclass(frozen=True)
class LoadOptions:
    """The load, by name and number by number."""

    load: Annotated[str | None, Parameter(help=f"Load by name: {alternatives(LOADS)}.")] = None
    requests: Count | None = None
    """Requests in all."""
    concurrency: Annotated[int, Parameter(validator=Number(gte=1, lte=10_000))] | None = None
    """Requests at a time, and connections the client may hold."""
    timeout: SomeSeconds | None = None
    """Seconds each request may take."""
    payload_bytes: Annotated[int, Parameter(validator=Number(gte=0, lte=100_000_000))] | None = None
    """Size of the image in bytes, before base64."""
    delay: Seconds | None = None
    """Seconds the server's handler takes."""
    keep_alive: Seconds | None = None
    """Seconds after which the server closes an idle connection."""
    keepalive_expiry: Seconds | None = None
    """Seconds after which the client closes an idle connection."""

    def given(self) -> bool:
        """Whether the call says anything about the load."""
        return any(getattr(self, option.name) is not None for option in fields(self))

    def resolve(self, default: Load) -> Load:
        """The load meant: the named one, or the default, with the numbers that were given.

        Raises:
            UsageProblem: there is no load of that name.
        """
        if self.load is not None and self.load not in LOADS:
            raise UsageProblem(f"there is no load {self.load!r}; there are {', '.join(LOADS)}.")
        numbers = {
            option.name: value
            for option in fields(self)
            if option.name != "load" and (value := getattr(self, option.name)) is not None
        }
        return (LOADS[self.load] if self.load else default).derived(**numbers)


@Parameter(name="*")
@dataclass(frozen=True)
class TargetOptions:
    """Which targets of the matrix, and how often each."""

    axis: Annotated[
        tuple[str, ...],
        Parameter(
            help=f"Only this axis ({', '.join(libraries.axes())}); repeatable. Or {PYTHON}: the "
            "document's pins and their newest releases on every Python that is here."
        ),
    ] = ()
    target: Annotated[tuple[str, ...], Parameter(name=("--targets", "--target"))] = ()
    """Only these pins, joined by commas, or `document` or `control`; repeatable. '@2026-01-31' at
    the end holds all other packages at that day instead of the document's."""
    full: bool = False
    """Every release of each axis instead of the telling ones."""
    rounds: Rounds = 3
    """Trials of each target; every round holds each target once."""

    @property
    def pythons(self) -> bool:
        """Whether the axis is that of the Pythons."""
        return PYTHON in self.axis

    def check(self) -> None:
        """Make sure that what is said goes together.

        Raises:
            UsageProblem: it does not, or there is no such axis.
        """
        axes = [*libraries.axes(), PYTHON]
        unknown = [name for name in self.axis if name not in axes]
        if unknown:
            raise UsageProblem(f"there is no axis {unknown[0]!r}; there are {', '.join(axes)}.")
        if self.pythons and (len(self.axis) > 1 or self.full):
            raise UsageProblem(f"--axis {PYTHON} goes with neither another axis nor --full.")
        if self.target and (self.axis or self.full):
            raise UsageProblem("--targets goes with neither --axis nor --full.")


@Parameter(name="*")
@dataclass(frozen=True)
class LaneOptions:
    """What runs the trials, and how many at a time."""

    python: Python = ""
    lanes: Annotated[int, Parameter(validator=Number(gte=1, lte=64))] | None = None
    """Trials at a time; by default two where there are two cores."""


@Parameter(name="*")
@dataclass(frozen=True)
class CampaignOptions(LaneOptions):
    """What runs the trials of a campaign, and for how long each may take."""

    deadline: Deadline | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class ScriptOptions:
    """Your own client and server."""

    script: Path | None = None
    """Client script of your own. One shaped like those in repro/ (SERVER_URL, send_request, main)
    is recorded per request; any other runs as it is, told the address in SERVER_URL."""
    with_: Annotated[tuple[str, ...], Parameter(name="--with")] = ()
    """Package and version the client runs with, such as 'aiohttp==3.13.5'; repeatable.
    'server:uvicorn==0.30.6' pins a package of the server."""
    server: Path | None = None
    """Server script of your own. One that defines an ASGI `app` is served on a free port; any
    other runs as it is, told its port in PORT."""
    url: str = ""
    """Where a server listens that ignores PORT, such as http://127.0.0.1:9000/path; without
    --server, one that runs already."""

    def target(self, python: str) -> tuple[Target, Load]:
        """The target meant, and the load it has by default.

        Raises:
            UsageProblem: a script does not exist, the URL is not on loopback, or a pin is wrong.
        """
        client, server = split(self.with_)
        axis = axis_of(client)
        check_url(self.url)
        own = {
            "python": python,
            "url": self.url,
            **({} if self.server is None else {"server": project_path(self.server, "server")}),
            **({"server": ""} if self.server is None and self.url else {}),
        }
        if self.script is None and axis is not None:
            chosen = msgspec.structs.replace(target(axis, client, server), **own)
            return chosen, LOADS["compressed"] if self.server is None else AS_WRITTEN
        if self.script is None:
            raise UsageProblem("name a client: --script FILE, or --with 'httpx==0.27.2'.")
        script = self.script.expanduser().resolve()
        if self.server is None and script.is_file() and not names_server(script, script.parent):
            own["server"] = ""
        words = [self.script.name, *(pin.replace("==", " ") for pin in self.with_)]
        chosen = Target(
            ", ".join(words), project_path(self.script, "script"), client, server_pins=server
        )
        return msgspec.structs.replace(chosen, **own), AS_WRITTEN


def say_server(target: Target) -> None:
    """Say on standard error where no server is started for a target, and why."""
    if target.server:
        return
    why = (
        f"the one at {target.url} is used"
        if target.url
        else f"{Path(target.script).name} does not mention {SERVER_URL} (--server names one)"
    )
    console(stderr=True).print(f"No server is started: {why}.", markup=False, soft_wrap=True)


def under(load: LoadOptions | None, default: Load) -> Load:
    """The load that a call means, which this process may open the files for.

    Raises:
        UsageProblem: there is no load of that name.
        MeasurementProblem: too few files may be open for it.
    """
    meant = (load or LoadOptions()).resolve(default)
    host.require_open_files(meant.concurrency or 0)
    return meant


def project_path(path: Path, kind: str) -> str:
    """A script's path: relative to the project where it is inside, else absolute.

    Raises:
        UsageProblem: there is no such file, or it is not Python.
    """
    absolute = path.expanduser().resolve()
    if not absolute.is_file():
        raise UsageProblem(f"there is no {kind} {str(path)!r}.")
    try:
        compile(absolute.read_bytes(), absolute.name, "exec")
    except (SyntaxError, ValueError) as error:
        raise UsageProblem(f"the {kind} {str(path)!r} is not Python: {error}.") from error
    return str(absolute.relative_to(PROJECT) if absolute.is_relative_to(PROJECT) else absolute)


def check_url(url: str) -> None:
    """Make sure that a URL leads to this machine: load goes to loopback only.

    Raises:
        UsageProblem: it does not, or cannot be read.
    """
    if not url:
        return
    try:
        parts = urlsplit(url)
        fine = (
            parts.scheme == "http"
            and parts.hostname in ("localhost", "127.0.0.1", "::1")
            and parts.port is not None
        )
    except ValueError:
        fine = False
    if not fine:
        raise UsageProblem(
            f"{url!r} must be http on this machine with a port, such as http://127.0.0.1:9000; "
            "load goes nowhere else."
        )


def python_version(python: str, environments: Environments) -> str:
    """Full version of the interpreter asked for; says so on standard error where none of the
    document's can be had, or where nothing was measured on such a system.

    Raises:
        MeasurementProblem: there is none such here, or it serves no trial.
    """
    try:
        with console(stderr=True).status(
            "Looking for a Python; where there is none, uv fetches it"
        ):
            version = environments.get((), python, DOCUMENT_DATE).description.python
    except Unavailable as error:
        raise MeasurementProblem(f"{error}.") from error
    remark(environments.lacking, host.unmeasured_system())
    return version


def remark(*sentences: str) -> None:
    """Say on standard error what bears on the whole call; empty sentences are none."""
    for sentence in filter(None, sentences):
        console(stderr=True).print(sentence, style="yellow", markup=False, soft_wrap=True)


def runner(environments: Environments) -> Runner:
    """Where trials run: on this machine."""
    return ThisMachine(environments)

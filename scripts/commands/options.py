"""Options that several verbs share, and what they mean together."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter, Token
from cyclopts.validators import Number
from msgspec import structs

from scripts.commands.conditions import check_conditions, seconds
from scripts.commands.output import console
from scripts.domain import libraries, paths
from scripts.domain.files import PROJECT
from scripts.domain.libraries import PYTHON
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.targets import (
    axis_of,
    check_variables,
    own_words,
    split,
    target,
    title,
)
from scripts.domain.trial import AS_WRITTEN, DOCUMENT_DATE, LOADS, REPRO_SERVER, Load, Target
from scripts.domain.words import alternatives
from scripts.environments.build import Environments
from scripts.environments.uv import Unavailable
from scripts.trials import host
from scripts.trials.loopback import is_here
from scripts.trials.own_modules import (
    SERVER_URL,
    defines_app,
    names_server,
    own_start,
    sends_requests,
)


def whole(_: type, tokens: Sequence[Token]) -> int:
    """A whole number as it is written: nothing is rounded.

    Raises:
        ValueError: it is none.
    """
    value = tokens[0].value
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        raise ValueError(f"{value!r} is no whole number.")
    return int(value)


def counting(least: int, most: int | None = None) -> Parameter:
    """What a whole number of the command line may be."""
    return Parameter(converter=whole, validator=Number(gte=least, lte=most))


Count = Annotated[int, counting(1, 100_000)]
Seconds = Annotated[float, Parameter(validator=Number(gte=0, lte=3600))]
Json = Annotated[bool, Parameter(name="--json")]
Rounds = Annotated[int, counting(1, 1000)]
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

    load: Annotated[
        str | None,
        Parameter(
            help=f"Load by name: {alternatives(LOADS)}. compressed is the document's with the "
            "clocks of both ends ten times faster: the server answers after 0.3 s and keeps an "
            "idle connection for 0.5 s, the client keeps one for a tenth of what its script or "
            "its library says; the time limit of a request stays."
        ),
    ] = None
    requests: Count | None = None
    """Requests in all."""
    concurrency: Annotated[int, counting(1, 10_000)] | None = None
    """Requests at a time, and connections the client may hold."""
    timeout: SomeSeconds | None = None
    """Seconds each request may take."""
    payload_bytes: Annotated[int, counting(0, 100_000_000)] | None = None
    """Size of the image in bytes, before base64."""
    delay: Seconds | None = None
    """Seconds the server's handler takes."""
    keep_alive: Seconds | None = None
    """Seconds after which the server closes an idle connection."""
    keepalive_expiry: Seconds | None = None
    """Seconds after which the client closes an idle connection; goes before --expiry-factor."""
    expiry_factor: Annotated[float, Parameter(validator=Number(gt=0, lte=1000))] | None = None
    """Factor on the seconds after which the client's script or library closes an idle
    connection."""
    latency: Annotated[float, Parameter(converter=seconds, validator=Number(lte=10))] | None = None
    """What all takes between client and server, each way, such as 10ms: a relay between the two
    holds it for so long."""
    work: Annotated[float, Parameter(converter=seconds, validator=Number(lte=10))] | None = None
    """For how long the caller blocks the event loop for each answer, such as 10ms; of a client that
    says so in WORK, as repro/variants/blocking_client.py does."""
    tls: Annotated[bool | None, Parameter(negative=())] = None
    """Client and server speak TLS, with a certificate made for the trial."""

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
    rounds: Rounds | None = None
    """Trials of each target; every round holds each target once. By default up to three: a further
    one is begun where it is likely to end within five minutes."""

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


TOLD_BY_TRIALS = ("PORT", "DELAY", "KEEP_ALIVE", "ACCESS_LOG")
"""Variables by which a trial tells a server its port and its load."""

HOST = r"[0-9A-Za-z](?:[0-9A-Za-z.:_-]{0,252}[0-9A-Za-z])?"
"""A host's name or address."""


@Parameter(name="*")
@dataclass(frozen=True)
class ScriptOptions:
    """Your own client and server."""

    script: Path | None = None
    """Client script of your own. One shaped like those in repro/ (SERVER_URL, send_request, main)
    is recorded per request; any other runs as it is, told the address in SERVER_URL. What stands
    after `--` at the end of the call are its arguments."""
    module: Annotated[str, Parameter(name=("--module", "-m"))] = ""
    """The same as a module, such as package.module, run as `python -m` does."""
    cwd: Path | None = None
    """Folder the client runs in; by default the one you are in."""
    env: tuple[str, ...] = ()
    """Environment variable of the client, as NAME=VALUE; repeatable. It stands in the record."""
    stdin: Path | None = None
    """File that the client reads as its standard input; by default an empty one."""
    with_: Annotated[tuple[str, ...], Parameter(name="--with")] = ()
    """Package and version the client runs with, such as 'aiohttp==3.13.5'; repeatable.
    'server:uvicorn==0.30.6' pins a package of the server."""
    server: Path | None = None
    """Server script of your own. One that defines an ASGI `app` is served on a free port; any
    other runs as it is, told its port in PORT."""
    server_command: str = ""
    """Call of a server in any language, such as 'node server.js --port {port}'; it is told its port
    in PORT too."""
    server_env: tuple[str, ...] = ()
    """Environment variable of the server, as NAME=VALUE; repeatable. It stands in the record."""
    url: str = ""
    """Where a server listens that ignores PORT, such as http://127.0.0.1:9000/path; without
    --server or --server-command, one that runs already."""
    allow_address: tuple[str, ...] = ()
    """Host, by name or address, that the client may connect to though it is another machine;
    repeatable. Any other is refused where Python connects. What another program that it starts, or
    code in C, connects to cannot be seen."""
    argument: Annotated[tuple[str, ...], Parameter(show=False)] = ()

    def target(self, python: str) -> tuple[Target, Load]:
        """The target meant, and the load it has by default.

        Raises:
            UsageProblem: a file does not exist, the URL is not on loopback, a pin is wrong, or two
                options do not go together.
        """
        client, server = split(self.with_)
        axis = axis_of(client)
        own = {"python": python, **self._surroundings()}
        if self.script is not None or self.module:
            chosen = Target("", "", client, server_pins=server)
            chosen = structs.replace(chosen, **(own | self._program()))
        elif axis is None:
            raise UsageProblem(
                "name a client: --script FILE, --module NAME, or --with 'httpx==0.27.2'."
            )
        else:
            chosen = structs.replace(target(axis, client, server), **own)
        chosen = structs.replace(chosen, server=self._server(chosen))
        check_server_variables(chosen)
        name = title(own_words(chosen), client, server, chosen.held)
        served = self.server or self.url or self.server_command
        load = AS_WRITTEN if served or not chosen.axis else LOADS["compressed"]
        return structs.replace(chosen, name=name), load

    def _program(self) -> dict[str, str]:
        """What is run: fields of a target.

        Raises:
            UsageProblem: there is no such file, or both a file and a module are named.
        """
        if self.script is not None:
            if self.module:
                raise UsageProblem("--script goes without --module.")
            return {"script": project_path(self.script, "script")}
        if not all(part.isidentifier() for part in self.module.split(".")):
            raise UsageProblem(f"{self.module!r} is no module; write it like package.module.")
        folder = paths.expanded(self.cwd or Path()).resolve()
        place = folder.joinpath(*self.module.split("."))
        files = (place / "__main__.py", place.with_name(f"{place.name}.py"))
        file = next((path for path in files if path.is_file()), None)
        return {
            "script": "" if file is None else project_path(file, "module"),
            "module": self.module,
            "cwd": paths.from_project(folder),
        }

    def _surroundings(self) -> dict[str, Any]:
        """Where and with what the client runs: fields of a target.

        Raises:
            UsageProblem: a folder or a file does not exist, or the URL is not on loopback.
        """
        check_url(self.url)
        check_variables(self.env)
        check_variables(self.server_env)
        wrong = [host for host in self.allow_address if not re.fullmatch(HOST, host)]
        if wrong:
            raise UsageProblem(f"{wrong[0]!r} is no host; write it like --allow-address 10.0.0.7.")
        own: dict[str, Any] = {
            "url": self.url,
            "env": self.env,
            "server_env": self.server_env,
            "arguments": self.argument,
            "addresses": self.allow_address,
        }
        if self.cwd is not None:
            if not paths.expanded(self.cwd).is_dir():
                raise UsageProblem(f"there is no folder {str(self.cwd)!r}.")
            own["cwd"] = paths.from_project(paths.expanded(self.cwd).resolve())
        if self.stdin is not None:
            if not paths.expanded(self.stdin).is_file():
                raise UsageProblem(f"there is no file {str(self.stdin)!r}.")
            own["stdin"] = paths.from_project(paths.expanded(self.stdin).resolve())
        return own | {"server_command": self._server_command()}

    def _server_command(self) -> str:
        """The call of a server in any language; empty where none is given.

        Raises:
            UsageProblem: it cannot be read, its program does not exist, or --server is given too.
        """
        if not self.server_command:
            return ""
        if self.server is not None:
            raise UsageProblem("--server goes without --server-command.")
        try:
            words = shlex.split(self.server_command)
        except ValueError as error:
            raise UsageProblem(f"{self.server_command!r} cannot be split: {error}.") from error
        if not words or shutil.which(words[0]) is None:
            raise UsageProblem(f"there is no program {(words or [''])[0]!r} to serve.")
        return self.server_command

    def _server(self, chosen: Target) -> str:
        """The server script that is started for a target; empty for none.

        Raises:
            UsageProblem: there is no such file.
        """
        if self.server is not None:
            return project_path(self.server, "server")
        if self.url or self.server_command:
            return ""
        script = paths.located(chosen.script)
        folder = paths.located(chosen.cwd) if chosen.module else script.parent
        needless = not chosen.axis and not (chosen.script and names_server(script, folder))
        return "" if needless else REPRO_SERVER


def check_server_variables(chosen: Target) -> None:
    """Make sure that a server is started that can be told something, and not what each trial
    tells it.

    Raises:
        UsageProblem: there is none, or it is.
    """
    if chosen.server_env and not chosen.served:
        raise UsageProblem("--server-env: no server is started that could read it.")
    names = {variable.partition("=")[0] for variable in chosen.server_env}
    told = sorted(names & set(TOLD_BY_TRIALS))
    if told:
        raise UsageProblem(
            f"--server-env {told[0]}: each trial says that itself; --delay and --keep-alive "
            "change the load."
        )


def say_how(target: Target) -> None:
    """Say on standard error how a target is judged that is the user's own, in part at least, and
    why no server is started for it, where none is; and what of its server is not in force.
    """
    remark(_not_in_force(target))
    if target.axis and target.served:
        return
    ran = target.module or Path(target.script).name
    recorded = target.axis or (target.script and sends_requests(paths.located(target.script)))
    words = f"{ran} is judged " + ("per request." if recorded else "as a whole, by how it ends.")
    if not target.served:
        why = (
            f"the one at {target.url} is used"
            if target.url
            else f"{ran} does not mention {SERVER_URL} (--server names one)"
        )
        words += f" No server is started: {why}."
    console(stderr=True).print(words, markup=False, soft_wrap=True)


def _not_in_force(target: Target) -> str:
    """What a server script of the user's own sets where it starts itself, which its trials do not:
    they serve its app. Empty where it does not start itself.
    """
    script = paths.located(target.server)
    if not target.server or script.is_relative_to(PROJECT / "repro") or not defines_app(script):
        return ""
    start = own_start(script)
    if start is None:
        return ""
    named = [word for word in start.keywords if word.arg not in (None, "host", "port")]
    given = f" ({', '.join(map(ast.unparse, named))})" if named else ""
    return (
        f"Of {script.name} the app alone is served: its own {ast.unparse(start.func)}{given} is "
        "not called. --keep-alive SECONDS sets the keep-alive alone; "
        f"--server-command 'python {script.name}' starts it as you do."
    )


def under(load: LoadOptions | None, default: Load, target: Target) -> Load:
    """The load that a call means for a target, which this process may open the files for.

    Raises:
        UsageProblem: there is no load of that name, or the target cannot be put under it.
        MeasurementProblem: too few files may be open for it.
    """
    meant = (load or LoadOptions()).resolve(default)
    check_conditions(target, meant)
    host.require_open_files(meant.concurrency or 0)
    return meant


def project_path(path: Path, kind: str) -> str:
    """A script's path: relative to the project where it is inside, else absolute.

    Raises:
        UsageProblem: there is no such file, or it is not Python.
    """
    absolute = paths.expanded(path).resolve()
    if not absolute.is_file():
        raise UsageProblem(f"there is no {kind} {str(path)!r}.")
    try:
        compile(absolute.read_bytes(), absolute.name, "exec")
    except (SyntaxError, ValueError) as error:
        raise UsageProblem(f"the {kind} {str(path)!r} is not Python: {error}.") from error
    return paths.from_project(absolute)


def check_url(url: str) -> None:
    """Make sure that a URL leads to this machine: load goes to loopback only.

    Raises:
        UsageProblem: it does not, or cannot be read.
    """
    if url and not is_here(url):
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

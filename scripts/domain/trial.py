"""The words of the house: what a target, a load and a trial are.

A trial is one fresh server and one fresh client on loopback, run once and written down once.
All times are seconds; those inside a trial count from the trial's own zero.
"""

from __future__ import annotations

import math
import re
from typing import Literal

import msgspec
from msgspec import structs

from scripts.domain.blocked import Blocked

TRIAL_SCHEMA = 2
"""Version of a trial's layout. One of another version is refused, never guessed at; the first,
which was flat, is still read."""

DOCUMENT_DATE = "2024-10-20"
"""The day the document was published: every package is held there unless a pin forces it."""


CLOCK = 0.1
"""What the loads that are faster than the document's make of its times."""


LEAST = {
    "requests": 1,
    "concurrency": 1,
    "timeout": 0,
    "payload_bytes": 0,
    "delay": 0,
    "keep_alive": 0,
    "keepalive_expiry": 0,
    "latency": 0,
    "work": 0,
    "expiry_factor": 0,
}
"""The least that a number of a load may be."""


class Load(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much is asked of the server, and how the clocks of both ends run.

    None means: as the script has it.

    Attributes:
        name: what tables call it.
        requests: how many requests in all.
        concurrency: how many at a time, which is also the pool's limit.
        timeout: seconds each request may take.
        payload_bytes: size of the image before base64, in bytes.
        delay: seconds the handler takes.
        keep_alive: seconds after which the server closes an idle connection.
        keepalive_expiry: seconds after which the client does; goes before expiry_factor.
        latency: seconds that all takes between client and server, each way; a relay between the
            two holds it for so long. None for no relay.
        work: seconds for which the caller blocks the event loop for each answer, of a client script
            that says so in WORK.
        tls: whether they speak TLS, with a certificate made for the trial.
        base: name of the load it is derived from; empty for one that is derived from none.
        expiry_factor: on the seconds after which the client's script or its library closes an idle
            connection.
    """

    name: str
    requests: int | None = None
    concurrency: int | None = None
    timeout: float | None = None
    payload_bytes: int | None = None
    delay: float | None = None
    keep_alive: float | None = None
    keepalive_expiry: float | None = None
    latency: float | None = None
    work: float | None = None
    tls: bool = False
    base: str = ""
    expiry_factor: float = 1.0

    def __post_init__(self) -> None:
        """Tell a load that was stored before the client's clock was scaled by its name.

        Raises:
            ValueError: a number is one that no load has.
        """
        for name, least in LEAST.items():
            number = getattr(self, name)
            if number is not None and not number >= least:  # nor is what is no number
                raise ValueError(f"a load of {name}={number!r}")
        base = self.base or self.name.partition(" with ")[0]
        if base not in FASTER or self.expiry_factor != 1 or "expiry_factor" in self.name:
            return
        if self.keepalive_expiry is not None:  # which the factor never changed
            structs.force_setattr(self, "expiry_factor", CLOCK)
            return
        joint = ", " if " with " in self.name else " with "
        structs.force_setattr(self, "name", f"{self.name}{joint}expiry_factor=1")
        structs.force_setattr(self, "base", base)

    def alike(self, other: Load) -> bool:
        """Whether another load is the same, whether or not both say what they are derived from."""
        return structs.replace(self, base="") == structs.replace(other, base="")

    def constants(self) -> dict[str, float]:
        """The module constants of a client script that this load sets."""
        named = {
            "TOTAL_REQUESTS": self.requests,
            "CONCURRENT_REQUESTS": self.concurrency,
            "TIMEOUT": self.timeout,
            "WORK": self.work,
        }
        return {name: value for name, value in named.items() if value is not None}

    def derived(self, **numbers: float) -> Load:
        """This load with other numbers, which its name tells; itself where there are none.

        Whether TLS is spoken is a number too: true or false.
        """
        if not numbers:
            return self
        words = ", ".join(
            name if value is True else f"{name}={value:g}" for name, value in numbers.items()
        )
        base = self.base or self.name
        return structs.replace(self, name=f"{self.name} with {words}", base=base, **numbers)

    def deadline(self) -> float:
        """Seconds after which a client is taken to hang: ten times the ideal, and two minutes."""
        return 120 + 10 * self.ideal()

    def ideal(self) -> float:
        """Seconds that its requests take at the least, where nothing but the server's handler, what
        lies between and the caller takes any; what is left open is as the document has it.
        """
        requests = 1000 if self.requests is None else self.requests
        waves = math.ceil(requests / (self.concurrency or 300))
        delay = self.delay if self.delay is not None else 3
        waiting = waves * (delay + 2 * (self.latency or 0))
        return max(waiting, requests * (self.work or 0.0))


FASTER = ("compressed", "smoke")
"""Names of the loads under which the clocks of both ends run faster than the document's."""

LOADS = {
    load.name: load
    for load in (
        Load("document", 1000, 300, 30, 30_000, 3, 5),
        Load("compressed", 1000, 300, 30, 30_000, 0.3, 0.5, expiry_factor=CLOCK),
        Load("smoke", 40, 10, 5, 3_000, 0.05, 0.5, expiry_factor=CLOCK),
    )
}
"""The loads by name: the document's; the same with the clocks of both ends ten times faster, so
that server and client keep an idle connection as long beside each other as in the document; one
for tests. The time a request may take is not scaled: what processors do takes as long as ever, so
that requests wait for it as long, and a tenth of the limit would make other failures."""

AS_WRITTEN = Load("as-written")
"""The load of a script that brings its own numbers."""


NUMBERS = tuple(
    field.name for field in structs.fields(Load) if field.name not in ("name", "tls", "base")
)
"""The fields of a load that are numbers."""


def differences(load: Load, base: Load) -> dict[str, float | None]:
    """The numbers that a load sets otherwise than another, by field."""
    pairs = {name: (getattr(load, name), getattr(base, name)) for name in NUMBERS}
    return {name: number for name, (number, usual) in pairs.items() if number != usual}


def origin(load: Load) -> Load:
    """The load by name that a load is, or is derived from.

    One that says neither, as those stored before loads knew their base, is derived from the one
    that it differs least from without leaving open a number that is set there.
    """
    named = {**LOADS, AS_WRITTEN.name: AS_WRITTEN}
    name = load.base or load.name
    if name in named:
        return named[name]
    apart = {name: differences(load, base) for name, base in named.items()}
    possible = [name for name, numbers in apart.items() if None not in numbers.values()]
    return named[min(possible, key=lambda name: len(apart[name]))]


REPRO_SERVER = "repro/server.py"
"""The document's server, which trials have where nothing names another."""


class ChangeFile(msgspec.Struct, frozen=True):
    """A file that changes what a target runs.

    Attributes:
        path: relative to the project where it is inside.
        sha256: of its text: the file may be another by the time somebody asks.
    """

    path: str
    sha256: str


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is judged: a client script and the packages it runs with.

    Attributes:
        name: what tables call it, such as "httpx 0.27.2, httpcore 1.0.6".
        script: path of the client script, relative to the project where it is inside; empty for a
            module of an installed package.
        pins: requirements of the client's environment, each with its version.
        server: path of the server script; empty where none is started, because the client brings
            its own, needs none, or is sent to one that runs already (url).
        server_pins: requirements of the server's environment, beyond the constant ones.
        python: the interpreter asked for: a version or a path; empty for the one in use.
        held: the day (YYYY-MM-DD) at which all packages that are not pinned are held.
        axis: the axis of the matrix it belongs to, empty for none.
        url: where a server listens that ignores the port it is told, or one that was not started
            for the trial; empty for none.
        source: package and commit that the client runs instead of a release, as "package@hash".
        arguments: what the script finds in sys.argv after its own name.
        module: name that the script is run by, as `python -m` does; empty for a plain file.
        cwd: folder the client runs in; empty for the one the tool was called in.
        env: environment variables of the client, each as NAME=VALUE.
        stdin: file that the client reads as its standard input; empty for none.
        server_command: program and arguments of a server in any language, as a shell splits them;
            "{port}" stands for its port. Empty for none.
        equalised: further requirements of the client's environment, each with its version, which
            hold equal what the targets that it is compared with would have otherwise; no part of
            its name.
        patch: a unified diff of what is installed in the client's environment; None for none.
        prelude: Python that the client runs before the script; None for none.
        addresses: hosts beyond this machine that the client may connect to.
        server_env: environment variables of the server, each as NAME=VALUE.
    """

    name: str
    script: str
    pins: tuple[str, ...] = ()
    server: str = REPRO_SERVER
    server_pins: tuple[str, ...] = ()
    python: str = ""
    held: str = DOCUMENT_DATE
    axis: str = ""
    url: str = ""
    source: str = ""
    arguments: tuple[str, ...] = ()
    module: str = ""
    cwd: str = ""
    env: tuple[str, ...] = ()
    stdin: str = ""
    server_command: str = ""
    equalised: tuple[str, ...] = ()
    patch: ChangeFile | None = None
    prelude: ChangeFile | None = None
    addresses: tuple[str, ...] = ()
    server_env: tuple[str, ...] = ()

    @property
    def served(self) -> bool:
        """Whether a server is started for the client."""
        return bool(self.server or self.server_command)


class ImportedLibrary(msgspec.Struct, frozen=True):
    """An imported library.

    Attributes:
        path: where it was loaded from.
        sha256: hash of its source.
        version: as it says itself; None where it does not.
    """

    path: str
    sha256: str
    version: str | None


PUBLIC_INDEX = "the public index"
"""What a trial calls the Python Package Index, which anybody can ask."""


class Environment(msgspec.Struct, frozen=True):
    """What a client or server really ran with.

    Attributes:
        python: full version of the interpreter.
        packages: every distribution installed, by name, with its version.
        moved: packages that a pin forced away from the document's version: name -> (document's,
            this one's).
        held: the day the other packages were held at; None where pins allowed no such day.
        index: the package index that they came from; empty where it was not noted.
    """

    python: str
    packages: dict[str, str]
    moved: dict[str, tuple[str, str]]
    held: str | None
    index: str = ""


class Host(msgspec.Struct, frozen=True):
    """The machine as it was when the trial began. Holds no word that people call it by.

    Attributes:
        platform: operating system, its release and the processor's architecture.
        cpu: model of the processor.
        cores: processors this process may use.
        memory: bytes.
        open_files: soft limit of open files.
        backlog: the longest listen queue the system allows; None where unknown.
        load: one-minute load average; None where unknown.
        python: full version of the Python that the tooling ran on; empty where it was not noted.
        name: what tells it from other hosts, eight digits that say nothing else; empty where it
            was not noted.
    """

    platform: str
    cpu: str
    cores: int
    memory: int
    open_files: int
    backlog: int | None
    load: float | None
    python: str = ""
    name: str = ""


class Link(msgspec.Struct, frozen=True):
    """One exception of a chain.

    Attributes:
        module, type, message: of the exception.
        errno: of an OSError, else None.
        via: how it was reached from its parent; "hidden" is a context behind `raise ... from None`.
        parent: index of the link it hangs from, None for the first.
        known: (from, to) in characters of what of the message stands in the source of the library
            that raised it; none where that was not looked at, or is the user's own code.
    """

    module: str
    type: str
    message: str
    errno: int | None
    via: Literal["raised", "cause", "context", "hidden", "group"]
    parent: int | None
    known: tuple[tuple[int, int], ...] = ()


class Failure(msgspec.Struct, frozen=True):
    """One kind of failure, with how many requests it affected.

    Attributes:
        chain: every exception from the one raised to its roots.
        traceback: of the first occurrence, as Python prints it.
        count: requests that failed this way.
    """

    chain: tuple[Link, ...]
    traceback: str
    count: int


class Stray(msgspec.Struct, frozen=True):
    """An exception that is neither what the script ended with nor a recorded request's failure.

    Attributes:
        where: what gave it away: "exit", handled while the script left with a status other than
            zero; "thread", one ended with it; "unraisable", Python could only print it; "task",
            asyncio's exception handler was told, as it is of a task that nobody awaits; "printed",
            the last traceback on standard error, of a kind that is known from nowhere else.
        failure: the exception, and how often it came. A printed one has a single link, read from
            the last line of its traceback.
    """

    where: Literal["exit", "thread", "unraisable", "task", "printed"]
    failure: Failure


class Requests(msgspec.Struct, frozen=True):
    """The requests of a trial, column by column; all three lists are equally long.

    Attributes:
        start: when each began, in seconds.
        end: when each ended, in seconds; None for one that was still under way.
        failure: index into the trial's failures, None for none.
    """

    start: list[float]
    end: list[float | None]
    failure: list[int | None]

    def __post_init__(self) -> None:
        if not len(self.start) == len(self.end) == len(self.failure):
            raise ValueError("the columns of its requests differ in length")


class Lag(msgspec.Struct, frozen=True):
    """How late the client's event loop ran.

    Attributes:
        longest: seconds the loop was late at worst.
        late_share: share of the client's time spent late by over 100 ms, 0 to 1.
        ticks: how many times it was looked at.
        stalls: (from, to) in seconds of each time it was late by over 100 ms.
        blocked: what it did in them; None where that was not looked at.
    """

    longest: float
    late_share: float
    ticks: int
    stalls: list[tuple[float, float]]
    blocked: Blocked | None = None


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """A request on a connection, as the client saw it. Times in seconds.

    What a kind of note would have told that was not taken (`Client.noted`) is as if it had not
    happened.

    Attributes:
        request: its number; None for one that was not recorded.
        tried: it first tried to write. Between that and its write the event loop may have run
            other things.
        wrote: it first wrote; None where it never did.
        first_byte: of its answer; None where none came.
        assigned: its pool last assigned it a connection before that, which is this one; None where
            no pool did.
        assignments: how often it had been assigned one.
        looked: the last look at the socket before that, other than the event loop's; None for none.
        readable: whether the socket was readable, or done, at that look.
        paused: since when reading was paused at that moment; None where it was not.
    """

    request: int | None
    tried: float
    wrote: float | None = None
    first_byte: float | None = None
    assigned: float | None = None
    assignments: int = 0
    looked: float | None = None
    readable: bool | None = None
    paused: float | None = None


class Connection(msgspec.Struct, frozen=True, omit_defaults=True):
    """A connection as one of its two ends saw it. Times in seconds; None: it did not happen.

    Attributes:
        port: of the client, which names the connection at both ends while it lasts.
        opened: made, or accepted.
        turns: at the client, one for each request sent on it.
        arrivals: at the server, one for each request that came on it: (first byte, last byte of
            its answer).
        timer: this end's keep-alive ran out.
        closed: this end closed it.
        delivered: of a server's end behind a relay: when its close was handed on to the client.
        how: in which way: "end of stream", "half close" or "reset".
        closer: the request in whose name it was closed.
        eof: the other end said that it is done.
        lost: the event loop gave it up; at a socket, it failed or was closed.
        errno: of the OSError it was given up with.
        noted_at: of a client's, where all this was noted: at the transport of an event loop, which
            reads by itself, or at the socket, which is read when somebody asks.
    """

    port: int
    opened: float
    turns: list[Turn] = []
    arrivals: list[tuple[float, float | None]] = []
    timer: float | None = None
    closed: float | None = None
    delivered: float | None = None
    how: Literal["end of stream", "half close", "reset"] | None = None
    closer: int | None = None
    eof: float | None = None
    lost: float | None = None
    errno: int | None = None
    noted_at: Literal["transport", "socket"] = "transport"

    @property
    def closed_first(self) -> bool:
        """Whether this end closed it by itself, before it saw that the other is done."""
        return self.closed is not None and (self.eof is None or self.eof > self.closed)


Outcome = Literal[
    "completed",  # the client script ran to its end, whether its requests failed or not
    "script-failed",  # the script raised before or outside any request
    "crashed",  # the client's process died without a note
    "hung",  # the client was still running at the deadline
    "server-died",  # the server's process ended before the client did
    "server-not-ready",  # the server never accepted a connection
    "unavailable",  # no environment could be built for the target
    "disturbed",  # somebody else ended or stopped one of its processes, the machine slept, or what
    # records the client crashed it
]


class Place(msgspec.Struct, frozen=True):
    """Where a trial stands.

    Attributes:
        campaign: name of the campaign's folder.
        order: its place in the campaign, from 1.
        round: in which round it was run; of a reduction, its number among the trials of its case.
        lanes: how many trials ran at a time.
        building: environments that were being built beside it when it began.
    """

    campaign: str
    order: int = 1
    round: int = 1
    lanes: int = 1
    building: int = 0


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The client of a trial. What could not be measured is None.

    Attributes:
        environment: what it ran with.
        libraries: those that were imported, by module name.
        exit_status: of the process, negative for a signal.
        requests: one by one; None for a script that is not recorded per request.
        failures: each kind of failure once.
        script_failure: the exception the script ended with.
        wall: seconds from the start of main() to its end, of a script that is recorded per
            request; of any other, from its own start until its threads have ended.
        cpu_user, cpu_system: seconds of processor time in that window.
        peak_memory: bytes of its own process, those it starts left out.
        lag: of the event loop.
        connections: as the client saw them.
        noted: what was noted of them beyond themselves: "reading" and "looks" (see `Turn`), and
            the methods of libraries that were wrapped to note assignments, as
            "module.class.method".
        stack: the stacks it hung in, or the one it crashed in where Python could still write it.
        stderr, stdout: the last it wrote to standard error, and to standard output: 64 kB of each
            for a script of the user's own, else 20 lines.
        cut: whether it wrote more than that to either.
        strays: exceptions that went past both the script and its requests.
        overridden: what the target's prelude replaced in the installed packages, as
            "module.class.name".
        profiled: whether its calls were counted, which takes time of its own: then the trial
            enters no rate.
    """

    environment: Environment | None = None
    libraries: dict[str, ImportedLibrary] = {}
    exit_status: int | None = None
    requests: Requests | None = None
    failures: list[Failure] = []
    script_failure: Failure | None = None
    wall: float | None = None
    cpu_user: float | None = None
    cpu_system: float | None = None
    peak_memory: int | None = None
    lag: Lag | None = None
    connections: list[Connection] = []
    noted: tuple[str, ...] = ()
    stack: str | None = None
    stderr: str = ""
    stdout: str = ""
    cut: bool = False
    strays: list[Stray] = []
    overridden: tuple[str, ...] = ()
    profiled: bool = False

    @property
    def raised(self) -> list[Failure]:
        """Every kind of failure that is known: of requests, of the script, and past both."""
        own = [self.script_failure] if self.script_failure is not None else []
        return [*self.failures, *own, *(stray.failure for stray in self.strays)]

    @property
    def cpu(self) -> float | None:
        """Seconds of processor time; None where it was not measured."""
        if self.cpu_user is None or self.cpu_system is None:
            return None
        return self.cpu_user + self.cpu_system

    @property
    def request_count(self) -> int:
        """Requests that were recorded; a script that is not recorded per request counts as one."""
        return 1 if self.requests is None else len(self.requests.start)

    @property
    def cpu_per_request(self) -> float | None:
        """Seconds of processor time per request; None where it or no request was measured."""
        return self._per_request(self.cpu)

    @property
    def wall_per_request(self) -> float | None:
        """Seconds of wall time per request; None where it or no request was measured."""
        return self._per_request(self.wall)

    def _per_request(self, seconds: float | None) -> float | None:
        return None if seconds is None or not self.request_count else seconds / self.request_count

    @property
    def failed_requests(self) -> int:
        """Requests that raised, and those still under way at the end."""
        if self.requests is None:
            return 0
        return sum(
            failure is not None or end is None
            for failure, end in zip(self.requests.failure, self.requests.end, strict=True)
        )


class Relay(msgspec.Struct, frozen=True):
    """What stood between client and server, and what it added.

    Attributes:
        latency: seconds that it was to hold all, each way.
        added: seconds that it held a piece beyond that, the median; None where none came.
        longest: the same at worst.
        cpu: seconds of processor time.
    """

    latency: float
    added: float | None
    longest: float | None
    cpu: float


class Worked(msgspec.Struct, frozen=True):
    """How often a server worked on each request, by the number that each carried.

    Attributes:
        requests: how many it worked on, whether once or more often.
        repeated: those it worked on more than once: number -> how often.
    """

    requests: int
    repeated: dict[int, int]


class Beyond(msgspec.Struct, frozen=True):
    """What went on between a balancer and the servers behind it, as those noted it, until the last
    request came.

    Attributes:
        connections: that they accepted, and on which requests came.
        requests: how many.
        closed: connections that they closed by themselves.
        left: those that the balancer had closed before.
    """

    connections: int
    requests: int
    closed: int
    left: int


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The server of a trial. What could not be measured is None.

    Attributes:
        environment: what it ran with.
        connections: as the server saw them, in the order they came; None where it left no note.
        noted_by: who noted them. A relay sees what is handed to the server and what comes from it,
            and neither what the server reads nor its timers.
        relay: what stood between it and the client; None for nothing.
        cpu: seconds of processor time.
        stderr: the last lines it wrote to standard error, where it failed.
        worked: how often it worked on each request; None where requests carried no number.
        answers: how many of each HTTP status stand in its access log, 0 for requests that it gave
            none; None where it keeps no log.
        beyond: of a balancer, what went on behind it; None where there is nothing.
    """

    environment: Environment | None = None
    connections: list[Connection] | None = None
    noted_by: Literal["server", "relay"] = "server"
    relay: Relay | None = None
    cpu: float | None = None
    stderr: str = ""
    worked: Worked | None = None
    answers: dict[int, int] | None = None
    beyond: Beyond | None = None


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One trial, as written to its file.

    Attributes:
        schema: version of this layout.
        place: where it stood.
        started: UTC, ISO 8601.
        target: what was judged.
        load: under what.
        host: where.
        outcome: how the trial ended.
        detail: why, where it did not complete.
        replaced: constants the probes replaced, by name.
        client, server: what became of either.
    """

    schema: int = TRIAL_SCHEMA
    place: Place
    started: str
    target: Target
    load: Load
    host: Host
    outcome: Outcome
    detail: str = ""
    replaced: dict[str, float | int | str] = {}
    client: Client = Client()
    server: Server = Server()

    @property
    def name(self) -> str:
        """The trial as reports cite it: "20260101-120000-1/0007"."""
        return f"{self.place.campaign}/{self.place.order:04d}"

    @property
    def file_name(self) -> str:
        """The trial's file within its campaign's folder, such as "0007-httpx-0.27.2.json"."""
        target, load = (
            re.sub(r"[^0-9A-Za-z.]+", "-", name).strip("-").lower()
            for name in (self.target.name, self.load.name)
        )
        return f"{self.place.order:04d}-{target[:60]}-{load[:60]}.json"

    @property
    def ran(self) -> bool:
        """Whether its client ran against its server to an end of its own, or to its deadline."""
        return self.outcome in ("completed", "hung", "crashed")

    @property
    def measured(self) -> bool:
        """Whether the trial says anything about its target: not where its calls were counted."""
        return self.ran and not self.client.profiled

    @property
    def failing(self) -> bool:
        """Whether anything went wrong that is the client's to answer for."""
        return self.outcome != "disturbed" and (
            self.client.failed_requests > 0
            or self.client.script_failure is not None
            or self.outcome in ("hung", "crashed")
            or bool(self.client.exit_status)
        )

"""What is known of each client library and of the layers below it: one record each.

To add a library, a release or an axis, add it here; nothing else knows them. Whoever asks, asks
when it needs to know, so that a record added to `LIBRARIES` counts everywhere. Standard library
only, so that `nox -l` can show the axes wherever nox itself is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Symptom = Literal[
    "gone",  # the connection ended under the request
    "rubbish",  # what came is no HTTP
    "read timeout",  # nothing came in time
    "pool timeout",  # no connection was free in time
    "timeout",  # the time for the whole request was over
    "no connection",  # none could be made
    "cancelled",
    "memory",
    "unknown",
]
"""What an exception says happened."""

Form = Literal["discussion", "comment", "issue"]
"""What a project takes a report as."""


@dataclass(frozen=True)
class Axis:
    """One line of releases under one client script.

    Attributes:
        package: the package whose release varies, which is also what `nox -s "repro(NAME)"`
            calls the axis.
        script: the client script, relative to the project.
        purpose: one line on what the axis is for.
        row: its place in tables.
        precedence: of the axes that a target pins packages of, it belongs to the one with the
            lowest.
        since: the first release whose interface the client script can use.
        old: pins of a release from before the change in behaviour; empty for none.
        document: pins of the document's release; empty where there was none yet.
        latest: packages whose newest releases run together, a row for each such set; empty for the
            axis' own package alone.
        skipped: telling releases that plain `nox -s repro` leaves to the axis' own run,
            because another axis measures the same code.
        blocking: the script of a caller that blocks the event loop; empty for none.
    """

    package: str
    script: str
    purpose: str
    row: int
    precedence: int
    since: str
    old: tuple[str, ...] = ()
    document: tuple[str, ...] = ()
    latest: tuple[tuple[str, ...], ...] = ()
    skipped: tuple[tuple[str, ...], ...] = ()
    blocking: str = ""


@dataclass(frozen=True)
class KeepAlive:
    """Where a library takes the seconds that an idle connection may be kept.

    Attributes:
        owner: the class, in the library's top-level module.
        argument: of that class.
        seconds: its default.
        unless: another argument of that class, beside which it takes none; empty for none.
    """

    owner: str
    argument: str
    seconds: float
    unless: str = ""


@dataclass(frozen=True)
class Assignment:
    """Where a library's pool assigns a connection to a request, in one family of its releases.

    No public hook tells of it. Releases that have no such method are left alone.

    Attributes:
        module, owner, method: of the method, by name.
        way: "marks" for one of the pool's own record of a request; "returns" for a coroutine
            method that returns the connection to the request's task.
    """

    module: str
    owner: str
    method: str
    way: Literal["marks", "returns"]


@dataclass(frozen=True)
class Settings:
    """How a library's users write what advice tells them to change; empty for what they cannot.

    Attributes:
        pool_size: the connections that a pool may hold.
        pool_timeout: how long a request may wait for one of them.
        read_timeout: how long it may wait for its answer.
        repeats: which requests the library sends again by itself, in words.
    """

    pool_size: str = ""
    pool_timeout: str = ""
    read_timeout: str = ""
    repeats: str = ""


@dataclass(frozen=True)
class Interface:
    """How a generated script uses a library.

    The two templates (Jinja) are given `shape`, the case; `url`, an expression; `limited`,
    whether the script names a TIMEOUT of its own; and `patience`, what it waits where it does not.

    Attributes:
        needs: requirements of such a script, as far as they matter to what it shows.
        pool: template of the expression that makes the client.
        call: template of the statement that sends one request.
        body: what one byte of body is for, where a stale connection fails.
        passes: module, class and method by which its pool goes over its requests and connections;
            None where none is known. Releases that have no such method are left alone.
    """

    needs: tuple[str, ...]
    pool: str
    call: str
    body: str = ""
    passes: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class IssueFields:
    """What a project's form for issues asks beyond what all ask.

    Attributes:
        versions: packages whose versions it asks for.
        component: the one of its components that is concerned; empty where it asks for none.
        conduct: whose code of conduct is to be agreed to; empty for none.
    """

    versions: tuple[str, ...] = ()
    component: str = ""
    conduct: str = ""


@dataclass(frozen=True)
class Report:
    """What tells of something already: the project that it was told, and its number there."""

    project: str
    number: int

    @property
    def address(self) -> str:
        """Where it stands; that of a pull request is another, and leads there."""
        return f"https://github.com/{self.project}/issues/{self.number}"


_THEN = "the pool closes it and assigns another"
"""`AsyncConnectionPool.handle_async_request` catches `ConnectionNotAvailable` in its loop, and
`_assign_requests_to_connections` closes what has expired."""

_PART = "a pass over the pool comes to each connection once, not once for each request"

_LOOP_RUNS_BEFORE = "4.16.0"
"""Version of anyio before which its asyncio backend's `SocketStream.send` begins with a checkpoint,
at which the loop runs; from it on only where the task is cancelled."""

_UNLOOKED = "writes on a connection checked only when assigned"

_KNOWN = (
    *(Report("encode/httpx", number) for number in (3348, 3215)),
    *(Report("pydantic/httpx2", number) for number in (852, 827)),
    *(Report("encode/httpcore", number) for number in (928, 1035, 1110)),
)
"""Earlier reports of what is measured here: of the error, of the cost, of the pool's races."""


@dataclass(frozen=True)
class Done:
    """What was changed about it already.

    Attributes:
        words: what.
        release: since which release of the successor; empty for what was reverted.
        report: where it was proposed.
    """

    words: str
    release: str
    report: Report


_DONE = (
    Done("one pass over the pool", "2.3.0", Report("pydantic/httpx2", 974)),
    Done("reserved connections", "2.8.0", Report("pydantic/httpx2", 1075)),
    Done("an incremental pass", "", Report("pydantic/httpx2", 1076)),
)


@dataclass(frozen=True)
class Upstream:
    """The project that a report about a library goes to.

    Attributes:
        repository: on GitHub.
        forms: in which it takes a report, the usual one first.
        reported: number of the issue that already tells of it; None for none.
        place: the function in which a connection is taken that its server may have closed; file:
            where that is, within the package; fault: what it does, as the end of a sentence.
        mirror: the folder beside the file's where the same stands for threads; empty for none.
        part: what a diff of two parts has beside a look; empty for nothing.
        then: what its pool does with a connection that a diff refuses at the write; empty where
            none does.
        between: what may come between a look at a connection and the write; empty for nothing.
        loop_runs_before: version of the layer below before which the loop runs there; empty for
            none.
        known: what tells of it already, the one that says most first.
        done: what httpcore2 has changed about it already.
        inherits: packages from which its code came: what they brought is its own.
        searches: packages whose searches belong in the report.
        cases: libraries whose smallest case belongs in it, the first that there is.
        clients: axes whose surveys tell which of its clients are affected.
        issue: what its form for issues asks.
    """

    repository: str
    forms: tuple[Form, ...]
    reported: int | None = None
    place: str = ""
    file: str = ""
    fault: str = ""
    mirror: str = ""
    part: str = ""
    then: str = ""
    between: str = ""
    loop_runs_before: str = ""
    known: tuple[Report, ...] = ()
    done: tuple[Done, ...] = ()
    inherits: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    issue: IssueFields = IssueFields()


ALL_TESTS = "tests"
"""The folder of a project's own tests, in its source."""


@dataclass(frozen=True)
class ClientLibrary:
    """A client library, or a layer below one.

    Attributes:
        name: on the package index.
        stack: it and the layers below it, by name, the highest first.
        exceptions: type -> what it says happened.
        cut_short: regular expressions of messages by which an exception for rubbish says that the
            connection ended too early instead.
        status_errors: types that, unless a parser raised them, are about a well-formed answer
            whose status the caller does not like.
        parsers: modules (their names' beginnings) whose exceptions mean that an answer could not
            be parsed.
        unwritten: types that say that the connection given was closing, so that nothing of the
            request was written.
        noise: types that say nothing, at the end of a chain.
        axis: its place in the matrix; None for none.
        keep_alive: where it takes its keep-alive expiry; None for nowhere.
        assignments: where its pool assigns connections, by family of releases.
        interface: how a generated script uses it; None where none does.
        settings: how its users write what advice tells them to change.
        upstream: where a report goes; None for nowhere.
        changelog: address of its list of changes; empty where unknown.
        tested_with: what its own tests need beside it; empty where that is not known.
        tests: those of them that are run, as patterns of paths in its source: all by default.
        forked: the release it is a fork of, where its own source has no tests: that one's are run,
            with this library's name in the place of that one's. Empty for none.
    """

    name: str
    stack: tuple[str, ...] = ()
    exceptions: Mapping[str, Symptom] = field(default_factory=dict)
    cut_short: tuple[str, ...] = ()
    status_errors: tuple[str, ...] = ()
    parsers: tuple[str, ...] = ()
    unwritten: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    axis: Axis | None = None
    keep_alive: KeepAlive | None = None
    assignments: tuple[Assignment, ...] = ()
    interface: Interface | None = None
    settings: Settings = Settings()
    upstream: Upstream | None = None
    changelog: str = ""
    tested_with: tuple[str, ...] = ()
    tests: tuple[str, ...] = (ALL_TESTS,)
    forked: str = ""

    @property
    def module(self) -> str:
        """The top-level module it is imported as."""
        return self.name.replace("-", "_")

    @property
    def expiry(self) -> str:
        """How its users write how long an idle connection is kept; empty for one that cannot."""
        if self.keep_alive is None:
            return ""
        return f"{self.module}.{self.keep_alive.owner}({self.keep_alive.argument}=...)"


_HTTPCORE_FAMILY: dict[str, Symptom] = {
    # Until httpcore 0.18 a write that failed was raised; from then on it is swallowed and the
    # answer is read all the same, so that the fault surfaces as a ReadError.
    "WriteError": "gone",
    "ReadError": "gone",
    "CloseError": "gone",
    "RemoteProtocolError": "rubbish",
    "ReadTimeout": "read timeout",
    "PoolTimeout": "pool timeout",
    "ConnectError": "no connection",
    "ConnectTimeout": "no connection",
}

# As httpcore words them.
_HTTPCORE_CUT_SHORT = ("disconnected", "peer closed")

_HTTPCORE_TESTED_WITH = (
    "anyio>=4,<5",
    "h2>=3,<5",
    "socksio==1.*",
    "trio>=0.22.0,<1.0",
    "pytest==8.2.2",
    "pytest-httpbin==2.0.0",
    "pytest-trio==0.8.0",
    "trio-typing==0.10.0",
    "werkzeug<3.1",
)
"""What httpcore's own tests need, as its requirements.txt and its extras have them."""

_SECOND_WRITE = "a second write, after the server's reset; without it, RemoteProtocolError"


def _passes(name: str) -> tuple[str, str, str]:
    """The pass of the pool of httpcore, or of its successor, from 1.0.3 on."""
    return name, "AsyncConnectionPool", "_assign_requests_to_connections"


def _httpx_interface(name: str, layer: str) -> Interface:
    """How a script uses httpx, or its successor, over the layer below it."""
    return Interface(
        needs=(name, layer, "anyio", "h11"),
        pool=name + ".AsyncClient(limits=" + name + ".Limits(max_connections=CONNECTIONS"
        "{% if shape.keepalive_expiry is not none %}"
        ", keepalive_expiry={{ shape.keepalive_expiry | number }}{% endif %}"
        "), timeout={{ 'TIMEOUT' if limited else patience }})",
        call="await client.{{ 'post' if shape.payload_bytes else 'get' }}({{ url }}"
        "{{ ', content=BODY' if shape.payload_bytes }})",
        body=_SECOND_WRITE,
        passes=_passes(layer),
    )


def _httpcore_interface(name: str) -> Interface:
    """How a script uses httpcore, or its successor."""
    return Interface(
        needs=(f"{name}[asyncio]", "anyio", "h11"),
        pool=name + ".AsyncConnectionPool(max_connections=CONNECTIONS"
        "{% if shape.keepalive_expiry is not none %}"
        ", keepalive_expiry={{ shape.keepalive_expiry | number }}{% endif %})",
        call="await client.request(\"{{ 'POST' if shape.payload_bytes else 'GET' }}\", {{ url }}"
        "{{ ', content=BODY' if shape.payload_bytes }}"
        '{% if limited %}, extensions={"timeout": dict.fromkeys('
        '("connect", "read", "write", "pool"), TIMEOUT)}{% endif %})',
        body=_SECOND_WRITE,
        passes=_passes(name),
    )


def _httpx_settings(name: str) -> Settings:
    """How a user of httpx, or of its successor, writes what advice tells to change."""
    return Settings(
        pool_size=f"{name}.Limits(max_connections=...)",
        pool_timeout=f"{name}.Timeout(pool=...)",
        read_timeout=f"{name}.Timeout(read=...)",
        repeats=f"{name} by itself repeats connecting at most",
    )


def _httpcore_assignments(module: str) -> tuple[Assignment, ...]:
    """Where the pools of httpcore, or of its successor, assign connections."""
    pools = ((f"{module}._async.connection_pool", "Async"), (f"{module}._sync.connection_pool", ""))
    return tuple(
        Assignment(pool, owner, method, "marks")
        for pool, prefix in pools
        for owner, method in (
            ("RequestStatus", "set_connection"),  # up to 1.0.2
            (f"{prefix}PoolRequest", "assign_to_connection"),  # from 1.0.3 on
        )
    )


def _httpcore_settings(name: str) -> Settings:
    """How a user of httpcore, or of its successor, writes what advice tells to change."""
    return Settings(
        pool_size=f"{name}.AsyncConnectionPool(max_connections=...)",
        pool_timeout='extensions={"timeout": {"pool": ...}}',
        read_timeout='extensions={"timeout": {"read": ...}}',
        repeats=f"{name} by itself repeats connecting at most",
    )


LIBRARIES: dict[str, ClientLibrary] = {
    library.name: library
    for library in (
        ClientLibrary(
            "httpx",
            stack=("httpx", "httpcore", "anyio", "h11"),
            exceptions=_HTTPCORE_FAMILY,
            cut_short=_HTTPCORE_CUT_SHORT,
            axis=Axis(
                "httpx",
                "repro/httpx_client.py",
                "the document's client across releases of httpx, which drag httpcore along",
                row=1,
                precedence=3,
                since="0.18.0",
                old=("httpx==0.24.1", "httpcore==0.17.3"),
                document=("httpx==0.27.2", "httpcore==1.0.6"),
                # The first differs from the document's by its pins alone; the second is what
                # `pip install httpx` gives today of all that a request passes through.
                latest=(("httpx", "httpcore"), ("httpx", "httpcore", "anyio")),
                blocking="repro/variants/blocking_client.py",
            ),
            keep_alive=KeepAlive("Limits", "keepalive_expiry", 5),
            interface=_httpx_interface("httpx", "httpcore"),
            settings=_httpx_settings("httpx"),
            upstream=Upstream(
                "encode/httpx",
                ("comment", "discussion"),
                reported=3348,
                place="AsyncHTTP11Connection.handle_async_request",
                file="httpcore/_async/http11.py",
                fault=_UNLOOKED,
                mirror="_sync",
                part=_PART,
                then=_THEN,
                loop_runs_before=_LOOP_RUNS_BEFORE,
                known=_KNOWN,
                done=_DONE,
                searches=("httpx", "httpcore", "anyio"),
                cases=("httpx", "httpcore"),
                clients=("httpx",),
            ),
            changelog="https://github.com/encode/httpx/blob/master/CHANGELOG.md",
            tested_with=(
                "brotli",
                "click==8.*",
                "h2>=3,<5",
                "pygments==2.*",
                "rich>=10,<14",
                "socksio==1.*",
                "zstandard>=0.18.0",
                "chardet==5.2.0",
                "cryptography==44.0.1",
                "pytest==8.3.4",
                "trio==0.27.0",
                "trio-typing==0.10.0",
                "trustme==1.2.0",
                "uvicorn==0.32.1",
            ),
        ),
        ClientLibrary(
            "httpcore",
            stack=("httpcore", "anyio", "h11"),
            exceptions=_HTTPCORE_FAMILY,
            cut_short=_HTTPCORE_CUT_SHORT,
            axis=Axis(
                "httpcore",
                "repro/httpcore_client.py",
                "the same load on httpcore's connection pool alone, without httpx",
                row=2,
                precedence=5,
                since="0.14.0",
                old=("httpcore==0.17.3",),
                document=("httpcore==1.0.6",),
                # The document's, and the newest, which gets no releases any more.
                skipped=(("httpcore==1.0.6",), ("httpcore==1.0.9",)),
            ),
            keep_alive=KeepAlive("AsyncConnectionPool", "keepalive_expiry", 5),
            assignments=_httpcore_assignments("httpcore"),
            interface=_httpcore_interface("httpcore"),
            settings=_httpcore_settings("httpcore"),
            upstream=Upstream(
                "encode/httpcore",
                ("discussion",),
                place="AsyncHTTP11Connection.handle_async_request",
                file="httpcore/_async/http11.py",
                fault=_UNLOOKED,
                mirror="_sync",
                part=_PART,
                then=_THEN,
                loop_runs_before=_LOOP_RUNS_BEFORE,
                known=_KNOWN,
                done=_DONE,
                searches=("httpcore", "anyio"),
                cases=("httpcore",),
                clients=("httpx",),
            ),
            changelog="https://github.com/encode/httpcore/blob/master/CHANGELOG.md",
            tested_with=_HTTPCORE_TESTED_WITH,
        ),
        ClientLibrary(
            "httpx2",
            stack=("httpx2", "httpcore2", "anyio", "h11"),
            exceptions=_HTTPCORE_FAMILY,
            cut_short=_HTTPCORE_CUT_SHORT,
            axis=Axis(
                "httpx2",
                "repro/httpx2_client.py",
                "httpx's successor, from its first release to its newest",
                row=4,
                precedence=2,
                since="2.0.0",
                old=("httpx2==2.0.0",),
                blocking="repro/variants/blocking_client.py",
            ),
            keep_alive=KeepAlive("Limits", "keepalive_expiry", 5),
            interface=_httpx_interface("httpx2", "httpcore2"),
            settings=_httpx_settings("httpx2"),
            upstream=Upstream(
                "pydantic/httpx2",
                ("comment", "discussion"),
                reported=852,
                place="AsyncHTTP11Connection.handle_async_request",
                file="httpcore2/_async/http11.py",
                fault=_UNLOOKED,
                mirror="_sync",
                then=_THEN,
                loop_runs_before=_LOOP_RUNS_BEFORE,
                known=_KNOWN,
                done=_DONE,
                searches=("httpx2",),
                inherits=("httpcore",),
                cases=("httpx2", "httpcore2"),
                clients=("httpx2",),
            ),
            changelog="https://github.com/pydantic/httpx2/releases",
        ),
        ClientLibrary(
            "httpcore2",
            stack=("httpcore2", "anyio", "h11"),
            exceptions=_HTTPCORE_FAMILY,
            cut_short=_HTTPCORE_CUT_SHORT,
            assignments=_httpcore_assignments("httpcore2"),
            interface=_httpcore_interface("httpcore2"),
            settings=_httpcore_settings("httpcore2"),
            changelog="https://github.com/pydantic/httpx2/releases",
            tested_with=_HTTPCORE_TESTED_WITH,
            forked="httpcore==1.0.9",
        ),
        ClientLibrary(
            "aiohttp",
            stack=("aiohttp",),
            exceptions={
                "ServerDisconnectedError": "gone",
                "ClientOSError": "gone",
                "ClientConnectionResetError": "gone",
                "ClientConnectionError": "gone",
                "ClientPayloadError": "rubbish",
                "ClientResponseError": "rubbish",
                "ContentTypeError": "unknown",
                "SocketTimeoutError": "read timeout",
                "ServerTimeoutError": "read timeout",
                "ConnectionTimeoutError": "no connection",
                "ClientConnectorError": "no connection",
                "ClientConnectorDNSError": "no connection",
            },
            cut_short=("not completed", "not enough data"),
            status_errors=("ClientResponseError",),
            parsers=("aiohttp.http",),
            unwritten=("ClientConnectionResetError",),
            axis=Axis(
                "aiohttp",
                "repro/aiohttp_client.py",
                "the control: the document's other client, which it recommends",
                row=3,
                precedence=4,
                since="3.8.0",
                old=("aiohttp==3.9.5",),
                document=("aiohttp==3.10.10",),
                blocking="repro/variants/blocking_aiohttp_client.py",
            ),
            keep_alive=KeepAlive("TCPConnector", "keepalive_timeout", 15, unless="force_close"),
            assignments=(Assignment("aiohttp.connector", "BaseConnector", "connect", "returns"),),
            interface=Interface(
                needs=("aiohttp",),
                pool="aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS"
                "{% if shape.keepalive_expiry is not none %}"
                ", keepalive_timeout={{ shape.keepalive_expiry | number }}{% endif %})"
                "{{ ', timeout=aiohttp.ClientTimeout(TIMEOUT)' if limited }})",
                call="async with client.{{ 'post' if shape.payload_bytes else 'get' }}({{ url }}"
                "{{ ', data=BODY' if shape.payload_bytes }}) as response:\n"
                "        await response.read()",
                body="makes it a POST, which aiohttp does not send again by itself",
            ),
            settings=Settings(
                pool_size="aiohttp.TCPConnector(limit=...)",
                pool_timeout="aiohttp.ClientTimeout(connect=...)",
                read_timeout="aiohttp.ClientTimeout(total=..., sock_read=...)",
                repeats="aiohttp by itself repeats idempotent ones at most, and each once",
            ),
            upstream=Upstream(
                "aio-libs/aiohttp",
                ("issue",),
                place="BaseConnector._get",
                file="aiohttp/connector.py",
                fault=(
                    "gives a request an idle connection whose close the event loop has not read "
                    "yet: it asks the transport, not the socket"
                ),
                between=(
                    "It looks when a connection is assigned: a close between that and the write it "
                    "does not see"
                ),
                known=tuple(Report("aio-libs/aiohttp", number) for number in (7297, 3609, 6138)),
                searches=("aiohttp",),
                cases=("aiohttp",),
                clients=("aiohttp",),
                issue=IssueFields(
                    versions=("aiohttp", "multidict", "propcache", "yarl"),
                    component="Client",
                    conduct="aio-libs",
                ),
            ),
            changelog="https://docs.aiohttp.org/en/stable/changes.html",
            # As its requirements/test.txt has them, as far as these need them.
            tested_with=(
                "blockbuster==1.5.26",
                "coverage==7.14.1",
                "freezegun==1.5.5",
                "isal==1.8.0",
                "proxy-py==2.4.10",
                "pytest==9.0.3",
                "pytest-mock==3.15.1",
                "pytest-timeout==2.4.0",
                "trustme==1.2.1",
                "zlib-ng==1.0.0",
            ),
            # All of them take longer than a proof; most are of its server.
            tests=("tests/test_client*.py", "tests/test_connector.py"),
        ),
        ClientLibrary(
            "httpx-aiohttp",
            stack=("httpx-aiohttp", "aiohttp"),
            axis=Axis(
                "httpx-aiohttp",
                "repro/httpx_aiohttp_client.py",
                "httpx's interface over aiohttp's connections: the swap people make",
                row=5,
                precedence=1,
                since="0.1.6",
            ),
        ),
        ClientLibrary(
            "anyio",
            stack=("anyio",),
            exceptions={
                "BrokenResourceError": "gone",
                "ClosedResourceError": "gone",
                "EndOfStream": "gone",
            },
            noise=("IndexError",),  # what its empty read queue leaves behind
            changelog="https://anyio.readthedocs.io/en/stable/versionhistory.html",
        ),
        ClientLibrary(
            "h11",
            stack=("h11",),
            changelog="https://h11.readthedocs.io/en/latest/changes.html",
        ),
        ClientLibrary("h2", stack=("h2",)),
        ClientLibrary("trio", stack=("trio",)),
    )
}
"""The records, by name."""

DOCUMENT = "httpx"
"""The library whose failure the document tells of."""

CONTROL = "aiohttp"
"""The library that every other is measured beside."""

SUCCESSOR = "httpx2"
"""The library that takes the document's on: the same interface, under another name."""

SWAP = "httpx-aiohttp"
"""The library that keeps the document's interface and changes what is below it."""


LAYER = "anyio"
"""The package under httpx, httpcore and their successors whose version tables name for each row: it
moves by itself, and bears on how often requests fail."""

PYTHON = "python"
"""The axis of the Pythons: not releases of a client, but what clients and servers run on."""


def axes() -> dict[str, Axis]:
    """The axes of the matrix by name, in the order of its tables."""
    chosen = {name: library.axis for name, library in LIBRARIES.items() if library.axis is not None}
    return dict(sorted(chosen.items(), key=lambda item: item[1].row))


def preferred() -> list[Axis]:
    """The axes, the one that a target with packages of several belongs to before the others."""
    return sorted(axes().values(), key=lambda axis: axis.precedence)


def reducible() -> dict[str, tuple[str, ...]]:
    """Axes that scripts can be generated for, each with the libraries such a script may use, the
    lowest first.
    """
    return {
        name: tuple(
            layer
            for layer in reversed(library.stack)
            if layer in LIBRARIES and LIBRARIES[layer].interface is not None
        )
        for name, library in LIBRARIES.items()
        if library.axis is not None and library.interface is not None
    }


def upstreams() -> dict[str, Upstream]:
    """The projects that a report may go to, by the library it is about."""
    return {
        name: library.upstream
        for name, library in LIBRARIES.items()
        if library.upstream is not None
    }


def modules() -> list[str]:
    """The top-level modules of all libraries."""
    return [library.module for library in LIBRARIES.values()]


def keepalive_hooks() -> list[tuple[str, KeepAlive]]:
    """The modules whose classes take a keep-alive expiry, each with where it does."""
    return [
        (library.module, library.keep_alive)
        for library in LIBRARIES.values()
        if library.keep_alive is not None
    ]


def assignments() -> list[tuple[str, str, str, str]]:
    """Where pools assign connections: (module, class, method, way)."""
    return [
        (place.module, place.owner, place.method, place.way)
        for library in LIBRARIES.values()
        for place in library.assignments
    ]


def changelog(package: str) -> str:
    """Address of a package's list of changes; empty where it is not known."""
    return LIBRARIES[package].changelog if package in LIBRARIES else SERVERS.get(package, "")


SERVERS = {"server:uvicorn": "https://www.uvicorn.org/release-notes/"}
"""Addresses of the lists of changes of packages that serve."""

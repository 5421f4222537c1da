"""Standing questions that a campaign answers: what helps, which kinds of client are affected, what
a caller that blocks the event loop adds, what TLS and a delay do, and what servers and balancers.

To add a remedy or a variant, add it here; nothing else knows them.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Literal

import msgspec
from msgspec.structs import replace

from scripts.domain import libraries
from scripts.domain.changes import changed_by, with_prelude
from scripts.domain.files import PROJECT
from scripts.domain.libraries import CONTROL, DOCUMENT, SUCCESSOR, SWAP
from scripts.domain.pins import pinned
from scripts.domain.services import (
    BALANCED_SERVER,
    PATIENCES,
    SERVERS,
    balancer_environment,
)
from scripts.domain.targets import (
    control,
    document,
    latest,
    own_words,
    parse,
    repinned,
    telling,
    title,
)
from scripts.domain.trial import LOADS, Load, Target

Topic = Literal["remedies", "variants", "callers", "network", "servers", "balanced", "sdk"]

BETWEEN: tuple[Topic, ...] = ("servers", "balanced")
"""Those that ask who closes idle connections on whom."""

SURVEY_SCHEMA = 1
"""Version of the layout of a survey's file."""

SURVEY_FILE = "survey.json"
"""Of a campaign's folder: the survey that it is."""

HYPERCORN = "hypercorn==0.17.3"
"""The newest of the document's day; it speaks HTTP/2 without TLS, which uvicorn does not."""

HYPERCORN_SERVER = "repro/variants/hypercorn_server.py"
"""The document's server, run by it."""


class ClientKind(msgspec.Struct, frozen=True):
    """What kind of client a script is.

    Attributes:
        api: the class of the library that it uses.
        runs_on: what its requests run on at the same time.
        protocol: what it speaks.
    """

    api: Literal["AsyncClient", "Client"]
    runs_on: Literal["asyncio", "uvloop", "trio", "threads"]
    protocol: Literal["HTTP/1.1", "HTTP/2"]

    @property
    def words(self) -> str:
        """What tables call it."""
        return f"{self.api}, {self.runs_on}, {self.protocol}"


USUAL = ClientKind("AsyncClient", "asyncio", "HTTP/1.1")
"""What the document's client is."""

OVER_HTTP2 = "client.py --http2"
"""The variant that speaks HTTP/2, which needs a server of its own."""

ON_UVLOOP = "client.py --uvloop"
"""The variant on uvloop."""

NEEDED = {OVER_HTTP2: "h2==4.1.0", ON_UVLOOP: "uvloop==0.21.0"}
"""What a flag needs beside the packages of its script's header: the newest of the document's day.
Without the flag it is not there, so that a variant differs from the document's client in nothing
else.
"""

CLIENT_KINDS = {
    **{
        PurePosixPath(libraries.axes()[library].script).name: USUAL
        for library in (DOCUMENT, SUCCESSOR)
    },
    "sync_client.py": ClientKind("Client", "threads", "HTTP/1.1"),
    "trio_client.py": ClientKind("AsyncClient", "trio", "HTTP/1.1"),
    ON_UVLOOP: ClientKind("AsyncClient", "uvloop", "HTTP/1.1"),
    OVER_HTTP2: ClientKind("AsyncClient", "asyncio", "HTTP/2"),
}
"""By the name of the client's script and its flags."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to be measured.

    Attributes:
        group: what it is told beside: the side a remedy is taken on, the release of a variant.
        title: what tables call it.
        target, load: what is run.
        client: of which kind, where the survey asks for that; None where it does not say.
    """

    group: str
    title: str
    target: Target
    load: Load
    client: ClientKind | None = None

    @property
    def kind(self) -> ClientKind | None:
        """The kind of client: as the entry says, else as its script and flags are known to be; None
        where that is not known either.
        """
        words = (PurePosixPath(self.target.script).name, *self.target.arguments)
        return self.client or CLIENT_KINDS.get(shlex.join(words))


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """A survey, as stored in its campaign's folder.

    Attributes:
        name: of the campaign.
        topic: what it asks.
        entries: in the order of its table; the first of remedies is what the others are to mend.
    """

    schema: int = SURVEY_SCHEMA
    name: str
    topic: Topic
    entries: list[Entry]


LOAD = LOADS["compressed"]
"""Under which all surveys are run."""

GRANTED = LOAD.keep_alive or 0.0
"""Seconds for which its server keeps an idle connection."""

SERVER_SIDE, CLIENT_SETTINGS, CLIENT_CODE, SEVERAL, CLIENT_VERSIONS = (
    "the server's settings",
    "the client's settings",
    "the client's code",
    "several at once",
    "the client's versions",
)
"""Groups of remedies: the side that each is taken on."""


class Remedy(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to change of the document's client, or of the load it is under.

    Attributes:
        group: the side it is taken on.
        title: what tables call it; empty for the name of what runs instead.
        numbers: of the load that change.
        script: of the client that runs instead, one of the variants with its flags; empty for the
            document's.
        target: that runs instead, as written on a command line; empty for the document's.
        newest: axis whose newest releases run instead; empty for none.
        beside: package whose newest release runs beside the document's; empty for none.
        prelude: Python that is run before the script, as a user would paste it there; empty for
            none.
        short: what a narrow table calls it; takes: where to take it, empty for what nobody is
            advised to take by itself; again: whether it sends a failed request once more, which
            may then arrive twice.
        instead: whether maintainers ask for it first, instead of a change of theirs.
    """

    group: str
    title: str = ""
    short: str = ""
    takes: str = ""
    again: bool = False
    instead: bool = False
    numbers: dict[str, float] = {}
    script: str = ""
    target: str = ""
    newest: str = ""
    beside: str = ""
    prelude: str = ""


REMEDIES = (
    Remedy(
        SERVER_SIDE,
        f"idle connections are kept for 75 s instead of {GRANTED:g} s (--timeout-keep-alive)",
        numbers={"keep_alive": 75.0},
        short="server: --timeout-keep-alive 75",
        takes="the server is yours",
    ),
    Remedy(
        CLIENT_SETTINGS,
        f"idle connections expire after {GRANTED / 2:g} s, half of what the server grants "
        "(keepalive_expiry)",
        numbers={"keepalive_expiry": GRANTED / 2},
        short="keepalive_expiry of half the server's",
        takes="beside another remedy",
        instead=True,
    ),
    Remedy(
        CLIENT_SETTINGS,
        "no idle connection is kept (max_keepalive_connections=0)",
        script="client.py --no-idle",
        short="max_keepalive_connections=0",
        takes="time does not matter",
    ),
    Remedy(
        CLIENT_SETTINGS,
        "100 connections instead of 300 (max_connections)",
        numbers={"concurrency": 100},
        short="max_connections=100",
    ),
    Remedy(
        CLIENT_SETTINGS,
        "30 connections instead of 300 (max_connections)",
        numbers={"concurrency": 30},
        short="max_connections=30",
        takes="few connections are enough",
    ),
    Remedy(
        CLIENT_CODE,
        "requests wait in an asyncio.Semaphore instead of in the pool",
        script="client.py --semaphore",
        short="an asyncio.Semaphore around the calls",
        takes="beside another remedy, to save time",
    ),
    Remedy(
        CLIENT_CODE,
        "look_before_write.py, pasted: a connection is looked at right before it is written on",
        prelude="repro/cures/look_before_write.py",
        short="look_before_write.py, pasted",
    ),
    Remedy(
        CLIENT_CODE,
        "look_and_pass.py, pasted, and the newest anyio: the same look, and the pool goes over its "
        "connections once instead of once a request",
        beside="anyio",
        prelude="repro/cures/look_and_pass.py",
        short="look_and_pass.py, pasted, newest anyio",
        takes="you must stay on httpx",
    ),
    Remedy(
        CLIENT_CODE,
        "a failed request is sent again, up to twice (only where it may arrive twice)",
        script="client.py --again",
        short="retried by hand, up to twice",
        again=True,
    ),
    Remedy(
        CLIENT_CODE,
        "httpx-retries, as it is: it sends no POST again",
        script="httpx_retries_client.py",
        beside="httpx-retries",
        short="httpx-retries as it is (no POST)",
    ),
    Remedy(
        CLIENT_CODE,
        "httpx-retries that may send a POST again, up to three times (only where it may arrive "
        "twice)",
        script="httpx_retries_client.py --post",
        beside="httpx-retries",
        short="httpx-retries, POST too",
        again=True,
    ),
    Remedy(
        CLIENT_CODE,
        "tenacity around each request, up to three attempts (only where it may arrive twice)",
        script="tenacity_client.py",
        beside="tenacity",
        short="tenacity, three attempts",
        takes="requests are idempotent",
        again=True,
        instead=True,
    ),
    Remedy(
        SEVERAL,
        "a semaphore, and 75 s at the server",
        numbers={"keep_alive": 75.0},
        script="client.py --semaphore",
        short="a semaphore, and 75 s at the server",
        takes="the server is yours, and time matters",
    ),
    Remedy(
        SEVERAL,
        f"a semaphore, and idle connections expire after {GRANTED / 2:g} s",
        numbers={"keepalive_expiry": GRANTED / 2},
        script="client.py --semaphore",
        short="a semaphore and a short expiry",
    ),
    Remedy(
        SEVERAL,
        f"30 connections that expire after {GRANTED / 2:g} s",
        numbers={"concurrency": 30, "keepalive_expiry": GRANTED / 2},
        short="30 connections and a short expiry",
    ),
    Remedy(
        CLIENT_VERSIONS,
        target="httpx==0.27.2,httpcore==1.0.2",
        takes="time matters",
    ),
    Remedy(CLIENT_VERSIONS, beside="anyio", takes="nothing else may change"),
    Remedy(CLIENT_VERSIONS, newest=DOCUMENT, takes="beside another remedy"),
    Remedy(CLIENT_VERSIONS, newest=SUCCESSOR, takes="one import may change"),
    Remedy(CLIENT_VERSIONS, newest=SWAP, takes="one argument may change"),
    Remedy(CLIENT_VERSIONS, target="control", takes="all calls may change"),
)
"""In the order of their table."""


def remedy_of(entry: Entry) -> Remedy | None:
    """The remedy that an entry is, whatever was the newest release when it was measured; None for
    the document's client as it is, and for what is a remedy no longer.
    """
    pins, own = pinned(entry.target.pins), pinned(document().pins)
    for remedy in REMEDIES:
        if remedy.title:
            same = remedy.title == entry.title
        elif remedy.target:
            same = parse(remedy.target).pins == entry.target.pins
        elif remedy.beside:
            same = set(pins) - set(own) == {remedy.beside}
        else:
            same = remedy.newest == entry.target.axis and pins != own
        if same and remedy.group == entry.group:
            return remedy
    return None


def repeats(entry: Entry) -> bool:
    """Whether a remedy sends a failed request once more, which may then arrive twice."""
    remedy = remedy_of(entry)
    return remedy is not None and remedy.again


def short_title(entry: Entry) -> str:
    """What a narrow table calls a remedy."""
    remedy = remedy_of(entry)
    return remedy.short if remedy and remedy.short else entry.title


def remedies(newest: Callable[[str], str]) -> list[Entry]:
    """The document's client as it is, then with one thing changed at a time.

    Args:
        newest: finds the newest release of a package.
    """
    unchanged = document()
    entries = [Entry("as it is", unchanged.name, unchanged, LOAD)]
    for remedy in REMEDIES:
        target = unchanged
        if remedy.newest:
            target = latest(libraries.axes()[remedy.newest], newest)[0]
        elif remedy.beside:
            target = repinned(unchanged, {remedy.beside: newest(remedy.beside)})
        elif remedy.target:
            target = parse(remedy.target)
        if remedy.script:
            target = variant(target, remedy.script)
        if remedy.prelude:
            path = PROJECT / remedy.prelude
            target = with_prelude(target, changed_by(path, path.read_text("utf-8")))
        load = LOAD.derived(**remedy.numbers)
        entries.append(Entry(remedy.group, remedy.title or target.name, target, load))
    return entries


def variants(newest: Callable[[str], str]) -> list[Entry]:
    """Telling releases of the document's library and of its successor, each as every kind of
    client that they offer.

    HTTP/2 needs another server, so HTTP/1.1 is measured on that one too.

    Args:
        newest: finds the newest release of a package.
    """
    axes = libraries.axes()
    releases = [document(), *latest(axes[DOCUMENT], newest)[:1]]
    releases += telling(axes[SUCCESSOR], newest, with_skipped=True)
    return [entry for release in releases for entry in _kinds(release)]


def _kinds(release: Target) -> list[Entry]:
    """A release as every kind of client that it offers."""
    on_hypercorn = replace(release, server=HYPERCORN_SERVER, server_pins=(HYPERCORN,))
    offered = [(release, USUAL, "")]
    offered += [
        (variant(release, script), CLIENT_KINDS[script], "")
        for script in ("sync_client.py", "trio_client.py", ON_UVLOOP)
    ]
    offered += [
        (variant(on_hypercorn, release.script), USUAL, ", hypercorn"),
        (variant(on_hypercorn, OVER_HTTP2), CLIENT_KINDS[OVER_HTTP2], ", hypercorn"),
    ]
    return [
        Entry(release.name, f"{kind.words}{server}", target, LOAD, kind)
        for target, kind, server in offered
    ]


def callers(newest: Callable[[str], str]) -> list[Entry]:
    """The document's two clients and their newest releases, whose caller leaves the event loop
    alone, and whose caller blocks the event loop for 10 ms an answer.

    Args:
        newest: finds the newest release of a package.
    """
    axes = libraries.axes()
    releases = [
        *telling(axes[CONTROL], newest, with_skipped=True)[-2:],
        document(),
        *latest(axes[SUCCESSOR], newest)[:1],
    ]
    entries = []
    for release in releases:
        blocked = variant(release, axes[release.axis].blocking)
        entries += [
            Entry(release.name, "leaves the event loop alone", release, LOAD),
            Entry(release.name, "blocks the event loop for 10 ms an answer", blocked, LOAD),
        ]
    return entries


PATHS: dict[str, dict[str, float]] = {
    "plain, on loopback": {},
    "TLS, on loopback": {"tls": True},
    "a relay that adds no time": {"latency": 0.0},
    "1 ms each way": {"latency": 0.001},
    "10 ms each way": {"latency": 0.01},
    "50 ms each way": {"latency": 0.05},
}
"""What may lie between client and server: what tables call it, and the numbers of a load."""


def network(newest: Callable[[str], str]) -> list[Entry]:
    """The document's client, and the newest releases of the document's library, of its successor
    and of the control, over TLS and with time between client and server.

    Args:
        newest: finds the newest release of a package.
    """
    axes = libraries.axes()
    releases = [
        document(),
        *(latest(axes[name], newest)[-1] for name in (DOCUMENT, SUCCESSOR, CONTROL)),
    ]
    return [
        Entry(release.name, title, release, LOAD.derived(**numbers))
        for release in releases
        for title, numbers in PATHS.items()
    ]


OWN_PATIENCE = replace(
    LOADS["document"], name="document's, the server's own keep-alive", base="document",
    keep_alive=None, latency=0.0,
)  # fmt: skip
"""The document's load, but that the server keeps idle connections for as long as it does by
itself. A relay that adds no time stands before each, because one is no Python and leaves no note.
"""


def servers(newest: Callable[[str], str]) -> list[Entry]:
    """The document's client and server, and what people serve with, each with its own defaults.

    Args:
        newest: not asked: all is of the document's day.
    """
    del newest
    client = document()
    return [
        Entry(
            "the document's client",
            server,
            replace(client, server=script, name=f"{client.name}, on {server}"),
            OWN_PATIENCE,
        )
        for server, script in SERVERS.items()
    ]


def balanced(newest: Callable[[str], str]) -> list[Entry]:
    """Two replicas of a service that batches behind each balancer, with the document's clients and
    the newest of the document's library's successor in front, by who keeps idle connections for
    how long.

    Args:
        newest: finds the newest release of a package.
    """
    clients = [document(), *latest(libraries.axes()[SUCCESSOR], newest)[:1], control()]
    entries = []
    for balancer, patiences in PATIENCES.items():
        for client in clients:
            for patience in patiences:
                environment = balancer_environment(balancer, patience)
                target = replace(client, server=BALANCED_SERVER, server_env=environment)
                name = title(own_words(target), target.pins, target.server_pins, target.held)
                load = LOAD.derived(keep_alive=patience.balancer, latency=0.0)
                group = f"{balancer}, {client.name}"
                entries.append(Entry(group, patience.title, replace(target, name=name), load))
    return entries


CHAT_SERVER = "repro/variants/chat_server.py"
"""A made-up endpoint for OpenAI's SDK, on this machine."""


def sdk(newest: Callable[[str], str]) -> list[Entry]:
    """OpenAI's SDK, which runs on httpx2 and sends requests again by itself, and told to send
    none again: where the keep-alive is far shorter than an answer takes, and where it is long.

    Args:
        newest: finds the newest release of a package.
    """
    successor = latest(libraries.axes()[SUCCESSOR], newest)[0]
    base = replace(repinned(successor, {"openai": newest("openai")}), server=CHAT_SERVER)
    return [
        Entry(f"a server's keep-alive of {words}", title, variant(base, script), load)
        for words, load in (
            ("20 ms", LOAD.derived(keep_alive=0.02, concurrency=100, requests=500)),
            ("75 s", LOAD.derived(keep_alive=75.0, concurrency=100, requests=500)),
        )
        for title, script in (
            ("openai, told to send nothing again", "openai_client.py --once"),
            ("openai, as it is: up to twice more", "openai_client.py"),
        )
    ]


SURVEYS: dict[Topic, Callable[[Callable[[str], str]], list[Entry]]] = {
    "remedies": remedies,
    "variants": variants,
    "callers": callers,
    "network": network,
    "servers": servers,
    "balanced": balanced,
    "sdk": sdk,
}
"""What makes the entries of each survey, given what finds the newest release of a package."""


FLAGS = frozenset(
    ("--again", "--cancel", "--http2", "--no-idle", "--once", "--post", "--semaphore", "--uvloop")
)
"""What this project's own clients may be told, which anybody may know."""


def variant(base: Target, call: str) -> Target:
    """A target with another client script.

    Args:
        base: the target.
        call: one of the variants by its name and flags, or a script by its path, which may have
            flags too, as a shell splits them.
    """
    script, *flags = shlex.split(call)
    path = script if "/" in script else f"repro/variants/{script}"
    pins = (*base.pins, *([NEEDED[call]] if call in NEEDED else []))
    own = [shlex.join((PurePosixPath(path).name, *flags))]
    name = title(own, pins, base.server_pins, base.held)
    return replace(base, script=path, arguments=tuple(flags), pins=pins, name=name)

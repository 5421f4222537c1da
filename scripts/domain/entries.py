"""Standing questions that a campaign answers: what helps, which kinds of client are struck, and
what a caller that blocks the event loop adds.

To add a remedy or a variant, add it here; nothing else knows them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Literal

import msgspec
from msgspec.structs import replace

from scripts.domain import libraries
from scripts.domain.libraries import CONTROL, DOCUMENT
from scripts.domain.targets import control, document, target, telling, titled
from scripts.domain.trial import LOADS, Load, Target

Topic = Literal["remedies", "variants", "callers"]

SURVEY_SCHEMA = 1
"""Version of the layout of a survey's file."""

SURVEY_FILE = "survey.json"
"""Of a campaign's folder: the survey that it is."""

HYPERCORN = "hypercorn==0.17.3"
"""The newest of the document's day; it speaks HTTP/2 without TLS, which uvicorn does not."""


class ClientKind(msgspec.Struct, frozen=True):
    """What kind of client a script is.

    Attributes:
        api: the class of the library that it uses.
        runs_on: what its requests run on at the same time.
        protocol: what it speaks.
    """

    api: Literal["AsyncClient", "Client"]
    runs_on: Literal["asyncio", "trio", "threads"]
    protocol: Literal["HTTP/1.1", "HTTP/2"]

    @property
    def words(self) -> str:
        """What tables call it."""
        return f"{self.api}, {self.runs_on}, {self.protocol}"


USUAL = ClientKind("AsyncClient", "asyncio", "HTTP/1.1")
"""What the document's client is."""

CLIENT_KINDS = {
    "httpx_client.py": USUAL,
    "httpx2_client.py": USUAL,
    "sync_client.py": ClientKind("Client", "threads", "HTTP/1.1"),
    "trio_client.py": ClientKind("AsyncClient", "trio", "HTTP/1.1"),
    "http2_client.py": ClientKind("AsyncClient", "asyncio", "HTTP/2"),
}
"""By the name of the client's script."""


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
        """The kind of client: as the entry says, else as its script is known to be; None where
        that is not known either.
        """
        return self.client or CLIENT_KINDS.get(PurePosixPath(self.target.script).name)


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


def remedies(newest: Callable[[str], str]) -> list[Entry]:
    """The document's client as it is, then with one thing changed at a time.

    Args:
        newest: finds the newest release of a package.
    """
    load = LOADS["compressed"]
    axes, before = libraries.axes(), document()
    grants, half = load.keep_alive or 5, (load.keep_alive or 5) / 2

    def under(words: str, **numbers: float) -> Load:
        return replace(load, name=f"{load.name} with {words}", **numbers)

    def release(package: str) -> Target:
        return target(axes[package], (f"{package}=={newest(package)}",))

    older = target(axes[DOCUMENT], ("httpx==0.27.2", "httpcore==1.0.2"))
    httpx, httpx2, swapped = (release(each) for each in ("httpx", "httpx2", "httpx-aiohttp"))
    server, settings, code, versions = (
        "the server's settings",
        "the client's settings",
        "the client's code",
        "the client's versions",
    )
    return [
        Entry("as it is", before.name, before, load),
        Entry(
            server,
            f"idle connections are kept for 75 s instead of {grants:g} s (--timeout-keep-alive)",
            before,
            under("keep_alive=75", keep_alive=75.0),
        ),
        Entry(
            settings,
            f"idle connections expire after {half:g} s, half of what the server grants "
            "(keepalive_expiry)",
            before,
            under(f"keepalive_expiry={half:g}", keepalive_expiry=half),
        ),
        Entry(
            settings,
            "no idle connection is kept (max_keepalive_connections=0)",
            variant(before, "closing_client.py"),
            load,
        ),
        Entry(
            settings,
            "100 connections instead of 300 (max_connections)",
            before,
            under("concurrency=100", concurrency=100),
        ),
        Entry(
            settings,
            "30 connections instead of 300 (max_connections)",
            before,
            under("concurrency=30", concurrency=30),
        ),
        Entry(
            code,
            "requests wait in an asyncio.Semaphore instead of in the pool",
            variant(before, "waiting_client.py"),
            load,
        ),
        Entry(
            code,
            "a failed request is sent again, up to twice (only where it may arrive twice)",
            variant(before, "repeating_client.py"),
            load,
        ),
        Entry(versions, older.name, older, load),
        Entry(versions, httpx.name, httpx, load),
        Entry(versions, httpx2.name, httpx2, load),
        Entry(versions, swapped.name, swapped, load),
        Entry(versions, control().name, control(), load),
    ]


def variants(newest: Callable[[str], str]) -> list[Entry]:
    """Telling releases of httpx and httpx2, each as every kind of client that they offer.

    HTTP/2 needs another server, so HTTP/1.1 is measured on that one too.

    Args:
        newest: finds the newest release of a package.
    """
    load = LOADS["compressed"]
    axes = libraries.axes()
    chosen = [document(), *telling(axes[DOCUMENT], newest, whole=True)[-1:]]
    chosen += telling(axes["httpx2"], newest, whole=True)
    return [entry for release in chosen for entry in _kinds(release, load)]


def _kinds(release: Target, load: Load) -> list[Entry]:
    """A release as every kind of client that it offers."""
    spoken = replace(release, server="repro/variants/hypercorn_server.py", server_pins=(HYPERCORN,))
    asked = [(release, USUAL, "")]
    asked += [
        (variant(release, script), CLIENT_KINDS[script], "")
        for script in ("sync_client.py", "trio_client.py")
    ]
    asked += [(variant(spoken, release.script), USUAL, ", hypercorn")]
    asked += [(variant(spoken, "http2_client.py"), CLIENT_KINDS["http2_client.py"], ", hypercorn")]
    return [
        Entry(release.name, f"{kind.words}{server}", target, load, kind)
        for target, kind, server in asked
    ]


def callers(newest: Callable[[str], str]) -> list[Entry]:
    """The document's two clients and their newest releases, whose caller leaves the event loop
    alone, and whose caller blocks the event loop for 10 ms an answer.

    Args:
        newest: finds the newest release of a package.
    """
    load = LOADS["compressed"]
    axes = libraries.axes()
    chosen = [
        *telling(axes[CONTROL], newest, whole=True)[-2:],
        document(),
        *telling(axes["httpx2"], newest, whole=True)[-1:],
    ]
    entries = []
    for release in chosen:
        blocked = variant(release, axes[release.axis].blocking)
        entries += [
            Entry(release.name, "leaves the event loop alone", release, load),
            Entry(release.name, "blocks the event loop for 10 ms an answer", blocked, load),
        ]
    return entries


ASKED: dict[Topic, Callable[[Callable[[str], str]], list[Entry]]] = {
    "remedies": remedies,
    "variants": variants,
    "callers": callers,
}
"""The surveys by topic."""


def variant(original: Target, script: str) -> Target:
    """A target with another client script: one of the variants, or one named by its path."""
    path = script if "/" in script else f"repro/variants/{script}"
    own = [script.rsplit("/", 1)[-1]]
    name = titled(own, original.pins, original.server_pins, original.held)
    return replace(original, script=path, name=name)

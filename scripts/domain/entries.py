"""Standing questions that a campaign answers: what helps, which kinds of client are struck, and
what a caller that blocks the event loop adds.

To add a remedy or a variant, add it here; nothing else knows them.
"""

from __future__ import annotations

from collections.abc import Callable
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


class Entry(msgspec.Struct, frozen=True):
    """One thing to be measured.

    Attributes:
        group: what it is told beside: the side a remedy is taken on, the release of a variant.
        title: what tables call it.
        target, load: what is run.
    """

    group: str
    title: str
    target: Target
    load: Load


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
            load.derived("keep_alive=75", keep_alive=75.0),
        ),
        Entry(
            settings,
            f"idle connections expire after {half:g} s, half of what the server grants "
            "(keepalive_expiry)",
            before,
            load.derived(f"keepalive_expiry={half:g}", keepalive_expiry=half),
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
            load.derived("concurrency=100", concurrency=100),
        ),
        Entry(
            settings,
            "30 connections instead of 300 (max_connections)",
            before,
            load.derived("concurrency=30", concurrency=30),
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
    found = []
    for each in chosen:
        spoken = replace(
            each, server="repro/variants/hypercorn_server.py", server_pins=(HYPERCORN,)
        )
        for title, one in (
            ("AsyncClient, asyncio, HTTP/1.1", each),
            ("Client, threads, HTTP/1.1", variant(each, "sync_client.py")),
            ("AsyncClient, trio, HTTP/1.1", variant(each, "trio_client.py")),
            ("AsyncClient, asyncio, HTTP/1.1, hypercorn", variant(spoken, each.script)),
            ("AsyncClient, asyncio, HTTP/2, hypercorn", variant(spoken, "http2_client.py")),
        ):
            found.append(Entry(each.name, title, one, load))
    return found


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
    found = []
    for each in chosen:
        blocked = variant(each, axes[each.axis].blocking)
        found += [
            Entry(each.name, "leaves the event loop alone", each, load),
            Entry(each.name, "blocks the event loop for 10 ms an answer", blocked, load),
        ]
    return found


ASKED: dict[Topic, Callable[[Callable[[str], str]], list[Entry]]] = {
    "remedies": remedies,
    "variants": variants,
    "callers": callers,
}
"""The surveys by topic."""


def variant(found: Target, script: str) -> Target:
    """A target with another client script: one of the variants, or one named by its path."""
    path = script if "/" in script else f"repro/variants/{script}"
    own = [script.rsplit("/", 1)[-1]]
    name = titled(own, found.pins, found.server_pins, found.held)
    return replace(found, script=path, name=name)

"""A case as a script: server and client in one file, or as two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from scripts.domain.templates import templates
from scripts.reduction.shape import Shape

TEMPLATES = Path(__file__).resolve().parent / "templates"

BODY_WHY = dict.fromkeys(
    ("httpx", "httpcore", "httpx2", "httpcore2"),
    "a second write, after the server's reset; without it, RemoteProtocolError",
) | {"aiohttp": "makes it a POST, which aiohttp does not send again by itself"}
"""What one byte of body is for, where a stale connection fails."""

Role = Literal["whole", "client", "server"]

NEEDED = {
    "httpx": ("httpx", "httpcore", "anyio", "h11"),
    "httpcore": ("httpcore[asyncio]", "anyio", "h11"),
    "httpx2": ("httpx2", "httpcore2", "anyio", "h11"),
    "httpcore2": ("httpcore2[asyncio]", "anyio", "h11"),
    "aiohttp": ("aiohttp",),
}
"""What a script that uses a library depends on, as far as it matters here."""


def program(
    shape: Shape,
    exception: str,
    role: Role = "whole",
    title: str = "A case on trial.",
    told: Sequence[str] = (),
    dependencies: Sequence[str] = (),
    newer: str = "",
    stale: bool = False,
    python: str = "3.11",
) -> str:
    """The text of a script.

    Args:
        shape: what it does.
        exception: name of the exception that makes it exit with 1.
        role: both sides in one, or one of them.
        title, told: its docstring's first line and the others.
        dependencies: requirements for its header; by default the names alone.
        newer: moment after which nothing is taken from the index; empty for any.
        stale: whether it shows a write on a connection that the server closed.
        python: the series it was run on.
    """
    names = () if role == "server" else NEEDED[shape.library]
    return (
        templates(TEMPLATES)
        .get_template("minimal.py.jinja")
        .render(
            shape=shape,
            exception=exception,
            role=role,
            title=title,
            told=told,
            dependencies=json.dumps(dependencies or names),
            names=json.dumps(names),
            newer=newer,
            stale=stale,
            body_why=BODY_WHY.get(shape.library, ""),
            python=python,
            number=lambda value: f"{value:g}",
            pool=_pool(shape),
            call=_call(shape, "SERVER_URL" if role == "client" else "URL"),
        )
    )


def _pool(shape: Shape) -> str:
    name = shape.library
    expiry = shape.keepalive_expiry
    timeout = "10" if shape.timeout == shape.no_timeout else "TIMEOUT"
    if name == "aiohttp":
        kept = "" if expiry is None else f", keepalive_timeout={expiry:g}"
        connector = f"aiohttp.TCPConnector(limit=CONNECTIONS{kept})"
        limit = "" if timeout == "10" else ", timeout=aiohttp.ClientTimeout(TIMEOUT)"
        return f"aiohttp.ClientSession(connector={connector}{limit})"
    kept = "" if expiry is None else f", keepalive_expiry={expiry:g}"
    if name.startswith("httpcore"):
        return f"{name}.AsyncConnectionPool(max_connections=CONNECTIONS{kept})"
    limits = f"{name}.Limits(max_connections=CONNECTIONS{kept})"
    return f"{name}.AsyncClient(limits={limits}, timeout={timeout})"


def _call(shape: Shape, url: str) -> str:
    method = "post" if shape.payload_bytes else "get"
    body = ""
    if shape.payload_bytes:
        body = ", data=BODY" if shape.library == "aiohttp" else ", content=BODY"
    if shape.library == "aiohttp":
        return (
            f"async with client.{method}({url}{body}) as response:\n        await response.read()"
        )
    if shape.library.startswith("httpcore"):
        limits = ""
        if shape.timeout != shape.no_timeout:
            each = '"connect", "read", "write", "pool"'
            limits = f', extensions={{"timeout": dict.fromkeys(({each}), TIMEOUT)}}'
        return f'await client.request("{method.upper()}", {url}{body}{limits})'
    return f"await client.{method}({url}{body})"

"""Asks a server of its own and blocks its event loop, over and over.

Usage: stalling_client.py LIBRARY WAY TIMES: the client library's module, one of WAYS, how often.

It runs in the library's environment, as a script that is recorded per request. Where a way blocks
the loop stands in the line that ends with its name.
"""

import asyncio
import gc
import importlib
import json
import re
import socket
import sys
import threading
import time
from typing import Any

SECONDS = 0.3
"""How long a way blocks that can choose."""

SMALL = json.dumps({"number": 1})

LARGE = json.dumps([{"number": number, "text": "x" * 20} for number in range(400_000)])

CYCLES: list[Any] = []
"""What the garbage collector has to look at."""

LOCK = threading.Lock()


def sleep() -> None:
    """The thread waits."""
    time.sleep(SECONDS)  # sleep


def compute() -> None:
    """The thread computes, in Python."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        sum(number * number for number in range(100))  # compute


def match() -> None:
    """The thread computes in C code that keeps the interpreter lock."""
    re.match(r"(a+)+b", "a" * 25)  # match


def parse() -> None:
    """The answer is a large one; what parses it is called where it came."""


def collect() -> None:
    """All objects are looked at."""
    gc.collect()  # collect


def lookup() -> None:
    """Names are looked up one after the other."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        socket.getaddrinfo("localhost", 80)  # lookup


def lock() -> None:
    """A thread beside holds a lock."""
    taken = threading.Event()
    threading.Thread(target=_hold, args=[taken]).start()
    taken.wait()
    with LOCK:  # lock
        pass


def _hold(taken: threading.Event) -> None:
    with LOCK:
        taken.set()
        time.sleep(SECONDS)


WAYS = {way.__name__: way for way in (sleep, compute, match, parse, collect, lookup, lock)}


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the one request of a connection, and close it."""
    await reader.readuntil(b"\r\n\r\n")
    body = (LARGE if sys.argv[2] == "parse" else SMALL).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    writer.close()


async def _ask_with_aiohttp(session: Any, url: str) -> None:
    async with session.get(url) as response:
        await response.read()
        await response.json()  # parse


async def _ask_with_httpx(client: Any, url: str) -> None:
    response = await client.get(url)
    response.json()  # parse


async def send_request(ask: Any, client: Any, url: str) -> None:
    """Ask once, then block."""
    await ask(client, url)
    WAYS[sys.argv[2]]()


async def main(module: Any, client: Any) -> None:
    """Ask and block as often as asked to, with a pause after each time."""
    ask = _ask_with_aiohttp if client is None else _ask_with_httpx
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with client or module.ClientSession() as client:
        for _ in range(int(sys.argv[3])):
            await send_request(ask, client, url)
            await asyncio.sleep(0.1)
    server.close()


if __name__ == "__main__":
    if sys.argv[2] == "collect":
        gc.disable()
        CYCLES.extend([number] for number in range(3_000_000))
    library = importlib.import_module(sys.argv[1])
    # What httpx prepares for TLS would block the loop as well.
    asyncio.run(main(library, library.AsyncClient() if sys.argv[1] != "aiohttp" else None))

"""Whichever client library is installed here, behind one way to post, and its event loop."""

import asyncio
import importlib


def installed():
    """The name of the library under test: the outermost that can be imported."""
    for name in ("httpx2", "httpx", "aiohttp", "httpcore"):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        return name
    raise ImportError("no client library")


def run(main):
    """Run a coroutine on uvloop where that is installed, else on asyncio's own event loop."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def client(timeout, connections=100):
    """An asynchronous client, to be entered."""
    name = installed()
    library = importlib.import_module(name)
    if name == "aiohttp":
        return library.ClientSession(
            timeout=library.ClientTimeout(total=timeout),
            connector=library.TCPConnector(limit=connections),
        )
    if name == "httpcore":
        return library.AsyncConnectionPool(max_connections=connections)
    limits = library.Limits(max_connections=connections)
    return library.AsyncClient(timeout=timeout, limits=limits)


async def post(session, url, timeout):
    """Post a few bytes and read the whole answer."""
    name = installed()
    if name == "aiohttp":
        async with session.post(url, data=b"{}") as response:
            return await response.read()
    if name == "httpcore":
        limits = dict.fromkeys(("connect", "read", "write", "pool"), timeout)
        answer = await session.request("POST", url, content=b"{}", extensions={"timeout": limits})
        return answer.content
    return (await session.post(url, content=b"{}")).content

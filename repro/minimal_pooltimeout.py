# /// script
# requires-python = "==3.11.*"
# dependencies = ["httpx==0.20.0", "httpcore==0.13.7", "anyio==3.7.1", "h11==0.12.0"]
# [tool.uv]
# exclude-newer = "2024-10-21T00:00:00Z"
# ///
"""httpx 0.20.0 raises PoolTimeout (pool starvation).

Expected: every request is answered.
Seen on 2026-11-26, at 95 % confidence: httpx 0.20.0 fails in 100 of 100: at least 97% of runs;
httpx 0.21.0 passes in 100 of 100: at least 97% of runs.

Exit status: 1 the bug shows, 0 it does not, 125 cannot be told (git bisect run).
"""

import asyncio
import contextlib
import socket
import sys
import threading

try:
    import httpx
except Exception as error:
    print(f"httpx cannot be imported: {error!r}", file=sys.stderr)
    sys.exit(125)

REQUESTS = 2  # in all
CONNECTIONS = 1  # that the pool may hold
TIMEOUT = 1  # seconds each request may take
LISTENER = socket.create_server(("127.0.0.1", 0))
URL = f"http://127.0.0.1:{LISTENER.getsockname()[1]}/"


async def answer(reader, writer):
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def serve():
    server = await asyncio.start_server(answer, sock=LISTENER)
    await server.serve_forever()


async def send_request(client):
    await client.get(URL)


async def main():
    async with httpx.AsyncClient(
        limits=httpx.Limits(max_connections=CONNECTIONS), timeout=TIMEOUT
    ) as client:
        requests = [send_request(client) for _ in range(REQUESTS)]
        results = await asyncio.gather(*requests, return_exceptions=True)
    errors = [each for each in results if isinstance(each, Exception)]
    print(f"{len(errors)} of {REQUESTS} requests failed: {errors}")
    names = {type(each).__name__ for each in errors}
    return 1 if names == {"PoolTimeout"} else 125 if names else 0


if __name__ == "__main__":
    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    try:
        sys.exit(asyncio.run(asyncio.wait_for(main(), 60)))
    except Exception as error:
        print(f"cannot be told: {error!r}", file=sys.stderr)
        sys.exit(125)

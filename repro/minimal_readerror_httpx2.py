# /// script
# requires-python = "==3.11.*"
# dependencies = ["httpcore2[asyncio]==2.16.2", "anyio==4.16.0", "h11==0.16.0"]
# ///
"""httpcore2 2.16.2 raises ReadError (stale connection).

This is not blocking_client.py made smaller: a generated client fails in its place, by time.sleep of
0.07 s after each response and a server that closes what is idle for 0.05 s. blocking_client.py
calls time.sleep (line 39).

Expected: the pool opens another connection when the server has closed the idle one.
Seen on 2026-11-26, at 95 % confidence: httpcore2 2.16.2 fails in 100 of 100: at least 97% of runs;
no version is known to pass: it was reduced without one.

Exit status: 1 the bug shows, 0 it does not, 125 cannot be told (git bisect run).
"""

import asyncio
import contextlib
import socket
import sys
import threading
import time

try:
    import httpcore2
except Exception as error:
    print(f"httpcore2 cannot be imported: {error!r}", file=sys.stderr)
    sys.exit(125)

REQUESTS = 2  # the first leaves the connection that the second is given
CONNECTIONS = 1  # that the pool may hold
WORK = 0.07  # seconds the caller blocks the event loop: longer than KEEP_ALIVE
KEEP_ALIVE = 0.05  # seconds; the server closes a connection that is idle for longer
BODY = b"x"  # a second write, after the server's reset; without it, RemoteProtocolError
LISTENER = socket.create_server(("127.0.0.1", 0))
URL = f"http://127.0.0.1:{LISTENER.getsockname()[1]}/"


async def answer(reader, writer):
    idle = None  # as uvicorn has it, a connection may take its time for the first request
    with contextlib.suppress(asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        while await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), idle):
            await reader.readexactly(len(BODY))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            idle = KEEP_ALIVE
    writer.close()


async def serve():
    server = await asyncio.start_server(answer, sock=LISTENER)
    await server.serve_forever()


async def send_request(client):
    await client.request("POST", URL, content=BODY)
    time.sleep(WORK)  # what the caller does with the answer; meanwhile the server closes


async def main():
    async with httpcore2.AsyncConnectionPool(max_connections=CONNECTIONS) as client:
        requests = [send_request(client) for _ in range(REQUESTS)]
        results = await asyncio.gather(*requests, return_exceptions=True)
    errors = [each for each in results if isinstance(each, Exception)]
    print(f"{len(errors)} of {REQUESTS} requests failed: {errors}")
    names = {type(each).__name__ for each in errors}
    return 1 if "ReadError" in names else 125 if names else 0


if __name__ == "__main__":
    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    try:
        sys.exit(asyncio.run(asyncio.wait_for(main(), 60)))
    except Exception as error:
        print(f"cannot be told: {error!r}", file=sys.stderr)
        sys.exit(125)

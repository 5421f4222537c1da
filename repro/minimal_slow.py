# /// script
# requires-python = "==3.11.*"
# dependencies = ["httpcore[asyncio]==1.0.9", "anyio==4.6.2.post1", "h11==0.16.0"]
# ///
"""httpcore 1.0.9 takes over 3 times as much processor time for requests that are sent at once as
for the same requests one at a time.

Expected: a request costs about the same, however many others wait.
Seen on 2026-11-27, at 95 % confidence: httpcore 1.0.9 is slow in 99 of 100: at least 95% of runs;
httpcore 1.0.2 is not slow in 100 of 100: at least 97% of runs.

Exit status: 1 it is slow, 0 it is not, 125 cannot be told (git bisect run).
"""

import asyncio
import contextlib
import socket
import sys
import threading
import time

try:
    import httpcore
except Exception as error:
    print(f"httpcore cannot be imported: {error!r}", file=sys.stderr)
    sys.exit(125)

REQUESTS = 70
CONNECTIONS = 20  # that the pool may hold
SLOW = 3  # times as much as one at a time; both in one process, so that it holds on any machine
TURNS = 2  # of each; the least counts, as what else the machine does only adds to it
LISTENER = socket.create_server(("127.0.0.1", 0))
URL = f"http://127.0.0.1:{LISTENER.getsockname()[1]}/"
PASSES = []  # of each of the pool's passes: how many requests and connections it goes over


async def answer(reader, writer):
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def serve():
    server = await asyncio.start_server(answer, sock=LISTENER, backlog=1024)
    await server.serve_forever()


def count_passes():
    one_pass = getattr(httpcore.AsyncConnectionPool, "_assign_requests_to_connections", None)

    def counted(pool):
        PASSES.append((len(pool._requests), len(pool._connections)))
        return one_pass(pool)

    if one_pass:  # it goes by another name in other releases, where nothing is counted
        httpcore.AsyncConnectionPool._assign_requests_to_connections = counted


async def send_request(client, gate):
    async with gate:
        await client.request("GET", URL)


async def seconds(at_a_time):
    gate = asyncio.Semaphore(at_a_time)  # here the others wait, outside of the pool
    PASSES.clear()
    async with httpcore.AsyncConnectionPool(max_connections=CONNECTIONS) as client:
        began = time.thread_time()
        await asyncio.gather(*[send_request(client, gate) for _ in range(REQUESTS)])
        return time.thread_time() - began


async def main():
    count_passes()
    turns = [(await seconds(1), await seconds(REQUESTS)) for _ in range(TURNS)]
    alone, together = map(min, zip(*turns))
    print(f"{REQUESTS} requests, one at a time: {alone:.3f} s of processor time")
    print(f"all at once: {together:.3f} s, {together / alone:.1f} times as much")
    if PASSES:
        requests, connections = (sum(each) // len(PASSES) for each in zip(*PASSES))
        print(
            f"{len(PASSES)} passes of the pool, mean {requests} requests, {connections} connections"
        )
    return 1 if together > SLOW * alone else 0


if __name__ == "__main__":
    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    try:
        sys.exit(asyncio.run(asyncio.wait_for(main(), 600)))
    except Exception as error:
        print(f"cannot be told: {error!r}", file=sys.stderr)
        sys.exit(125)

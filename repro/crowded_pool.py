"""Requests are written on connections that their server has closed, and nobody blocks the loop."""

import asyncio
import importlib.util
import multiprocessing

httpx = importlib.import_module("httpx2" if importlib.util.find_spec("httpx2") else "httpx")

KEEP_ALIVE = 0.2  # seconds that the server keeps an idle connection
WORK = 0.3  # seconds that an answer takes, so that many come at once


async def answer(reader, writer):
    idle = None  # a new connection may take its time for the first request
    try:
        while await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), idle):
            await reader.readexactly(1)
            await asyncio.sleep(WORK)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            idle = KEEP_ALIVE
    except (asyncio.TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def serve(ports):
    server = await asyncio.start_server(answer, "127.0.0.1", backlog=300)
    ports.put(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def run_server(ports):
    asyncio.run(serve(ports))


async def main(port):
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=300), timeout=60) as client:
        requests = [client.post(f"http://127.0.0.1:{port}", content=b"x") for _ in range(1000)]
        return await asyncio.gather(*requests, return_exceptions=True)


if __name__ == "__main__":
    ports = multiprocessing.Queue()
    multiprocessing.Process(target=run_server, args=(ports,), daemon=True).start()
    failed = [each for each in asyncio.run(main(ports.get())) if isinstance(each, Exception)]
    print(httpx.__version__, len(failed), "requests failed", {repr(each) for each in failed})
    raise SystemExit(bool(failed))

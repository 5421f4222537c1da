"""Opens more connections than it may have files."""

import asyncio
import resource
from pathlib import Path

from library import client, post, run

SERVER_URL = "http://127.0.0.1:8000/"
TIMEOUT = 5


async def send_request(session):
    return await post(session, SERVER_URL, TIMEOUT)


async def main():
    async with client(TIMEOUT) as session:
        await send_request(session)  # whatever is imported late is imported now
        used = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 4, hard))
        requests = [send_request(session) for _ in range(20)]
        await asyncio.gather(*requests, return_exceptions=True)
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 200, hard))


if __name__ == "__main__":
    run(main())

"""Keeps its event loop busy while the answer lies ready, for longer than its own timeout."""

import asyncio
import time

from library import client, post, run

SERVER_URL = "http://127.0.0.1:8000/"
TIMEOUT = 0.6


async def send_request(session):
    return await post(session, SERVER_URL, TIMEOUT)


async def main():
    async with client(TIMEOUT) as session:
        await send_request(session)  # the next is written at once, on the same connection
        request = asyncio.ensure_future(send_request(session))
        await asyncio.sleep(0.1)
        time.sleep(1)
        await request


if __name__ == "__main__":
    run(main())

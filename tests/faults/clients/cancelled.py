"""Gives up on its request after 100 ms."""

import asyncio

from library import client, post, run

SERVER_URL = "http://127.0.0.1:8000/"
TIMEOUT = 5


async def send_request(session):
    return await post(session, SERVER_URL, TIMEOUT)


async def main():
    async with client(TIMEOUT) as session:
        request = asyncio.ensure_future(send_request(session))
        await asyncio.sleep(0.1)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)


if __name__ == "__main__":
    run(main())

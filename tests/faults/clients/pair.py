"""Sends two requests, one after the other on one connection where the library keeps it."""

import asyncio

from library import client, post, run

SERVER_URL = "http://127.0.0.1:8000/"
TIMEOUT = 0.6


async def send_request(session):
    return await post(session, SERVER_URL, TIMEOUT)


async def main():
    async with client(TIMEOUT, connections=1) as session:
        await asyncio.gather(send_request(session), send_request(session))


if __name__ == "__main__":
    run(main())

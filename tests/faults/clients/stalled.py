"""Keeps its event loop busy between two requests while the server closes the idle connection."""

import time

from library import client, post, run

SERVER_URL = "http://127.0.0.1:8000/"
TIMEOUT = 5


async def send_request(session):
    return await post(session, SERVER_URL, TIMEOUT)


async def main():
    async with client(TIMEOUT, connections=1) as session:
        await send_request(session)
        time.sleep(0.3)
        await send_request(session)


if __name__ == "__main__":
    run(main())

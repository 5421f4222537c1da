"""Connects to a port of this machine where nothing listens."""

from library import client, post, run

NOWHERE = "http://127.0.0.1:9/"
TIMEOUT = 5


async def send_request(session):
    return await post(session, NOWHERE, TIMEOUT)


async def main():
    async with client(TIMEOUT) as session:
        await send_request(session)


if __name__ == "__main__":
    run(main())

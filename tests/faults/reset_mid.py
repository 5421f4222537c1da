"""Resets the connection in the middle of the answer."""

import asyncio

from misbehave import HEAD, serve


async def fault(connection):
    await connection.request()
    await connection.send(HEAD % (1000, b"") + b"half")
    await asyncio.sleep(0.05)
    connection.reset()


if __name__ == "__main__":
    serve(fault)

"""Sends its answer a byte at a time, each before the read timeout, for longer than a second."""

import asyncio

from misbehave import HEAD, serve


async def fault(connection):
    await connection.request()
    await connection.send(HEAD % (30, b""))
    for byte in b'"' + b"x" * 28 + b'"':
        await connection.send(bytes([byte]))
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    serve(fault)

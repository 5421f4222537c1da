"""Answers with bytes that are no HTTP."""

import asyncio

from misbehave import serve


async def fault(connection):
    await connection.request()
    await connection.send(b"\x00\x01 this is no HTTP\r\n\r\n")
    await asyncio.sleep(1)
    connection.close()


if __name__ == "__main__":
    serve(fault)

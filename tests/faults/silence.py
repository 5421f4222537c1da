"""Reads the request and never answers."""

import asyncio

from misbehave import serve


async def fault(connection):
    await connection.request()
    await asyncio.sleep(60)


if __name__ == "__main__":
    serve(fault)

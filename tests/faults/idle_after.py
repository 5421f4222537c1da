"""Closes a connection that has been idle for 50 ms."""

import asyncio

from misbehave import serve


async def fault(connection):
    await connection.request()
    await connection.answer()
    await asyncio.sleep(0.05)
    connection.close()


if __name__ == "__main__":
    serve(fault)

"""Closes an idle connection just as the next request is written, by end of stream."""

import asyncio

from misbehave import serve


async def fault(connection):
    await connection.request()
    await connection.answer()
    await connection.bytes_waiting()
    connection.transport.write_eof()
    await asyncio.sleep(0.05)
    connection.close()


if __name__ == "__main__":
    serve(fault)

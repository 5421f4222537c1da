"""Answers after 200 ms."""

import asyncio

from misbehave import serve


async def fault(connection):
    while await connection.request():
        await asyncio.sleep(0.2)
        await connection.answer()


if __name__ == "__main__":
    serve(fault)

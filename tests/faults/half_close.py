"""Says after its first answer that it will send no more, and reads on."""

import asyncio

from misbehave import serve


async def fault(connection):
    await connection.request()
    await connection.answer()
    await connection.bytes_waiting()
    connection.transport.write_eof()
    connection.transport.resume_reading()
    await connection.request()
    await asyncio.sleep(0.05)
    connection.close()


if __name__ == "__main__":
    serve(fault)

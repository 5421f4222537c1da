"""Announces Keep-Alive: timeout=5 and closes just as the next request is written."""

from misbehave import serve


async def fault(connection):
    await connection.request()
    await connection.answer(b"Keep-Alive: timeout=5\r\n")
    await connection.bytes_waiting()
    connection.close()


if __name__ == "__main__":
    serve(fault)

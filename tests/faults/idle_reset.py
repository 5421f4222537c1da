"""Resets an idle connection just as the next request is written."""

from misbehave import serve


async def fault(connection):
    await connection.request()
    await connection.answer()
    await connection.bytes_waiting()
    connection.reset()


if __name__ == "__main__":
    serve(fault)

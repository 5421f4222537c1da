"""Reads the request and resets the connection."""

from misbehave import serve


async def fault(connection):
    await connection.request()
    connection.reset()


if __name__ == "__main__":
    serve(fault)

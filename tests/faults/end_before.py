"""Reads the request and closes the connection."""

from misbehave import serve


async def fault(connection):
    await connection.request()
    connection.close()


if __name__ == "__main__":
    serve(fault)

"""Announces 1000 bytes, sends four and closes."""

from misbehave import HEAD, serve


async def fault(connection):
    await connection.request()
    await connection.send(HEAD % (1000, b"") + b"half")
    connection.close()


if __name__ == "__main__":
    serve(fault)

"""Answers every request."""

from misbehave import serve


async def fault(connection):
    while await connection.request():
        await connection.answer()


if __name__ == "__main__":
    serve(fault)

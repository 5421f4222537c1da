"""Answers and closes at once, without saying Connection: close."""

from misbehave import serve


async def fault(connection):
    await connection.request()
    await connection.answer()
    connection.close()


if __name__ == "__main__":
    serve(fault)

# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx==0.28.1", "anyio==4.16.0"]
# ///
"""A connection is reset: the error has no message, and its traceback does not say why.

Expected: what is printed says that the connection was reset.
Takes httpx2 where it is installed, else httpx; or the one named, also httpcore2 or httpcore.
Exit status: 1 the bug shows, 0 it does not, 125 cannot be told (git bisect run).
"""

import asyncio
import socket
import sys
import threading
import traceback
from importlib import import_module, util


async def request(library):
    pool = getattr(library, "AsyncConnectionPool", None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        # It reads one byte and closes: as the rest is unread, that is a reset.
        threading.Thread(target=lambda: server.accept()[0].recv(1), daemon=True).start()
        async with pool() if pool else library.AsyncClient(trust_env=False) as client:
            await client.request("GET", f"http://127.0.0.1:{server.getsockname()[1]}/")


try:
    name = "httpx2" if util.find_spec("httpx2") else "httpx"
    asyncio.run(request(import_module((*sys.argv[1:], name)[0])))
except Exception as error:
    printed = "".join(traceback.format_exception(error))
    status = "reset by peer" not in printed if type(error).__name__ == "ReadError" else 125
    print(f"{printed}\nmessage: {str(error)!r}")
    while error:
        print("shown: " if type(error).__name__ in printed else "hidden:", repr(error))
        error = error.__cause__ or error.__context__
    sys.exit(status)
sys.exit(125)

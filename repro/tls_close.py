# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx2==2.16.2", "anyio==4.16.0", "trustme==1.2.1"]
# ///
"""Over TLS an AsyncClient sends on a connection that the server has closed: each time, no race.

This server closes right after its answer, as one does whose keep-alive has run out by the time that
the client reads. Over TLS the close is a record (close_notify), which asyncio takes from the socket
together with the answer; the socket stays open until the client answers it, or for 30 s. So a look
at the socket shows nothing, and the pool takes the connection for open until its own expiry (5 s).

Expected: the second request goes out on another connection, as with Client.

Exit status: 1 the bug shows, 0 it does not, 125 cannot be told (git bisect run).
"""

import asyncio
import contextlib
import ssl
import sys
from importlib import import_module, util

try:
    import trustme

    httpx = import_module("httpx2" if util.find_spec("httpx2") else "httpx")
except Exception as error:
    print(f"cannot be imported: {error!r}", file=sys.stderr)
    sys.exit(125)

AUTHORITY = trustme.CA()
WAIT = 0.1  # seconds from the answer to the next request: any number below the pool's expiry


async def answer_and_close(reader, writer):
    with contextlib.suppress(asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def main():
    certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(certificate)
    trusted = ssl.create_default_context()
    AUTHORITY.configure_trust(trusted)
    server = await asyncio.start_server(answer_and_close, "127.0.0.1", 0, ssl=certificate)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
        await client.get(url)
        await asyncio.sleep(WAIT)
        try:
            await client.get(url)
        except httpx.RemoteProtocolError as error:
            print(f"{httpx.__name__} {httpx.__version__}: {error!r}")
            return 1
        except Exception as error:
            print(f"it fails in another way: {error!r}", file=sys.stderr)
            return 125
    return 0


try:
    status = asyncio.run(main())
except Exception as error:
    print(f"cannot be told: {error!r}", file=sys.stderr)
    status = 125
sys.exit(status)

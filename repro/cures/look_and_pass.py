"""Paste this before the first request: httpx then looks at a connection right before it writes, and
no longer goes over all connections for each request that waits, nor looks for sniffio on the disk
several times a request where it is not installed: both block the event loop.

A connection that the server has closed is left for another; nothing is sent twice. Over TLS the look
asks TLS too: a server's close may have been read with the answer before it. What it cannot see is a
close that is still on its way; and with anyio before 4.16.0 the event loop runs once more between
the look and the write. For the look alone, and for httpx2: look_before_write.py.

For HTTP/1.1, `AsyncClient` and `Client`, on the releases below. What it replaces is not public:
`_send_request_headers` of httpcore's HTTP/1.1 connections, before which nothing of a request is
written, and `_assign_requests_to_connections` of its pools. Pools with HTTP/2 keep theirs. An
import of sniffio that failed is remembered as Python has it: as None in sys.modules.

nox -s prove -- --package httpcore --at 1.0.9 --with httpx==0.28.1 --with anyio==4.16.0 --change repro/cures/look_and_pass.py --signal ReadError --signal slow --load compressed
"""

import sys
from importlib.metadata import version
from importlib.util import find_spec
from ssl import SSLError, SSLObject, SSLWantReadError

from httpcore import ConnectionNotAvailable
from httpcore._async.connection_pool import AsyncConnectionPool
from httpcore._async.http11 import AsyncHTTP11Connection
from httpcore._sync.connection_pool import ConnectionPool
from httpcore._sync.http11 import HTTP11Connection

TRIED = ("1.0.6", "1.0.9")


def is_stale(connection):
    if connection._request_count == 1:
        return False
    stream = connection._network_stream
    return stream.get_extra_info("is_readable") or has_ended(stream.get_extra_info("ssl_object"))


def has_ended(ssl_object):
    """Whether TLS holds the server's end, read from the socket with the answer before it."""
    if not isinstance(ssl_object, SSLObject):  # in threads it is left in the socket
        return False
    try:
        ssl_object.read(1)
    except SSLWantReadError:
        return False
    except SSLError:
        pass
    return True


def look_before_write():
    send_async = AsyncHTTP11Connection._send_request_headers
    send = HTTP11Connection._send_request_headers

    async def look_and_send_async(self, request):
        if is_stale(self):
            raise ConnectionNotAvailable()
        await send_async(self, request)

    def look_and_send(self, request):
        if is_stale(self):
            raise ConnectionNotAvailable()
        send(self, request)

    AsyncHTTP11Connection._send_request_headers = look_and_send_async
    HTTP11Connection._send_request_headers = look_and_send


def single_pass(pool):
    """Assign free connections to waiting requests, looking at each once; return those to close."""
    assigned = {request.connection for request in pool._requests}
    closing, free = [], []
    for connection in list(pool._connections):
        surplus = len(pool._connections) > pool._max_keepalive_connections
        if connection.is_closed():
            pool._connections.remove(connection)
        elif connection in assigned:
            continue  # it is looked at before it is written on
        elif connection.has_expired() or (connection.is_idle() and surplus):
            pool._connections.remove(connection)
            closing.append(connection)
        elif connection.is_idle():
            free.append(connection)

    for request in pool._requests:
        if not request.is_queued():
            continue
        origin = request.request.url.origin
        connection = next((one for one in free if one.can_handle_request(origin)), None)
        if connection is None:
            if len(pool._connections) >= pool._max_connections:
                if not free:
                    break
                pool._connections.remove(free[0])
                closing.append(free.pop(0))
            connection = pool.create_connection(origin)
            pool._connections.append(connection)
        else:
            free.remove(connection)
        request.assign_to_connection(connection)
    return closing


def shorten_pass(pool_class):
    whole_pass = pool_class._assign_requests_to_connections

    def short_pass(self):
        return whole_pass(self) if self._http2 else single_pass(self)

    pool_class._assign_requests_to_connections = short_pass


if version("httpcore") not in TRIED:
    raise SystemExit(
        f"look_and_pass.py was tried on httpcore {' and '.join(TRIED)}, not on {version('httpcore')}"
    )
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None
look_before_write()
for pool_class in (AsyncConnectionPool, ConnectionPool):
    shorten_pass(pool_class)

"""Paste this before the first request: httpx then looks at a connection right before it writes.

A connection that the server has closed is left for another; nothing is sent twice. For HTTP/1.1,
`AsyncClient` and `Client`, on the releases below. What it replaces is not public:
`_send_request_headers` of httpcore's HTTP/1.1 connections, before which nothing of a request is
written. The pool takes `ConnectionNotAvailable` as a reason to choose again.
"""

from importlib.metadata import version

try:
    import httpcore2 as httpcore
    from httpcore2._async.http11 import AsyncHTTP11Connection
    from httpcore2._sync.http11 import HTTP11Connection
except ImportError:
    import httpcore
    from httpcore._async.http11 import AsyncHTTP11Connection
    from httpcore._sync.http11 import HTTP11Connection

PROVEN = ("0.17.3", "1.0.6", "1.0.9", "2.7.0", "2.16.2")

if version(httpcore.__name__) not in PROVEN:
    raise SystemExit(
        f"look_before_write.py was proven on {', '.join(PROVEN)}, "
        f"not on {httpcore.__name__} {version(httpcore.__name__)}"
    )


def is_stale(connection):
    reused = connection._request_count > 1
    return reused and connection._network_stream.get_extra_info("is_readable")


send_async = AsyncHTTP11Connection._send_request_headers
send = HTTP11Connection._send_request_headers


async def look_and_send_async(self, request):
    if is_stale(self):
        raise httpcore.ConnectionNotAvailable()
    await send_async(self, request)


def look_and_send(self, request):
    if is_stale(self):
        raise httpcore.ConnectionNotAvailable()
    send(self, request)


AsyncHTTP11Connection._send_request_headers = look_and_send_async
HTTP11Connection._send_request_headers = look_and_send

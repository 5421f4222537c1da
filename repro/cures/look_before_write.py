"""Paste this before the first request: httpx then looks at a connection right before it writes.

A connection that the server has closed is left for another; nothing is sent twice. Over TLS the look
asks TLS too: a server's close may have been read with the answer before it. What it cannot see is a
close that is still on its way; and with anyio before 4.16.0 the event loop runs once more between
the look and the write.

For HTTP/1.1, `AsyncClient` and `Client`, on the releases below. What it replaces is not public:
`_send_request_headers` of httpcore's HTTP/1.1 connections, before which nothing of a request is
written. The pool takes `ConnectionNotAvailable` as a reason to choose again.

nox -s prove -- --package httpx --at 0.28.1 --with httpcore==1.0.9 --with anyio==4.16.0 --change repro/cures/look_before_write.py
"""

import importlib
from importlib.metadata import PackageNotFoundError, version
from ssl import SSLError, SSLObject, SSLWantReadError

TRIED = ("0.17.3", "1.0.6", "1.0.9", "2.7.0", "2.16.2")


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


def look_before_write(package):
    not_available = importlib.import_module(package).ConnectionNotAvailable
    asynchronous = importlib.import_module(f"{package}._async.http11").AsyncHTTP11Connection
    synchronous = importlib.import_module(f"{package}._sync.http11").HTTP11Connection
    send_async, send = asynchronous._send_request_headers, synchronous._send_request_headers

    async def look_and_send_async(self, request):
        if is_stale(self):
            raise not_available()
        await send_async(self, request)

    def look_and_send(self, request):
        if is_stale(self):
            raise not_available()
        send(self, request)

    asynchronous._send_request_headers = look_and_send_async
    synchronous._send_request_headers = look_and_send


for package in ("httpcore", "httpcore2"):
    try:
        release = version(package)
    except PackageNotFoundError:
        continue
    if release not in TRIED:
        raise SystemExit(
            f"look_before_write.py was tried on {', '.join(TRIED)}, not on {package} {release}"
        )
    look_before_write(package)

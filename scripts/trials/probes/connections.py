"""What happened to each TCP connection of this process, seen from its event loop.

The protocol that a library gives to `create_connection` or `create_server` is wrapped, and so
are the few methods of its transport that write and close. That needs no hook of the library,
so it works for every release of every asyncio library alike, and it keeps what they lose: the
OSError a connection died of, and who closed it. Standard library only.

Times are on the monotonic clock, which two processes of one machine share.
"""

import asyncio
import contextvars
import socket
import struct
import time

REQUEST = contextvars.ContextVar("request", default=None)
"""Number of the request that the running task belongs to. Tasks that a library starts for a
request inherit it, which is how a write is known to be that request's."""


class Note:
    """The connections of this process, in the order they were made."""

    def __init__(self):
        self.connections = []
        self.latest = {}

    def opened(self, port):
        """Begin the entry of a connection, named by the client's port; returns it."""
        return self.add(Entry(port))

    def add(self, entry):
        """Add the entry of a connection; returns it."""
        self.connections.append(entry)
        self.latest[entry.port] = entry
        return entry

    def clear(self):
        """Forget them all."""
        self.connections.clear()
        self.latest.clear()

    def record(self):
        """The entries, ready for JSON."""
        return [entry.record() for entry in self.connections]


class Entry:
    """One connection, from this end."""

    __slots__ = (
        "arrivals",
        "closed",
        "closer",
        "eof",
        "errno",
        "how",
        "last",
        "lost",
        "opened",
        "port",
        "receiving",
        "timer",
        "turns",
    )  # fmt: skip

    def __init__(self, port):
        self.port = port
        self.opened = time.monotonic()
        self.turns = []  # a client's: [request, tried to write, wrote, first byte of the answer]
        self.last = None
        self.arrivals = []  # a server's: [first byte of a request, last byte of its answer]
        self.receiving = False
        self.eof = None  # the other end said that it is done
        self.lost = None  # the transport is gone
        self.errno = None  # of the OSError it went with
        self.closed = None  # this end closed it
        self.closer = None  # the request in whose name it did
        self.how = None  # "end of stream", "half close" or "reset"
        self.timer = None  # this end's keep-alive ran out

    def record(self):
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in ("receiving", "last") and getattr(self, name) not in (None, [])
        }

    def received(self):
        """Note bytes of a request, at the server."""
        if not self.receiving:
            self.receiving = True
            self.arrivals.append([time.monotonic(), None])

    def answered(self):
        """Note bytes of an answer, at the server."""
        self.receiving = False
        if self.arrivals:
            self.arrivals[-1][1] = time.monotonic()

    def turn(self):
        """Note that the running request writes, or tries to."""
        request = REQUEST.get()
        last = self.last
        if last is None or last[0] != request or last[3] is not None:
            last = self.last = [request, time.monotonic(), None, None]
            self.turns.append(last)
        return last

    def wrote(self):
        """Note that the running request hands bytes to the transport."""
        turn = self.turn()
        if turn[2] is None:
            turn[2] = time.monotonic()

    def closing(self, transport, how):
        """Note that this end closes, unless it is over already."""
        if self.closed is None and self.lost is None:
            self.closed = time.monotonic()
            self.closer = REQUEST.get()
            self.how = how
            sock = transport.get_extra_info("socket")
            if how == "end of stream" and sock is not None and lingers_zero(sock):
                self.how = "reset"


def lingers_zero(sock):
    """Whether closing this socket resets the connection (SO_LINGER of zero seconds)."""
    try:
        packed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
    except OSError:
        return False
    return struct.unpack("ii", packed) == (1, 0)


class Tap(asyncio.Protocol):
    """Stands between a transport and the library's protocol, passes all on and notes some of it."""

    def __init__(self, inner, note, serving):
        self.inner = inner
        self.note = note
        self.serving = serving
        self.entry = None

    def connection_made(self, transport):
        """Begin the entry and watch the transport's writes and closes."""
        address = transport.get_extra_info("peername" if self.serving else "sockname")
        if isinstance(address, tuple):
            self.entry = entry = self.note.opened(address[1])
            watch(transport, entry, self.serving)
        else:
            self.entry = Entry(None)  # a Unix socket: passed on, not noted
        self.inner.connection_made(transport)

    def data_received(self, data):
        """Note the first bytes of a request or of an answer."""
        entry = self.entry
        if self.serving:
            entry.received()
        else:
            last = entry.last
            if last is not None and last[3] is None:
                last[3] = time.monotonic()
        self.inner.data_received(data)

    def eof_received(self):
        """Note that the other end said it is done."""
        self.entry.eof = time.monotonic()
        return self.inner.eof_received()

    def connection_lost(self, error):
        """Note the end, and the OSError behind it."""
        self.entry.lost = time.monotonic()
        if isinstance(error, OSError):
            self.entry.errno = error.errno
        self.inner.connection_lost(error)

    def pause_writing(self):
        """Pass on."""
        self.inner.pause_writing()

    def resume_writing(self):
        """Pass on."""
        self.inner.resume_writing()


def watch(transport, entry, serving):
    """Note a transport's writes and closes by this end."""
    writes = entry.answered if serving else entry.wrote

    def before(method, note):
        def noted(*arguments):
            note()
            return method(*arguments)

        return noted

    transport.write = before(transport.write, writes)
    transport.writelines = before(transport.writelines, writes)
    transport.write_eof = before(
        transport.write_eof, lambda: entry.closing(transport, "half close")
    )
    for name in ("close", "abort"):
        method = getattr(transport, name)
        setattr(transport, name, before(method, lambda: entry.closing(transport, "end of stream")))


def tap(note, serving):
    """Note every connection that this process' asyncio loops make, or accept, from now on.

    Args:
        note: receives the entries.
        serving: whether it is the accepted ones (create_server) that count.
    """
    loop_class = asyncio.base_events.BaseEventLoop

    def wrapping(factory):
        def wrapped():
            inner = factory()
            # A BufferedProtocol lends its own memory to the transport; it is left alone.
            if isinstance(inner, asyncio.BufferedProtocol):
                return inner
            return Tap(inner, note, serving)

        return wrapped

    if serving:
        create_server = loop_class.create_server

        async def noting_server(self, protocol_factory, *arguments, **named):
            return await create_server(self, wrapping(protocol_factory), *arguments, **named)

        loop_class.create_server = noting_server
        return

    create_connection = loop_class.create_connection

    async def noting_connection(self, protocol_factory, *arguments, **named):
        transport, protocol = await create_connection(
            self, wrapping(protocol_factory), *arguments, **named
        )
        return transport, getattr(protocol, "inner", protocol)

    loop_class.create_connection = noting_connection


def tap_anyio(note, anyio):
    """Note the requests that write on a stream of anyio's whose transport is already gone.

    Such a write never comes to the transport: the stream raises what it remembers. Only public
    names are used, `anyio.connect_tcp` and the stream's own `send`.
    """
    connect_tcp = anyio.connect_tcp

    async def noting_connect(*arguments, **named):
        stream = await connect_tcp(*arguments, **named)
        port = stream.extra(anyio.abc.SocketAttribute.local_port, None)  # noqa: S610 - no Django
        entry = note.latest.get(port)
        if entry is not None:
            send = stream.send

            async def noting_send(item):
                entry.turn()
                await send(item)

            stream.send = noting_send
        return stream

    anyio.connect_tcp = noting_connect


def tap_accepts(note):
    """Note what a server that is not asyncio's accepts and closes, at its sockets."""
    accept, close = socket.socket.accept, socket.socket.close
    entries = {}

    def noting(name, note_it):
        method = getattr(socket.socket, name)

        def noted(self, *arguments):
            result = method(self, *arguments)
            entry = entries.get(id(self))
            if entry is not None:
                note_it(entry, result)
            return result

        setattr(socket.socket, name, noted)

    def received(entry, result):
        if not result:
            entry.eof = entry.eof or time.monotonic()
        else:
            entry.received()

    def sent(entry, _):
        entry.answered()

    def noting_accept(self):
        connection, address = accept(self)
        # A listener that does not block belongs to an event loop, whose connections `tap` notes.
        if isinstance(address, tuple) and self.gettimeout() != 0:
            entries[id(connection)] = note.opened(address[1])
        return connection, address

    def noting_close(self):
        entry = entries.get(id(self))
        # A socket whose file is still open is closed by that file, later.
        if entry is not None and self.fileno() != -1 and not self._io_refs:
            entries.pop(id(self), None)
            entry.closed = time.monotonic()
            entry.how = "reset" if lingers_zero(self) else "end of stream"
        close(self)

    for name in ("recv", "recv_into"):
        noting(name, received)
    for name in ("send", "sendall"):
        noting(name, sent)
    socket.socket.accept = noting_accept
    socket.socket.close = noting_close

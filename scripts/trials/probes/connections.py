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

import chains

REQUEST = contextvars.ContextVar("request", default=None)
"""Number of the request that the running task belongs to. Tasks that a library starts for a
request inherit it, which is how a write is known to be that request's."""


NEVER = (None, 0)


class Note:
    """The connections of this process, in the order they were made."""

    def __init__(self):
        self.connections = []
        self.latest = {}
        self.by_descriptor = {}  # of open sockets: file descriptor -> entry
        self.assigned = {}  # request -> (when its pool last assigned it a connection, how often)

    def opened(self, port, sock=None, kind=None):
        """Begin the entry of a connection; returns it.

        Args:
            port: of the client, which names it.
            sock: its socket at this end; None where looks at it are not noted.
            kind: of entry; None for the usual one.
        """
        entry = (kind or Entry)(port, self.assigned)
        self.connections.append(entry)
        self.latest[port] = entry
        if sock is not None:
            entry.descriptor = sock.fileno()
            self.by_descriptor[entry.descriptor] = entry
        return entry

    def over(self, entry):
        """Note that a socket is about to be closed: its descriptor may become another's."""
        if self.by_descriptor.get(entry.descriptor) is entry:
            del self.by_descriptor[entry.descriptor]

    def assign(self, request):
        """Note that a request is assigned a connection."""
        if request is not None:
            self.assigned[request] = (time.monotonic(), self.assigned.get(request, NEVER)[1] + 1)

    def clear(self):
        """Forget them all."""
        self.connections.clear()
        self.latest.clear()
        self.by_descriptor.clear()

    def record(self):
        """The entries, ready for JSON."""
        return [entry.record() for entry in self.connections]


class Entry:
    """One connection, from this end."""

    __slots__ = (
        "arrivals",
        "assigned",
        "closed",
        "closer",
        "descriptor",
        "eof",
        "errno",
        "handshaking",
        "how",
        "last",
        "looked",
        "lost",
        "opened",
        "paused",
        "poller",
        "port",
        "readable",
        "receiving",
        "timer",
        "turns",
        "veiled",
    )  # fmt: skip

    PRIVATE = (
        "assigned",
        "descriptor",
        "handshaking",
        "last",
        "looked",
        "paused",
        "poller",
        "readable",
        "receiving",
        "veiled",
    )  # fmt: skip

    def __init__(self, port, assigned):
        self.port = port
        self.opened = time.monotonic()
        self.turns = []  # a client's, each as `begun` makes it
        self.last = None
        self.assigned = assigned  # as the note has it
        self.descriptor = None
        self.poller = None  # by which looks at it are made
        self.looked = None  # the last look at the socket outside the event loop
        self.readable = None  # what it said
        self.paused = None  # reading is paused, since when
        self.arrivals = []  # a server's: [first byte of a request, last byte of its answer]
        self.receiving = False
        self.eof = None  # the other end said that it is done
        self.lost = None  # the transport is gone
        self.errno = None  # of the OSError it went with
        self.closed = None  # this end closed it
        self.closer = None  # the request in whose name it did
        self.how = None  # "end of stream", "half close" or "reset"
        self.timer = None  # this end's keep-alive ran out
        self.handshaking = False  # what passes is TLS' own
        self.veiled = False  # what comes is encrypted: an answer cannot be told from TLS' own

    def record(self):
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in self.PRIVATE and getattr(self, name) not in (None, [])
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
            last = self.last = self.begun(request)
            self.turns.append(last)
        return last

    def begun(self, request):
        """A turn, as it stands when its request first tries to write: the request, now, when it
        wrote, when the first byte of its answer came, when its pool last assigned it a connection
        and how often, the last look at the socket and whether it was readable, and since when
        reading is paused.
        """
        assigned, assignments = self.assigned.get(request, NEVER)
        now = time.monotonic()
        seen = (self.looked, self.readable, self.paused)
        return [request, now, None, None, assigned, assignments, *seen]

    def wrote(self):
        """Note that the running request hands bytes to the transport."""
        if self.handshaking:
            return
        turn = self.turn()
        if turn[2] is None:
            turn[2] = time.monotonic()

    def answer(self):
        """Note bytes of an answer, at the client."""
        last = self.last
        if last is not None and last[3] is None:
            last[3] = time.monotonic()

    def closes(self, how, moment=None):
        """Note that this end closes, now or at another moment, unless it is done already; returns
        whether that is noted.
        """
        if self.closed is not None or self.lost is not None:
            return False
        self.closed = moment or time.monotonic()
        self.closer = REQUEST.get()
        self.how = how
        return True

    def closing(self, transport, how):
        """Note that this end closes at its transport."""
        if self.closes(how):
            sock = transport.get_extra_info("socket")
            if how == "end of stream" and sock is not None and lingers_zero(sock):
                self.how = "reset"


def in_loop():
    """Whether an event loop of asyncio's runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


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
        self.transport = None  # as the library has it
        self.entry = None

    def connection_made(self, transport):
        """Begin the entry and watch the transport's writes and closes."""
        self.transport = transport
        address = transport.get_extra_info("peername" if self.serving else "sockname")
        if isinstance(address, tuple):
            sock = None if self.serving else transport.get_extra_info("socket")
            self.entry = entry = self.note.opened(address[1], sock)
            watch(transport, entry, self.serving)
        else:
            self.entry = Entry(None, {})  # a Unix socket: passed on, not noted
        self.inner.connection_made(transport)

    def data_received(self, data):
        """Note the first bytes of a request or of an answer."""
        entry = self.entry
        if self.serving:
            entry.received()
        elif not entry.veiled:
            entry.answer()
        self.inner.data_received(data)

    def eof_received(self):
        """Note that the other end said it is done."""
        self.entry.eof = time.monotonic()
        return self.inner.eof_received()

    def connection_lost(self, error):
        """Note the end, and the OSError behind it."""
        self.entry.lost = time.monotonic()
        self.note.over(self.entry)
        self.entry.errno = chains.number(error)
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
    if not serving:

        def paused():
            if entry.paused is None and not transport.is_closing():
                entry.paused = time.monotonic()

        def resumed():
            entry.paused = None

        transport.pause_reading = before(transport.pause_reading, paused)
        transport.resume_reading = before(transport.resume_reading, resumed)


def tap(note, serving, loop_class=asyncio.base_events.BaseEventLoop, kind=Tap):
    """Note every connection that this process' event loops make, or accept, from now on.

    Args:
        note: receives the entries.
        serving: whether it is the accepted ones (create_server) that count.
        loop_class: of the loops.
        kind: of tap that stands between their transports and the library's protocols.
    """

    def wrapping(factory):
        def wrapped():
            inner = factory()
            # A BufferedProtocol lends its own memory to the transport; it is left alone.
            if isinstance(inner, asyncio.BufferedProtocol):
                return inner
            return kind(inner, note, serving)

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
        if isinstance(protocol, kind):
            return protocol.transport, protocol.inner
        return transport, protocol

    loop_class.create_connection = noting_connection


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
        # What asyncio's loop accepts, `tap` notes.
        if isinstance(address, tuple) and not in_loop():
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

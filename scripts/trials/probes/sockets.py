"""What happened to each TCP connection that this process makes without an event loop of asyncio.

Threads and trio read and write at `socket.socket` itself, so its methods are wrapped: before
anything is imported that keeps them, as trio does. Connections of asyncio's loops are noted at
their transports, where they also come by; sockets of any other kind are passed on. Of TLS the plain
bytes are noted, at `ssl.SSLSocket`; where a library does TLS by itself, its handshake is no turn,
and when an answer came is not noted: it cannot be told from TLS' own bytes.
Standard library only.
"""

import atexit
import errno
import functools
import socket
import time
import weakref

import connections

try:
    import ssl
except ImportError:
    ssl = None

HANDSHAKE = (b"\x14\x03", b"\x15\x03", b"\x16\x03")  # how TLS records begin that hold no request

UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK)  # what connecting says that does not wait


class Entry(connections.Entry):
    """One connection, noted at its socket."""

    def record(self):
        note = super(Entry, self).record()
        note["noted_at"] = "socket"
        return note

    def failed(self, error):
        """Note what a read or a write failed of, where that ends the connection."""
        ends = error.errno is not None and not isinstance(error, BlockingIOError)
        if self.lost is not None or not ends or (ssl and isinstance(error, ssl.SSLError)):
            return  # after its end it fails of nothing but that
        self.lost = time.monotonic()
        self.errno = error.errno

    def ended(self, how):
        """Note that the socket is closed."""
        self.closes(how)
        if self.lost is None:
            self.lost = time.monotonic()


class Held:
    """A socket that has a connection, or is about to.

    Args:
        sock: the socket.
        gone: called with the weak reference to it when it is collected.
        port: of this end.
    """

    def __init__(self, sock, gone, port):
        self.reference = weakref.ref(sock, gone)
        self.port = port
        self.entry = None  # until it is connected, which its first use shows at the latest


class Sockets:
    """The sockets of this process whose connections are noted.

    Args:
        note: receives the entries.
    """

    def __init__(self, note):
        self.note = note
        self.held = {}  # by the socket's id, for as long as it is open

    def hold(self, sock, entry=None):
        """Note what happens to a socket from now on."""
        key = id(sock)
        held = self.held[key] = Held(sock, lambda _: self.end(key), sock.getsockname()[1])
        held.entry = entry

    def entry(self, sock):
        """The entry of a connected socket; None for one that is not noted."""
        held = self.held.get(id(sock))
        if held is None:
            return None
        if held.entry is None:
            held.entry = self.note.opened(held.port, sock, Entry)
        return held.entry

    def let_go(self, sock):
        """What becomes of a socket is not ours to note any more."""
        self.held.pop(id(sock), None)

    def end(self, key, how="end of stream"):
        """Note that a socket is closed, or collected while it was open."""
        held = self.held.pop(key, None)
        if held is not None and held.entry is not None:
            self.note.over(held.entry)
            held.entry.ended(how)


def is_noted(sock):
    """Whether a socket that is to be connected is TCP's, and no asyncio loop's."""
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
        return False
    if sock.gettimeout() != 0:
        return True
    return not connections.in_loop()


def tap(note):
    """Note every TCP connection that this process makes at its sockets, from now on."""
    sockets = Sockets(note)
    # What is collected when the interpreter ends finds nothing left to note with.
    atexit.register(sockets.held.clear)
    tap_connects(sockets)
    tap_ends(sockets)
    for kind in [socket.socket] + ([ssl.SSLSocket] if ssl else []):
        for name in ("send", "sendall", "sendmsg"):
            tap_write(sockets, kind, name)
        for name in ("recv", "recv_into"):
            tap_read(sockets, kind, name)
    if ssl:
        tap_tls(sockets)


def tap_connects(sockets):
    """Begin an entry with each connection."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    @functools.wraps(connect)
    def noting_connect(self, address):
        noted = is_noted(self)
        try:
            connect(self, address)
        except BlockingIOError:
            if noted:
                sockets.hold(self)  # it is under way
            raise
        if noted:
            sockets.hold(self)
            sockets.entry(self)

    @functools.wraps(connect_ex)
    def noting_connect_ex(self, address):
        noted = is_noted(self)
        result = connect_ex(self, address)
        if noted and result in (0, *UNDER_WAY):
            sockets.hold(self)
            if not result:
                sockets.entry(self)
        return result

    socket.socket.connect = noting_connect
    socket.socket.connect_ex = noting_connect_ex


def is_handshake(data):
    """Whether bytes that are written are TLS's own, and no request's."""
    try:
        return bytes(memoryview(data)[:2]) in HANDSHAKE
    except (TypeError, NotImplementedError):
        return False  # several buffers, or what cannot be written at all


def tap_write(sockets, kind, name):
    """Note the turns of requests."""
    method, held = getattr(kind, name), sockets.held

    @functools.wraps(method)
    def noting_write(self, *arguments, **named):
        if id(self) not in held:
            return method(self, *arguments, **named)
        entry = sockets.entry(self)
        if arguments and is_handshake(arguments[0]):
            entry.veiled = isinstance(self, socket.socket) and kind is socket.socket
            return method(self, *arguments, **named)
        turn = entry.turn()
        moment = time.monotonic()
        try:
            result = method(self, *arguments, **named)
        except OSError as error:
            entry.failed(error)
            raise
        if turn[2] is None:
            turn[2] = moment
        return result

    setattr(kind, name, noting_write)


def tap_read(sockets, kind, name):
    """Note first bytes of answers, and the other end's end of stream."""
    method, held = getattr(kind, name), sockets.held

    @functools.wraps(method)
    def noting_read(self, *arguments, **named):
        if id(self) not in held:  # as of every socket of asyncio's
            return method(self, *arguments, **named)
        entry = sockets.entry(self)
        try:
            result = method(self, *arguments, **named)
        except OSError as error:
            entry.failed(error)
            raise
        if result and not entry.veiled:
            entry.answer()
        elif entry.eof is None and arguments[:1] != (0,):
            entry.eof = time.monotonic()
        return result

    setattr(kind, name, noting_read)


def tap_ends(sockets):
    """Note the ways in which this end closes."""
    close, shutdown, detach = socket.socket.close, socket.socket.shutdown, socket.socket.detach

    @functools.wraps(close)
    def noting_close(self):
        # A socket whose file is still open is closed by that file, later.
        if not self._io_refs and id(self) in sockets.held:
            resets = connections.lingers_zero(self)
            sockets.end(id(self), "reset" if resets else "end of stream")
        close(self)

    @functools.wraps(shutdown)
    def noting_shutdown(self, how):
        entry, moment = sockets.entry(self), time.monotonic()
        shutdown(self, how)
        if entry is not None and how != socket.SHUT_RD:
            entry.closes("half close" if how == socket.SHUT_WR else "end of stream", moment)

    @functools.wraps(detach)
    def noting_detach(self):
        sockets.let_go(self)
        return detach(self)

    socket.socket.close = noting_close
    socket.socket.shutdown = noting_shutdown
    socket.socket.detach = noting_detach


def tap_tls(sockets):
    """Go on with a connection's entry where TLS takes its socket over."""
    wrap_socket = ssl.SSLContext.wrap_socket

    @functools.wraps(wrap_socket)
    def noting_wrap(self, sock, *arguments, **named):
        entry = sockets.entry(sock)
        if entry is None:
            return wrap_socket(self, sock, *arguments, **named)
        try:
            wrapped = wrap_socket(self, sock, *arguments, **named)
        except BaseException as error:
            sockets.note.over(entry)
            if isinstance(error, OSError):
                entry.failed(error)
            entry.ended("end of stream")  # Python closes what no handshake was made on
            raise
        sockets.hold(wrapped, entry)
        return wrapped

    ssl.SSLContext.wrap_socket = noting_wrap

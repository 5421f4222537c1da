"""The two sockets of a connection that a relay stands in, and what it notes of them.

What one side says is put in line for the other, and handed to it when it is due. Standard
library only.
"""

import collections
import errno
import select
import socket
import struct
import time

END, RESET = "end of stream", "reset"
"""What a side says last, as items beside its bytes."""

CHUNK = 1 << 16
"""Bytes that are read at a time."""

HELD = 1 << 20
"""Bytes of one direction from which on no more are read until some are passed on."""

LAST = 4
"""Pieces from a server whose times are kept."""

READ, WRITE, BROKEN = select.POLLIN, select.POLLOUT, select.POLLERR | select.POLLHUP


class Entry:
    """One connection as the server would note it, as far as that can be told from outside."""

    def __init__(self, port):
        self.own = None  # the relay's port towards the server; None until there is a connection
        self.port = port
        self.opened = time.monotonic()
        self.arrivals = []  # [first byte of a request handed on, last byte of its answer]
        self.receiving = False
        self.closed = None  # the server closed it
        self.how = None
        self.delivered = None  # the client was handed that
        self.eof = None  # the server was handed the client's end of stream
        self.lost = None  # both are done
        self.errno = None  # of the client's reset, as the server was handed it
        # The last that came from the server: (when, when the client was handed it). Where it is
        # encrypted, the server's close is one of these.
        self.handed = collections.deque(maxlen=LAST)

    def record(self):
        """The entry, ready for JSON."""
        names = ("port", "opened", "arrivals", "closed", "how", "delivered", "eof", "lost", "errno")
        seen = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return {"own": self.own, "seen": seen, "handed": list(self.handed)}

    def says(self, item):
        """Note what came from the server."""
        now = time.monotonic()
        if item not in (END, RESET):
            self.receiving = False
            if self.arrivals:
                self.arrivals[-1][1] = now
        elif self.closed is None and self.own is not None:
            self.closed, self.how = now, item

    def arrives(self):
        """Note that a request is handed to the server."""
        self.receiving = True
        self.arrivals.append([time.monotonic(), None])

    def told(self, item):
        """Note that the server was handed the client's end."""
        if item == RESET:
            self.lost, self.errno = time.monotonic(), errno.ECONNRESET
        else:
            self.eof = time.monotonic()


class Side:
    """One of the two sockets of a connection.

    Args:
        sock: the socket.
        entry: of the connection.
        served: whether it is the server's.
        relay: where what it says is put in line, and what watches its socket.
    """

    def __init__(self, sock, entry, served, relay):
        self.sock = sock
        self.entry = entry
        self.served = served
        self.relay = relay
        self.other = None
        self.connecting = served
        self.ended = False  # it said its last
        self.shut = False  # it was told that the other is done
        self.gone = False  # its socket is closed
        self.queue = collections.deque()  # what is due for it: (since when, ready since, item)
        self.held = 0  # bytes from it that are not passed on yet
        self.mask = None  # what is watched; None for nothing
        self.noting = served and relay.plain  # whether requests and answers can be told apart
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def watch(self):
        """Have it watched for what is of use now."""
        if self.gone:
            return
        mask = 0
        if not self.ended and not self.connecting and self.held < HELD:
            mask |= READ
        if self.connecting or self.queue:
            mask |= WRITE
        if self.ended and self.shut:
            mask = None  # said and told all; a connection that is done would ring without end
        if mask != self.mask:
            self.relay.poller.watch(self.sock, self.mask, mask)
            self.mask = mask

    def heard(self, mask):
        """Do what its socket is ready for."""
        if self.connecting:
            self.connected()
            return
        if mask & READ and not self.ended:
            self.read()
        if mask & BROKEN and not self.gone:
            while not self.ended and not self.gone and self.read():
                pass  # what came before it broke is passed on
            if not (self.ended and self.shut):
                self.broken()
        if mask & WRITE and not self.gone:
            self.flush()

    def connected(self):
        """It is connected, or refused."""
        if self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.broken()
            return
        self.connecting = False
        self.entry.own = self.sock.getsockname()[1]
        self.flush()

    def read(self):
        """Take what it says; whether there was anything."""
        try:
            data = self.sock.recv(CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            self.broken()
            return True
        self.held += len(data)
        self.ended = not data
        self.say(data or END)
        return True

    def say(self, item):
        """Put in line for the other side what this one said."""
        if self.served and (self.noting or item in (END, RESET)):
            self.entry.says(item)
        self.relay.put(self.other, item)
        self.watch()

    def flush(self):
        """Hand it what is due for it, as far as it takes it."""
        while self.queue and not self.connecting and not self.gone:
            due, since, item = self.queue[0]
            if item in (END, RESET):
                self.queue.popleft()
                self.note_handed(due)
                self.tell(item)
                continue
            sent = self.send(item)
            if sent is None:
                break
            if sent < len(item):
                self.queue[0] = (due, since, item[sent:])
                continue
            self.queue.popleft()
            self.relay.passed(since)
            self.note_handed(due)
        self.watch()
        self.other.watch()

    def note_handed(self, due):
        """Note that the client is handed what came from the server."""
        if not self.served and not self.relay.plain:
            self.entry.handed.append((due - self.relay.delay, time.monotonic()))

    def send(self, data):
        """Hand it bytes; how many it took, None where it takes none now."""
        if self.noting and not self.entry.receiving:
            if not self.ended:
                self.read()  # a close that is there already comes before the request
            if self.gone:
                return None
            self.entry.arrives()
        if self.gone:
            return None
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            return None
        except OSError:
            self.broken()
            return None
        self.other.held -= sent
        return sent

    def tell(self, item):
        """Hand it the other side's end."""
        entry = self.entry
        if self.served:
            entry.told(item)
        elif entry.closed is not None and entry.delivered is None:
            entry.delivered = time.monotonic()
        if item == RESET:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close()
            return
        self.shut = True
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.broken()
            return
        if self.other.shut:
            entry.lost = entry.lost or time.monotonic()
            self.close()
            self.other.close()

    def broken(self):
        """It is gone by a reset: the other is to hear of it in its turn."""
        if not self.gone:
            self.close()
            self.ended = True
            self.say(RESET)

    def close(self):
        """Close its socket."""
        if self.gone:
            return
        self.gone = True
        self.queue.clear()
        if self.mask is not None:
            self.relay.poller.watch(self.sock, self.mask, None)
        del self.relay.sides[self.sock.fileno()]
        self.sock.close()

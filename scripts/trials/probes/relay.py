"""Stands between a client and a server, passes all on, as late as it is told, and notes both ends.

Usage: python relay.py SPEC.json. Standard library only. It accepts the client's connections on a
loopback port, opens one to the server for each, and passes on bytes, ends of stream and resets in
the order they came. All of it waits in one line: each waits equally long, so the first to come is
the first to go, and no wait adds to another.
"""

import collections
import errno
import json
import os
import resource
import select
import socket
import sys
import time

import files
import lifeline
import sides

SAMPLES = 100000
"""Pieces whose time in the relay is kept."""

LAST_WAIT = 5.0
"""Seconds at most that what is still under way has once the relay is asked to stop."""


class Poller:
    """Waits for sockets, to the microsecond where the system has epoll."""

    def __init__(self):
        self.fine = hasattr(select, "epoll")
        self.poller = select.epoll() if self.fine else select.poll()

    def watch(self, sock, before, mask):
        """Watch a socket for other things than before; None is nothing at all."""
        if mask is None:
            self.poller.unregister(sock)
        elif before is None:
            self.poller.register(sock, mask)
        else:
            self.poller.modify(sock, mask)

    def wait(self, seconds):
        """What happened: (descriptor, mask) of each socket; at most so many seconds later."""
        if not self.fine:
            return self.poller.poll(None if seconds is None else 1000 * seconds)
        if seconds:
            # An epoll by itself counts in milliseconds, which is as much as some delays.
            select.select([self.poller.fileno()], [], [], seconds)
            seconds = 0
        return self.poller.poll(seconds)


class Relay:
    """All connections that pass, and what is on its way between their ends.

    Args:
        spec: what is asked, as read from the file.
    """

    def __init__(self, spec):
        self.address = (spec["host"], spec["port"])
        self.delay = spec["delay"]
        self.plain = spec["plain"]
        self.entries = []
        self.line = collections.deque()  # (due, ready since, for which side, item), in order
        self.woken = time.monotonic()  # what is read now was there to be read then
        self.sides = {}  # by descriptor
        self.added = []
        self.longest = None
        self.poller = Poller()
        self.family = socket.AF_INET6 if ":" in spec["host"] else socket.AF_INET
        self.listener = socket.socket(self.family, socket.SOCK_STREAM)
        self.listener.bind((spec["host"], 0))
        self.listener.listen(2048)
        self.listener.setblocking(False)
        self.poller.watch(self.listener, None, sides.READ)
        self.asked, self.bell = socket.socketpair()
        self.poller.watch(self.asked, None, sides.READ)

    def stop(self):
        """End the relay; called on another thread."""
        self.bell.send(b"!")

    def run(self):
        """Pass on until asked to stop, and then what is still under way."""
        until = None
        while until is None or (self.line and time.monotonic() < until):
            now = time.monotonic()
            wait = max(0.0, self.line[0][0] - now) if self.line else None
            if until is not None:
                wait = max(0.0, min(until - now, wait))
            events = self.poller.wait(wait)
            self.woken = time.monotonic()
            arrivals = False
            for descriptor, mask in events:
                if descriptor == self.listener.fileno():
                    arrivals = True  # afterwards: it may be given a number that is still in events
                elif descriptor == self.asked.fileno():
                    self.poller.watch(self.asked, sides.READ, None)
                    until = time.monotonic() + LAST_WAIT
                elif descriptor in self.sides:
                    self.sides[descriptor].heard(mask)
                self.release()
            while arrivals:
                arrivals = self.accept()
            self.release()

    def accept(self):
        """Take the client's next connection, and open the one to the server; returns whether there
        was one.
        """
        try:
            sock, address = self.listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        entry = sides.Entry(address[1])
        self.entries.append(entry)
        client = sides.Side(sock, entry, False, self)
        server = sides.Side(socket.socket(self.family, socket.SOCK_STREAM), entry, True, self)
        client.other, server.other = server, client
        for side in (client, server):
            self.sides[side.sock.fileno()] = side
        if server.sock.connect_ex(self.address) not in (0, errno.EINPROGRESS):
            server.broken()
        client.watch()
        server.watch()
        return True

    def put(self, side, item):
        """Put in line what a side is to be handed."""
        self.line.append((time.monotonic() + self.delay, self.woken, side, item))

    def release(self):
        """Hand over what is due."""
        while self.line and self.line[0][0] <= time.monotonic():
            due, since, side, item = self.line.popleft()
            if not side.gone:
                side.queue.append((due, since, item))
                side.flush()

    def passed(self, since):
        """Note for how long a piece was held beyond the delay, since it was there to be read."""
        seconds = time.monotonic() - since - self.delay
        if self.longest is None or seconds > self.longest:
            self.longest = seconds
        if len(self.added) < SAMPLES:
            self.added.append(seconds)

    def record(self):
        """What was noted, ready for JSON; times in seconds on the monotonic clock."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        added = sorted(self.added)
        return {
            "connections": [entry.record() for entry in self.entries],
            "latency": self.delay,
            "added": added[len(added) // 2] if added else None,
            "longest": self.longest,
            "cpu": usage.ru_utime + usage.ru_stime,
        }


def main():
    with open(sys.argv[1]) as stream:
        spec = json.load(stream)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    relay = Relay(spec)
    lifeline.hold(relay.stop)
    files.write(spec["ready"], {"port": relay.listener.getsockname()[1], "listening": True})
    relay.run()
    files.write(spec["record"], relay.record())
    os._exit(0)


if __name__ == "__main__":
    main()

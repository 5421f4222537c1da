"""When the socket of a connection was last looked at, other than by an event loop.

A pool that wants to know whether the server closed an idle connection polls its socket. That goes
through `select.poll` or `select.select`, whichever library does it; event loops on Linux and macOS
use others. Standard library only.
"""

import select
import time

DEFAULT = select.POLLIN | select.POLLPRI | select.POLLOUT if hasattr(select, "poll") else 0
"""What a poll object waits for where its caller names nothing."""


def tap(note):
    """Note each look at a connection of this process from now on.

    Args:
        note: holds the connections by file descriptor, see `connections.Note`.
    """
    if hasattr(select, "poll"):
        select.poll = polling(note, select.poll)
    select.select = selecting(note, select.select)


def polling(note, poll):
    """What stands in for `select.poll`.

    A pool looks thousands of times a second, at one socket with each object that it makes. So the
    object for one socket that is watched is made once, and used for every look at that socket.
    """
    watched, now, readable = note.by_descriptor, time.monotonic, select.POLLIN

    class Poll:
        __slots__ = ("entry", "inner")

        def __init__(self):
            self.entry = self.inner = None

        def register(self, file, mask=DEFAULT):
            if mask == readable and self.entry is None and self.inner is None:
                self.entry = watched.get(file if file.__class__ is int else number(file))
                if self.entry is not None:
                    return
            self.become_usual().register(file, mask)

        def modify(self, file, mask):
            self.become_usual().modify(file, mask)

        def unregister(self, file):
            self.become_usual().unregister(file)

        def poll(self, *timeout):
            entry = self.entry
            if entry is None:
                return self.become_usual().poll(*timeout)
            poller, entry.poller = entry.poller, None  # it serves one thread at a time
            if poller is None:
                poller = poll()
                poller.register(entry.descriptor, readable)
            moment = now()  # before the look: what comes meanwhile it may not have seen
            ready = poller.poll(*timeout)
            entry.poller, entry.looked, entry.readable = poller, moment, bool(ready)
            return ready

        def become_usual(self):
            """The object itself, for all but looks at one socket that is watched."""
            if self.inner is None:
                self.inner = poll()
                if self.entry is not None:
                    self.inner.register(self.entry.descriptor, readable)
                    self.entry = None
            return self.inner

    return Poll


def selecting(note, wait):
    """What stands in for `select.select`."""

    def noting_select(readers, writers, others, *timeout):
        readers = list(readers)
        moment = time.monotonic()
        ready = wait(readers, writers, others, *timeout)
        for file in readers:
            entry = note.by_descriptor.get(number(file))
            if entry is not None:
                entry.looked = moment
                entry.readable = file in ready[0]
        return ready

    return noting_select


def number(file):
    """The descriptor of a file, which may be one."""
    return file if isinstance(file, int) else file.fileno()

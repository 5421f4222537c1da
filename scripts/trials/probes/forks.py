"""The notes of the processes that a server forks: those that serve are among them.

A fork keeps what was tapped before it, and a copy of the note; threads it has none, so it gets one
that waits for the server's end, writes its note and ends it. That comes over a pipe, whose other
end closes when the server is told to stop, or is gone. Standard library only.
"""

import atexit
import json
import os
import select
import threading

import files

PATIENCE = 5.0  # seconds in which the forks must have written their notes


class Forks:
    """The processes that this one forks, from now on.

    Args:
        path: of the server's note; theirs are beside it.
        record: called without arguments, gives a process' own note, ready for JSON.
        fresh: called so in each fork: what was noted before belongs to the process it came of.
    """

    def __init__(self, path, record, fresh):
        self.path = path
        self.record = record
        self.fresh = fresh
        self.written = True  # of this process itself, that is the server's matter
        self.told, self.telling = os.pipe()  # at an end when the server is
        self.waiting, self.writing = os.pipe()  # at an end when the last of the forks is
        os.register_at_fork(after_in_child=self.follow)

    def follow(self):
        """In a fork: end when the server does, with a note."""
        self.tell()
        self.fresh()
        self.written = False
        atexit.register(self.write)  # of one that ends by itself, before the server does
        threading.Thread(target=self.leave, name="lifeline", daemon=True).start()

    def tell(self):
        """Close this process' end of the pipe; where all have, the forks end."""
        if self.telling is not None:
            os.close(self.telling)
            self.telling = None

    def leave(self):
        """Wait for the server's end and end too."""
        os.read(self.told, 1)
        try:
            self.write()
        finally:
            os._exit(0)

    def write(self):
        """Write a fork's note, once."""
        if self.written:
            return
        self.written = True
        path = "%s.%d" % (self.path, os.getpid())
        files.write(path, self.record())

    def notes(self):
        """End them all; returns their notes."""
        self.tell()
        os.close(self.writing)
        select.select([self.waiting], [], [], PATIENCE)
        folder, name = os.path.split(self.path)
        notes = []
        for leaf in sorted(os.listdir(folder)):
            if leaf.startswith(name + ".") and leaf[len(name) + 1 :].isdigit():
                with open(os.path.join(folder, leaf)) as stream:
                    notes.append(json.load(stream))
        return notes

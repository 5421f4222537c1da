"""Exceptions that go past the script: in threads, in tasks nobody awaits, on its way out.

Each hook writes down what it is told and passes it on, so that what was printed before still is.
A script that sets `threading.excepthook` or `sys.unraisablehook` itself takes that one's place;
its own asyncio exception handler works beside ours. Standard library only.
"""

import asyncio
import sys
import threading

import chains


class Strays:
    """The exceptions, each kind written down in full the first time, then counted."""

    def __init__(self):
        self.lock = threading.RLock()  # a collection may interrupt a thread that holds it
        self.kinds = {}  # where and signature -> entry

    def note(self, where, error):
        """Write an exception down, unless it is already: as a stray or a request's failure."""
        if error is None or not chains.note_once(error):
            return
        links = chains.chain(error)
        key = (where, chains.signature(links))
        with self.lock:
            if key not in self.kinds:
                failure = {
                    "chain": chains.chain(error, known=True),
                    "traceback": chains.printed(error),
                    "count": 0,
                }
                self.kinds[key] = {"where": where, "failure": failure}
            self.kinds[key]["failure"]["count"] += 1

    def left(self, leaving):
        """Note what the script was handling when it left with a status other than zero."""
        if leaving.code:
            self.note("exit", leaving.__cause__ or leaving.__context__)

    def watch(self):
        """Note the exceptions of threads, of tasks, and those Python can only print, from now."""
        in_thread, unraisable = threading.excepthook, sys.unraisablehook

        def noting_thread(arguments):
            if arguments.exc_type is not SystemExit:
                self.note("thread", arguments.exc_value)
            in_thread(arguments)

        def noting_unraisable(arguments):
            self.note("unraisable", arguments.exc_value)
            unraisable(arguments)

        threading.excepthook = noting_thread
        sys.unraisablehook = noting_unraisable
        self.watch_loops(asyncio.base_events.BaseEventLoop)

    def watch_loops(self, loop_class):
        """Note the exceptions that loops of a class are told, from now."""
        handler = loop_class.call_exception_handler

        def noting_handler(loop, context):
            self.note("task", context.get("exception"))
            handler(loop, context)

        loop_class.call_exception_handler = noting_handler

    def record(self):
        """The entries, ready for JSON."""
        with self.lock:
            return list(self.kinds.values())

"""The pipe that ties a probe's life to the process that started it.

The starter keeps the write end of the probe's standard input. A line "stop" asks for an
orderly end; end of file means that the starter is gone, and the probe leaves at once, so
that not even `kill -9` of the starter leaves a process or an open port behind.
"""

import os
import sys
import threading

ORPHANED = 70  # exit status (EX_SOFTWARE) of a probe whose starter died


def step_aside():
    """Give the probes' module names back, so that the script under test can have its own."""
    here = os.path.dirname(os.path.abspath(__file__))
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if name != "__main__" and path and os.path.dirname(os.path.abspath(path)) == here:
            del sys.modules[name]


def leave():
    """End this process at once."""
    os._exit(ORPHANED)


def hold(on_stop=None, on_orphaned=leave, stdin=None):
    """Watch standard input from a daemon thread.

    Args:
        on_stop: called without arguments, on that thread, when the starter asks for an end.
        on_orphaned: called so when the starter is gone.
        stdin: file that the script under test reads as its standard input; None for an empty one.
    """
    descriptor = os.dup(sys.stdin.fileno())
    os.set_inheritable(descriptor, False)
    given = os.open(stdin or os.devnull, os.O_RDONLY)
    os.dup2(given, sys.stdin.fileno())  # the script under test must not read our pipe
    os.close(given)

    def watch():
        received = b""
        while True:
            data = os.read(descriptor, 64)
            if not data:
                on_orphaned()
                return
            received += data
            if b"stop\n" in received and on_stop is not None:
                received = b""
                on_stop()

    threading.Thread(target=watch, name="lifeline", daemon=True).start()

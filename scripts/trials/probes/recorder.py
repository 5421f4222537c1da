"""The trial as the client sees it, written down while it runs.

Standard library only: this runs inside the environment under test.
"""

import asyncio
import hashlib
import os
import resource
import sys
import threading
import time

import chains
import connections
import punctuality
import strays


def peak_memory():
    """The most memory this process held, in bytes.

    Linux' getrusage counts what the process that started this one held before it, too.
    """
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class Recorder:
    """The trial as the client sees it: requests, failures, time, processor, memory.

    Args:
        script: path of the client script.
    """

    def __init__(self, script):
        self.connections = connections.Note()
        self.served = None  # connections that this process accepted, where it serves itself
        self.lock = threading.Lock()
        self.starts = []
        self.ends = []
        self.outcomes = []  # None while under way or well ended, else an index into failures
        self.failures = []
        self.kinds = {}  # signature of a failure -> its index into failures
        self.recorded = False  # whether the script has a send_request to record
        self.replaced = {}
        self.overridden = []  # what ran before the script replaced in the libraries
        self.noted = []  # what is noted beyond the connections themselves
        self.punctuality = punctuality.Punctuality(script)
        self.active = 0
        self.held = []
        self.began = self.ended = None
        self.cpu_began = self.cpu_ended = None
        self.script_failure = None
        self.strays = strays.Strays()
        self.calls = None  # counts them, where that is asked for

    def open_window(self):
        """Start the measured window: with main() of a script that is recorded per request, else
        with the script.
        """
        self.began = time.monotonic()
        self.cpu_began = resource.getrusage(resource.RUSAGE_SELF)
        if self.calls is not None:
            self.calls.begin()

    def close_window(self):
        """End the measured window."""
        if self.calls is not None:
            self.calls.end()
        self.ended = time.monotonic()
        self.cpu_ended = resource.getrusage(resource.RUSAGE_SELF)

    def begin(self):
        """Note the start of a request; returns its number."""
        with self.lock:
            self.starts.append(time.monotonic())
            self.ends.append(None)
            self.outcomes.append(None)
            self.active += 1
            number = len(self.starts) - 1
        connections.REQUEST.set(number)
        return number

    def over(self):
        """Close the measured window, where main() has not."""
        if self.ended is None:
            self.close_window()
            self.punctuality.hang(self.ended)

    def finish(self, number, error=None):
        """Note the end of a request and, where it failed, why."""
        self.ends[number] = time.monotonic()
        connections.REQUEST.set(None)
        with self.lock:
            if error is not None:
                self.outcomes[number] = self.failure(error)
            self.active -= 1
        if self.active == 0:
            for event in self.held:
                event.set()
            self.held = []

    def failure(self, error):
        """Index of this kind of failure, written down in full the first time."""
        chains.note_once(error)
        links = chains.chain(error)
        key = chains.signature(links)
        if key not in self.kinds:
            self.kinds[key] = len(self.failures)
            self.failures.append(
                {
                    "chain": chains.chain(error, known=True),
                    "traceback": chains.printed(error),
                    "count": 0,
                }
            )
        self.failures[self.kinds[key]]["count"] += 1
        return self.kinds[key]

    async def others(self):
        """Wait until no request is under way, so that one failure does not end the other 999."""
        if self.active:
            event = _event()
            self.held.append(event)
            await event.wait()

    def record(self, libraries):
        """The note, ready for JSON; times in seconds on the monotonic clock."""
        self.over()
        cpu = None
        if self.cpu_began is not None:
            cpu = (
                self.cpu_ended.ru_utime - self.cpu_began.ru_utime,
                self.cpu_ended.ru_stime - self.cpu_began.ru_stime,
            )
        # A client that hangs may go on while this is written: its columns are cut to one length.
        count = min(len(self.starts), len(self.ends), len(self.outcomes))
        return {
            "began": self.began,
            "ended": self.ended,
            "cpu": cpu,
            "peak_memory": peak_memory(),
            "lag": self.punctuality.record(self.ended - self.began),
            "replaced": self.replaced,
            "recorded": self.recorded,
            "requests": {
                "start": self.starts[:count],
                "end": self.ends[:count],
                "failure": self.outcomes[:count],
            },
            "failures": self.failures,
            "connections": self.connections.record(),
            "noted": self.noted,
            "overridden": self.overridden,
            "served": None if self.served is None else self.served.record(),
            "script_failure": self.script_failure,
            "strays": self.strays.record(),
            "python": sys.version.split()[0],
            "implementation": sys.implementation.name,
            "libraries": sources(libraries),
        }


def _event():
    if "trio" in sys.modules:
        import sniffio

        if sniffio.current_async_library() == "trio":
            return sys.modules["trio"].Event()
    return asyncio.Event()


def sources(names):
    """Where each imported library came from, and a hash of its source.

    Args:
        names: top-level module names; those not imported by the script are left out.

    Returns:
        name -> {"path", "sha256", "version"}; the hash covers every .py and .so file of the
        package, with their relative paths, in sorted order.
    """
    hashed = {}
    for name in names:
        path = getattr(sys.modules.get(name), "__file__", None)
        if not path:
            continue
        digest = hashlib.sha256()
        top = os.path.dirname(path) if os.path.basename(path).startswith("__init__.") else None
        files = [path] if top is None else []
        for folder, folders, leaves in os.walk(top) if top else ():
            folders[:] = sorted(f for f in folders if f != "__pycache__")
            files += [
                os.path.join(folder, leaf) for leaf in leaves if leaf.endswith((".py", ".so"))
            ]
        for source in sorted(files):
            digest.update(os.path.relpath(source, top or os.path.dirname(path)).encode() + b"\0")
            with open(source, "rb") as stream:
                digest.update(stream.read() + b"\0")
        version = getattr(sys.modules[name], "__version__", None)
        hashed[name] = {
            "path": path,
            "sha256": digest.hexdigest(),
            "version": version if isinstance(version, str) else None,
        }
    return hashed

"""Whether a thread computes or waits, and for what, as far as the system tells.

Standard library only.
"""

import os
import platform
import sys
import threading
import time

PROMPT = 0.003  # seconds; who comes later to a moment waited for the interpreter lock, or to run

STARVED = 0.05  # seconds; who comes later than this, while the process did nothing, did not run

MOSTLY = 0.5  # share of a span in which a thread must have run, to be computing

HARDLY = 0.1

FUTEX = {"x86_64": 202, "aarch64": 98, "riscv64": 98, "ppc64le": 221, "s390x": 238}
"""Number of the system call in which a thread waits for a lock, by machine; Linux."""


def read(path):
    """The words of a file of the system; none where it is not to be had."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return os.read(descriptor, 200).decode("ascii", "replace").split()
        finally:
            os.close(descriptor)
    except OSError:
        return []


class ThreadState:
    """What one thread does, judged by another; made in the one that is judged."""

    def __init__(self):
        self.thread = threading.get_ident()
        self.clock = None
        self.folder = None
        self.futex = None
        if hasattr(time, "pthread_getcpuclockid"):
            self.clock = time.pthread_getcpuclockid(self.thread)
        if sys.platform == "linux":
            self.folder = "/proc/self/task/%d/" % threading.get_native_id()
            self.futex = FUTEX.get(platform.machine())
        self.look(time.monotonic())

    def cpu(self):
        """Seconds of processor time it took; none where the system does not tell, or it ended."""
        try:
            return 0.0 if self.clock is None else time.clock_gettime(self.clock)
        except OSError:
            return 0.0

    def look(self, asked):
        """A span begins, at whose end it is judged: at `asked`, if the judge comes in time."""
        self.asked = asked
        self.began = time.monotonic()
        self.cpu_began = self.cpu()
        self.process_began = time.process_time()

    def doing(self, now):
        """What it did mostly since the last look.

        Returns:
            "computing", "system call", "lock", "waiting" (a lock or the system), "another thread"
            (one that held the interpreter lock, or one it needed), "unknown"; None where the
            process did not run, so that nothing is seen.
        """
        span = max(now - self.began, 1e-9)
        share = (self.cpu() - self.cpu_began) / span
        process = (time.process_time() - self.process_began) / span
        if self.clock is None:
            return "unknown"
        late = now - self.asked
        if share >= MOSTLY or (share >= HARDLY and late >= PROMPT):
            return "computing"
        if share >= HARDLY:
            return "unknown"
        call = self.call()
        if call == "system call" or (call == "lock" and late < PROMPT):
            return call
        if late < PROMPT:
            return "unknown" if call == "running" else "waiting"
        if process >= MOSTLY:
            return "another thread"
        return None if late > STARVED else "waiting"

    def call(self):
        """Where it waits now: "system call", "lock", or "running"; None where nobody tells."""
        words = read(self.folder + "syscall") if self.folder and self.futex else []
        if not words or words[0] == "running":
            return words[0] if words else None
        return "lock" if words[0] == str(self.futex) else "system call"

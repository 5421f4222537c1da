"""How often each function was called in the measured window, by Python's own profiler.

It slows down what it counts, so that the trial says nothing about rates or times. Before Python
3.12 it counts in the thread alone that runs the script; from then on in all, and a script that
starts a profiler of its own fails with ValueError. What the probe calls of the standard library is
counted too. Standard library only.
"""

import _lsprof  # as cProfile does, which would import the module `profile`: a script may have one
import inspect
import sys
import threading

OTHER = "the script set a profiler of its own"

MOST = 2000  # functions that are kept, those that were called most


class CallCounts:
    """Counts calls while the measured window is open.

    Args:
        places: where code comes from, see `stacks.Places`.
    """

    def __init__(self, places):
        self.places = places
        self.profiler = None
        self.thread = None  # in which it counts
        self.counting = False
        self.refused = None  # why nothing is counted

    def begin(self):
        """Count from now on, from zero."""
        self.end()
        self.refused = None
        self.profiler = _lsprof.Profiler(subcalls=False, builtins=False)
        self.thread = threading.get_ident()
        try:
            self.profiler.enable()
            self.counting = True
        except ValueError as error:  # from Python 3.12 on, another profiler has its place
            self.profiler = None
            self.refused = str(error)

    def end(self):
        """Count no more."""
        if not self.counting:
            return
        if sys.version_info < (3, 12):
            if threading.get_ident() != self.thread:
                return  # of a script that hangs: only its own thread can end it
            if sys.getprofile() is not self.profiler:
                self.counting = False
                self.refused = OTHER  # and that one stays
                return
        self.counting = False
        self.profiler.disable()

    def record(self):
        """The counts, ready for JSON; the probe's own functions are left out."""
        entries = [] if self.refused or self.profiler is None else self.profiler.getstats()
        counts = []
        for entry in entries:
            if isinstance(entry.code, str):
                continue  # what the profiler itself calls
            frame = self.places.frame(entry.code, entry.code.co_firstlineno)
            if frame["origin"] != "probe":
                flags = entry.code.co_flags & RESUMED
                counts.append({"frame": frame, "calls": entry.callcount, "resumed": bool(flags)})
        counts.sort(key=lambda count: -count["calls"])
        return {"functions": counts[:MOST], "refused": self.refused}


RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
"""Of functions of which each resumption counts as a call."""

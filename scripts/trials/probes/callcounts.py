"""How often each function was called in the measured window, by Python's own profiler.

It slows down what it counts, so that the trial says nothing about rates or times. What threads
call beside the one that runs the script may be missing. Standard library only.
"""

import inspect

MOST = 2000  # functions that are kept, those that were called most


class CallCounts:
    """Counts calls while the measured window is open.

    Args:
        places: where code comes from, see `stacks.Places`.
    """

    def __init__(self, places):
        import cProfile

        self.places = places
        self.make = cProfile.Profile
        self.profiler = None
        self.refused = None  # why nothing is counted

    def begin(self):
        """Count from now on, from zero."""
        self.end()
        self.profiler = self.make(builtins=False)
        try:
            self.profiler.enable()
        except ValueError as error:  # from Python 3.12 on, another profiler has its place
            self.profiler = None
            self.refused = str(error)

    def end(self):
        """Count no more."""
        if self.profiler is not None:
            self.profiler.disable()

    def record(self):
        """The counts, ready for JSON; the probe's own functions are left out."""
        entries = self.profiler.getstats() if self.profiler is not None else []
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

"""Stacks as they are kept: few, short, and named as others may read them.

Standard library only.
"""

import gc
import itertools
import operator
import os
import site
import sys
import sysconfig

INNER, OUTER = 80, 20  # frames that are kept of a stack; those between them are left out

DEEPEST = 5000  # frames that are looked at

MOST_STACKS = 2000  # different ones while the trial runs; kept in the end: MOST_KEPT

MOST_KEPT = 200

MOST_SPANS = 2000

LONGEST_NAME = 120

LEFT_OUT = (None, 0)  # stands for the frames between the inner and the outer ones


def frames_of(thread):
    """Another thread's frames, the innermost first; none of one that runs no Python.

    They are walked in one call that runs no Python, during which no other thread can run any, so
    that no frame goes on while it is walked: clients on Python 3.11 crashed now and then in a walk
    step by step, for a reason that is not known. Nothing is collected meanwhile either, which would
    call back into Python.
    """
    innermost = map(operator.itemgetter(thread), iter(sys._current_frames, None))
    steps = itertools.chain(itertools.islice(innermost, 1), itertools.repeat("f_back", DEEPEST - 1))
    frames = []
    collects = gc.isenabled()
    gc.disable()
    try:
        frames.extend(itertools.accumulate(steps, getattr))
    except (AttributeError, KeyError):
        pass  # None has no f_back: the outermost was reached; a thread that is done has no frame
    finally:
        if collects:
            gc.enable()
    return [frame for frame in frames if frame is not None]


def taken(frame):
    """This thread's stack from one of its frames on: see `kept`."""
    frames = []
    while frame is not None and len(frames) < DEEPEST:
        frames.append(frame)
        frame = frame.f_back
    return kept(frames)


def kept(frames):
    """A stack from its innermost frame: (code, line) of each.

    Of frames in a row that stand in the same line of the same code, one is kept.
    """
    entries = []
    last = None
    for frame in frames:
        code, line = frame.f_code, frame.f_lineno or 0
        if last is None or last[0] is not code or last[1] != line:
            last = (code, line)
            entries.append(last)
    if len(entries) > INNER + OUTER:
        entries = [*entries[:INNER], LEFT_OUT, *entries[-OUTER:]]
    return tuple(entries)


def shown(name):
    """A name from elsewhere without what a terminal would obey or JSON cannot hold."""
    name = str(name)
    if len(name) > LONGEST_NAME:
        name = name[: LONGEST_NAME - 1] + "\u2026"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


class Places:
    """Where code comes from: the probe, the script, a library, the standard library.

    Args:
        script: path of the script; its folder holds what else is its own.
    """

    def __init__(self, script):
        paths = sysconfig.get_paths()
        libraries = [paths["purelib"], paths["platlib"], site.getusersitepackages()]
        libraries += [path for path in sys.path if path.rstrip("/").endswith("-packages")]
        standard = [paths["stdlib"], paths["platstdlib"], os.path.dirname(os.__file__)]
        self.script = os.path.abspath(script)
        self.folders = [
            (os.path.join(os.path.abspath(folder), ""), origin)
            for origin, folders in (
                ("probe", [os.path.dirname(os.path.abspath(__file__))]),
                ("library", libraries),
                ("standard library", standard),
                ("script", [os.path.dirname(self.script)]),
                ("library", [path for path in sys.path if path]),
            )
            for folder in folders
        ]

    def located(self, file):
        """A code's file within its package, or beside the script; and where it comes from."""
        if os.path.abspath(file) == self.script:
            return os.path.basename(file), "script"
        if file.startswith("<frozen "):
            return file, "standard library"
        if not os.path.isabs(file):
            return file, "unknown"
        for folder, origin in self.folders:
            if file.startswith(folder):
                return file[len(folder) :].replace(os.sep, "/"), origin
        return os.path.basename(file), "unknown"

    def frame(self, code, line):
        """A frame as it is kept."""
        if code is None:
            return {"function": "", "file": "", "line": 0, "origin": "left out"}
        file, origin = self.located(code.co_filename)
        function = getattr(code, "co_qualname", code.co_name)
        return {"function": shown(function), "file": shown(file), "line": line, "origin": origin}


class Table:
    """How long each stack was seen, and when.

    Args:
        places: where code comes from.
    """

    def __init__(self, places):
        self.places = places
        self.codes = {}  # held, so that no other code gets its id
        self.totals = {}  # (stack, what it did) -> [seconds, times it was seen]
        self.spans = []  # [from, to, (stack, what it did)]
        self.other = 0.0  # seconds of stacks that found no room

    def add(self, stack, doing, since, until):
        """A stack, innermost frame first, stands for a span."""
        # A code's own hash and equality look at all of it.
        key = (tuple((id(code), line) for code, line in stack), doing)
        if key not in self.totals:
            if len(self.totals) >= MOST_STACKS:
                self.other += until - since
                return
            self.codes.update((id(code), code) for code, _ in stack)
            self.totals[key] = [0.0, 0]
        total = self.totals[key]
        total[0] += until - since
        total[1] += 1
        if self.spans and self.spans[-1][2] == key and self.spans[-1][1] == since:
            self.spans[-1][1] = until
        elif len(self.spans) < MOST_SPANS:
            self.spans.append([since, until, key])

    def record(self):
        """The heaviest stacks, ready for JSON, outermost frame first."""
        heaviest = sorted(self.totals, key=lambda key: -self.totals[key][0])
        kept = {key: number for number, key in enumerate(heaviest[:MOST_KEPT])}
        frames = {}
        for entries, _ in kept:
            for entry in entries:
                frames.setdefault(entry, len(frames))
        return {
            "frames": [self.places.frame(self.codes[code], line) for code, line in frames],
            "stacks": [
                {
                    "frames": [frames[entry] for entry in reversed(entries)],
                    "doing": doing,
                    "seconds": round(self.totals[entries, doing][0], 6),
                    "times": self.totals[entries, doing][1],
                }
                for entries, doing in kept
            ],
            "spans": [(since, until, kept[key]) for since, until, key in self.spans if key in kept],
            "other": self.other + sum(self.totals[key][0] for key in heaviest[MOST_KEPT:]),
        }

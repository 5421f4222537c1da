"""What of an exception's message stands in the source of the library that raised it.

Such words are public; what stands between them was put in while the program ran. Whoever publishes
a trial shows the ones and holds back the others. Standard library only.
"""

import re
import sysconfig

PATHS = sysconfig.get_paths()

LIBRARIES = tuple(
    {PATHS[name].rstrip("/") + "/" for name in ("stdlib", "platstdlib", "purelib", "platlib")}
)
"""Where installed code lies."""

MOST_CODES = 2000  # functions of a module that are looked at; none seen in practice has over 400

HOLE = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?[a-zA-Z%]|\{[^{}]*\}")
"""What a text has where a value is to be put in."""

CALLERS = 3  # frames, the one that raised first, whose modules may hold the text

SHORTEST = 4  # characters of a piece of a message; shorter ones stand anywhere


def spans(error, message):
    """Where a message holds what its source says.

    Args:
        error: the exception, with its traceback.
        message: its text.

    Returns:
        A list of (from, to) in characters, in order, none in another; the whole where the message
        stands there as it is.
    """
    if not message:
        return []
    texts = set()
    for file, namespace in _modules(error):
        for code in _codes(file, namespace):
            texts.update(constant for constant in code.co_consts if isinstance(constant, str))
    if message in texts:
        return [(0, len(message))]
    pieces = set()
    for text in texts:
        pieces.update(HOLE.split(text))
    found = []
    for piece in sorted(pieces, key=len, reverse=True):
        if len(piece) >= SHORTEST and re.search(r"\s", piece) and re.search(r"[A-Za-z]{2}", piece):
            _mark(piece, message, found)
    return sorted(found)


def _modules(error):
    """The modules that raised an exception and that define its type, where those are installed:
    each as its file and its names.

    A function that only raises is told the text by its caller.
    """
    frames = []
    entry = error.__traceback__
    while entry is not None:
        frames.append(entry.tb_frame)
        entry = entry.tb_next
    for frame in frames[: -CALLERS - 1 : -1]:
        if not _installed(frame.f_code):
            break
        yield frame.f_code.co_filename, frame.f_globals
    for kind in type(error).__mro__:
        method = vars(kind).get("__str__") or vars(kind).get("__init__")
        code = getattr(method, "__code__", None)
        if code is not None and _installed(code):
            yield code.co_filename, getattr(method, "__globals__", {})


def _installed(code):
    return code.co_filename.startswith(LIBRARIES)


def _codes(file, namespace):
    """The code that a module's file holds: of functions, of methods, and of what lies in them."""
    waiting = []
    for value in list(namespace.values()):
        waiting += _of(value)
        if isinstance(value, type):
            for member in list(vars(value).values()):
                waiting += _of(member)
    seen = set()
    while waiting and len(seen) < MOST_CODES:
        code = waiting.pop()
        if code in seen or code.co_filename != file:
            continue
        seen.add(code)
        yield code
        waiting += [inner for inner in code.co_consts if hasattr(inner, "co_consts")]


def _of(value):
    """The code of a function, a method or a property, in a list; an empty one for another value."""
    for function in (value, getattr(value, "__func__", None), getattr(value, "fget", None)):
        code = getattr(function, "__code__", None)
        if hasattr(code, "co_consts"):
            return [code]
    return []


def _mark(piece, message, found):
    """Mark where a piece stands in a message, between words and outside of what is marked."""
    start = message.find(piece)
    while start >= 0:
        end = start + len(piece)
        free = all(end <= begin or start >= until for begin, until in found)
        if free and _between_words(message, start) and _between_words(message, end):
            found.append((start, end))
        start = message.find(piece, end)


def _between_words(message, place):
    """Whether no word stands on both sides of a place in a message."""
    return not message[max(place - 1, 0) : place + 1].isalnum() or place in (0, len(message))

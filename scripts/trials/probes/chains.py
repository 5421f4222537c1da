"""An exception written down whole: every link that led to it, hidden ones included."""

import re
import traceback

import literals

try:
    from ssl import SSLError
except ImportError:  # a Python without TLS
    SSLError = ()

MARK = "__noted__"  # attribute of an exception that is written down already

MOST_LINKS = 40  # a chain longer than this is cut; none seen in practice has over 12


def note_once(error):
    """Whether an exception is to be written down: true the first time it is asked about."""
    if getattr(error, MARK, False):
        return False
    # Not setattr: an exception's class may forbid it, as a frozen dataclass does.
    BaseException.__setattr__(error, MARK, True)
    return True


def chain(error, known=False):
    """Follow an exception to its roots.

    `raise ... from None` only hides the context from the printed traceback; the object keeps
    it in `__context__`, which is followed here and marked "hidden".

    Args:
        error: the exception as it was caught.
        known: whether to look what of each message stands in the source that raised it.

    Returns:
        A list of dicts, outermost first: module, type, message, errno (int or None), via (how
        the link was reached: "raised", "cause", "context", "hidden" or "group"), parent
        (index of the link it hangs from, None for the first) and, where asked for, known.
    """
    links = []
    seen = set()
    waiting = [(error, "raised", None)]
    while waiting and len(links) < MOST_LINKS:
        current, via, parent = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        links.append(
            {
                "module": type(current).__module__,
                "type": type(current).__qualname__,
                "message": message(current),
                "errno": number(current),
                "via": via,
                "parent": parent,
            }
        )
        if known:
            links[-1]["known"] = _known(current, links[-1]["message"])
        here = len(links) - 1
        if current.__cause__ is not None:
            waiting.append((current.__cause__, "cause", here))
        if current.__context__ is not None:
            hidden = current.__suppress_context__
            waiting.append((current.__context__, "hidden" if hidden else "context", here))
        for inner in getattr(current, "exceptions", ()):
            if isinstance(inner, BaseException):
                waiting.append((inner, "group", here))
    return links


def _known(error, message):
    """What of a message its source says; nothing where that cannot be told."""
    try:
        return literals.spans(error, message)
    except Exception:  # a module may answer anything when its names are asked for
        return []


def number(error):
    """The errno of an OSError; None of any other, and of TLS' own, whose numbers are none."""
    if isinstance(error, OSError) and not isinstance(error, SSLError):
        return error.errno
    return None


def message(error):
    """The text of an exception, at most 2000 characters, also where its __str__ is broken."""
    try:
        return str(error)[:2000]
    except Exception as problem:
        return "<str() raised %s>" % type(problem).__name__


NUMBER = re.compile(r"\b(?:0x)?[0-9a-f]*\d[0-9a-f]*\b|\d+")
"""Numbers, decimal or hexadecimal: ports, counts, and where an object lies in memory."""


def signature(links):
    """What makes two failures the same one: types, errnos and messages, numbers aside."""
    return tuple(
        (link["module"], link["type"], link["errno"], NUMBER.sub("#", link["message"]))
        for link in links
    )


def printed(error):
    """The traceback as Python prints it, which stops where the library raised `from None`."""
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))

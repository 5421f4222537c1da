"""The last traceback that a program printed, read back.

It is all that is left of an exception that nothing else tells of: one in a subprocess of the
script, or one that the script caught and printed.
"""

from __future__ import annotations

import builtins
import re

from msgspec import structs

from scripts.domain.trial import Client, Failure, Link, Stray

HEAD = re.compile(r"(?m)^Traceback \(most recent call last\):$")
"""The line that a traceback begins with."""

LAST = re.compile(r"(?P<path>[^\W\d][\w.]*(?:\.<locals>\.[\w.]+)*)(?:: (?P<message>.*))?")
"""The line that it ends with: the exception's type, and its message where it has one."""

ERRNO = re.compile(r"\[Errno (\d+)\]")
"""How an OSError's message begins."""


def with_printed(client: Client, text: str) -> Client:
    """A client with the exception last printed among its strays, where none of its type is known.

    Args:
        client: the rest of its record.
        text: what it wrote to standard error.
    """
    failure = last_failure(text)
    own = [client.script_failure] if client.script_failure else []
    known = [*client.failures, *own, *(stray.failure for stray in client.strays)]
    types = {link.type.rpartition(".")[2] for other in known for link in other.chain}
    if failure is None or failure.chain[0].type in types:
        return client
    return structs.replace(client, strays=[*client.strays, Stray("printed", failure)])


def last_failure(text: str) -> Failure | None:
    """The exception whose traceback was printed last; None where there is none.

    Its module and type are told apart at the last dot, which is wrong of a class inside another.

    Args:
        text: what was written to standard error.
    """
    heads = [*HEAD.finditer(text)]
    if not heads:
        return None
    block = [heads[-1][0]]
    for line in text[heads[-1].end() + 1 :].splitlines():
        block.append(line)
        if line and not line[0].isspace():
            break
    last = LAST.fullmatch(block[-1])
    if last is None:
        return None
    module, _, name = last["path"].rpartition(".")
    message = last["message"] or ""
    number = ERRNO.match(message)
    link = Link(
        module or ("builtins" if hasattr(builtins, name) else "__main__"),
        name,
        message[:2000],
        int(number[1]) if number else None,
        "raised",
        None,
    )
    return Failure((link,), "\n".join(block) + "\n", 1)

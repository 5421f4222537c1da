"""The tracebacks that a program printed, read back.

It is all that is left of an exception that nothing else tells of: one in a subprocess of the
script, or one that the script caught and printed.
"""

from __future__ import annotations

import builtins
import re
from typing import Literal

from msgspec import structs

from scripts.domain.trial import Client, Failure, Link, Stray

HEAD = re.compile(r"Traceback \(most recent call last\):$")
"""The line that a traceback begins with."""

LAST = re.compile(r"(?P<path>[^\W\d][\w.]*(?:\.<locals>\.[\w.]+)*)(?:: (?P<message>.*))?")
"""The line that it ends with: the exception's type, and its message where it has one."""

ERRNO = re.compile(r"\[Errno (\d+)\]")
"""How an OSError's message begins."""


CONNECTORS: dict[str, Literal["cause", "context"]] = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}
"""What stands between two tracebacks of one chain."""

GROUPED = re.compile(r"^(?: {2})+[|+] ?(?:-+(?: \d+ -+)?)?(?:Exception Group (?=Traceback))?")
"""What stands before the lines of a group's tracebacks, and between them."""


def with_printed(client: Client, text: str) -> Client:
    """A client with the exceptions that were printed among its strays, those of a type that is
    known from elsewhere left out.

    Args:
        client: the rest of its record.
        text: what it wrote to standard error.
    """
    types = {link.type.rpartition(".")[2] for other in client.raised for link in other.chain}
    strays = list(client.strays)
    for failure in printed_failures(text):
        if failure.chain[0].type not in types:
            types |= {link.type for link in failure.chain}
            strays.append(Stray("printed", failure))
    return structs.replace(client, strays=strays)


def printed_failures(text: str) -> list[Failure]:
    """The exceptions whose tracebacks were printed, the last first, each with those under it.

    Module and type are told apart at the last dot, which is wrong of a class inside another. Those
    in a group stand by themselves.

    Args:
        text: what was written to standard error.
    """
    failures: list[Failure] = []
    under: tuple[Link, ...] = ()
    printed = ""
    lines = [GROUPED.sub("", line) for line in text.splitlines()]
    place = 0
    while place < len(lines):
        if not HEAD.match(lines[place]):
            place += 1
            continue
        end = place + 1
        while end < len(lines) and (not lines[end] or lines[end][0].isspace()):
            end += 1
        block = "\n".join(lines[place : end + 1]) + "\n"
        last = LAST.fullmatch(lines[end]) if end < len(lines) else None
        place = end + 1
        if last is None:
            under, printed = (), ""
            continue
        chain, printed = (_link(last), *under), printed + block
        rest = [line for line in lines[place : place + 3] if line]
        via = CONNECTORS.get(rest[0]) if rest else None
        if via is None:
            failures.append(Failure(chain, printed, 1))
            under, printed = (), ""
        else:
            under = tuple(
                structs.replace(link, via=via if not number else link.via, parent=number)
                for number, link in enumerate(chain)
            )
            printed += f"\n{rest[0]}\n\n"
    return failures[::-1]


def _link(last: re.Match[str]) -> Link:
    """The exception that the last line of a traceback names."""
    module, _, name = last["path"].rpartition(".")
    message = last["message"] or ""
    number = ERRNO.match(message)
    return Link(
        module or ("builtins" if hasattr(builtins, name) else "__main__"),
        name,
        message[:2000],
        int(number[1]) if number else None,
        "raised",
        None,
    )

"""Circumstances under which requests are known to fail: what a change is tried under."""

from __future__ import annotations

from pathlib import PurePosixPath

import msgspec
from msgspec import structs

from scripts.domain import libraries
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import CLIENT_KINDS, HYPERCORN, HYPERCORN_SERVER, OVER_HTTP2, variant
from scripts.domain.trial import AS_WRITTEN, LOADS, Load, Target
from scripts.domain.words import listed

BLOCKING = "blocking"
"""Stands for the script of an axis whose caller blocks the event loop."""


class Circumstance(msgspec.Struct, frozen=True):
    """What a client does, and under which load.

    Attributes:
        words: what tables call it.
        load: by name, that it is derived from.
        numbers: of that load that are others.
        script: of the client that runs, one of the variants with its flags; empty for the axis'
            own.
        once: whether one pair of trials is all: they take long.
    """

    words: str
    load: str = "compressed"
    numbers: dict[str, float] = {}
    script: str = ""
    once: bool = False


CIRCUMSTANCES = {
    "document": Circumstance("the document's load", load="document", once=True),
    "compressed": Circumstance("the document's load, clocks ten times faster"),
    "smoke": Circumstance("a few requests", load="smoke"),
    AS_WRITTEN.name: Circumstance("as the script has it", load=AS_WRITTEN.name),
    "blocking": Circumstance("a caller that blocks the event loop", script=BLOCKING),
    "brief": Circumstance(
        "a keep-alive far shorter than an answer takes",
        numbers={"keep_alive": 0.02, "concurrency": 100, "requests": 500},
    ),
    "threads": Circumstance("a client in threads", script="sync_client.py"),
    "http2": Circumstance("HTTP/2", script=OVER_HTTP2),
    "cancelled": Circumstance("requests that are cancelled", script="client.py --cancel"),
    "tls": Circumstance("TLS", numbers={"tls": True}),
    "10ms": Circumstance("10 ms each way", numbers={"latency": 0.01}),
}
"""By the name that a call gives them."""

USUAL = tuple(name for name in CIRCUMSTANCES if name not in ("smoke", AS_WRITTEN.name))
"""Those that a change is tried under where the call names none, of a client of this project's."""


JOIN = "+"
"""Between the names of circumstances that a client is in at once, such as blocking+tls."""


def named(text: str) -> tuple[str, Circumstance]:
    """A circumstance, or several at once, as one, with its name in the order of the table.

    Args:
        text: a name, or several with a plus sign between them.

    Raises:
        UsageProblem: there is no such circumstance, or two cannot be had at once.
    """
    asked = text.split(JOIN)
    unknown = [name for name in asked if name not in CIRCUMSTANCES]
    if unknown:
        raise UsageProblem(
            f"there is no circumstance {unknown[0]!r}; there are "
            f"{', '.join(CIRCUMSTANCES)}, and several at once as blocking+tls."
        )
    names = [name for name in CIRCUMSTANCES if name in asked]
    together = [CIRCUMSTANCES[name] for name in names]
    scripts = [one.script for one in together if one.script]
    changed = [number for one in together for number in one.numbers]
    alike = len({one.load for one in together}) == 1
    if len(names) < len(asked) or not alike or len(scripts) > 1 or len(set(changed)) < len(changed):
        raise UsageProblem(f"{listed(asked)} cannot be had at once.")
    return JOIN.join(names), Circumstance(
        listed(one.words for one in together),
        together[0].load,
        {number: value for one in together for number, value in one.numbers.items()},
        "".join(scripts),
        any(one.once for one in together),
    )


def placed(circumstance: Circumstance, base: Target) -> tuple[Target, Load] | None:
    """A target in a circumstance, with its load; None where there is no such client of it.

    Args:
        circumstance: any.
        base: a target of an axis, or one whose script is the user's own.
    """
    named = {**LOADS, AS_WRITTEN.name: AS_WRITTEN}
    load = named[circumstance.load].derived(**circumstance.numbers)
    if not circumstance.script:
        return base, load
    axis = libraries.axes().get(base.axis)
    if axis is None or base.script != axis.script:
        return None
    if circumstance.script == BLOCKING:
        return (variant(base, axis.blocking), load) if axis.blocking else None
    # The other variants are of those whose own client is one of these kinds.
    if PurePosixPath(axis.script).name not in CLIENT_KINDS:
        return None
    if circumstance.script == OVER_HTTP2:
        base = structs.replace(base, server=HYPERCORN_SERVER, server_pins=(HYPERCORN,))
    return variant(base, circumstance.script), load

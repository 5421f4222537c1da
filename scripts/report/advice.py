"""What to change about a cause, in the words of the library and the server at hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import msgspec
from jinja2 import Environment, StrictUndefined

from scripts.analysis.catalogue import ADVICE, Advice
from scripts.analysis.summary import Row
from scripts.domain.libraries import LIBRARIES, Settings
from scripts.domain.trial import REPRO_SERVER, Target, Trial


class Circumstances(msgspec.Struct, frozen=True):
    """What advice depends on.

    Attributes:
        library: whose words are used; empty where it is not known, or more than one.
        event_loop: whether the client runs on an event loop.
        uvicorn: whether uvicorn is known to serve.
    """

    library: str
    event_loop: bool
    uvicorn: bool


def advised(cause: str, circumstances: Circumstances) -> Advice:
    """What to change about a cause; nothing about what is none.

    Args:
        cause: one of the keys of `ADVICE`, or how a trial ended.
        circumstances: of the client that it affected, and of its server.
    """
    advice = ADVICE.get(cause, Advice("", ""))
    library = LIBRARIES.get(circumstances.library)
    settings = library.settings if library else Settings()
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - no page
    environment.filters["noted"] = lambda words: f" ({words})" if words else ""
    values = {
        **dataclasses.asdict(settings),
        "expiry": library.expiry if library else "",
        "event_loop": circumstances.event_loop,
        "uvicorn": circumstances.uvicorn,
    }
    sides = (advice.client, advice.server)
    return Advice(*(environment.from_string(side).render(values) for side in sides))


def of_trial(trial: Trial, exceptions: Collection[str]) -> Circumstances:
    """The circumstances of a failure.

    Args:
        trial: in which it happened.
        exceptions: names of what it raised, with their modules, the one raised first.
    """
    timers = any(one.timer is not None for one in trial.server.connections or ())
    return Circumstances(
        library=_library(trial.target, exceptions),
        event_loop=trial.client.lag is not None
        or any(one.noted_at == "transport" for one in trial.client.connections),
        # Of uvicorn alone it is noted when a keep-alive timer runs out.
        uvicorn=timers or trial.target.server == REPRO_SERVER,
    )


def of_rows(rows: Collection[Row], cause: str) -> Circumstances:
    """The circumstances that the rows that a cause affected have in common."""
    affected = {
        (row.target, _library(row.target, kind.chain), row.stalled is not None)
        for row in rows
        for kind in row.failures
        if kind.cause == cause
    }
    names = {library for _, library, _ in affected}
    return Circumstances(
        library=names.pop() if len(names) == 1 else "",
        event_loop=any(stalls for *_, stalls in affected),
        uvicorn=all(target.server == REPRO_SERVER for target, *_ in affected),
    )


def _library(target: Target, exceptions: Collection[str]) -> str:
    """The library that a client calls: that of its axis, else the one that raised first."""
    if target.axis:
        return target.axis
    modules = {library.module: name for name, library in LIBRARIES.items()}
    raised = next(iter(exceptions), "").partition(".")[0]
    return modules.get(raised, "")

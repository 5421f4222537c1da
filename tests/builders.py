"""Trials made up for the pure rooms; everything that runs is tested on real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from msgspec import structs

from scripts.analysis.readings import Reading
from scripts.domain.targets import parse
from scripts.domain.trial import (
    LOADS,
    Client,
    Connection,
    Failure,
    Host,
    Lag,
    Link,
    Load,
    Place,
    Requests,
    Server,
    Target,
    Trial,
)
from scripts.search.question import Question
from scripts.search.step import Step

SMOKE = LOADS["smoke"]

HOST = Host("Linux 6 x86_64", "Some CPU", 2, 2**33, 1024, 4096, 0.5)


def made(
    target: Target | None = None,
    load: Load = LOADS["compressed"],
    order: int = 1,
    failed: int = 0,
    message: str = "",
    **fields: Any,
) -> Trial:
    """A trial of ten requests of which some failed."""
    failure = Failure(
        (
            Link("httpx", "ReadError", message, None, "raised", None),
            Link("builtins", "BrokenPipeError", "Broken pipe", 32, "hidden", 0),
        ),
        f"Traceback ...\nhttpx.ReadError: {message}\n",
        failed,
    )
    values: dict[str, Any] = {
        "campaign": "20240101-000000-1",
        "order": order,
        "lanes": 2,
        "started": "2024-01-01T00:00:00.000+00:00",
        "target": target or parse("document"),
        "load": load,
        "host": HOST,
        "outcome": "completed",
        "exit_status": 1 if failed else 0,
        "requests": Requests(
            [float(each) for each in range(10)],
            [each + 0.5 for each in range(10)],
            [0] * failed + [None] * (10 - failed),
        ),
        "failures": [failure] if failed else [],
        "wall": 12.0,
        "cpu_user": 0.5,
        "cpu_system": 0.1,
        "peak_memory": 2**26,
        "lag": Lag(0.2, 0.1, 100, [(1.0, 1.2)]),
        "server_connections": [Connection(50_000 + each, float(each)) for each in range(3)],
        "server_cpu": 0.3,
    }
    return changed(None, **(values | fields))


def changed(trial: Trial | None, **fields: Any) -> Trial:
    """A trial with other fields: of its place, of its client (with or without "client_" before
    it), of its server ("server_cpu"), else of itself.
    """
    parts: dict[str, dict[str, Any]] = {"place": {}, "client": {}, "server": {}, "": {}}
    for name, value in fields.items():
        part, _, rest = name.partition("_")
        if part not in ("client", "server"):
            part, rest = "", name
        for kind in (Place, Client):
            part = kind.__name__.lower() if not part and name in kind.__struct_fields__ else part
        parts[part][rest] = value
    if trial is not None:
        nested = {
            part: structs.replace(getattr(trial, part), **parts[part])
            for part in ("place", "client", "server")
        }
        return structs.replace(trial, **nested, **parts[""])
    place = Place(**parts["place"])
    return Trial(
        place=place, client=Client(**parts["client"]), server=Server(**parts["server"]), **parts[""]
    )


class Asking(Protocol):
    """A search, as the tests feed it."""

    question: Question

    def next(self) -> Step | None: ...

    def take(self, step: Step, trial: Trial, control: Trial | None) -> Reading: ...


Found = TypeVar("Found", bound=Asking)


def answered(found: Found, trying: Callable[[Target, int], Trial]) -> Found:
    """A search fed made-up trials until it asks for no more. A control costs 10 ms a request."""
    control = found.question.control
    while (step := found.next()) is not None:
        beside = made(control, cpu_user=0.1, cpu_system=0.0) if control is not None else None
        found.take(step, trying(step.target, step.round), beside)
    return found

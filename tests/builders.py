"""Trials made up for the pure rooms; everything that runs is tested on real ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from scripts.analysis.signals import Reading
from scripts.domain.targets import parse
from scripts.domain.trial import (
    LOADS,
    Connection,
    Failure,
    Host,
    Lag,
    Link,
    Load,
    Requests,
    Target,
    Trial,
)
from scripts.search.bisection import Step
from scripts.search.question import Question

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
        "round": 1,
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
        "connections": [Connection(50_000 + each, float(each)) for each in range(3)],
        "server_cpu": 0.3,
    }
    return Trial(**(values | fields))


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

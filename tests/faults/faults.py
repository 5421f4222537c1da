"""The table of faults: what misbehaves, and the only causes that may be found for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from scripts.analysis import causes
from scripts.analysis.catalogue import (
    BACKLOG,
    CANCELLED,
    DESCRIPTORS,
    LATE_CLIENT,
    MID_RESPONSE,
    NO_RESPONSE,
    REFUSED,
    RESET_BEFORE,
    RESET_MID,
    RUBBISH,
    SLOW_SERVER,
    STALE,
    STARVED,
)
from scripts.analysis.connections import cases
from scripts.domain.targets import parse
from scripts.domain.trial import REPRO_SERVER, Load, Place, Target, Trial
from scripts.domain.words import link_words
from scripts.environments.build import Environments
from scripts.report.causes import sentence
from scripts.trials.job import Job
from scripts.trials.run import run_trial

HERE = "tests/faults"
TRIES = 3
"""Trials of one pair at most, where others on this machine disturb them."""

UVLOOP = "uvloop==0.21.0"

PAIR = Load("pair", requests=2, concurrency=1, timeout=0.6)
"""Two requests, one after the other on one connection where the library keeps it."""

IDLE = Load("idle", delay=0, keep_alive=0.1)
"""A server that closes what is idle long before a stalled client is back."""


@dataclass(frozen=True)
class Kind:
    """A client of a library.

    Attributes:
        library: its pin.
        runs_on: what its requests run on; empty for asyncio's own event loop.
        script: of the client that sends a pair of requests; empty for the one in repro/.
        pins: of what else it runs on.
    """

    library: str
    runs_on: str = ""
    script: str = ""
    pins: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.library}, {self.runs_on}" if self.runs_on else self.library

    @property
    def asynchronous(self) -> bool:
        """Whether the scripts under tests/faults/clients, which are asyncio's, run on it."""
        return self.runs_on in ("", "uvloop")

    def target(self, chosen: Fault) -> Target:
        """What is run against a fault."""
        base = parse(self.library)
        script = f"{HERE}/clients/{chosen.client}.py" if chosen.client else self.script
        if not script:
            return msgspec.structs.replace(base, server=chosen.path)
        return Target(base.name, script, (*base.pins, *self.pins), server=chosen.path)


def in_threads(library: str) -> Kind:
    """The synchronous client of a library."""
    return Kind(library, "threads", "repro/variants/sync_client.py")


def on_trio(library: str) -> Kind:
    """The asynchronous client of a library on trio."""
    return Kind(library, "trio", "repro/variants/trio_client.py")


def on_uvloop(library: str) -> Kind:
    """The same on uvloop."""
    return Kind(library, "uvloop", f"{HERE}/clients/pair.py", (UVLOOP,))


KINDS = (
    Kind("httpx==0.24.1"),
    Kind("httpx==0.27.2"),
    Kind("httpx==0.28.1"),
    Kind("httpcore[asyncio]==1.0.9"),
    Kind("httpx2==2.16.2"),
    Kind("aiohttp==3.9.5"),
    Kind("aiohttp==3.14.5"),
    in_threads("httpx==0.27.2"),
    in_threads("httpx2==2.16.2"),
    on_trio("httpx==0.27.2"),
    on_trio("httpx2==2.16.2"),
    on_uvloop("httpx==0.27.2"),
    on_uvloop("aiohttp==3.14.5"),
)
"""Old releases, the document's, and the newest when this was written."""


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    Attributes:
        server: script under tests/faults, or one of repro/ by its path.
        causes: every failed request must have one of these.
        client: script under tests/faults/clients; empty for the client in repro/.
        load: of the client in repro/.
        always: whether every library must show a failed request.
    """

    server: str
    causes: frozenset[str]
    client: str = ""
    load: Load = field(default=PAIR)
    always: bool = True

    @property
    def path(self) -> str:
        """Of the server's script."""
        return self.server if "/" in self.server else f"{HERE}/{self.server}.py"

    @property
    def name(self) -> str:
        """What the table calls it."""
        return self.client or self.server if self.path.startswith(HERE) else Path(self.server).stem

    @property
    def shown(self) -> str:
        """Path of the script that tells what it is: the client's where that misbehaves."""
        client = self.client and self.path.startswith(HERE)
        return f"{HERE}/clients/{self.client}.py" if client else self.path

    def strikes(self, kind: Kind) -> bool:
        """Whether it is tried on a kind of client."""
        if self.path.startswith(HERE):
            return kind.asynchronous or not self.client
        return kind.asynchronous and kind.library.startswith("aiohttp")  # which alone fails there


def fault(server: str, *expected: str, client: str = "", always: bool = True) -> Fault:
    """A fault and the causes that may be found for it."""
    return Fault(server, frozenset(expected), client, always=always)


def healthy_server(path: str) -> Fault:
    """A server as people run it, whose keep-alive runs out while a client is blocked."""
    return Fault(path, frozenset((STALE,)), "stalled", IDLE, always=False)


FAULTS = (
    fault("idle_end", STALE),
    fault("idle_reset", STALE),
    # A library that looks at the socket before it uses an idle connection does not fail here.
    fault("idle_after", STALE, client="stalled", always=False),
    fault("close_at_once", STALE, always=False),
    fault("promise_broken", STALE),
    fault("half_close", STALE),
    fault("end_before", NO_RESPONSE, STARVED),
    fault("reset_before", RESET_BEFORE),
    fault("short_body", MID_RESPONSE),
    fault("reset_mid", RESET_MID),
    fault("garbage", RUBBISH),
    fault("silence", SLOW_SERVER, STARVED),
    # Only a limit on the whole answer is exceeded: httpx's is on each read.
    fault("drip", SLOW_SERVER, STARVED, always=False),
    fault("backlog", BACKLOG, STARVED),
    # httpx reads what lies ready before it looks at the clock.
    fault("slow_answer", LATE_CLIENT, client="late", always=False),
    fault("silence", CANCELLED, client="cancelled"),
    fault("healthy", DESCRIPTORS, client="descriptors"),
    fault("healthy", REFUSED, client="refused"),
    fault("healthy"),
    healthy_server(REPRO_SERVER),
    healthy_server("repro/variants/uvicorn_standard_server.py"),
    healthy_server("repro/variants/gunicorn_server.py"),
    healthy_server("repro/variants/hypercorn_server.py"),
)


def trial_of(chosen: Fault, kind: Kind, environments: Environments) -> Trial:
    """One trial of a kind of client against a fault."""
    job = Job(kind.target(chosen), chosen.load, Place("faults"), 20)
    trial = run_trial(job, environments)
    for _ in range(TRIES - 1):
        if not disturbed(chosen, trial):
            break
        trial = run_trial(job, environments)
    return trial


def disturbed(chosen: Fault, trial: Trial) -> bool:
    """Whether others on this machine had a part in a trial: one took the port that was free a
    moment ago, or the client's event loop was blocked though nothing in it blocks.
    """
    blocks = chosen.client in ("late", "stalled")
    stood = trial.client.lag is not None and bool(trial.client.lag.stalls)
    return not trial.measured or (stood and not blocks)


def seen(trial: Trial) -> list[tuple[str, str]]:
    """What failed: (exception raised, cause found), each pair once."""
    pairs: dict[tuple[str, str], None] = {}
    for case, cause in zip(cases(trial), causes.causes(trial), strict=False):
        raised = link_words(case.chain[0]) if case.chain else "nothing"
        pairs[raised, cause.name] = None
    return sorted(pairs)


def wrong(chosen: Fault, trial: Trial) -> str:
    """What is wrong with a trial of a fault; empty where nothing is."""
    if trial.outcome != "completed":
        return f"{trial.outcome}: {trial.detail} {trial.client.stderr}"
    failures = seen(trial)
    if chosen.always and chosen.causes and not failures:
        return "no request failed"
    others = [f"{raised}: {cause}" for raised, cause in failures if cause not in chosen.causes]
    if others:
        sentences = "; ".join(map(sentence, causes.causes(trial)))
        return f"{', '.join(others)} ({sentences})"
    return ""

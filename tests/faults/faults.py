"""The table of faults: what misbehaves, and the only causes that may be found for it."""

from __future__ import annotations

from dataclasses import dataclass, field

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
from scripts.domain.trial import Load, Place, Target, Trial
from scripts.domain.words import link_words
from scripts.environments.build import Environments
from scripts.report.causes import sentence
from scripts.trials.job import Job
from scripts.trials.run import run_trial

HERE = "tests/faults"
LIBRARIES = (
    "httpx==0.24.1",
    "httpx==0.27.2",
    "httpx==0.28.1",
    "httpcore[asyncio]==1.0.9",
    "httpx2==2.16.2",
    "aiohttp==3.9.5",
    "aiohttp==3.14.5",
)
"""Old releases, the document's, and the newest when this was written."""

PAIR = Load("pair", requests=2, concurrency=1, timeout=0.6)
"""Two requests, one after the other on one connection where the library keeps it."""


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    Attributes:
        server: script under tests/faults.
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
    def name(self) -> str:
        """What the table calls it."""
        return self.client or self.server


def fault(server: str, *expected: str, client: str = "", always: bool = True) -> Fault:
    """A fault and the causes that may be found for it."""
    return Fault(server, frozenset(expected), client, always=always)


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
)


def trial_of(chosen: Fault, library: str, environments: Environments) -> Trial:
    """One trial of a library against a fault."""
    base = parse(library)
    target = msgspec.structs.replace(base, server=f"{HERE}/{chosen.server}.py")
    if chosen.client:
        target = Target(
            base.name, f"{HERE}/clients/{chosen.client}.py", base.pins, server=target.server
        )
    return run_trial(Job(target, chosen.load, Place("faults"), 20), environments)


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

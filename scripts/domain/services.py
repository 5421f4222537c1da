"""Services as people run them: servers with their own defaults, and replicas behind a balancer."""

from __future__ import annotations

import re

import msgspec

from scripts.domain.trial import Target
from scripts.domain.words import amount

BALANCED_SERVER = "repro/balanced/service.py"
"""Two replicas of the batching service behind a balancer."""

VARIANTS = "repro/variants"

SERVERS = {
    "uvicorn": "repro/server.py",
    "uvicorn[standard] (uvloop, httptools)": f"{VARIANTS}/uvicorn_standard_server.py",
    "gunicorn with uvicorn's worker": f"{VARIANTS}/gunicorn_server.py",
    "hypercorn": f"{VARIANTS}/hypercorn_server.py",
    "granian": f"{VARIANTS}/granian_server.py",
}
"""The document's service, by what serves it; each keeps idle connections as it does by itself."""


class Patience(msgspec.Struct, frozen=True):
    """For how long idle connections are kept, in seconds.

    Attributes:
        order: who keeps them for longer, in a word.
        balancer: by the balancer, those of its clients.
        upstream: by the balancer, those to a replica.
        replica: by a replica.
        most_failures: of a replica, after which nginx leaves it alone for 10 s; 0 for however many;
            None where that is left as nginx has it, which is 1.
    """

    order: str
    balancer: float
    upstream: float
    replica: float
    most_failures: int | None = None

    @property
    def title(self) -> str:
        """What tables call it: the order, then the times in theirs."""
        kept = [amount(seconds, "s") for seconds in (self.balancer, self.upstream, self.replica)]
        failures = "" if self.most_failures is None else f"; max_fails={self.most_failures}"
        return f"{self.order} ({kept[0]}, {kept[1]}; {kept[2]}{failures})"


ORDERED = Patience("client < balancer < replica", 7.5, 6.0, 7.5)
"""Whoever opens a connection keeps it for a shorter time than whoever accepts it."""

DEFAULTS = Patience("balancer > replica", 7.5, 6.0, 0.5)
"""A tenth of nginx' 75 s and 60 s, and of uvicorn's 5 s."""

EQUAL = Patience("client ≥ balancer", 0.5, 6.0, 7.5)
"""The balancer keeps its clients' connections for as long as httpx does (aiohttp: three times as
long).
"""

BRIEF_BALANCER = Patience("client > balancer", 0.02, 6.0, 7.5)

BRIEF_REPLICA = Patience("balancer > replica", 7.5, 6.0, 0.02)

UNFORGOTTEN = Patience("balancer > replica", 7.5, 6.0, 0.02, 0)
"""nginx goes on asking a replica that failed."""

_ANY = (ORDERED, DEFAULTS, EQUAL, BRIEF_BALANCER, BRIEF_REPLICA)

PATIENCES = {"nginx": (*_ANY, UNFORGOTTEN), "HAProxy": _ANY}
"""By the balancer that stands before the replicas, in the order of their table; the first is what
the others are compared with."""


BALANCER_PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy"}
"""Debian's packages of the balancers, by the name of the program."""


BALANCER_NAMES = {"nginx": "nginx", "haproxy": "HAProxy"}
"""What tables call the balancers, by the name of the program."""


def balancer_of(target: Target) -> str:
    """The program that stands before the replicas of a target's server; empty for none."""
    if target.server != BALANCED_SERVER:
        return ""
    variables = dict(variable.split("=", 1) for variable in target.server_env)
    return variables.get("BALANCER", "nginx")


SERVER_VARIABLES = (
    *("PORT", "DELAY", "KEEP_ALIVE", "ACCESS_LOG"),
    *("BALANCER", "UPSTREAM_KEEP_ALIVE", "REPLICA_KEEP_ALIVE", "MAX_FAILS"),
)
"""What the servers of this project read of their environment: a user's own is none of it."""

TOLD = re.compile(
    r"BALANCER=(nginx|haproxy)|(UPSTREAM_KEEP_ALIVE|REPLICA_KEEP_ALIVE)=\d{1,4}(\.\d{1,3})?|"
    r"MAX_FAILS=\d{1,2}"
)
"""What replicas behind a balancer may be told that anybody may know."""


def is_ours(target: Target) -> bool:
    """Whether a target's server is one of this project's programs."""
    return target.server.startswith("repro/")


def told_safely(target: Target) -> bool:
    """Whether all that a target's server is told is what anybody may know."""
    return target.server == BALANCED_SERVER and all(map(TOLD.fullmatch, target.server_env))


def balancer_environment(balancer: str, patience: Patience) -> tuple[str, ...]:
    """What the service is told beside the load's own keep-alive, which is the balancer's to its
    clients.
    """
    told = {
        "BALANCER": balancer.lower(),
        "UPSTREAM_KEEP_ALIVE": f"{patience.upstream:g}",
        "REPLICA_KEEP_ALIVE": f"{patience.replica:g}",
    }
    if patience.most_failures is not None:
        told["MAX_FAILS"] = str(patience.most_failures)
    return tuple(f"{name}={value}" for name, value in told.items())

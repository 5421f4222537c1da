"""Services as people run them: servers with their own defaults, and replicas behind a balancer."""

from __future__ import annotations

import msgspec

from scripts.domain.trial import Target

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
        title: what tables call it.
        balancer: by the balancer, those of its clients.
        upstream: by the balancer, those to a replica.
        replica: by a replica.
        most_failures: of a replica, after which nginx leaves it alone for 10 s; 0 for however many;
            None where that is left as nginx has it, which is 1.
    """

    title: str
    balancer: float
    upstream: float
    replica: float
    most_failures: int | None = None


ORDERED = Patience("client < balancer < replica", 7.5, 6.0, 7.5)
"""Whoever opens a connection keeps it for a shorter time than whoever accepts it."""

DEFAULTS = Patience("client < balancer > replica (uvicorn's 5 s, a tenth of it)", 7.5, 6.0, 0.5)
"""A tenth of nginx' 75 s and 60 s, and of uvicorn's 5 s."""

EQUAL = Patience("client = balancer < replica", 0.5, 0.3, 7.5)
"""The balancer keeps its clients' connections for as long as httpx does."""

BRIEF_BALANCER = Patience("client > balancer (20 ms) < replica", 0.02, 6.0, 7.5)

BRIEF_REPLICA = Patience("client < balancer > replica (20 ms)", 7.5, 6.0, 0.02)

UNFORGOTTEN = Patience("client < balancer > replica (20 ms), max_fails=0", 7.5, 6.0, 0.02, 0)
"""nginx goes on asking a replica that failed."""

_ANY = (ORDERED, DEFAULTS, EQUAL, BRIEF_BALANCER, BRIEF_REPLICA)

PATIENCES = {"nginx": (*_ANY, UNFORGOTTEN), "HAProxy": _ANY}
"""By the balancer that stands before the replicas, in the order of their table; the first is what
the others are compared with."""


BALANCER_PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy"}
"""Debian's packages of the balancers, by the name of the program."""


def balancer_of(target: Target) -> str:
    """The program that stands before the replicas of a target's server; empty for none."""
    if target.server != BALANCED_SERVER:
        return ""
    variables = dict(variable.split("=", 1) for variable in target.server_env)
    return variables.get("BALANCER", "nginx")


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


SURVEYED = {
    balancer_environment(balancer, patience)
    for balancer, patiences in PATIENCES.items()
    for patience in patiences
}
"""All that the service is told in surveys."""

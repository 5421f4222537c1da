"""Services as people run them: servers with their own defaults, and replicas behind a balancer."""

from __future__ import annotations

import msgspec

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
    """

    title: str
    balancer: float
    upstream: float
    replica: float


ORDERED = Patience("client < balancer < replica", 7.5, 6.0, 7.5)
"""Whoever opens a connection keeps it for a shorter time than whoever accepts it."""

DEFAULTS = Patience("as nginx and uvicorn have it: balancer > replica", 7.5, 6.0, 0.5)
"""A tenth of nginx' 75 s and 60 s, and of uvicorn's 5 s."""

EQUAL = Patience("client = balancer < replica", 0.5, 0.3, 7.5)
"""The balancer keeps its clients' connections for as long as httpx does."""

BRIEF_BALANCER = Patience("balancer far under client", 0.02, 6.0, 7.5)

BRIEF_REPLICA = Patience("replica far under balancer", 7.5, 6.0, 0.02)

PATIENCES = (ORDERED, DEFAULTS, EQUAL, BRIEF_BALANCER, BRIEF_REPLICA)
"""In the order of their table; the first is what the others are compared with."""

BALANCERS = {"nginx": "nginx", "HAProxy": "haproxy"}
"""What stands before the replicas: as tables call it, and as the service is told in BALANCER."""


def balancer_environment(balancer: str, patience: Patience) -> tuple[str, ...]:
    """What the service is told beside the load's own keep-alive, which is the balancer's to its
    clients.
    """
    return (
        f"BALANCER={balancer}",
        f"UPSTREAM_KEEP_ALIVE={patience.upstream:g}",
        f"REPLICA_KEEP_ALIVE={patience.replica:g}",
    )

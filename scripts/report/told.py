"""What a campaign's trials tell in its tables: to whoever ran them, and to others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial

import msgspec
from msgspec import structs

from scripts.analysis.gist import Gist, Way, about, gist
from scripts.analysis.stalls import stalled
from scripts.domain.shared import Shared
from scripts.domain.trial import Trial
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from scripts.trials.extracts import Extract


class TrialFacts(msgspec.Struct, frozen=True, array_like=True):
    """What a trial tells.

    Attributes:
        own: its gist.
        others: its gist as it gets out; None for the same.
    """

    own: Gist
    others: Gist | None

    @property
    def safe(self) -> Gist:
        """Its gist as it gets out."""
        return self.own if self.others is None else self.others


def telling(named: Iterable[str]) -> Extract[TrialFacts]:
    """What is taken of a campaign's trials.

    Args:
        named: packages that whoever measured has named.
    """
    names = frozenset(named)
    digest = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()
    return Extract(f"told beside {digest}", TrialFacts, partial(_told, names))


def _told(named: frozenset[str], trial: Trial) -> TrialFacts:
    own = gist(trial)
    safe = _gated(own, trial, Gate(named=named))
    return TrialFacts(own, None if safe == own else safe)


def _gated(own: Gist, trial: Trial, gate: Gate) -> Gist:
    """A trial's gist as it gets out: nothing of what the gate takes longest over is in it."""
    client = structs.replace(
        trial.client, failures=[], strays=[], stderr="", stdout="", stack=None, connections=[]
    )
    server = structs.replace(trial.server, stderr="", connections=None)
    safe = gated(structs.replace(trial, client=client, server=server), gate)
    before, after = trial.client.lag, safe.client.lag
    blocked = after.blocked if after else None
    same = before is None or blocked == before.blocked
    ways = [
        (way if way.value.detail is None else Shared(_ended(way.value, safe.detail)), count)
        for way, count in own.ways
    ]
    return structs.replace(
        own,
        about=Shared(about(safe)),
        detail=safe.detail,
        stalled=own.stalled if same or blocked is None else stalled(blocked),
        ways=ways,
    )


def _ended(way: Way, detail: str) -> Way:
    return structs.replace(way, detail=detail)

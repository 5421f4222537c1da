"""What a campaign's trials tell in its tables: to whoever ran them, and to others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import partial

import msgspec

from scripts.analysis.gist import Gist, gist
from scripts.domain.trial import Trial
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from scripts.trials.extracts import Extract


class Told(msgspec.Struct, frozen=True):
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


def telling(named: Iterable[str]) -> Extract[Told]:
    """What is taken of a campaign's trials.

    Args:
        named: packages that whoever measured has named.
    """
    names = frozenset(named)
    digest = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()
    return Extract(f"told beside {digest}", Told, partial(_told, names))


def _told(named: frozenset[str], trial: Trial) -> Told:
    own, safe = gist(trial), gist(gated(trial, Gate(named=named)))
    return Told(own, None if safe == own else safe)

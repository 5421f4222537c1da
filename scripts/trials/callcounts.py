"""How often functions were called, as a trial's probe left it beside the trial."""

from __future__ import annotations

from pathlib import Path

from scripts.domain.callcounts import CALL_COUNTS, CallCounts
from scripts.trials import store


def kept_counts(folder: Path) -> CallCounts | None:
    """How often functions were called in the trial of a folder; None where that is not there.

    Raises:
        UsageProblem: it is damaged.
    """
    path = folder / CALL_COUNTS
    return store.read_beside(path, CallCounts) if path.exists() else None

"""How often functions were called, as a trial's probe left it beside the trial."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scripts.domain.callcounts import CALL_COUNTS, CallCounts
from scripts.domain.paths import shown
from scripts.domain.problems import MeasurementProblem


def kept_counts(folder: Path) -> CallCounts | None:
    """How often functions were called in the trial of a folder; None where that is not there.

    Raises:
        MeasurementProblem: it is damaged.
    """
    path = folder / CALL_COUNTS
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=CallCounts)
    except (OSError, msgspec.MsgspecError) as error:
        raise MeasurementProblem(f"{shown(path)} is damaged ({error}).") from error

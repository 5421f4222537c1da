"""A trial's packets beside its notes: what must be so before, and what is kept after."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from scripts.analysis.capture import WITNESS, Witness, compared
from scripts.domain.files import replace
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Target, Trial
from scripts.trials.capture import packets, require_capture

NEVER_CAPTURED = ("unavailable", "server-not-ready")
"""Outcomes of trials whose client was never started."""


def check_capture(file: Path, target: Target) -> None:
    """Make sure that the packets of a target's trial can be captured into a file.

    Raises:
        UsageProblem: the file cannot be written, or the client's server is not known.
        MeasurementProblem: no packets can be captured here.
    """
    if not target.served and not target.url:
        raise UsageProblem("--capture needs a server: name it with --server or --url.")
    folder = file.resolve().parent
    if file.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise UsageProblem(f"{file} cannot be written: name a file in a folder of yours.")
    require_capture()


def keep_witness(file: Path, trial: Trial, folder: Path) -> Witness | None:
    """Compare a trial's notes with its capture, and write the result beside the trial.

    Args:
        file: of the capture.
        trial: the trial.
        folder: of the trial.

    Returns:
        The witness; None where the client was never started.

    Raises:
        MeasurementProblem: the capture cannot be read.
    """
    if trial.outcome in NEVER_CAPTURED:
        return None
    witness = compared(packets(file), trial)
    replace(folder / WITNESS, msgspec.json.format(msgspec.json.encode(witness)) + b"\n")
    return witness

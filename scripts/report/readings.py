"""What a trial says about a signal, in words."""

from __future__ import annotations

from scripts.analysis.readings import Ended, Percentile, Ratio, Reading, Silent, Struck


def words(reading: Reading) -> str:
    """What a reading rests on, in a line."""
    match reading.basis:
        case Silent():
            return _silent(reading.basis)
        case Ended(outcome, exit_status):
            return outcome if exit_status is None else f"status {exit_status}"
        case Struck(struck, requests, otherwise):
            rest = f"; {otherwise} failed otherwise ({', '.join(reading.other)})"
            return f"{struck} of {requests} requests" + (rest if reading.other else "")
        case Ratio(ratio, threshold):
            bound = "" if threshold is None else f" (bad is above {threshold:.2f})"
            return f"{ratio:.2f} x the control{bound}"
        case Percentile(percentile, seconds):
            return f"p{percentile} {seconds:.3f} s"


def _silent(silent: Silent) -> str:
    """Why a trial says nothing."""
    match silent.reason:
        case "not measured":
            return f"{silent.outcome}: {silent.detail}"
        case "overloaded":
            return f"{silent.detail}, on a machine overloaded by others"
        case "ended early":
            return silent.outcome
        case "no cost":
            return "it or its control was not measured"
        case "no requests":
            return "its requests were not recorded"
        case "unknown cause":
            return "a request failed of an unknown cause"

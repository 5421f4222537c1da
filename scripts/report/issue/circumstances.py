"""What circumstances are called in a report, and under which it fails with no caller blocking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from scripts.analysis.proof import Judgement
from scripts.analysis.summary import Row
from scripts.domain.circumstances import BLOCKING, JOIN
from scripts.domain.trial import Load
from scripts.proof.result import ProofResult, SettingResult
from scripts.report.programs import WHOLE
from scripts.report.slower_machines import ran_slower


class Unblocked(msgspec.Struct, frozen=True, kw_only=True):
    """Where requests fail although no caller blocks the event loop.

    Attributes:
        under: which circumstance; same: whether it is the load that was told of before.
        processor_time: seconds that a request took; None where that was not recorded.
        failed, requests: how many of how many; 0 of how many where that is not known.
        told, stale: in how many a look right before the write would have told, of how many.
    """

    under: str
    same: bool
    processor_time: float | None
    failed: int
    requests: int
    told: int
    stale: int


def unblocked(
    tried: Iterable[ProofResult], pin: str, load: Load | None, rows: Sequence[Row]
) -> list[Unblocked]:
    """Where requests fail without a change although no caller blocks the event loop: of each
    circumstance the proof with the most trials, single circumstances and most failures first.

    Args:
        tried: the proofs.
        pin: of the release that is told of.
        load: what the report has told of before; None for nothing.
        rows: what was measured elsewhere, beside which a machine is slower or busier.
    """
    most: dict[str, tuple[ProofResult, SettingResult, Judgement]] = {}
    for proof in tried:
        if proof.against is not None or pin not in proof.target.pins:
            continue
        if proof.target.script in WHOLE:
            continue
        for setting in proof.settings:
            first = setting.signals[0]
            blocks = BLOCKING in setting.name.split(JOIN)
            if blocks or first.amounts or not first.judgement.before.bad:
                continue
            known = most.get(setting.name)
            if known is None or first.judgement.before.trials > known[2].before.trials:
                most[setting.name] = (proof, setting, first.judgement)
    found = sorted(most.values(), key=lambda one: (one[1].name.count(JOIN), -one[2].failed_before))
    return [
        Unblocked(
            under=SLOWER_WORDS
            if (same := _is_told(setting, load)) and _slower(proof, setting, rows)
            else called(proof, setting, load, ()),
            same=same,
            processor_time=setting.processor_time,
            failed=judgement.failed_before,
            requests=(setting.load.requests or 0) * judgement.before.trials,
            told=setting.races_before.told,
            stale=setting.races_before.stale,
        )
        for proof, setting, judgement in found
    ]


AT_THE_TOP = "the load at the top"
"""The load that a report tells of first."""

SLOWER_WORDS = "slower or busier machine"


def called(
    proof: ProofResult, setting: SettingResult, told: Load | None, rows: Sequence[Row]
) -> str:
    """What a circumstance is called where a load was told of before, and whether a proof ran it on
    a slower or busier machine than the rows are of.
    """
    same = _is_told(setting, told)
    words = AT_THE_TOP if same else setting.without_layer
    keep_alive = setting.load.keep_alive
    if keep_alive and told is not None and keep_alive != told.keep_alive:
        words += f", {keep_alive:g} s"
    return f"{words}, {SLOWER_WORDS}" if _slower(proof, setting, rows) else words


def _slower(proof: ProofResult, setting: SettingResult, rows: Sequence[Row]) -> bool:
    return any(ran_slower(row, proof, setting) for row in rows)


def _is_told(setting: SettingResult, told: Load | None) -> bool:
    """Whether a circumstance is the load that was told of before."""
    return setting.load == told and setting.name == setting.load.name

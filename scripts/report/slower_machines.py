"""What fails where a machine is slower, or busier, though not elsewhere: of proofs that ran there.

How often a connection goes stale between its assignment and the write hangs on how long the event
loop takes, and so on the machine: where nothing failed, nothing is said of a slower one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scripts.analysis.summary import Row
from scripts.proof.result import ProofResult, SettingResult
from scripts.report.proofs import file_of

SLOWER = 1.5
"""Times the processor time that a request took elsewhere, from which on a machine is slower."""


def slower_words(
    rows: Iterable[Row], proofs: Sequence[ProofResult]
) -> list[tuple[str, ProofResult]]:
    """Of each target that failed nowhere, and fails on a slower machine under the same load, a
    sentence and what it rests on.

    Args:
        rows: what targets did under their loads.
        proofs: of changes, whose trials without the change are looked at.
    """
    return [
        found
        for row in rows
        if row.trials and not row.failing
        for found in list(_of_row(row, proofs))[:1]
    ]


def ran_slower(row: Row, proof: ProofResult, setting: SettingResult) -> bool:
    """Whether a proof ran what a row holds, under the same load, on a slower or busier machine."""
    took, usual = setting.processor_time, row.cpu_per_request
    return (
        proof.against is None
        and row.target.script == proof.target.script
        and row.target.pins[0] in proof.target.pins
        and (setting.load, setting.name) == (row.load, row.load.name)
        and took is not None
        and usual is not None
        and 1000 * took >= SLOWER * usual
    )


def _of_row(row: Row, proofs: Sequence[ProofResult]) -> Iterator[tuple[str, ProofResult]]:
    for proof in proofs:
        for setting in proof.settings:
            if ran_slower(row, proof, setting):
                yield from ((words, proof) for words in _of_setting(row, proof, setting))


def _of_setting(row: Row, proof: ProofResult, setting: SettingResult) -> Iterator[str]:
    judged, took = setting.signals[0], setting.processor_time
    if judged.amounts or not judged.judgement.before.bad or took is None:
        return
    before, after = judged.judgement.before, judged.judgement.after
    lost, left = judged.judgement.failed_before, judged.judgement.failed_after
    yield (
        f"Measured again where a request took {1000 * took:.1f} ms of processor time instead of "
        f"{row.cpu_per_request:.1f}: {row.target.name} fails under the same load in {before.bad} "
        f"of {before.trials} trials ({lost:,} failures), and with {file_of(proof)} in "
        f"{after.bad} ({left:,})."
    )

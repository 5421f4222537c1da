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
"""Times the processor time that a request took elsewhere, from which on a machine is slower, or
busier: which of the two is not told apart."""


def slower_words(
    rows: Iterable[Row], proofs: Sequence[ProofResult]
) -> list[tuple[str, ProofResult]]:
    """Of each target that failed nowhere, and fails under the same load on a slower or busier
    machine, a sentence and what it rests on.

    Args:
        rows: what targets did under their loads.
        proofs: of changes, whose trials without the change are looked at.
    """
    clean = [row for row in rows if row.trials and not row.failing]
    found = [(row, next(_failing(row, proofs), None)) for row in clean]
    return [(_words(row, *there), there[0]) for row, there in found if there]


def ran_slower(row: Row, proof: ProofResult, setting: SettingResult) -> bool:
    """Whether a proof ran what a row holds, beside the same anyio and under the same load, on a
    slower or busier machine.
    """
    took, usual = setting.processor_time, row.cpu_per_request
    return (
        proof.against is None
        and row.target.script == proof.target.script
        and any(pin in proof.target.pins for pin in row.target.pins[:1])
        and (setting.load, setting.name) == (row.load, row.load.name)
        and setting.layer == row.surroundings.layer
        and took is not None
        and usual is not None
        and 1000 * took >= SLOWER * usual
    )


def _failing(
    row: Row, proofs: Iterable[ProofResult]
) -> Iterator[tuple[ProofResult, SettingResult]]:
    """Where what a row holds failed on such a machine."""
    for proof in proofs:
        for setting in proof.settings:
            judged = setting.signals[0]
            fails = not judged.amounts and judged.judgement.before.bad > 0
            if fails and ran_slower(row, proof, setting):
                yield proof, setting


def _words(row: Row, proof: ProofResult, setting: SettingResult) -> str:
    judgement = setting.signals[0].judgement
    before, after = judgement.before, judgement.after
    return (
        f"Measured again where a request took {1000 * (setting.processor_time or 0):.1f} ms of "
        f"processor time instead of {row.cpu_per_request:.1f}: {row.target.name} fails under the "
        f"same load in {before.bad} of {before.trials} trials ({judgement.failed_before:,} "
        f"failures), and with {file_of(proof)}, a suggested change, in {after.bad} "
        f"({judgement.failed_after:,})."
    )

"""What would mend it? The proofs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from scripts.analysis.proof import Judgement
from scripts.proof.result import ProofResult, SettingResult
from scripts.report import proofs
from scripts.report.calls import asked_call
from scripts.report.conditions import trial_span
from scripts.report.page.blocks import (
    Block,
    Fact,
    Folded,
    Prose,
    Section,
    Table,
    columns,
    sentences,
)
from scripts.report.programs import BARE_SCRIPT

SHORT = columns("change", "under how many loads", "where most goes", "where most is left")
VERDICTS = columns("under", "signal", "anyio", ">fails without", ">fails with it", "verdict")
COSTS = columns("under", ">pairs", "measure", ">without", ">with it", ">ratio (95 %)")

WORDS = (
    'A client ran without a change and with it, in turn, under each circumstance. "Helps": less '
    'fails. "Mends it": besides, at most a tenth of the trials can still fail. "No difference '
    'shown": a change after which none fails would have been seen, a smaller one need not. The '
    "changes stand in [repro/cures/](repro/cures/)."
)

NO_COSTS = (
    "What it costs cannot be compared: in no pair were 99 of 100 requests answered on both sides."
)


def mending(results: Sequence[ProofResult]) -> Section | None:
    """What changes do, one row each, and every proof; None for none."""
    if not results:
        return None
    changes: dict[str, list[ProofResult]] = {}
    for result in results:
        if result.against is None and result.target.script != BARE_SCRIPT:
            changes.setdefault(result.change, []).append(result)
    rows = [_short(change, tried) for change, tried in changes.items()]
    return Section(
        "What would mend it?",
        [
            Prose(WORDS),
            Table(SHORT, rows),
            Folded(
                f"All {len(results)} proofs",
                [
                    Folded(proofs.heading(result), _proof(result), asked_call(result.command))
                    for result in results
                ],
            ),
        ],
    )


def _short(change: str, results: Sequence[ProofResult]) -> Fact:
    """What one change does under all circumstances that it was tried under."""
    judged = [
        (setting, signal.judgement, signal.amounts)
        for result in results
        for setting in result.settings
        if not setting.once
        for signal in setting.signals
    ]
    verdicts = Counter(judgement.verdict for _, judgement, _ in judged)
    words = ", ".join(f"{proofs.VERDICT_WORDS[name]} in {count}" for name, count in
                      verdicts.most_common())  # fmt: skip
    counted = [(setting, judgement) for setting, judgement, amounts in judged if not amounts]
    most = max(counted, key=lambda one: one[1].failed_before - one[1].failed_after, default=None)
    left = max(counted, key=lambda one: one[1].failed_after, default=None)
    trials = [trial_span(result.name, result.last) for result in results]
    patch = results[0].patch
    name = change if patch is None else PurePosixPath(patch.path).name
    return Fact((name, words, _numbers(most), _numbers(left)), trials)


def _numbers(one: tuple[SettingResult, Judgement] | None) -> str:
    if one is None:
        return ""
    setting, judgement = one
    return (
        f"{setting.name}: {judgement.failed_before} to {judgement.failed_after} failures, "
        f"{judgement.before.bad} to {judgement.after.bad} of {judgement.after.trials} trials"
    )


def _proof(result: ProofResult) -> list[Block]:
    """What one proof shows."""
    trials = [trial_span(result.name, result.last)]
    verdicts = [Fact(row, trials) for row in proofs.verdict_rows(result)]
    costs = [Fact(row, trials) for row in proofs.cost_rows(result)]
    return [
        Table(VERDICTS, verdicts),
        sentences(proofs.result_lines(result), trials),
        Table(COSTS, costs) if costs else Prose(NO_COSTS),
        sentences([f"Trials {trials[0]}, one at a time."], trials),
    ]

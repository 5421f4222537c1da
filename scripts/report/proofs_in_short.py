"""What changes do, in a sentence each: of all proofs of one change together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scripts.analysis.proof import Verdict
from scripts.domain.libraries import LAYER
from scripts.domain.words import listed
from scripts.proof.result import ProofResult, SettingResult, SignalResult

SHORT_VERDICTS: dict[Verdict, str] = {
    "mends": "mends",
    "helps": "helps against",
    "harms": "brings more of",
    "no difference shown": "no difference shown in",
}
"""What is said of each verdict, before what it is said of; the others are only counted."""


class _SignalCase(NamedTuple):
    """What is known of a signal under one circumstance, and which."""

    setting: SettingResult
    result: SignalResult

    @property
    def trials(self) -> int:
        """How many pairs of trials it rests on."""
        return self.result.judgement.after.trials


def short_lines(results: Iterable[ProofResult]) -> list[str]:
    """What each change does that was compared with none, a line each, in the order of the first
    proof of each.
    """
    changes: dict[str, list[ProofResult]] = {}
    for result in results:
        if result.against is None:
            changes.setdefault(result.change, []).append(result)
    return [short_words(proofs) for proofs in changes.values()]


def short_words(results: Sequence[ProofResult]) -> str:
    """What a change does to each signal, under which circumstances, in a clause for each verdict:
    of several proofs of the same, what rests on the most trials.
    """
    told = _told(results)
    layers = {one.setting.layer for one in told}
    beside = f", beside {LAYER} {max(layers)}" if len(layers) == 1 and layers != {""} else ""
    said: dict[tuple[Verdict, str], list[str]] = {}
    for one in told:
        layer = one.setting.layer if len(layers) > 1 else ""
        key = (one.result.judgement.verdict, one.result.signal)
        said.setdefault(key, []).append(_words(one, layer))
    clauses = [
        f"{words} {signal} under {listed(cases)}"
        for verdict, words in SHORT_VERDICTS.items()
        for (other, signal), cases in said.items()
        if other == verdict
    ]
    if untold := sum(one.result.judgement.verdict == "cannot tell" for one in told):
        more = "other " if clauses else ""
        clauses.append(f"cannot tell in {untold} {more}case{'s' if untold > 1 else ''}")
    return f"{results[0].change}{beside}: {'; '.join(clauses)}"


def _told(results: Iterable[ProofResult]) -> list[_SignalCase]:
    """What is known of each signal under each circumstance beside each anyio."""
    told: dict[tuple[str, str, str], _SignalCase] = {}
    for result in results:
        for setting in result.settings:
            for signal in () if setting.once else setting.signals:
                key = (signal.signal, setting.name, setting.layer)
                one = _SignalCase(setting, signal)
                if key not in told or told[key].trials < one.trials:
                    told[key] = one
    return list(told.values())


def _words(told: _SignalCase, layer: str) -> str:
    """A circumstance, with the numbers that a verdict rests on."""
    under = told.setting.without_layer
    beside = f" beside {LAYER} {layer}" if layer else ""
    return f"{under}{beside} ({_numbers(told)})"


def _numbers(told: _SignalCase) -> str:
    judgement = told.result.judgement
    if told.result.amounts:
        fewer, more = judgement.before.bad, judgement.after.bad
        return f"less in {fewer} of {told.trials} pairs, more in {more}"
    failed = f"{judgement.failed_before} failures to {judgement.failed_after}"
    return f"{failed}, in {judgement.before.bad} to {judgement.after.bad} of {told.trials} trials"

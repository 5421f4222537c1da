"""What changes do, in a sentence each: of all proofs of one change together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from scripts.analysis.proof import Judgement, Verdict
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


class _Counted(NamedTuple):
    """What a change does to a signal of failures under one circumstance.

    Attributes:
        words: what the circumstance is called.
        setting: that circumstance.
        signal: that fails.
        judgement: what it does.
    """

    words: str
    setting: SettingResult
    signal: str
    judgement: Judgement

    def beside(self, layer: str) -> str:
        """What the circumstance is called beside one that was tried with a version of anyio."""
        known = self.setting.layer in ("", layer) or self.setting.layer in self.words
        return self.words if known else f"{self.words}, {LAYER} {self.setting.layer}"


Naming = Callable[[ProofResult, SettingResult], str]
"""What a circumstance of a proof is called."""


def best_and_worst(
    results: Iterable[ProofResult],
    best_alone: bool = False,
    naming: Naming = lambda _, setting: setting.words,
) -> str:
    """What a change does where it is proven best, and where it leaves most failing: of all proofs
    of it that compare it with none.

    Args:
        results: of one change.
        best_alone: whether the second is left out, what other signals show at the first, and where
            more failed with it, though that may be chance.
        naming: what circumstances are called.
    """
    tried = [
        _Counted(naming(result, setting), setting, signal.signal, signal.judgement)
        for result in results
        if result.against is None
        for setting in result.settings
        for signal in setting.signals
        if not signal.amounts and not setting.once
    ]
    counted = [one for one in tried if one.judgement.verdict in ("mends", "helps")]
    if not counted:
        return "less in most pairs of trials"
    called, first, name, best = max(
        counted, key=lambda one: (one.judgement.verdict == "mends", one.judgement.fewer)
    )
    words = f"{_fall(best)} ({called})"
    beside = [
        f"{signal.signal}: {signal.judgement.verdict} "
        f"({signal.judgement.failed_before} failures to {signal.judgement.failed_after})"
        for signal in first.signals
        if not signal.amounts and signal.judgement.verdict not in ("mends", "helps")
    ]
    if beside:
        words = "; ".join([f"{name}: {words}", *([] if best_alone else beside)])
    worst = max(counted, key=_left)
    if _left(worst) > best.failed_after and not best_alone:
        words += f"; at worst {_fall(worst.judgement)} ({worst.beside(first.layer)})"
    unsure = [
        one
        for one in tried
        if one.judgement.verdict == "cannot tell" and _left(one) > one.judgement.failed_before
    ]
    if unsure and not best_alone:
        most = max(unsure, key=_left)
        what = "whether it helps" if most.signal == name else f"of {most.signal}"
        fall = f"{_fall(most.judgement)} ({most.beside(first.layer)})"
        words += f"; cannot tell {what}: {fall}"
    return words


def _left(counted: _Counted) -> int:
    """How many failures a change leaves."""
    return counted.judgement.failed_after


def _fall(judgement: Judgement) -> str:
    """How much fails without a change and with it."""
    return (
        f"{judgement.failed_before} failures to {judgement.failed_after}, in "
        f"{judgement.before.bad} to {judgement.after.bad} of {judgement.after.trials} trials"
    )


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
    under = told.setting.words.removesuffix(f", {LAYER} {told.setting.layer}")
    beside = f" beside {LAYER} {layer}" if layer else ""
    return f"{under}{beside} ({_numbers(told)})"


def _numbers(told: _SignalCase) -> str:
    judgement = told.result.judgement
    if told.result.amounts:
        fewer, more = judgement.before.bad, judgement.after.bad
        return f"less in {fewer} of {told.trials} pairs, more in {more}"
    failed = f"{judgement.failed_before} failures to {judgement.failed_after}"
    return f"{failed}, in {judgement.before.bad} to {judgement.after.bad} of {told.trials} trials"

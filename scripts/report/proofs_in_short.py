"""What changes do, in a sentence each: of all proofs of one change together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
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
        result, setting: the proof, and that circumstance.
        signal: that fails.
        judgement: what it does.
    """

    words: str
    result: ProofResult
    setting: SettingResult
    signal: str
    judgement: Judgement

    def beside(self, other: _Counted) -> str:
        """What the circumstance is called after another was named."""
        layer = self.setting.layer
        if layer in ("", other.setting.layer) or layer in self.words:
            return self.words
        words = f"{LAYER} {layer}"
        return words if self.words == other.words else f"{self.words}, {words}"


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
    results = list(results)
    tried = [
        _Counted(naming(result, setting), result, setting, signal.signal, signal.judgement)
        for result in results
        if result.against is None
        for setting in result.settings
        for signal in setting.signals
        if not signal.amounts and not setting.once
    ]
    good = [one for one in tried if one.judgement.verdict in ("mends", "helps")]
    if not good:
        return "less in most pairs of trials"
    best = max(good, key=lambda one: (one.judgement.verdict == "mends", one.judgement.fewer))
    unsure = [
        one
        for one in tried
        if one.judgement.verdict == "cannot tell" and _left(one) > one.judgement.failed_before
    ]
    others = list(_other_signals(best, unsure))
    words = f"{best.signal}: " if others else ""
    words += f"{_fall(best.judgement)} ({best.words})"
    if best_alone:
        return words
    parts = [words, *_by_a_part(best, results), *others, *_at_worst(best, good)]
    return "; ".join([*parts, *_where_unsure(best, unsure)])


def _by_a_part(best: _Counted, results: Iterable[ProofResult]) -> Iterator[str]:
    """What another change does alone, where a change does most that was also compared with it."""
    for result in results:
        if result.against is None or result.target.script != best.result.target.script:
            continue
        for setting in result.settings:
            signals = {signal.signal: signal.judgement for signal in setting.signals}
            same = (setting.name, setting.layer) == (best.setting.name, best.setting.layer)
            if same and best.signal in signals:
                alone = signals[best.signal]
                yield (
                    f"with {Path(result.against.path).name} alone {alone.failed_before} are left, "
                    f"in {alone.before.bad} of {alone.before.trials}"
                )


def _other_signals(best: _Counted, unsure: Sequence[_Counted]) -> Iterator[str]:
    """The signals that a change is not shown to mend where it does most, each with where most
    failed with it.
    """
    for signal in best.setting.signals:
        judgement = signal.judgement
        if signal.amounts or judgement.verdict in ("mends", "helps"):
            continue
        words = f"{judgement.failed_before} failures to {judgement.failed_after}"
        more = [one for one in unsure if one.signal == signal.signal]
        if more:
            most = max(more, key=_left)
            words += f"; {most.judgement.failed_before} to {_left(most)} under {most.words}"
        yield f"{signal.signal}: {judgement.verdict} ({words})"


def _at_worst(best: _Counted, good: Sequence[_Counted]) -> Iterator[str]:
    """Where a change leaves most failing."""
    worst = max(good, key=_left)
    if _left(worst) > _left(best):
        yield f"at worst {_fall(worst.judgement)} ({worst.beside(best)})"


def _where_unsure(best: _Counted, unsure: Sequence[_Counted]) -> Iterator[str]:
    """Where most failed with a change of what it mends elsewhere, though that may be chance."""
    own = [one for one in unsure if one.signal == best.signal]
    if own:
        most = max(own, key=_left)
        yield f"cannot tell whether it helps: {_fall(most.judgement)} ({most.beside(best)})"


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

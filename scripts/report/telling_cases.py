"""The cases that tell most about a change: where it does most, and where it leaves most failing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from packaging.version import Version

from scripts.analysis.proof import Judgement
from scripts.analysis.summary import Races
from scripts.domain.circumstances import BLOCKING, JOIN
from scripts.domain.libraries import LAYER
from scripts.proof.result import ProofResult, SettingResult

Naming = Callable[[ProofResult, SettingResult], str]
"""What a circumstance of a proof is called."""


class TellingCase(msgspec.Struct, frozen=True):
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

    @property
    def against(self) -> str:
        """The file of the change that it is compared with; empty where with none."""
        return Path(self.result.against.path).name if self.result.against else ""

    @property
    def under(self) -> str:
        """The circumstance, with the anyio that its trials ran with."""
        layer = self.setting.layer
        known = not layer or f"{LAYER} {layer}" in self.words
        return self.words if known else f"{self.words}, {LAYER} {layer}"

    @property
    def blocked(self) -> bool:
        """Whether a caller blocks the event loop there."""
        return BLOCKING in self.setting.name.split(JOIN)

    @property
    def left(self) -> int:
        """How many failures the change leaves."""
        return self.judgement.failed_after


def telling_cases(results: Iterable[ProofResult], naming: Naming) -> list[TellingCase]:
    """The cases that tell most about a change, each once: where it does most; the same where no
    caller blocks the event loop; what a part of it does alone where that harms most; what it adds
    to that part where it adds most, and where it does most itself; what it does to other signals
    there; where it leaves most failing of what it mends or helps against; and where more failed
    with it, though that may be chance. Empty where it neither mends nor helps.

    Args:
        results: all proofs of the change, and of its parts.
        naming: what circumstances are called.
    """
    results = list(results)
    parts = {one.against for one in results if one.against is not None}
    alone = [one for one in results if one.patch in parts]
    results = [one for one in results if one.patch not in parts]
    tried = list(_cases((one for one in results if one.against is None), naming))
    good = [one for one in tried if one.judgement.verdict in ("mends", "helps")]
    if not good:
        return []
    best = max(good, key=lambda one: (one.judgement.verdict == "mends", one.judgement.fewer))
    worst = max(good, key=lambda one: one.left)
    free = [one for one in good if not one.blocked and one.signal == best.signal]
    unsure = [
        one
        for one in tried
        if one.judgement.verdict == "cannot tell" and one.left > one.judgement.failed_before
    ]
    added = list(_cases((one for one in results if one.against is not None), naming))
    gains = [
        one
        for one in added
        if one.judgement.verdict in ("mends", "helps") and one.signal == best.signal
    ]
    harms = [one for one in _cases(alone, naming) if one.judgement.verdict == "harms"]
    told = [
        best,
        *(_largest(free) if best.blocked else []),
        *_most(harms),
        *_largest([one for one in gains if not one.blocked] or gains),
        *_surest([one for one in added if _same_place(one, best)]),
        *_other_signals(best, tried, unsure),
        *([worst] if worst.left > best.left else []),
        *_most([one for one in unsure if one.signal == best.signal]),
    ]
    return list({id(one): one for one in told}.values())


def best_words(results: Iterable[ProofResult]) -> str:
    """What a change does where it does most, in a clause: of all proofs of it."""
    cases = telling_cases(results, lambda _, setting: setting.words)
    if not cases:
        return "less in most pairs of trials"
    best = cases[0]
    judgement = best.judgement
    several = any(one.signal != best.signal for one in cases)
    return (
        f"{f'{best.signal}: ' if several else ''}{judgement.failed_before} failures to "
        f"{judgement.failed_after}, in {judgement.before.bad} to {judgement.after.bad} of "
        f"{judgement.after.trials} trials ({best.words})"
    )


def missed_looks(cases: Sequence[TellingCase]) -> tuple[str, Races] | None:
    """Of the cases that tell most about a change the one beside an older anyio than the first is in
    which most closes came between the last look and the write: which anyio, and how its failures
    met the close. None for none.
    """
    layer = cases[0].setting.layer if cases else ""
    older = [
        one.setting
        for one in cases
        if not one.against and layer and one.setting.layer
        if Version(one.setting.layer) < Version(layer)
    ]
    most = max(older, key=lambda setting: setting.races_after.after_look, default=None)
    if most is None or not most.races_after.after_look:
        return None
    return most.layer, most.races_after


def _cases(results: Iterable[ProofResult], naming: Naming) -> Iterator[TellingCase]:
    """Every signal of failures under every circumstance that was tried for a verdict."""
    for result in results:
        for setting in result.settings:
            for signal in () if setting.once else setting.signals:
                if not signal.amounts:
                    words = naming(result, setting)
                    yield TellingCase(words, result, setting, signal.signal, signal.judgement)


def _same_place(one: TellingCase, best: TellingCase) -> bool:
    """Whether a case is of the same signal, under the same circumstance."""
    return (
        one.result.target.script == best.result.target.script
        and (one.setting.name, one.setting.layer) == (best.setting.name, best.setting.layer)
        and one.signal == best.signal
    )


def _other_signals(
    best: TellingCase, tried: Sequence[TellingCase], unsure: Sequence[TellingCase]
) -> Iterator[TellingCase]:
    """The signals that a change is not shown to mend where it does most, each with the case in
    which most failed with it.
    """
    for one in tried:
        here = one.result is best.result and one.setting is best.setting
        if here and one.judgement.verdict not in ("mends", "helps"):
            yield one
            yield from _most([other for other in unsure if other.signal == one.signal])


def _largest(cases: Sequence[TellingCase]) -> list[TellingCase]:
    """The one in which most failed without a change; none of none."""
    return [max(cases, key=lambda one: one.judgement.failed_before)] if cases else []


def _surest(cases: Sequence[TellingCase]) -> list[TellingCase]:
    """The one of the most pairs of trials; none of none."""
    return [max(cases, key=lambda one: one.judgement.after.trials)] if cases else []


def _most(cases: Sequence[TellingCase]) -> list[TellingCase]:
    """The one in which most failed with a change; none of none."""
    return [max(cases, key=lambda one: one.left)] if cases else []

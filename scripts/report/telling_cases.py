"""The cases that tell most about a change: where it does most, and where it leaves most failing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from packaging.version import Version

from scripts.analysis.proof import Judgement
from scripts.analysis.summary import Races
from scripts.domain.circumstances import BLOCKING, JOIN
from scripts.proof.result import ProofResult, SettingResult
from scripts.report.programs import WHOLE
from scripts.report.proofs import file_of

Naming = Callable[[ProofResult, SettingResult], str]
"""What a circumstance of a proof is called, without the anyio that its trials ran with."""


class TellingCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a change does to a signal of failures under one circumstance.

    Attributes:
        diff: the file of the change; against: that of another that it is compared with, empty
            where it is compared with none.
        own: whether it is the change that is told of, and no part of it alone.
        under: what the circumstance is called; name: as a call gives it.
        layer: version of anyio that its trials ran with; empty for none.
        script: the client's.
        signal: that fails.
        judgement: what the change does.
        left: how the requests that failed with it met the close of their connection.
    """

    diff: str
    against: str
    own: bool
    under: str
    name: str
    layer: str
    script: str
    signal: str
    judgement: Judgement
    left: Races

    @property
    def blocked(self) -> bool:
        """Whether a caller blocks the event loop there."""
        return BLOCKING in self.name.split(JOIN)

    @property
    def by_script(self) -> bool:
        """Whether it is of a short program."""
        return self.script in WHOLE

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What runs there, under what, beside which anyio, and what fails."""
        return self.script, self.name, self.layer, self.signal

    @property
    def good(self) -> bool:
        """Whether the change mends or helps."""
        return self.judgement.verdict in ("mends", "helps")

    @property
    def after(self) -> int:
        """How many failures the change leaves."""
        return self.judgement.failed_after


def telling_cases(
    alike: Iterable[ProofResult], parts: Iterable[ProofResult], naming: Naming
) -> list[TellingCase]:
    """The cases that tell most about a change, each once: where it does most; the same where no
    caller blocks the event loop; what a part of it does alone where that harms most; what it adds
    to that part where it adds most, and where it does most itself; what it does to other signals
    there; where it leaves most failing of what it mends or helps against; and where more failed
    with it, though that may be chance. Empty where it neither mends nor helps.

    Args:
        alike: all proofs of the change.
        parts: proofs of what it was compared with.
        naming: what circumstances are called.
    """
    both = list(_cases(alike, naming, own=True))
    tried = [one for one in both if not one.against]
    good = [one for one in tried if one.good]
    if not good:
        return []
    best = max(good, key=lambda one: (one.judgement.verdict == "mends", one.judgement.fewer))
    worst = max(good, key=lambda one: one.after)
    free = [one for one in good if not one.blocked and one.signal == best.signal]
    unsure = [
        one
        for one in tried
        if one.judgement.verdict == "cannot tell" and one.after > one.judgement.failed_before
    ]
    added = [one for one in both if one.against and one.signal == best.signal]
    gains = [one for one in added if one.good]
    alone = [one for one in _cases(parts, naming, own=False) if not one.against]
    told = [
        best,
        *(_largest(free) if best.blocked else []),
        *_most([one for one in alone if one.judgement.verdict == "harms"]),
        *_largest([one for one in gains if not one.blocked] or gains),
        *_surest([one for one in added if one.place == best.place]),
        *_other_signals(best, tried, unsure),
        *([worst] if worst.after > best.after else []),
        *_most([one for one in unsure if one.signal == best.signal]),
    ]
    return list({id(one): one for one in told}.values())


def best_words(results: Iterable[ProofResult]) -> str:
    """What a change does where it does most, in a clause: of all proofs of it."""
    cases = telling_cases(results, (), lambda _, setting: setting.words)
    if not cases:
        return "less in most pairs of trials"
    best = cases[0]
    judgement = best.judgement
    several = any(one.signal != best.signal for one in cases)
    return (
        f"{f'{best.signal}: ' if several else ''}{judgement.failed_before} failures to "
        f"{judgement.failed_after}, in {judgement.before.bad} to {judgement.after.bad} of "
        f"{judgement.after.trials} trials ({best.under})"
    )


def missed_looks(cases: Sequence[TellingCase], before: str) -> TellingCase | None:
    """Of the cases that tell most about a change the one beside an anyio before a version in which
    most closes came between the last look and the write; None for none.
    """
    older = [
        one
        for one in cases
        if one.own and not one.against and one.left.after_look and one.layer
        if before and Version(one.layer) < Version(before)
    ]
    return max(older, key=lambda one: one.left.after_look, default=None)


def _cases(results: Iterable[ProofResult], naming: Naming, *, own: bool) -> Iterator[TellingCase]:
    """Every signal of failures under every circumstance that was tried for a verdict."""
    for result in results:
        for setting in result.settings:
            for signal in () if setting.once else setting.signals:
                if not signal.amounts:
                    yield TellingCase(
                        diff=file_of(result),
                        against=Path(result.against.path).name if result.against else "",
                        own=own,
                        under=naming(result, setting),
                        name=setting.name,
                        layer=setting.layer,
                        script=result.target.script,
                        signal=signal.signal,
                        judgement=signal.judgement,
                        left=setting.races_after,
                    )


def _other_signals(
    best: TellingCase, tried: Sequence[TellingCase], unsure: Sequence[TellingCase]
) -> Iterator[TellingCase]:
    """The signals that a change is not shown to mend where it does most, each with the case in
    which most failed with it.
    """
    for one in tried:
        if one.place[:-1] == best.place[:-1] and one.signal != best.signal and not one.good:
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
    return [max(cases, key=lambda one: one.after)] if cases else []

"""What a claim's trials show, as facts: under every circumstance, by every signal. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Literal

import msgspec

from scripts.analysis.effects import (
    Arrivals,
    Cost,
    FurtherFailure,
    arrivals,
    costs,
    further_failures,
)
from scripts.analysis.hosts import HostEffect, of_trials
from scripts.analysis.proof import Judgement
from scripts.analysis.readings import read
from scripts.analysis.signals import Signal
from scripts.analysis.summary import Races, races_of
from scripts.analysis.surroundings import surroundings
from scripts.domain.libraries import LAYER
from scripts.domain.trial import ChangeFile, Load, Target, Trial
from scripts.proof.claim import Setting
from scripts.proof.proving import Proving, SettingRecord, ended_early
from scripts.proof.suite import SuiteResult


class SignalResult(msgspec.Struct, frozen=True):
    """What the pairs of trials under one circumstance show of one signal.

    Attributes:
        signal: as the user wrote it.
        amounts: whether it compares amounts: then a trial of a pair is the one that failed where it
            takes clearly more.
        judgement: over the pairs that say something about it.
        early: trials that ended before they could show it, and count as failed as a whole.
    """

    signal: str
    amounts: bool
    judgement: Judgement
    early: int


class SettingResult(msgspec.Struct, frozen=True):
    """What was measured under one circumstance.

    Attributes:
        name: of the circumstance, as a call gives it.
        words: what tables call it.
        load: under which load.
        layer: version of anyio that its clients ran with; empty for none.
        once: whether one pair was all that was meant: then there is no verdict.
        pairs: of trials.
        silent: how many of them say nothing about any signal.
        signals: what the others show.
        costs: what the change costs.
        further: failures that more trials had with it than without.
        races_before, races_after: how the failed requests met the close of their connection.
        before, after: what arrived how often, without the change and with it; None where requests
            were not counted.
        processor_time: seconds that a request took without the change, failed ones among them, at
            the median; None where that was not recorded. A slower or busier machine takes more.
    """

    name: str
    words: str
    load: Load
    layer: str
    once: bool
    pairs: int
    silent: int
    signals: list[SignalResult]
    costs: list[Cost]
    further: list[FurtherFailure]
    races_before: Races
    races_after: Races
    before: Arrivals | None
    after: Arrivals | None
    processor_time: float | None

    @property
    def without_layer(self) -> str:
        """What tables call it, without the anyio that it was tried with."""
        return self.words.removesuffix(f", {LAYER} {self.layer}")


ProofEnding = Literal[
    "settled",  # no more pairs are asked for
    "ran out",  # the budget was used up
    "used up",  # so were the pairs that may be run, or they say nothing
]


class ProofResult(msgspec.Struct, frozen=True):
    """What a claim's trials show.

    Attributes:
        name: of the folder that holds them.
        command: the arguments that asked it.
        change: what people call the change.
        package: that it changes.
        target: what runs without it.
        ending: whether more pairs may tell more.
        confidence: of every verdict.
        settings: in the order of the claim; those under which nothing ran are left out.
        overridden: what a change that runs before the script replaced in the installed packages.
        trials: how many it rests on.
        last: number of the last of them.
        suite: upstream's own tests on both sides; None where they were not come to.
        patch: the diff that is the change; None for another kind of change.
        against: what the side without the change has instead; None for nothing.
        hosts: whether the hosts differ that ran its trials; None where one did.
    """

    name: str
    command: tuple[str, ...]
    change: str
    package: str
    target: Target
    ending: ProofEnding
    confidence: float
    settings: list[SettingResult]
    overridden: list[str]
    trials: int
    last: int
    suite: SuiteResult | None
    patch: ChangeFile | None = None
    against: ChangeFile | None = None
    hosts: HostEffect | None = None


def proof_result(proving: Proving, suite: SuiteResult | None = None) -> ProofResult:
    """What a claim's trials show so far, beside upstream's own tests."""
    claim = proving.claim
    first = claim.settings[0]
    ran = [record for record in proving.records if record.pairs]
    changed = {
        name for record in ran for _, after in record.pairs for name in after.client.overridden
    }
    return ProofResult(
        claim.name,
        claim.command,
        claim.change,
        claim.package,
        first.before,
        _ending(proving),
        claim.confidence,
        [_setting(record) for record in ran],
        sorted(changed),
        2 * sum(len(record.pairs) for record in ran),
        max(
            (trial.place.order for record in ran for pair in record.pairs for trial in pair),
            default=0,
        ),
        suite,
        first.after.patch,
        first.before.patch or first.before.prelude,
        of_trials(trial for record in ran for pair in record.pairs for trial in pair),
    )


def _of_signal(record: SettingRecord, signal: Signal) -> SignalResult:
    judgement = record.proofs[signal.text].judgement()
    if signal.unset:
        return SignalResult(signal.text, True, judgement, 0)
    trials = [trial for pair in record.pairs for trial in pair]
    early = sum(ended_early(read(signal, trial)) for trial in trials)
    return SignalResult(signal.text, False, judgement, early)


def _ending(proving: Proving) -> ProofEnding:
    if all(record.settled for record in proving.records):
        return "settled"
    return "used up" if proving.next() is None else "ran out"


def _setting(record: SettingRecord) -> SettingResult:
    setting: Setting = record.setting
    unchanged, changed = (list(side) for side in zip(*record.pairs, strict=True))
    return SettingResult(
        setting.name,
        setting.words,
        setting.load,
        surroundings([trial for pair in record.pairs for trial in pair]).layer,
        setting.once,
        len(record.pairs),
        record.silent,
        [_of_signal(record, signal) for signal in record.signals],
        costs(record.pairs),
        further_failures(record.pairs),
        races_of(unchanged),
        races_of(changed),
        arrivals(unchanged),
        arrivals(changed),
        _processor_time(unchanged),
    )


def _processor_time(trials: Sequence[Trial]) -> float | None:
    """Seconds of processor time per request, at the median of the trials that recorded both."""
    clients = (trial.client for trial in trials if trial.client.requests is not None)
    known = [time for client in clients if (time := client.cpu_per_request) is not None]
    return statistics.median(known) if known else None

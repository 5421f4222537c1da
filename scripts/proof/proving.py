"""Which pair of trials is run next, and what the ones so far show. Pure."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass

from scripts.analysis import signals
from scripts.analysis.effects import TrialPair, comparable
from scripts.analysis.proof import Pair, Proof
from scripts.analysis.readings import ATTEMPTS, SLOWER, Affected, Reading, Silent, read
from scripts.analysis.signals import Signal
from scripts.domain.trial import Load, Target, Trial
from scripts.proof.claim import Claim, Setting


@dataclass(frozen=True)
class PairStep:
    """The next pair of trials.

    Attributes:
        place: of the setting, in the claim's order.
        setting: under which circumstance.
        round: its number under this one, from 1.
        targets: in the order in which they are run.
    """

    place: int
    setting: Setting
    round: int
    targets: tuple[Target, Target]


class SettingRecord:
    """The pairs of trials under one circumstance.

    Args:
        setting: the circumstance.
        signals: what the change is to mend.
        confidence: of every verdict.

    Attributes:
        pairs: of trials, in order.
        silent: how many of them say nothing about any signal.
        proofs: what the others show, by signal.
    """

    def __init__(self, setting: Setting, sought: Iterable[Signal], confidence: float) -> None:
        self.setting = setting
        self.signals = list(sought)
        self.pairs: list[TrialPair] = []
        self.silent = 0
        self.proofs = {signal.text: Proof(confidence, signal.unset) for signal in self.signals}

    def take(self, before: Trial, after: Trial) -> None:
        """Take in one more pair."""
        self.pairs.append((before, after))
        told = False
        for signal in self.signals:
            pair = paired(signal, before, after)
            if pair is not None:
                self.proofs[signal.text].take(pair)
                told = True
        self.silent += not told

    @property
    def settled(self) -> bool:
        """Whether more pairs would change no verdict, or one pair was all that was meant."""
        once = self.setting.once and bool(self.pairs)
        return once or all(proof.settled for proof in self.proofs.values())

    def is_open(self, most: int, running: int = 0) -> bool:
        """Whether more pairs may tell more.

        Args:
            most: pairs that are run at most.
            running: pairs that run now.
        """
        if self.settled or len(self.pairs) + running >= (1 if self.setting.once else most):
            return False
        # Each pair that says something earns patience for two more that do not.
        answered = len(self.pairs) - self.silent
        return self.silent < ATTEMPTS + 2 * answered


def paired(signal: Signal, before: Trial, after: Trial) -> Pair | None:
    """What a pair of trials says about a signal; None where one of them says nothing.

    Of an amount without a threshold the other trial of the pair is the measure: what takes more by
    the factor that two ends of a search must differ by.
    """
    if signal.unset:
        value = read(signal, after, before).value
        if value is None or not comparable(before, after):
            return None
        return Pair(int(value < 1 / SLOWER), int(value > SLOWER))
    there, here = _failed(signal, before), _failed(signal, after)
    return None if there is None or here is None else Pair(there, here, after.failing)


def _failed(signal: Signal, trial: Trial) -> int | None:
    """How much of a trial failed as is looked for: how many requests, of one that is judged by
    request; None where it says nothing.

    One that ended before it could show that, of itself, failed as a whole: what makes a client hang
    or crash mends nothing.
    """
    reading = read(signal, trial)
    if ended_early(reading):
        return trial.load.requests or 1
    if reading.bad is None:
        return None
    return reading.basis.affected if isinstance(reading.basis, Affected) else int(reading.bad)


def ended_early(reading: Reading) -> bool:
    """Whether a trial ended before it could show a signal, of itself."""
    early = ("ended early", "ended otherwise", "too few")
    return isinstance(reading.basis, Silent) and reading.basis.reason in early


class Proving:
    """A claim with its pairs of trials.

    Args:
        claim: what is to be proven.

    Attributes:
        records: of each setting, in order.
    """

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        sought = [signals.parse(text) for text in claim.signals]
        self.records = [
            SettingRecord(setting, sought, claim.confidence) for setting in claim.settings
        ]
        self._ahead: list[dict[int, TrialPair]] = [{} for _ in claim.settings]

    def next(self, under_way: Iterable[PairStep] = ()) -> PairStep | None:
        """The pair to run next, beside those that run already: of the settings that are open, one
        of the fewest pairs; None where none is.
        """
        running: dict[int, list[int]] = {place: [] for place in range(len(self.records))}
        for step in under_way:
            running[step.place].append(step.round)
        candidates = [
            (len(record.pairs) + len(running[place]), place)
            for place, record in enumerate(self.records)
            if record.is_open(self.claim.most, len(running[place]))
        ]
        if not candidates:
            return None
        _, place = min(candidates)
        taken = {*running[place], *self._ahead[place]}
        count = next(
            number
            for number in itertools.count(len(self.records[place].pairs))
            if number + 1 not in taken
        )
        setting = self.records[place].setting
        targets = (setting.before, setting.after)
        # Neither always runs right after the other.
        turned = random.Random(f"{self.claim.name} {place} {count}").random() < 0.5  # noqa: S311
        return PairStep(place, setting, count + 1, targets[::-1] if turned else targets)

    def take(self, place: int, before: Trial, after: Trial) -> None:
        """Take in the next pair of trials of a setting, and those after it that are there."""
        record, ahead = self.records[place], self._ahead[place]
        record.take(before, after)
        while (pair := ahead.pop(len(record.pairs) + 1, None)) is not None:
            record.take(*pair)

    def replay(self, trials: Iterable[Trial]) -> None:
        """Take in the pairs that a series has, in order, up to the first that is missing: those
        after it wait for it, or pairs that take long would be left out. A trial alone is what an
        interrupted pair leaves.
        """
        rounds: dict[tuple[int, Load, str], dict[Target, Trial]] = {}
        for trial in trials:
            # What two hosts ran of one pair, of which one was lost, is no pair.
            key = (trial.place.round, trial.load, trial.host.name)
            rounds.setdefault(key, {})[trial.target] = trial
        for (number, load, _), ran in sorted(rounds.items(), key=lambda item: item[0][0]):
            for record, ahead in zip(self.records, self._ahead, strict=True):
                setting = record.setting
                if load == setting.load and {setting.before, setting.after} <= ran.keys():
                    ahead.setdefault(number, (ran[setting.before], ran[setting.after]))
        for record, ahead in zip(self.records, self._ahead, strict=True):
            while (pair := ahead.pop(len(record.pairs) + 1, None)) is not None:
                record.take(*pair)

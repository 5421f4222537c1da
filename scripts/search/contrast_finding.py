"""What makes the difference between two environments, as facts, out of the trials. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from scripts.analysis.hosts import HostEffect, of_records
from scripts.analysis.rates import Rate, rate
from scripts.analysis.signals import Signal
from scripts.domain.trial import Load, Target
from scripts.search.contrast import Versions
from scripts.search.difference import BAD, GOOD, Difference
from scripts.search.separation import CauseSearch, Changes, Explanation, SufficientSet

CANDIDATES = 3
"""Candidates shown of a search that is not answered."""

ContrastEnding = Literal[
    "nothing judged",  # no trial says anything
    "mute end",  # an end says nothing
    "ran out",  # the trials or the time ran out first
    "alike",  # both ends show the signal as often
    "swapped",  # the good end shows it, and the bad one does not
    "explained",
]


class Sufficient(msgspec.Struct, frozen=True):
    """Changes that suffice: the good environment with them is bad.

    Attributes:
        changes: name -> its version in the good environment and in the bad one.
        needed: those without which the others do not suffice; of the rest that could not be tried.
        target: the good environment with them.
        rate: of its bad trials.
    """

    changes: dict[str, Versions]
    needed: list[str]
    target: Target
    rate: Rate


class ChangedBack(msgspec.Struct, frozen=True):
    """The bad environment with all that suffices changed back, which is good.

    Attributes:
        also: further changes that had to be changed back with it.
        target: it.
        rate: of its bad trials.
    """

    also: list[str]
    target: Target
    rate: Rate


class ContrastFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What a contrast found.

    Attributes:
        ending: how it ended.
        titles: of the good environment, and of the bad one.
        ends: what runs in them.
        rates: of their bad trials; None where none was judged.
        changes: all that differ: name -> versions.
        left_out: what their files name that comes from no release.
        signal: what bad means, with the threshold that was found for it.
        load, deadline: of the question.
        causes: what suffices, each by itself.
        back: with all of them changed back.
        beyond: changes that no trial without those causes had, so that they may suffice too.
        confidence: in all of this; None where it is not answered.
        likeliest: of one that is not answered, (changes, probability) that what is needed is among
            them.
        trials: how many trials it rests on, controls not counted.
        silent: how many more said nothing.
        mute: title of the end that says nothing; empty for none.
        instead: what its trials showed, by name, with how many did.
        otherwise: failures that are not the signal, by name, with the trials that showed them.
        hosts: whether the hosts differ that ran its trials; None where one did.
    """

    ending: ContrastEnding
    titles: tuple[str, str]
    ends: tuple[Target, Target]
    rates: tuple[Rate | None, Rate | None]
    changes: dict[str, Versions]
    left_out: list[str]
    signal: Signal
    load: Load
    deadline: float | None
    causes: list[Sufficient] = []
    back: list[ChangedBack] = []
    beyond: list[str] = []
    confidence: float | None = None
    likeliest: list[tuple[list[str], float]] = []
    trials: int
    silent: int
    mute: str = ""
    instead: dict[str, int] = {}
    otherwise: dict[str, int] = {}
    hosts: HostEffect | None = None

    @property
    def single(self) -> str | None:
        """The one change that does it; None where it takes more, or more than one does."""
        if len(self.causes) != 1 or len(self.causes[0].changes) != 1:
            return None
        return next(iter(self.causes[0].changes))


def contrast_finding(difference: Difference) -> ContrastFinding:
    """What is known, as an answer."""
    bare = _without_causes(difference)
    tally = difference.tally
    if difference.mute is not None:
        title = difference.question.titles[difference.mute]
        instead = tally.instead(difference.mute)
        return msgspec.structs.replace(bare, ending="mute end", mute=title, instead=instead)
    if not (tally.count(GOOD)[1] and tally.count(BAD)[1]) or tally.signal.unset:
        return bare
    separation = difference.separation()
    explanation = separation.known()
    if explanation is None:
        likeliest = [
            (_ordered(difference, changes), share)
            for changes, share in separation.likeliest()[:CANDIDATES]
        ]
        return msgspec.structs.replace(bare, ending="ran out", likeliest=likeliest)
    if explanation.alike:
        low, high = bare.rates
        swapped = low is not None and high is not None and low.low > high.high
        ending: ContrastEnding = "swapped" if swapped else "alike"
        return msgspec.structs.replace(bare, ending=ending, confidence=explanation.confidence)
    return msgspec.structs.replace(
        bare,
        ending="explained",
        causes=[_sufficient(difference, cause, separation) for cause in explanation.causes],
        back=_back(difference, explanation, separation),
        beyond=_ordered(difference, explanation.beyond),
        confidence=explanation.confidence,
    )


def _without_causes(difference: Difference) -> ContrastFinding:
    """What is known of any contrast, whether or not it can be judged."""
    question, tally = difference.question, difference.tally
    counts = [tally.count(end) for end in (GOOD, BAD)]
    good, bad = (rate([count]) if count[1] else None for count in counts)
    return ContrastFinding(
        ending="nothing judged",
        titles=question.titles,
        ends=(question.good, question.bad),
        rates=(good, bad),
        changes=question.changes,
        left_out=question.left_out,
        signal=tally.signal,
        load=question.load,
        deadline=question.deadline,
        trials=tally.judged,
        silent=len(tally.records) - tally.judged,
        otherwise=tally.otherwise,
        hosts=of_records(tally.records),
    )


def _sufficient(
    difference: Difference, cause: SufficientSet, separation: CauseSearch
) -> Sufficient:
    changes = difference.question.changes
    names = _ordered(difference, cause.changes)
    return Sufficient(
        {name: changes[name] for name in names},
        _ordered(difference, cause.needed),
        difference.target(cause.changes),
        rate([separation.trials(cause.changes)]),
    )


def _back(
    difference: Difference, explanation: Explanation, separation: CauseSearch
) -> list[ChangedBack]:
    """The bad environment with all that suffices changed back, as far as that was to be had."""
    every = frozenset(difference.question.changes)
    left = every.difference(*(cause.changes for cause in explanation.causes))
    return [
        ChangedBack(
            _ordered(difference, left - part),
            difference.target(part),
            rate([separation.trials(part)]),
        )
        for part in explanation.back
    ]


def _ordered(difference: Difference, changes: Changes) -> list[str]:
    """Changes in the order of the question."""
    return [name for name in difference.question.changes if name in changes]

"""Whether a change mends what fails: what pairs of trials show, one without it and one with it.

The trial is the unit, since failures cluster in trials: of a pair it counts in which of the two
more requests failed, not by how many. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from scripts.analysis.evidence import below, fewer, rate_interval
from scripts.analysis.rates import Rate

MENDED = 0.1
"""A change mends it where at most this share of the trials can still fail."""

SHOWN = 0.95
"""Confidence of the intervals that stand beside a verdict."""

Verdict = Literal[
    "mends",  # less fails, and at most a tenth of the trials can still fail, in whatever way
    "helps",  # less fails, in more pairs than not and in all
    "no difference shown",  # a change after which none fails would have been seen
    "harms",  # more fails, likewise
    "cannot tell",  # too few trials failed to see even that, or the pairs and the sum disagree
]


class Pair(NamedTuple):
    """How much failed in the trial without the change, and in the one with it; and whether anything
    failed in that one, in whatever way. Without a word of that: where something did as is looked
    for.
    """

    before: int
    after: int
    failing: bool | None = None

    @property
    def fails(self) -> bool:
        """Whether anything failed with the change."""
        return bool(self.after) if self.failing is None else self.failing


class Judgement(msgspec.Struct, frozen=True):
    """What pairs of trials show.

    Attributes:
        verdict: in a word.
        confidence: at which it is said.
        before, after: how many trials failed without the change and with it, each with the rates
            that they do not speak against at any moment; both intervals hold at once, at 95 %.
        failing: trials with the change in which anything failed, in whatever way.
        fewer, more: pairs in which less failed with the change than without it, and in which more.
        failed_before, failed_after: how much failed in all, without the change and with it.
    """

    verdict: Verdict
    confidence: float
    before: Rate
    after: Rate
    failing: int
    fewer: int
    more: int
    failed_before: int
    failed_after: int

    @property
    def divided(self) -> bool:
        """Whether most pairs go one way and the sum does not."""
        return divided(self.fewer, self.more, self.failed_before, self.failed_after)


def divided(fewer_pairs: int, more_pairs: int, before: int, after: int) -> bool:
    """Whether most pairs go one way and the sum does not.

    Args:
        fewer_pairs, more_pairs: in which less failed with the change, and in which more.
        before, after: how much failed in all, without it and with it.
    """
    return fewer_pairs != more_pairs and (fewer_pairs > more_pairs) != (after < before)


class Proof:
    """Pairs of trials as they come in, and what they show at whatever moment one looks.

    A verdict is wrong at most as often as the confidence says: that less fails and that more fails
    share what may go wrong; that it mends needs both, that less fails and that a tenth can. What
    was shown once stays shown: its evidence need not be at its height now.

    Args:
        confidence: 0 to 1.
        amounts: whether what is compared is an amount, such as a cost. Then the trial of a pair
            that takes clearly more of it counts as the one that failed; that none does is no sign
            that something is mended, and every pair could have told.

    Attributes:
        pairs: how many came in.
    """

    def __init__(self, confidence: float, amounts: bool = False) -> None:
        self.confidence = confidence
        self.amounts = amounts
        self.pairs = 0
        self._failing = [0, 0]
        self._failed = [0, 0]
        self._fewer = self._more = self._fails = 0
        self._enough = 1 / (1 - confidence)
        self._direction: Literal["helps", "harms", ""] = ""
        self._rare = False

    def take(self, pair: Pair) -> None:
        """Take in one more pair."""
        self.pairs += 1
        for side, failed in enumerate((pair.before, pair.after)):
            self._failing[side] += failed > 0
            self._failed[side] += failed
        self._fewer += pair.after < pair.before
        self._more += pair.after > pair.before
        self._fails += pair.fails
        self._rare = self._rare or below(self._fails, self.pairs, MENDED) >= self._enough
        if not self._direction and pair.before != pair.after:
            if fewer(self._fewer, self._more) >= 2 * self._enough:
                self._direction = "helps"
            elif fewer(self._more, self._fewer) >= 2 * self._enough:
                self._direction = "harms"

    @property
    def verdict(self) -> Verdict:
        """What they show."""
        before, after = self._failed
        if self._direction == "helps" and after < before:
            return "mends" if self._rare and not self.amounts else "helps"
        if self._direction == "harms" and after > before:
            return "harms"
        if self._direction or self._apart:
            return "cannot tell"
        able = self.pairs if self.amounts else self._failing[0]
        seen = fewer(able, 0) >= 2 * self._enough
        return "no difference shown" if seen else "cannot tell"

    @property
    def _apart(self) -> bool:
        """Whether most pairs go one way and the sum, by a factor of two or more, the other."""
        before, after = self._failed
        clear = max(before, after) >= 2 * max(1, min(before, after))
        return clear and divided(self._fewer, self._more, before, after)

    @property
    def settled(self) -> bool:
        """Whether no more pairs are asked for: what helps may yet turn out to mend, until it is
        shown that more than a tenth of the trials with it fail.
        """
        if self.verdict == "helps":
            return self.amounts or rate_interval(self._fails, self.pairs, SHOWN)[0] > MENDED
        return self.verdict in ("mends", "harms")

    def judgement(self) -> Judgement:
        """What they show, with the numbers."""
        before, after = (_rate(failing, self.pairs) for failing in self._failing)
        return Judgement(
            self.verdict,
            self.confidence,
            before,
            after,
            self._fails,
            self._fewer,
            self._more,
            self._failed[0],
            self._failed[1],
        )


def proof(pairs: Iterable[Pair], confidence: float, amounts: bool = False) -> Proof:
    """All these pairs, taken in one after another."""
    taken = Proof(confidence, amounts)
    for pair in pairs:
        taken.take(pair)
    return taken


def _rate(bad: int, trials: int) -> Rate:
    return Rate(bad, trials, *rate_interval(bad, trials, 1 - (1 - SHOWN) / 2))

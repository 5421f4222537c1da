"""What running several trials at a time changes, as people read it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scripts.analysis.lane_effect import LaneEffect, Multiple, Ran, comparable, together
from scripts.analysis.rates import interval


class EffectCells(msgspec.Struct, frozen=True, kw_only=True):
    """One target under one load, one trial at a time and several, as texts in the order of a
    table's columns.
    """

    target: str
    load: str
    lanes: str
    one_failing: str
    several_failing: str
    one_failed: str
    several_failed: str
    ratio: str


def effect_cells(effect: LaneEffect) -> EffectCells:
    """A line of the comparison as texts."""
    return EffectCells(
        target=effect.target.name,
        load=effect.load.name,
        lanes=str(effect.several.lanes),
        one_failing=_failing(effect.one),
        several_failing=_failing(effect.several),
        one_failed=f"{effect.one.failed} of {effect.one.requests}",
        several_failed=f"{effect.several.failed} of {effect.several.requests}",
        ratio="" if effect.ratio is None else _ratio_words(effect.ratio),
    )


def _failing(ran: Ran) -> str:
    low, high = interval(ran.failing, ran.trials)
    return f"{ran.failing} of {ran.trials} ({low:.0%} to {high:.0%})"


def _ratio_words(ratio: Multiple) -> str:
    """A ratio with its interval: "1.2 (0.7 to 2.1)"."""
    return f"{ratio.times:.1f} ({ratio.low:.1f} to {ratio.high:.1f})"


def effect_words(effects: Sequence[LaneEffect]) -> str:
    """What several at a time change over all targets, a sentence for each number of them; empty
    where nothing was compared.
    """
    compared = comparable(effects) or effects
    return " ".join(
        _effect_words([effect for effect in compared if effect.several.lanes == lanes], lanes)
        for lanes in sorted({effect.several.lanes for effect in compared})
    )


def _effect_words(effects: Sequence[LaneEffect], lanes: int) -> str:
    said = (
        f"Of the published trials those that ran {lanes} at a time lost "
        f"{_lost([effect.several for effect in effects])}, those of the same targets that ran one "
        f"at a time {_lost([effect.one for effect in effects])}"
    )
    ratio = together(effects)
    if ratio is None:
        return f"{said}."
    shown = "" if ratio.low > 1 or ratio.high < 1 else "; no difference is shown"
    interval_words = f"95 %: {ratio.low:.1f} to {ratio.high:.1f}"
    return (
        f"{said}. Where each target runs once, several at a time lose {ratio.times:.1f} times as "
        f"many ({interval_words}){shown}."
    )


def _lost(sides: Sequence[Ran]) -> str:
    """What was lost in all: "31 of 9000 requests, in 9 of 9 trials"."""
    failed, requests = sum(ran.failed for ran in sides), sum(ran.requests for ran in sides)
    failing, trials = sum(ran.failing for ran in sides), sum(ran.trials for ran in sides)
    return f"{failed} of {requests} requests, in {failing} of {trials} trials"

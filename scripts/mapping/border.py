"""The border between settings that fail and others, as a straight line, where one tells. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from scripts.mapping.scale import Scale

EACH = 5
"""Trials that failed, and trials that did not, without which no line is drawn."""

TOLD = 0.85
"""Share of the failing trials, and of the others, that a line must have on its right side."""

RIDGE = 0.005
"""Weight of the squares of the slopes, without which those of a sharp border have no end."""

MARKS = (0.0, 0.5, 1.0)
"""Places along one scale for which it is said where the border is on the other."""


class Outcome(NamedTuple):
    """A trial on a map: its place, as shares of the way along each scale, and whether it failed."""

    x: float
    y: float
    bad: bool


class BorderMark(msgspec.Struct, frozen=True):
    """A point of a border.

    Attributes:
        at: a number of the one scale.
        border: where it is on the other; None where that is outside the map.
        everywhere: of that, whether trials fail on all of the map at this number; else nowhere.
    """

    at: float
    border: float | None
    everywhere: bool = False


class Border(msgspec.Struct, frozen=True):
    """A line that tells failing settings from others.

    Attributes:
        along: the scale that the other number is given for: "x" says where on y it is.
        fails: on which side of it trials fail.
        marks: points of it.
        bad, told_bad: trials that failed, and those of them on the failing side.
        good, told_good: the others, and those of them on the other side.
        constant, along_x, along_y: at the places (shares of the way along each scale) where
            constant + along_x * x + along_y * y is above 0, trials fail.
    """

    along: Literal["x", "y"]
    fails: Literal["below", "above"]
    marks: list[BorderMark]
    bad: int
    told_bad: int
    good: int
    told_good: int
    constant: float
    along_x: float
    along_y: float

    def fails_at(self, shares: tuple[float, float]) -> bool:
        """Whether a place is on the side where trials fail.

        Args:
            shares: of the way along each scale, 0 to 1.
        """
        return _fails((self.constant, self.along_x, self.along_y), *shares)


def border(outcomes: Sequence[Outcome], x: Scale, y: Scale) -> Border | None:
    """The line that tells failing trials from others best (logistic regression in which both sides
    weigh the same, with a slight ridge); None where too few of either were run, or no line tells.

    Args:
        outcomes: of the trials.
        x, y: the map's scales.
    """
    bad = sum(outcome.bad for outcome in outcomes)
    good = len(outcomes) - bad
    if bad < EACH or good < EACH:
        return None
    line = _fitted(outcomes)
    constant, along_x, along_y = line
    sides = [(_fails(line, outcome.x, outcome.y), outcome.bad) for outcome in outcomes]
    told_bad = sum(side and was_bad for side, was_bad in sides)
    told_good = sum(not side and not was_bad for side, was_bad in sides)
    if told_bad < TOLD * bad or told_good < TOLD * good:
        return None
    # The scale that matters more is the one on which the border is looked for.
    on_x = abs(along_x) >= abs(along_y)
    slope, other = (along_x, along_y) if on_x else (along_y, along_x)
    sought, given = (x, y) if on_x else (y, x)
    side: Literal["below", "above"] = "below" if slope < 0 else "above"
    marks = []
    for share in MARKS:
        place = -(constant + other * share) / slope
        inside = sought.value(place) if 0 <= place <= 1 else None
        everywhere = inside is None and (place > 1) == (side == "below")
        marks.append(BorderMark(given.value(share), inside, everywhere))
    return Border("y" if on_x else "x", side, marks, bad, told_bad, good, told_good, *line)


def _fails(line: tuple[float, float, float], x: float, y: float) -> bool:
    """Whether a place is on the failing side of a line: its constant, and its slopes along both
    scales.
    """
    return line[0] + line[1] * x + line[2] * y > 0


def _fitted(outcomes: Sequence[Outcome]) -> tuple[float, float, float]:
    """The constant and the slopes along both scales, in digits that machines agree on."""
    import numpy as np  # with scipy half a second of imports, for this alone
    from scipy.optimize import minimize
    from scipy.special import expit

    design = np.array([(1.0, outcome.x, outcome.y) for outcome in outcomes])
    failed = np.array([float(outcome.bad) for outcome in outcomes])
    share = failed.mean()
    weight = np.where(failed > 0, 0.5 / share, 0.5 / (1 - share))

    def loss(slopes: np.typing.NDArray[np.float64]) -> float:
        predicted = design @ slopes
        unlikely = failed * np.logaddexp(0, -predicted)
        unlikely += (1 - failed) * np.logaddexp(0, predicted)
        return float(weight @ unlikely + RIDGE * slopes[1:] @ slopes[1:])

    def gradient(slopes: np.typing.NDArray[np.float64]) -> np.typing.NDArray[np.float64]:
        change = design.T @ (weight * (expit(design @ slopes) - failed))
        change[1:] += 2 * RIDGE * slopes[1:]
        return np.asarray(change)

    fitted = minimize(loss, np.zeros(3), jac=gradient, method="BFGS")
    constant, along_x, along_y = (round(float(value), 6) for value in fitted.x)
    return constant, along_x, along_y

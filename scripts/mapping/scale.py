"""What a map is drawn over: a number of a load, from the least to the most."""

from __future__ import annotations

import math
import re

import msgspec

from scripts.domain.problems import UsageProblem
from scripts.domain.spans import span
from scripts.domain.words import amount

LOGARITHMIC_FROM = 8.0
"""A scale whose ends differ by this factor or more is logarithmic."""


class Quantity(msgspec.Struct, frozen=True):
    """A number of a load that a map may be drawn over.

    Attributes:
        field: of the load.
        words: what it is, as axes and sentences call it.
        unit: "s", "bytes", or empty for a count.
        most: the most it may be.
    """

    field: str
    words: str
    unit: str = "s"
    most: float = 3600.0

    @property
    def whole(self) -> bool:
        """Whether it is counted."""
        return self.unit != "s"


QUANTITIES = {
    "keep-alive": Quantity("keep_alive", "the server's keep-alive"),
    "concurrency": Quantity("concurrency", "connections", "", 10_000),
    "work": Quantity("work", "the caller's work per answer", most=10.0),
    "delay": Quantity("delay", "the handler's time"),
    "keepalive-expiry": Quantity("keepalive_expiry", "the client's keep-alive"),
    "payload-bytes": Quantity("payload_bytes", "the image's size", "bytes", 100_000_000),
    "requests": Quantity("requests", "requests", "", 100_000),
    "latency": Quantity("latency", "time each way", most=10.0),
}
"""By the name that a call gives them."""


class Scale(msgspec.Struct, frozen=True):
    """A number of a load, from the least to the most.

    Attributes:
        name: as a call gives it.
        low, high: in seconds, bytes, or counted; low is less than high.
    """

    name: str
    low: float
    high: float

    def __post_init__(self) -> None:
        """Make sure that it is one: a file may say anything.

        Raises:
            ValueError: it is none.
        """
        if self.name not in QUANTITIES:
            raise ValueError(f"a scale of {self.name!r}")
        least = 1 if self.quantity.whole else 0
        if not least <= self.low < self.high <= self.quantity.most:
            raise ValueError(f"a scale from {self.low!r} to {self.high!r}")

    @property
    def quantity(self) -> Quantity:
        """Which number it is of."""
        return QUANTITIES[self.name]

    @property
    def logarithmic(self) -> bool:
        """Whether equal steps on it are equal factors."""
        return self.low > 0 and self.high >= LOGARITHMIC_FROM * self.low

    def value(self, share: float) -> float:
        """The number at a place: a whole one where it is counted, else with three digits.

        Args:
            share: of the way from the low end to the high one, 0 to 1.
        """
        if share in (0, 1):
            return self.high if share else self.low
        if self.logarithmic:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + share * (self.high - self.low)
        return float(round(value)) if self.quantity.whole else float(f"{value:.3g}")

    def share(self, value: float) -> float:
        """The place of a number on it; below 0 or above 1 for one that lies outside."""
        if self.logarithmic:
            return math.log(max(value, 1e-9) / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def written(self, value: float) -> str:
        """A number of it, as a call gives it: "keep-alive=0.5"."""
        return f"{self.name}={value:.0f}" if self.quantity.whole else f"{self.name}={value:g}"

    def words(self, value: float) -> str:
        """A number of it, as people write it."""
        return amount(value, self.quantity.unit)


def parsed(text: str, option: str) -> Scale:
    """A scale as written on a command line: "keep-alive=0.02..10", "work=1ms..20ms".

    Args:
        text: as written.
        option: what it was given to, for the sentence that refuses it.

    Raises:
        UsageProblem: it is none.
    """
    name, _, ends_text = text.partition("=")
    name = _known(name, option)
    quantity = QUANTITIES[name]
    ends = ends_text.split("..")
    if len(ends) != 2 or not all(end.strip() for end in ends):
        raise UsageProblem(
            f"{option} {text!r} names no range; write the least and the most, like "
            f"{option} {name}={_example(quantity)}."
        )
    low, high = (_number(end, quantity, option) for end in ends)
    least = 1 if quantity.whole else 0
    if low > high:
        raise UsageProblem(f"{option} {text!r} runs backwards: write {name}={ends[1]}..{ends[0]}.")
    if low == high:
        raise UsageProblem(
            f"{option} {text!r} is one point, and a map needs a range: nox -s trial -- "
            f"--{name} {ends[0]} runs one."
        )
    if low < least or high > quantity.most:
        raise UsageProblem(
            f"{option} {text!r} leaves what can be measured: {least} to {quantity.most:g}."
        )
    scale = Scale(name, low, high)
    places = [scale.value(corner / 3) for corner in range(4)]
    if len(set(places)) < len(places):
        raise UsageProblem(f"{option} {text!r} is too narrow: a map has four numbers at least.")
    return scale


def place(text: str) -> dict[str, float]:
    """One's own settings, as written: "keep-alive=5,concurrency=50".

    Returns:
        Their numbers, by name.

    Raises:
        UsageProblem: they cannot be read.
    """
    numbers: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        name = _known(name, "--at")
        if name in numbers:
            raise UsageProblem(f"--at {text!r} names {name} twice.")
        numbers[name] = _number(number, QUANTITIES[name], "--at")
    if len(numbers) != 2:
        raise UsageProblem(
            f"--at {text!r}: a map has two settings; give both, like --at "
            "keep-alive=5,concurrency=50."
        )
    return numbers


def _known(name: str, option: str) -> str:
    name = name.strip().replace("_", "-")
    if name not in QUANTITIES:
        raise UsageProblem(
            f"{option}: there is no number {name!r} of a load to map; there are "
            f"{', '.join(QUANTITIES)}."
        )
    return name


def _number(text: str, quantity: Quantity, option: str) -> float:
    """A number as it is written; of seconds with a unit, if one likes.

    Raises:
        UsageProblem: it is none.
    """
    stripped = text.strip()
    if quantity.whole:
        read = float(stripped) if re.fullmatch("[0-9]{1,12}", stripped) else None
    else:
        read = span(stripped)
    if read is None:
        kind = "whole number" if quantity.whole else "number of seconds, like 0.02 or 20ms"
        raise UsageProblem(f"{option}: {text!r} is no {kind}.")
    return read


def _example(quantity: Quantity) -> str:
    return "10..400" if quantity.whole else "0.02..10"

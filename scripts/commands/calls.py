"""The arguments that ask something again, as a question keeps them."""

from __future__ import annotations

import shlex

from scripts.domain.trial import Target
from scripts.report.calls import load_options, own_options, with_pins
from scripts.search.points import Asked


def asking_difference(asked: Asked, good: Target, bad: Target) -> list[str]:
    """The call that asks which of the differences between two environments do it."""
    ends = ["--good", ",".join(good.pins), "--bad", ",".join(bad.pins)]
    return ["difference", *ends, *_common(asked, ends_only=True)]


def asking_step(asked: Asked, ends: str) -> list[str]:
    """The call that asks for the release or the commit of a package.

    Args:
        asked: what is asked.
        ends: the options that name its ends.
    """
    pins = shlex.split(" ".join(with_pins(asked.target)))
    return ["bisect", "--package", asked.package, *shlex.split(ends), *pins, *_common(asked)]


def _common(asked: Asked, ends_only: bool = False) -> list[str]:
    """The options of the signal, the load and the client."""
    target = asked.target
    words = ["--signal", asked.signal, *shlex.split(" ".join(load_options(asked.load)))]
    words += shlex.split(" ".join(own_options(target)))
    words += ["--python", target.python] if target.python and not ends_only else []
    return [*words, *(["--", *target.arguments] if target.arguments else [])]

"""The arguments that ask something again, as a question keeps them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.trial import Target
from scripts.report.calls import load_options, own_options, with_pins
from scripts.search.points import Asked


def asking_difference(asked: Asked, good: Target, bad: Target) -> list[str]:
    """The call that asks which of the differences between two environments do it."""
    ends = ["--good", ",".join(good.pins), "--bad", ",".join(bad.pins)]
    ends += [word for pin in good.server_pins for word in ("--with", SERVER_PREFIX + pin)]
    return ["difference", *ends, *_common(asked)]


def asking_step(asked: Asked, ends: Sequence[str]) -> list[str]:
    """The call that asks for the release or the commit of a package.

    Args:
        asked: what is asked, of a target without that package.
        ends: the options that name its ends.
    """
    pins = shlex.split(" ".join(with_pins(asked.target)))
    return ["bisect", "--package", asked.package, *ends, *pins, *_common(asked)]


def _common(asked: Asked) -> list[str]:
    """The options of the signal, the load, the client, and when to stop."""
    target, limits = asked.target, asked.limits
    words = ["--signal", asked.signal, *shlex.split(" ".join(load_options(asked.load)))]
    words += ["--confidence", f"{limits.confidence:g}"]
    words += ["--deadline", f"{limits.deadline:g}"] if limits.deadline else []
    words += shlex.split(" ".join(own_options(target)))
    words += ["--python", target.python] if target.python else []
    return [*words, *(["--", *target.arguments] if target.arguments else [])]

"""The arguments that ask something again, as a question keeps them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.trial import Load, Target
from scripts.report.calls import load_options, own_options, with_pins
from scripts.search.points import Asked


def asking_difference(asked: Asked, good: Target, bad: Target) -> list[str]:
    """The call that asks which of the differences between two environments do it."""
    ends = ["--good", ",".join(good.pins), "--bad", ",".join(bad.pins)]
    ends += [word for pin in good.server_pins for word in ("--with", SERVER_PREFIX + pin)]
    return ["difference", *ends, *_common(asked.target, asked.load, asked.signal)]


def asking_step(
    package: str, target: Target, load: Load, signal: str, ends: Sequence[str]
) -> list[str]:
    """The call that asks for the release or the commit of a package.

    Args:
        package: its name.
        target: what runs, without it.
        load, signal: of what is asked.
        ends: the options that name its ends.
    """
    pins = shlex.split(" ".join(with_pins(target)))
    return ["bisect", "--package", package, *ends, *pins, *_common(target, load, signal)]


def _common(target: Target, load: Load, signal: str) -> list[str]:
    """The options of the signal, the load and the client."""
    words = ["--signal", signal, *shlex.split(" ".join(load_options(load)))]
    words += shlex.split(" ".join(own_options(target)))
    words += ["--python", target.python] if target.python else []
    return [*words, *(["--", *target.arguments] if target.arguments else [])]

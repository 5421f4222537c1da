"""The calls that measure something again, as people type them."""

from __future__ import annotations

import shlex

from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.trial import AS_WRITTEN, REPRO_SERVER, Load, Target, differences, origin
from scripts.search.finding import Finding
from scripts.search.question import Point


def point_call(point: Point, finding: Finding) -> str:
    """The call that measures one point of a bisection again, under the same load."""
    target = point.target
    own, pins = _own_options(target), _pins(target)
    with_pins = [f"--with {shlex.quote(pin)}" for pin in pins]
    if point.commit is not None:
        words = [f"git -C CLONE checkout {point.commit[:12]} && python -m scripts check"]
        words += ["--source CLONE", f"--package {finding.package}"]
        words += [f"--signal '{finding.signal.words}'", *own, *with_pins]
    elif own:
        words = ["nox -s trial --", *own, *with_pins]
    else:
        words = [f"nox -s repro -- --targets '{','.join(pins)}' --rounds 10"]
    words += [f"--python {shlex.quote(target.python)}"] if target.python else []
    words += [f"--deadline {finding.deadline:g}"] if finding.deadline else []
    last = ["--", shlex.join(target.arguments)] if target.arguments else []
    return " ".join([*words, *load_options(finding.load), *last])


def load_options(load: Load) -> list[str]:
    """The options that make a load again."""
    base = origin(load)
    words = [] if base is AS_WRITTEN else [f"--load {base.name}"]
    numbers = differences(load, base)
    return words + [f"--{name.replace('_', '-')} {number}" for name, number in numbers.items()]


def _own_options(target: Target) -> list[str]:
    """The options of a client and a server that are the user's own; none where they are not."""
    named = ["--module", target.module] if target.module else ["--script", target.script]
    words = [] if target.axis else [shlex.join(named)]
    given = {"cwd": target.cwd, "stdin": target.stdin, "server-command": target.server_command}
    words += [f"--{name} {shlex.quote(value)}" for name, value in given.items() if value]
    words += [f"--env {shlex.quote(variable)}" for variable in target.env]
    words += (
        [f"--server {shlex.quote(target.server)}"]
        if target.server not in ("", REPRO_SERVER)
        else []
    )
    return words + ([f"--url {shlex.quote(target.url)}"] if target.url else [])


def _pins(target: Target) -> list[str]:
    """A target's pins as the command line has them."""
    return [*target.pins, *(SERVER_PREFIX + pin for pin in target.server_pins)]

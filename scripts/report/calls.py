"""The calls that measure something again, as people type them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.targets import runs_axis_script
from scripts.domain.trial import AS_WRITTEN, REPRO_SERVER, Load, Target, differences, origin
from scripts.search.finding import Finding
from scripts.search.question import Point


def point_call(point: Point, finding: Finding) -> str:
    """The call that measures one point of a bisection again, under the same load."""
    target = point.target
    if point.commit is None:
        return target_call(target, finding.load, finding.deadline)
    words = [f"git -C CLONE checkout {point.commit[:12]} && python -m scripts check"]
    words += ["--source CLONE", f"--package {finding.package}"]
    words += [f"--signal '{finding.signal.words}'", *own_options(target), *with_pins(target)]
    return _under(words, target, finding.load, finding.deadline)


def target_call(target: Target, load: Load, deadline: float | None = None) -> str:
    """The call that measures a target again.

    Args:
        target, load: what, under what.
        deadline: seconds the client may take; None for the load's own.
    """
    if own_options(target):
        return trial_call(target, load, deadline)
    words = [f"nox -s repro -- --targets '{','.join(_pins(target))}' --rounds 10"]
    return _under(words, target, load, deadline)


def trial_call(target: Target, load: Load, deadline: float | None = None) -> str:
    """The call that runs one trial of a target.

    Args:
        target, load: what, under what.
        deadline: seconds the client may take; None for the load's own.
    """
    words = ["nox -s trial --", *own_options(target), *with_pins(target)]
    return _under(words, target, load, deadline)


def _under(words: list[str], target: Target, load: Load, deadline: float | None) -> str:
    """A call with what says on which Python and under which load, and the script's arguments."""
    words += [f"--python {shlex.quote(target.python)}"] if target.python else []
    words += [f"--deadline {deadline:g}"] if deadline else []
    last = ["--", shlex.join(target.arguments)] if target.arguments else []
    return " ".join([*words, *load_options(load), *last])


def load_options(load: Load) -> list[str]:
    """The options that make a load again."""
    base = origin(load)
    words = [] if base is AS_WRITTEN else [f"--load {base.name}"]
    numbers = differences(load, base)
    words += [f"--{name.replace('_', '-')} {number}" for name, number in numbers.items()]
    return words + (["--tls"] if load.tls else [])


def asked_call(command: Sequence[str]) -> str:
    """The call that asks something again.

    Args:
        command: the verb and its arguments.
    """
    verb, *arguments = command
    return f"nox -s {verb} -- {shlex.join(arguments)}"


def as_asked(arguments: Sequence[str], load: Load) -> list[str]:
    """The arguments that asked a search, with what a load of that name did not have then."""
    factor = differences(load, origin(load)).get("expiry_factor")
    if factor is None or any(word.startswith("--expiry-factor") for word in arguments):
        return [*arguments]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:end], "--expiry-factor", f"{factor:g}", *arguments[end:]]


def own_options(target: Target) -> list[str]:
    """The options of a client and a server that are the user's own; none where they are not."""
    named = ["--module", target.module] if target.module else ["--script", target.script]
    words = [] if runs_axis_script(target) else [shlex.join(named)]
    given = {"cwd": target.cwd, "stdin": target.stdin, "server-command": target.server_command}
    words += [f"--{name} {shlex.quote(value)}" for name, value in given.items() if value]
    words += [f"--env {shlex.quote(variable)}" for variable in target.env]
    words += [f"--server-env {shlex.quote(variable)}" for variable in target.server_env]
    words += [f"--allow-address {shlex.quote(host)}" for host in target.addresses]
    words += (
        [f"--server {shlex.quote(target.server)}"]
        if target.server not in ("", REPRO_SERVER)
        else []
    )
    return words + ([f"--url {shlex.quote(target.url)}"] if target.url else [])


def with_pins(target: Target) -> list[str]:
    """A target's pins as options."""
    return [f"--with {shlex.quote(pin)}" for pin in _pins(target)]


def _pins(target: Target) -> list[str]:
    """A target's pins as the command line has them."""
    return [*target.pins, *target.equalised, *(SERVER_PREFIX + pin for pin in target.server_pins)]

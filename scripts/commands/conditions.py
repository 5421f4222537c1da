"""What a call asks for beside the numbers of a load: a delay, TLS, a caller that works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cyclopts import Token

from scripts.domain import paths
from scripts.domain.problems import UsageProblem
from scripts.domain.spans import span
from scripts.domain.trial import Load, Target
from scripts.trials.own_modules import defines_app


def seconds(_: Any, tokens: Sequence[Token]) -> float:
    """A span of time in seconds, of "10ms", "0.01s" or "0.01".

    Raises:
        ValueError: it is none.
    """
    text = tokens[0].value
    read = span(text)
    if read is None:
        raise ValueError(f"{text!r} is no span of time; write it like 10ms or 0.01.")
    return read


def works(target: Target) -> bool:
    """Whether a client script says in WORK for how long its caller works on an answer."""
    text = paths.located(target.script).read_text("utf-8", errors="replace")
    return re.search(r"(?m)^WORK\b", text) is not None


def check_conditions(target: Target, load: Load) -> None:
    """Make sure that what is to stand between client and server can stand there, and that a caller
    that is to work does.

    Raises:
        UsageProblem: it cannot, or does not.
    """
    if load.work is not None and not (target.script and works(target)):
        raise UsageProblem(
            f"--work: {target.script or target.module} has no WORK to say for how long it works on "
            "an answer, as repro/variants/blocking_client.py does; name such a client with "
            "--script."
        )
    asked = [
        name
        for name, given in (("--latency", load.latency is not None), ("--tls", load.tls))
        if given
    ]
    if not asked:
        return
    if not target.served and not target.url:
        raise UsageProblem(
            f"{' and '.join(asked)}: there is no server beside this client to put anything before; "
            "name one with --server."
        )
    if load.tls and (target.server_command or target.url):
        raise UsageProblem(
            "--tls goes with neither --server-command nor --url: only a server that is served for "
            "you is given the certificate."
        )
    if load.tls and not defines_app(paths.located(target.server)):
        raise UsageProblem(
            f"--tls needs a server script that defines an ASGI `app`; {target.server} serves by "
            "itself."
        )

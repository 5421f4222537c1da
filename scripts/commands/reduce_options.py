"""What a call to reduce asks for: its options, and the task they mean together."""

from __future__ import annotations

import datetime
import shlex
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from scripts.analysis import signals
from scripts.commands.options import (
    LoadOptions,
    Python,
    counting,
    project_path,
    python_version,
    under,
)
from scripts.commands.places import PlaceOptions
from scripts.domain import libraries, targets
from scripts.domain.paths import expanded
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import variant
from scripts.domain.trial import LOADS, Target
from scripts.environments.build import Environments
from scripts.reduction.task import Task
from scripts.trials import store
from scripts.trials.campaign import MOST_LANES


@Parameter(name="*")
@dataclass(frozen=True)
class CaseOptions:
    """The case that fails."""

    bad: str = ""
    """Target that fails: pins joined by commas, or `document`."""
    good: str = ""
    """Target that must pass, whatever is made smaller. Without one, what remains may be a bug
    that every version has."""
    signal: str = "ReadError"
    """The failure: an exception (ReadError) or a chain of them; its cause is kept as well. Or what
    requests cost, at once beside one at a time: slow (more than 3 times as much processor time),
    'slow>6', slow-wall. Or how long they take at once: 'p99>2s', of this machine."""
    script: Path | None = None
    """Client script of the failing load, where it is another than the library's in repro/. What
    comes out is no part of it: a generated client takes its place, and says so."""
    keep_script: bool = False
    """Make the client script itself smaller instead, beside the server it had, so that its own way
    to fail stays. It is run with statements missing: give none that could do harm then."""


@Parameter(name="*")
@dataclass(frozen=True)
class RunOptions(PlaceOptions):
    """How it is made smaller."""

    budget: datetime.timedelta = datetime.timedelta(minutes=10)
    """Confirm what there is in time to be done after this, counted anew on --resume; 10m by
    default."""
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None
    """File of the script; repro/minimal_SIGNAL.py by default, or SCRIPT_minimal.py beside a SCRIPT
    that is kept."""
    python: Python = ""
    lanes: Annotated[int, counting(1, MOST_LANES)] | None = None
    """Runs at a time; by default two where there are two cores. What is to be published takes 1.
    Where fewer are asked for, others run ahead: what is likeliest to be asked for next."""
    resume: Path | None = None
    """Folder of an interrupted reduction to go on with; everything else is taken from there."""


def task_of(
    case: CaseOptions, load: LoadOptions, run: RunOptions, environments: Environments
) -> Task:
    """What a call asks for.

    Raises:
        Problem: it cannot be understood, or the interpreter is not to be had.
    """
    if not case.bad:
        raise UsageProblem("name the target that fails: --bad 'httpx==0.27.2,httpcore==1.0.6'.")
    sought = _sought(case, load)
    if case.keep_script and case.script is None:
        raise UsageProblem("name the client script that is to be made smaller: --script client.py.")
    if load.latency is not None or load.tls:
        raise UsageProblem(
            "a reduced script runs by itself, with nothing between client and server: leave "
            "--latency and --tls out."
        )
    bad, good = _sides(case, run.python)
    budget = run.budget.total_seconds()
    if budget < 10:
        raise UsageProblem(f"a budget of {budget:g} s verifies nothing: 10m, say.")
    package, _, exception = (sought.chain[0] if sought.chain else "").rpartition(".")
    layers = libraries.reducible()[bad.axis]
    if package not in ("", *layers):
        raise UsageProblem(
            f"{case.signal!r}: a script for {bad.name} shows exceptions of {' or '.join(layers)}."
        )
    python_version(run.python, environments)
    name, created = store.named_now()
    axis = bad.axis
    if case.script is not None:
        bad, good = _recorded_or_not(bad), good and _recorded_or_not(good)
    return Task(
        name=name,
        created=created,
        command=tuple(sys.argv[1:]),
        bad=bad,
        good=good,
        signal=case.signal,
        load=under(load, LOADS["compressed"], bad),
        exception=exception,
        budget=budget,
        axis=axis if case.script is not None else "",
        client=_text(case.script) if case.script is not None and case.keep_script else "",
    )


def _sought(case: CaseOptions, load: LoadOptions) -> signals.Signal:
    """What is sought, of which a case can be made smaller.

    Raises:
        UsageProblem: it is none such, or more is asked for than it has a place for.
    """
    sought = signals.parse(case.signal)
    if sought.kind not in ("exception", "ratio", "percentile"):
        raise UsageProblem(
            f"{case.signal!r} cannot be reduced, only an exception (ReadError) or a cost (slow, "
            "'slow>4', slow-wall, 'p99>2s') can."
        )
    if sought.kind != "exception":
        _require_numbers_alone(case, load)
    return sought


def _require_numbers_alone(case: CaseOptions, load: LoadOptions) -> None:
    """Make sure that nothing is asked for which a script that measures has no place for.

    Raises:
        UsageProblem: something is.
    """
    if case.script is not None:
        raise UsageProblem(
            f"{case.signal!r}: a generated script measures what requests cost: leave --script out."
        )
    times = ("timeout", "delay", "keep_alive", "keepalive_expiry", "expiry_factor", "work")
    given = [name for name in times if getattr(load, name) is not None]
    if given:
        option = "--" + given[0].replace("_", "-")
        raise UsageProblem(
            f"{case.signal!r}: a script that measures has a server that answers at once, and a "
            f"client that waits as long as it takes: leave {option} out."
        )


def _text(script: Path) -> str:
    """The text of a script, in whichever encoding it says."""
    with tokenize.open(expanded(script)) as stream:
        return stream.read()


def _recorded_or_not(target: Target) -> Target:
    """A target whose client may be of any form: one that ends with an exception outside of any
    request that is recorded shows it all the same.
    """
    return msgspec.structs.replace(target, axis="")


def _sides(case: CaseOptions, python: str) -> tuple[Target, Target | None]:
    """The target that fails, and the one that must pass, if there is one.

    Raises:
        UsageProblem: one of them cannot be reduced, or they do not go together.
    """
    bad = _side(case.bad, case.script, python)
    good = _side(case.good, case.script, python) if case.good else None
    if good is not None and good.axis != bad.axis:
        raise UsageProblem(
            f"{case.bad!r} and {case.good!r} run different clients: name one library."
        )
    if good is not None and (good.pins, good.held) == (bad.pins, bad.held):
        raise UsageProblem("the bad and the good target are the same.")
    return bad, good


def _side(text: str, script: Path | None, python: str) -> Target:
    """The target of a side.

    Raises:
        UsageProblem: it cannot be reduced.
    """
    target = targets.parse(text)
    if target.axis not in libraries.reducible():
        raise UsageProblem(
            f"{target.name}: there is no script for it; {', '.join(libraries.reducible())} have."
        )
    if target.server_pins:
        raise UsageProblem(f"{target.name}: a reduced case has a server of its own.")
    if script:
        target = variant(target, shlex.quote(project_path(script, "script")))
    return msgspec.structs.replace(target, python=python)

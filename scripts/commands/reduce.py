"""The verb that makes a failing case smaller: arguments in, exit status out."""

from __future__ import annotations

import datetime
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from scripts.analysis import signals
from scripts.analysis.rates import rate
from scripts.commands.options import Json, LoadOptions, project_path, python_version, under
from scripts.domain import libraries, targets
from scripts.domain.entries import variant
from scripts.domain.files import PROJECT, replace
from scripts.domain.problems import INTERRUPTED, MeasurementProblem, UsageProblem
from scripts.domain.trial import LOADS, Target
from scripts.domain.words import duration, plain
from scripts.environments.build import Environments
from scripts.reduction import result
from scripts.reduction.lattice import ORIGINAL, Ask, Counts, Reduced, Reduction, Unfit
from scripts.reduction.result import About, Smallest
from scripts.reduction.runs import REDUCTION, RESULT, TASK_SCHEMA, Task, Trying
from scripts.report import screen
from scripts.trials import campaign, store
from scripts.trials.lanes import Stopped

SPARE = 1.3
"""By how much the confirming runs may take longer than expected."""

DEAR = 2.0
"""Seconds from which on a trial of the original is dear."""


def reduce(
    *,
    bad: str = "",
    good: str = "",
    signal: str = "ReadError",
    script: Path | None = None,
    load: LoadOptions | None = None,
    budget: datetime.timedelta = datetime.timedelta(minutes=10),
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None,
    python: str = "",
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Make the failing case as small as it gets, and write it as one script of its own.

    The script is written only after it was run a hundred times, on each side.

    Example: python -m scripts reduce --bad 'httpx==0.27.2,httpcore==1.0.6' --signal ReadError

    Parameters
    ----------
    bad
        Target that fails: pins joined by commas, or `document`.
    good
        Target that must pass, whatever is made smaller. Without one, what remains may be a bug
        that every version has.
    signal
        The failure: an exception (ReadError) or a chain of them; its cause is kept as well.
    script
        Client script of the failing load, where it is another than the library's in repro/.
    budget
        Confirm what there is in time to be done after this, counted anew on --resume; 10m by
        default.
    output
        File of the script; repro/minimal_SIGNAL.py by default.
    python
        Version or path of the interpreter; the one in use by default.
    resume
        Folder of an interrupted reduction to go on with; everything else is taken from there.
    json
        Print the result as JSON on standard output.
    """
    environments = Environments()
    if resume is not None:
        folder = resume.resolve()
    else:
        asked = load or LoadOptions()
        task = _task(bad, good, signal, script, asked, budget, python, environments)
        path = output or PROJECT / "repro" / f"minimal_{task.exception.lower()}.py"
        task = msgspec.structs.replace(task, output=str(writable(path)))
        folder = store.create(task, REDUCTION)
    task = store.described(folder, REDUCTION, Task, "reduction", TASK_SCHEMA)
    path = writable(output or Path(task.output))
    errors = screen.console(stderr=True)
    again = f"nox -s reduce -- --resume {store.shown(folder)}"
    try:
        found, text = _smallest(task, folder, path, environments, errors)
    except Stopped as stopped:
        kept = f"{stopped.why}: the trials are kept; go on with:"
        errors.print(f"{kept}\n  {again}", soft_wrap=True)
        return INTERRUPTED
    except Unfit as unfit:
        raise UsageProblem(f"{unfit}; no script was written.") from unfit
    except MeasurementProblem as problem:
        raise MeasurementProblem(f"{problem}\n  {again}") from problem
    try:
        replace(path, text.encode())
        replace(folder / RESULT, msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    except OSError as error:
        raise MeasurementProblem(f"{path} cannot be written: {error.strerror}.") from error
    if json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        out = screen.console()
        for line in result.lines(found):
            out.print(Text(plain(line)), soft_wrap=True)
        out.print(f"Script: {store.shown(path)}\nTrials: {store.shown(folder)}",
                  soft_wrap=True)  # fmt: skip
    return 0


def writable(path: Path) -> Path:
    """The whole path of a file that can be written.

    Raises:
        UsageProblem: it cannot.
    """
    whole = path.expanduser().resolve()
    place = whole if whole.exists() else whole.parent
    if whole.is_dir() or not place.exists() or not os.access(place, os.W_OK):
        raise UsageProblem(f"{str(path)!r} cannot be written: name another file with --output.")
    return whole


def _task(
    bad: str,
    good: str,
    signal: str,
    script: Path | None,
    load: LoadOptions,
    budget: datetime.timedelta,
    python: str,
    environments: Environments,
) -> Task:
    """What a call asks for.

    Raises:
        Problem: it cannot be understood, or the interpreter is not to be had.
    """
    if not bad:
        raise UsageProblem("name the target that fails: --bad 'httpx==0.27.2,httpcore==1.0.6'.")
    meant = signals.parse(signal)
    if meant.kind != "exception":
        raise UsageProblem(f"{signal!r} cannot be reduced, only an exception can: ReadError.")
    sides: list[Target | None] = []
    for text in (bad, good):
        if not text:
            sides.append(None)
            continue
        found = targets.parse(text)
        if found.axis not in libraries.reducible():
            raise UsageProblem(
                f"{found.name}: there is no script for it; {', '.join(libraries.reducible())} have."
            )
        if found.server_pins:
            raise UsageProblem(f"{found.name}: a reduced case has a server of its own.")
        found = variant(found, project_path(script, "script")) if script else found
        sides.append(msgspec.structs.replace(found, python=python))
    if sides[0] is None:
        raise UsageProblem("name the target that fails.")
    if sides[1] is not None and sides[1].axis != sides[0].axis:
        raise UsageProblem(f"{bad!r} and {good!r} run different clients: name one library.")
    if sides[1] is not None and sides[1].pins == sides[0].pins and sides[1].held == sides[0].held:
        raise UsageProblem("the bad and the good target are the same.")
    if budget.total_seconds() < 10:
        raise UsageProblem(f"a budget of {budget.total_seconds():g} s verifies nothing: 10m, say.")
    package, _, exception = meant.chain[0].rpartition(".")
    layers = libraries.reducible()[sides[0].axis]
    if package not in ("", *layers):
        raise UsageProblem(
            f"{signal!r}: a script for {sides[0].name} shows exceptions of {' or '.join(layers)}."
        )
    python_version(python, environments)
    name, created = store.named_now()
    return Task(
        name=name,
        created=created,
        command=tuple(sys.argv[1:]),
        bad=sides[0],
        good=sides[1],
        signal=signal,
        load=under(load, LOADS["compressed"]),
        exception=exception,
        budget=budget.total_seconds(),
    )


def _smallest(
    task: Task, folder: Path, script: Path, environments: Environments, errors: Console
) -> tuple[Smallest, str]:
    """Run a reduction to its end: what it found, and the script."""
    began = time.monotonic()
    lanes = campaign.lanes()
    tell = Telling(errors, task, began)
    with Trying(task, folder, environments, lanes) as trying:
        whole = trying.space
        reduction = Reduction(
            whole.top,
            whole.joint(),
            list(whole.seeds("Timeout" in task.exception)),
            task.good is not None,
            lanes,
        )
        asking = reduction.search()
        ask = next(asking)
        while True:
            with tell.running(reduction, trying, ask):
                told = trying.answer(ask)
            spent = time.monotonic() - began
            reserve = SPARE * reduction.confirming / lanes * sum(
                trying.seconds(reduction.current, side) for side in reduction.sides
            )  # fmt: skip
            reduction.dear = trying.seconds(ORIGINAL, "bad") > DEAR
            known = bool(reduction.kept)
            reduction.hurry = spent + (reserve if known else 0.0) > task.budget
            if reduction.hurry and not known:
                raise Unfit(
                    f"the budget of {duration(task.budget)} is too small: after {duration(spent)} "
                    "there is nothing smaller than the original to verify"
                )
            try:
                ask = asking.send(told)
            except StopIteration as stop:
                reduced = end_of(stop)
                break
            finally:
                tell.steps(reduction, trying)
        about = About(
            name=task.name,
            bad=task.bad.name,
            good=task.good.name if task.good else "",
            ran=(trying.ran(reduced.point, "bad"), trying.ran(reduced.point, "good")),
            signal=task.signal,
            load=task.load.name,
            cause=trying.cause() or "unknown",
            script=str(script.relative_to(PROJECT))
            if script.is_relative_to(PROJECT)
            else script.name,
            day=trying.day(reduced.point),
            command=task.command,
        )
        seconds = trying.run_seconds(reduced.point)
        found = result.smallest(whole, reduction, reduced, seconds, about)
        return found, trying.text(found.point, "bad", *result.docstring(found))


class Telling:
    """A reduction as it goes on: a line for each case, and what runs now. On standard error."""

    def __init__(self, console: Console, task: Task, began: float) -> None:
        self.console = console
        self.task = task
        self.began = began
        self.shown = 0

    @contextmanager
    def running(self, reduction: Reduction, trying: Trying, ask: Ask) -> Iterator[None]:
        """Show what runs, beside the smallest case so far, for as long as it does."""
        left = max(0.0, self.task.budget - (time.monotonic() - self.began))
        smallest = "the original" if reduction.current == ORIGINAL else trying.space.shape(
            reduction.current).words  # fmt: skip
        words = f"{ask.count} x {ask.side} side, {ask.why or 'simpler'}; smallest: {smallest}, "
        words += f"{counted(reduction.of(reduction.current, 'bad'))}; "
        words += f"{len(reduction.steps)} tried, {len(reduction.kept)} kept; {duration(left)} left"
        if self.console.is_terminal:
            with self.console.status(Text(plain(words))):
                yield
            return
        if ask.final or ask.point == ORIGINAL:
            self.console.print(Text(plain(words)), soft_wrap=True)
        yield

    def steps(self, reduction: Reduction, trying: Trying) -> None:
        """A line for each case that was decided since the last time, which stays."""
        for each in reduction.steps[self.shown :]:
            verdict = "kept" if each.kept else "no"
            sides = f"fails {each.bad[0]} of {each.bad[1]}"
            sides += f", good side {each.good[0]} of {each.good[1]}" if each.good[1] else ""
            words = trying.space.shape(each.point).words
            took = trying.seconds(each.point, "bad")
            line = f"[{self.shown + 1:>3}] {verdict:<4} {words}: {sides}   {took:.1f} s each"
            style = "bold" if each.kept else ""
            self.console.print(Text(plain(line), style=style), soft_wrap=True)
            self.shown += 1


def counted(counts: Counts) -> str:
    """How many trials failed, with the interval of the rate."""
    if not counts.trials:
        return "not tried yet"
    found = rate([(counts.failed, counts.trials)])
    return f"fails {found.bad} of {found.trials} ({found.low:.0%} to {found.high:.0%})"


def end_of(stop: StopIteration) -> Reduced:
    """What a finished search returned."""
    if not isinstance(stop.value, Reduced):
        raise TypeError(stop.value)
    return stop.value

"""Arguments in, exit status out: `python -m scripts VERB`. A verb is imported when it is run."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cyclopts import App, CycloptsError, Parameter

from scripts.commands.mishaps import problem_of
from scripts.commands.output import console
from scripts.domain.problems import (
    INTERRUPTED,
    Aborted,
    MeasurementProblem,
    Problem,
    UsageProblem,
)
from scripts.domain.words import plain, shortened


@dataclass(frozen=True)
class Verb:
    """A verb of the command line.

    Attributes:
        name: as it is called.
        place: module and attribute of its function, or of its app.
        summary: first paragraph of its docstring, told where all verbs are listed.
    """

    name: str
    place: str
    summary: str


VERBS = (
    Verb(
        "repro",
        "scripts.commands.measure:repro",
        "Run the matrix: the document's reproduction across versions, aiohttp beside it.",
    ),
    Verb(
        "survey",
        "scripts.commands.measure:survey",
        "Measure what helps, which kinds of client are affected, or what a busy caller adds.",
    ),
    Verb(
        "trial",
        "scripts.commands.measure:trial",
        "Run one trial: one fresh server, one fresh client, one record.",
    ),
    Verb(
        "explain",
        "scripts.commands.publish:explain",
        "Tell why a request failed: its connection's timeline from both ends, and the cause.",
    ),
    Verb(
        "report",
        "scripts.commands.publish:report",
        "Write REPORT.md, and README.md's table, from the published trials.",
    ),
    Verb(
        "bisect",
        "scripts.commands.search:bisect",
        "Find the release, or the commit, that changed something, even when it fails by chance.",
    ),
    Verb(
        "check",
        "scripts.commands.check:check",
        "Say by the exit status whether a signal shows: 0 no, 1 yes, 125 cannot be told, "
        "128 abort.",
    ),
    Verb(
        "history",
        "scripts.commands.search:history",
        "Find every change along a package's releases: good, bad, good again.",
    ),
    Verb(
        "difference",
        "scripts.commands.difference:difference",
        "Of the packages that differ between two environments, find those that make one fail.",
    ),
    Verb(
        "prove",
        "scripts.commands.prove:prove",
        "Say whether a change mends what fails, what it costs, and whether anything arrives twice.",
    ),
    Verb(
        "map",
        "scripts.commands.settings_map:settings_map",
        "Map under which settings it fails, over two numbers of the load; answer for one's own.",
    ),
    Verb(
        "reduce",
        "scripts.commands.reduce:reduce",
        "Make the failing case as small as it gets, and write it as one script of its own.",
    ),
    Verb(
        "issue",
        "scripts.commands.publish:issue",
        "Write what to tell a project, ready to paste, from trials; post nothing.",
    ),
    Verb(
        "doctor",
        "scripts.commands.doctor:doctor",
        "Tell what this machine can and cannot measure, and what would mend it.",
    ),
    Verb(
        "scheduler",
        "scripts.commands.serving:scheduler",
        "Start a scheduler, whose workers run trials for whoever asks with --workers; Ctrl-C ends "
        "it.",
    ),
    Verb(
        "worker",
        "scripts.commands.serving:worker",
        "Start a worker, which runs one trial at a time for who asks its scheduler; Ctrl-C ends "
        "it.",
    ),
    Verb(
        "bench",
        "scripts.benchmarks.command:bench",
        "Measure what the tooling itself costs, and how well it searches, beside other ways.",
    ),
)

TAKING_ARGUMENTS = ("trial", "bisect", "history", "difference", "prove", "check")
"""Verbs that run a script of the user's own, and hand on to it what stands after `--`."""

app = App(
    name="python -m scripts",
    help=(
        "Measure and report httpx.ReadError under concurrency. Each verb but check is also a nox "
        "session."
    ),
    default_parameter=Parameter(negative="", show_default=False),
    version_flags=[],
    suppress_keyboard_interrupt=False,
)
for _verb in VERBS:
    app.command(_verb.place, name=_verb.name, help=_verb.summary)


YOUNG = 100_000
"""Objects that are made before Python looks which of them are garbage. By default it is 700: where
a hundred thousand trials are read, of which none is, it would look as often as that."""


def main() -> NoReturn:
    """Run the verb that the command line names, and leave with its exit status."""
    gc.set_threshold(YOUNG)
    status = status_of(run_app)
    # To git bisect this would say "bad".
    misunderstood = sys.argv[1:2] == ["check"] and status == UsageProblem.status
    # Where Python was interrupted while it ran any text, as each dataclass does, it ends itself by
    # SIGINT at last, whatever the status; the next text that it runs makes it forget that.
    exec("")  # noqa: S102 - no text at all
    sys.exit(Aborted.status if misunderstood else status)


def handed_on(arguments: Sequence[str]) -> list[str]:
    """A call in which what stands after `--` has become options, of the verbs that hand it on."""
    if "--" not in arguments or arguments[0] not in TAKING_ARGUMENTS:
        return [*arguments]
    end = arguments.index("--")
    return [*arguments[:end], *(f"--argument={argument}" for argument in arguments[end + 1 :])]


def run_app(tokens: Sequence[str] | None = None) -> object:
    """What the verb returns; problems are raised. The process' own arguments by default."""
    arguments = sys.argv[1:] if tokens is None else tokens
    if arguments and arguments[0] in {verb.name for verb in VERBS}:
        # cyclopts gives a verb the one line it was registered with; its help is its docstring.
        app[arguments[0]].help = None
    return app(
        handed_on(arguments), exit_on_error=False, print_error=False, result_action="return_value"
    )


ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""What interrupts a call: Ctrl-C, a polite kill, a terminal that is closed."""

AT_ONCE = 20.0
"""Seconds after an interruption in which a further one changes nothing: all is being ended."""


@contextlib.contextmanager
def interruptible(came: list[int]) -> Iterator[None]:
    """Be interrupted once by each of `ENDING` that is not ignored, as a process under nohup is.

    Args:
        came: receives the signals that interrupted, as they come.
    """
    last = -AT_ONCE

    def interrupt(number: int, _: object) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= AT_ONCE:
            last = now
            came.append(number)
            raise KeyboardInterrupt

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in ENDING if hasattr(signal, name)):
            if signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            # Once interrupted it only leaves; Python itself gives up every handler on the way.
            signal.signal(number, signal.SIG_IGN if came else handler)


def status_of(call: Callable[[], object]) -> int:
    """The exit status of a call; its problem, where it has one, goes to standard error. Of one that
    a signal interrupted, what shells make of that: 130 for Ctrl-C.
    """
    came: list[int] = []
    status = INTERRUPTED
    # A signal may come at any moment, before what follows and after.
    with contextlib.suppress(KeyboardInterrupt), interruptible(came):
        try:
            status = _status(call)
        except OSError:
            if not came:
                return MeasurementProblem.status  # not even standard error can be written
            status = INTERRUPTED  # the terminal is gone: nobody reads what is said
    return 128 + came[0] if came and status == INTERRUPTED else status


def _status(call: Callable[[], object]) -> int:
    """The exit status of a call, interrupted or not."""
    errors = console(stderr=True)
    try:
        status = call()
        sys.stdout.flush()
    except CycloptsError as error:
        said = shortened(plain(" ".join(str(error).split())))
        errors.print(
            f"{said} (--help shows what there is)",
            markup=False,
            soft_wrap=True,
        )
        return UsageProblem.status
    except Problem as problem:
        errors.print(shortened(plain(str(problem))), markup=False, soft_wrap=True)
        return problem.status
    except KeyboardInterrupt:
        errors.print("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()  # who reads it, as `head` does, has enough
        return MeasurementProblem.status
    except MemoryError as error:
        _leave_without_memory(problem_of(error))
    except (OSError, RuntimeError) as error:
        refused = problem_of(error)
        if refused is None:
            raise
        _give_up_output()
        errors.print(shortened(plain(str(refused))), markup=False, soft_wrap=True)
        return refused.status
    return status if isinstance(status, int) else 0


def _leave_without_memory(problem: Problem | None) -> NoReturn:
    """Say what it is and end at once, with as little memory as can be. At its usual end a process
    whose memory ran out as numpy was imported was seen to wait for a thread that ran without end.
    """
    with contextlib.suppress(OSError):
        os.write(2, f"{problem or 'memory ran out'}\n".encode())
    os._exit(problem.status if problem else MeasurementProblem.status)


def _give_up_output() -> None:
    """Write no more to standard output: Python would try again when it ends, and complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()

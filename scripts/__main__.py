"""Arguments in, exit status out: `python -m scripts VERB`."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import msgspec
from cyclopts import App, CycloptsError, Parameter
from cyclopts.validators import Number

from scripts.commands.doctor import doctor
from scripts.commands.measure import repro, survey
from scripts.commands.options import (
    Json,
    LoadOptions,
    ScriptOptions,
    SomeSeconds,
    python_version,
    under,
)
from scripts.commands.progress import Display
from scripts.commands.publish import issue
from scripts.commands.reduce import reduce
from scripts.commands.search import bisect, check, history
from scripts.domain.files import PROJECT, replace
from scripts.domain.problems import INTERRUPTED, Aborted, MeasurementProblem, Problem, UsageProblem
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.report import facts, published, screen, story
from scripts.report.page import render
from scripts.trials import campaign, store
from scripts.trials.lanes import Stopped, ThisMachine

app = App(
    name="python -m scripts",
    help="Measure and report httpx.ReadError under concurrency. Each verb is also a nox session.",
    default_parameter=Parameter(negative="", show_default=False),
    version_flags=[],
)


app.command(repro)
app.command(survey)


@app.command
def trial(
    *,
    own: ScriptOptions | None = None,
    load: LoadOptions | None = None,
    python: str = "",
    deadline: SomeSeconds | None = None,
    json: Json = False,
) -> int:
    """Run one trial: one fresh server, one fresh client, one record.

    Example: python -m scripts trial --script path/to/client.py --with 'aiohttp==3.13.5'

    Parameters
    ----------
    python
        Version or path of the interpreter; the one in use by default.
    deadline
        Seconds after which the client is taken to hang; by default ten times the ideal.
    json
        Print the trial's record on standard output.
    """
    chosen, default = (own or ScriptOptions()).target(python)
    meant = under(load, default)
    environments = Environments()
    python_version(python, environments)
    planned = campaign.plan([(chosen, meant)], 1, 1, deadline)
    folder = campaign.create(planned)
    errors = screen.console(stderr=True)
    try:
        with Display(planned, [], errors) as display:
            found = campaign.run(folder, ThisMachine(environments), display)[0]
    except Stopped as stopped:
        errors.print(f"{stopped.why}: the trial was ended and leaves no record")
        return INTERRUPTED
    if json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        out = screen.console()
        out.print(screen.one_trial(found))
        out.print(f"Record: {store.shown(folder / found.file_name)}", soft_wrap=True)
    if found.outcome == "script-failed":
        raise UsageProblem(
            f"{found.target.name} does not run ({found.detail}): "
            "name the packages it needs with --with."
        )
    return 0 if found.measured else 1


@app.command
def explain(
    trial: Path,
    /,
    *,
    request: Annotated[int, Parameter(validator=Number(gte=0))] | None = None,
    trace: Path | None = None,
    json: Json = False,
) -> int:
    """Tell why a request failed: its connection's timeline from both ends, and the cause.

    Example: python -m scripts explain results/20261123-152409-6744/0001-httpx-0.27.2.json

    Parameters
    ----------
    trial
        File of the trial, or its name as reports cite it (campaign/0001).
    request
        Number of the failed request; the first by default.
    trace
        Write the whole trial to this file in the Trace Event format (open it with Perfetto or
        chrome://tracing).
    json
        Print the story as JSON on standard output.
    """
    found = store.read(store.find(trial))
    if trace is not None:
        try:
            replace(trace.resolve(), msgspec.json.encode(story.slices(found)))
        except OSError as error:
            raise UsageProblem(f"{trace} cannot be written: {error.strerror}.") from error
        screen.console(stderr=True).print(f"trace written to {trace}", soft_wrap=True)
        if not found.failing:
            return 0
    whole = story.story(found, request)
    if json:
        sys.stdout.write(msgspec.json.encode(whole).decode() + "\n")
    else:
        screen.console().print(screen.told(whole))
    return 0


@app.command
def report(*, publish: Path | None = None, check: bool = False) -> int:
    """Write REPORT.md, and README.md's table, from the published trials.

    Example: python -m scripts report --publish results/20261123-152409-6744

    Parameters
    ----------
    publish
        Campaign whose trials replace the published ones, or bisection, history or reduction to add.
    check
        Write nothing; exit with status 1 where either is not what the trials give.
    """
    if publish is not None:
        published.publish(publish.resolve())
    page = PROJECT / "README.md"
    with screen.console(stderr=True).status("reading the published trials, drawing the pictures"):
        found = facts.known()
        if not found.trials:
            raise UsageProblem("no trials are published: name a campaign with --publish.")
        pictures = facts.drawn(found)
        more = facts.everything(found, pictures)
        wanted = pictures | {
            PROJECT / "REPORT.md": render.report(found.trials, "nox -s repro", more),
            page: render.readme(page.read_text(), found.trials, more),
        }
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if check and stale:
        names = " and ".join(path.name for path in stale)
        raise MeasurementProblem(f"{names} differs from what the published trials give.")
    for path in stale:
        replace(path, wanted[path].encode())
    return 0


app.command(bisect)
app.command(check)
app.command(history)
app.command(reduce)
app.command(issue)
app.command(doctor)


@app.command
def bench(
    *what: Literal["recorder", "building", "search", "reduction"],
    pairs: Annotated[int, Parameter(validator=Number(gte=1, lte=100))] = 15,
    full: bool = False,
    seed: int = 1,
    json: Json = False,
) -> int:
    """Measure what the tooling itself costs, and how well it searches, beside other ways.

    Example: python -m scripts bench recorder --pairs 11

    Parameters
    ----------
    what
        recorder (processor time per request), building (environments), search or reduction
        (simulated problems with a known answer, beside other ways); all by default.
    pairs
        Pairs of measurements, of recorder and building.
    full
        All simulated problems (200 of each kind, up to 1000 points) instead of a quick selection.
    seed
        From which the simulated problems are drawn.
    json
        Print the comparisons as JSON on standard output.
    """
    # These import what no other verb needs, and take a second to.
    from scripts.benchmarks import contest, shrinking, tables
    from scripts.benchmarks import costs as benches

    errors = screen.console(stderr=True)

    def tell(text: str) -> None:
        errors.print(text)

    found = []
    if "recorder" in what or not what:
        found += benches.recorder(pairs, Environments(), tell)
    if "building" in what or not what:
        found += benches.building(30, min(pairs, 3), tell)
    rows = []
    if "search" in what or not what:
        count, sizes = (200, contest.SIZES) if full else (25, contest.SIZES[:1])
        rows = contest.contest(count, seed, sizes, campaign.lanes(), tell)
    shrunk = []
    if "reduction" in what or not what:
        shrunk = shrinking.reduction_scores(200 if full else 20, seed, campaign.lanes(), tell)
    if json:
        both = {"costs": found, "searches": rows, "ratios": contest.ratios(rows), "cases": shrunk}
        sys.stdout.write(msgspec.json.encode(both).decode() + "\n")
    else:
        out = screen.console()
        if found:
            out.print(tables.comparisons(found))
        if rows:
            out.print(tables.contest(rows, contest.ratios(rows)))
            out.print(f"Choosing the next of 1000 points: {1000 * contest.choosing():.1f} ms")
        if shrunk:
            out.print(tables.shrunk(shrunk))
    return 0


def main() -> NoReturn:
    """Run the verb that the command line names, and leave with its exit status."""
    status = status_of(run_app)
    # To git bisect this would say "bad".
    misunderstood = sys.argv[1:2] == ["check"] and status == UsageProblem.status
    sys.exit(Aborted.status if misunderstood else status)


def run_app(tokens: Sequence[str] | None = None) -> object:
    """What the verb returns; problems are raised. The process' own arguments by default."""
    return app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def status_of(call: Callable[[], object]) -> int:
    """The exit status of a call; its problem, where it has one, goes to standard error."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    errors = screen.console(stderr=True)
    try:
        status = call()
    except CycloptsError as error:
        errors.print(
            f"{' '.join(str(error).split())} (--help shows what there is)",
            markup=False,
            soft_wrap=True,
        )
        return UsageProblem.status
    except Problem as problem:
        errors.print(plain(str(problem)), markup=False, soft_wrap=True)
        return problem.status
    except KeyboardInterrupt:
        return INTERRUPTED
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    main()

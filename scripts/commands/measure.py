"""The verbs that run trials: the matrix, the surveys, one trial. Arguments in, exit status out."""

from __future__ import annotations

import difflib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import structs
from rich.text import Text

from scripts.analysis import summary
from scripts.analysis.capture import Witness
from scripts.analysis.compare import answered
from scripts.analysis.hosts import of_trials
from scripts.analysis.lane_effect import lane_effects
from scripts.commands.capture import check_capture, keep_witness
from scripts.commands.conditions import check_conditions
from scripts.commands.options import (
    Deadline,
    Json,
    LoadOptions,
    Python,
    Rounds,
    ScriptOptions,
    TargetOptions,
    python_version,
    remark,
    say_how,
    under,
)
from scripts.commands.output import console, print_json
from scripts.commands.places import HERE, CampaignOptions, LaneOptions, PlaceOptions
from scripts.commands.progress import Display
from scripts.commands.resuming import resuming
from scripts.commands.stored_campaign import Said, StoredCampaign
from scripts.domain import paths
from scripts.domain.callcounts import CALL_COUNTS
from scripts.domain.files import replace
from scripts.domain.libraries import CONTROL, DOCUMENT, LIBRARIES, PYTHON
from scripts.domain.pins import project
from scripts.domain.problems import INTERRUPTED, MeasurementProblem, UsageProblem
from scripts.domain.surveys import SURVEY_FILE, SURVEYS, Survey, Topic
from scripts.domain.trial import LOADS, REPRO_SERVER, Load, Target, Trial
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.report import published, screen, surveys
from scripts.report.callcounts import call_lines
from scripts.report.capture import sentence
from scripts.report.conditions import at_a_time
from scripts.report.document import TrialDocument
from scripts.report.hosts import host_lines
from scripts.report.lane_effects import effect_words
from scripts.report.matrix import matrix
from scripts.report.page import render
from scripts.trials import campaign, host, store
from scripts.trials.callcounts import kept_counts
from scripts.trials.ending import NEVER_RAN
from scripts.trials.lanes import Stopped

ROUNDS = 3
"""Trials of each target, where nobody asks for more or fewer."""

LONGEST = 280.0
"""Seconds within which they are likely to end, where nobody does: five minutes, less what comes
before the first and after the last."""

TOPIC_HELP = (
    "remedies: the document's client as it is, then with one setting, one line of code or one "
    "version changed; variants: AsyncClient and Client, on asyncio, uvloop and trio, HTTP/1.1 and "
    "HTTP/2; "
    f"callers: {DOCUMENT} and {CONTROL} under a caller that blocks the event loop; network: TLS, "
    "and 1, 10 and 50 ms each way between client and server; servers: what people serve with, each "
    "with its own keep-alive; balanced: two replicas behind nginx and HAProxy; sdk: OpenAI's SDK "
    "against a made-up endpoint on this machine."
)


def repro(
    *,
    choice: TargetOptions | None = None,
    load: LoadOptions | None = None,
    run: CampaignOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Run the matrix: the document's reproduction across versions, aiohttp beside it.

    Example: python -m scripts repro --targets 'httpx==0.27.2,httpcore==1.0.6' --rounds 5

    Parameters
    ----------
    resume
        Folder of an interrupted campaign to go on with; everything else is taken from its plan.
    json
        Print the summary as JSON on standard output.
    """
    # A third of a second of what reads the package index, which a trial does without.
    from scripts.commands import levelling, rows

    environments = Environments()
    choice, load, run = choice or TargetOptions(), load or LoadOptions(), run or CampaignOptions()
    run.check()
    if resume is not None:
        return resumed(resume.resolve(), environments, run, json)
    choice.check()
    if choice.pythons and run.python:
        raise UsageProblem(f"--axis {PYTHON} takes every Python that is here: leave --python out.")
    common = load.resolve(LOADS["compressed"]) if load.given() else None
    rounds, briefly = choice.rounds or ROUNDS, choice.rounds is None
    if choice.pythons:
        remark(host.unmeasured_system())
        entries, releases = rows.on_each_python(common or LOADS["compressed"]), {}
    else:
        newest = rows.Newest(python_version(run.python, environments))
        chosen = rows.chosen(choice, common, newest)
        remark(*chosen.left_out)
        entries = [
            (structs.replace(target, python=run.python), target_load)
            for target, target_load in chosen.entries
        ]
        if not choice.target:
            entries = levelling.matrix(entries, newest.python, environments)
        releases = newest.releases
    planned = laid_out(entries, rounds, run, run.deadline)
    planned = structs.replace(planned, newest=releases)
    return run_campaign(campaign.create(planned), planned, environments, run, json, briefly)


def survey(
    topic: Annotated[Topic | None, Parameter(help=TOPIC_HELP)] = None,
    /,
    *,
    rounds: Rounds = 5,
    run: LaneOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Measure what helps, which kinds of client are affected, or what a busy caller adds.

    Example: python -m scripts survey remedies --rounds 8

    Parameters
    ----------
    rounds
        Trials of each; every round holds each once.
    resume
        Folder of an interrupted survey to go on with; everything else is taken from its plan.
    json
        Print the summary as JSON on standard output.
    """
    # A third of a second of what reads the package index, which a trial does without.
    from scripts.commands import levelling
    from scripts.commands.rows import Newest

    environments = Environments()
    run = run or LaneOptions()
    run.check()
    if resume is not None:
        return resumed(resume.resolve(), environments, run, json)
    if topic is None:
        raise UsageProblem(f"say what to measure: {', '.join(SURVEYS)}.")
    newest = Newest(python_version(run.python, environments))
    entries = [
        structs.replace(entry, target=structs.replace(entry.target, python=run.python))
        for entry in SURVEYS[topic](newest)
    ]
    entries = levelling.survey(topic, entries, newest.python, environments)
    planned = laid_out([(entry.target, entry.load) for entry in entries], rounds, run)
    planned = structs.replace(planned, newest=newest.releases, numbered=True)
    folder = campaign.create(planned)
    asked = Survey(name=planned.name, topic=topic, entries=entries)
    replace(folder / SURVEY_FILE, store.encode_purpose(asked))
    return run_campaign(folder, planned, environments, run, json)


def trial(
    *,
    own: ScriptOptions | None = None,
    load: LoadOptions | None = None,
    python: Python = "",
    deadline: Deadline | None = None,
    capture: Path | None = None,
    count_calls: Annotated[bool, Parameter(negative=())] = False,
    place: PlaceOptions | None = None,
    json: Json = False,
) -> int:
    """Run one trial: one fresh server, one fresh client, one record.

    Example: python -m scripts trial --script path/to/client.py --with 'aiohttp==3.13.5'

    Parameters
    ----------
    capture
        Capture what client and server send each other into this file (pcapng), and say whether it
        has the closes and writes of the failed requests in the order that the trial's own notes
        have. It needs Wireshark's dumpcap and tshark (Debian's package tshark); campaigns and
        searches capture nothing.
    count_calls
        Count how often each of the client's functions is called, by Python's own profiler. That
        takes time of its own: such a trial enters no rate. Before Python 3.12, calls in threads
        beside the main one are not counted.
    json
        Print the trial's record on standard output.
    """
    target, default = (own or ScriptOptions()).target(python)
    target_load = under(load, default, target)
    place = place or HERE
    _check_witnesses(capture, count_calls, target, place)
    environments = Environments()
    python_version(python, environments)
    say_how(target)
    planned = campaign.plan([(target, target_load)], 1, 1, deadline)
    folder = campaign.create(planned)
    errors = console(stderr=True)
    runs = place.running(environments, capture, folder / CALL_COUNTS if count_calls else None)
    try:
        with runs as runner, Display(planned, [], errors) as display:
            record = campaign.run(folder, runner, display)[0]
    except Stopped as stopped:
        shutil.rmtree(folder, ignore_errors=True)
        errors.print(f"{stopped.why}: the trial was ended and leaves no record")
        return INTERRUPTED
    witness = None if capture is None else keep_witness(capture, record, folder)
    show_trial(folder, record, witness, json)
    return trial_status(record)


def _check_witnesses(
    capture: Path | None, count_calls: bool, target: Target, place: PlaceOptions
) -> None:
    """Make sure that what watches a trial goes together, with its target, and with where it runs.

    Raises:
        UsageProblem: it does not.
        MeasurementProblem: packets cannot be captured here.
    """
    place.check()
    if capture is not None and count_calls:
        raise UsageProblem("--count-calls slows the client down: capture another trial.")
    if place.workers and (capture is not None or count_calls):
        raise UsageProblem("--capture and --count-calls are of this machine: leave --workers out.")
    if capture is not None:
        check_capture(capture, target)


def trial_status(record: Trial) -> int:
    """The exit status that one trial is worth; what a script lacks is said, and what tells more."""
    unseen = record.server.connections == [] and record.target.server not in ("", REPRO_SERVER)
    if unseen and record.outcome != "server-not-ready":
        remark("The server saw no connection: the client is told its address in SERVER_URL.")
    if record.outcome == "unavailable":
        remark(*map(_meant, record.target.pins))
    failure = record.client.script_failure
    raised = "" if failure is None else failure.chain[0].type
    if raised == "ModuleNotFoundError" and not record.ran:
        remark("It lacks a package: name those it needs with --with.")
    if record.client.failed_requests:
        remark(f"Why each request failed: nox -s explain -- {record.name}")
    elif record.target.served and record.client.requests is None and failure is not None:
        remark(
            "Its requests are not recorded, so their cause is not named: give it SERVER_URL, "
            "send_request and main, as docs/own-programs.md shows."
        )
    # A script of the user's own that ran and failed was measured, whatever it failed of.
    own = record.outcome == "script-failed" and not record.target.axis
    return 0 if record.ran or (own and raised not in NEVER_RAN) else 1


def _meant(pin: str) -> str:
    """The library whose name is most like that of a package that cannot be had; empty for none."""
    name = project(pin)
    near = difflib.get_close_matches(name, LIBRARIES, 1)
    return f"Did you mean {near[0]}, not {name}?" if near and name not in LIBRARIES else ""


def show_trial(folder: Path, record: Trial, witness: Witness | None, json: bool) -> None:
    """Show what one trial says, what a capture says about it, and how often functions were called,
    where that was asked for.
    """
    calls = kept_counts(folder)
    if json:
        print_json(TrialDocument(version=2, record=record, capture=witness, calls=calls))
        return
    out = console()
    out.print(screen.one_trial(record))
    if witness is not None:
        out.print(sentence(witness), soft_wrap=True)
    if record.client.profiled:
        out.print(Text(plain("\n".join(call_lines(calls, record)))), soft_wrap=True)
    out.print(f"Record: {paths.shown(folder / record.file_name)}", soft_wrap=True)


def laid_out(
    entries: Sequence[tuple[Target, Load]],
    rounds: int,
    run: LaneOptions,
    deadline: float | None = None,
) -> campaign.Plan:
    """A campaign of these entries, which this process may open the files for.

    Raises:
        UsageProblem: a target cannot be put under its load.
        MeasurementProblem: too few files may be open, or a balancer is not installed.
    """
    for target, load in entries:
        check_conditions(target, load)
    if not run.workers:  # which have to have it, not this machine
        host.require_balancers(target for target, _ in entries)
        for _, load in entries:
            host.require_open_files(load.concurrency or 0)
    return campaign.plan(entries, rounds, run.lanes or campaign.lanes(), deadline)


def resumed(folder: Path, environments: Environments, place: PlaceOptions, json: bool) -> int:
    """Go on with an interrupted campaign; what bears on the whole of it is said again."""
    planned = campaign.load_plan(folder)
    python_version(planned.trials[0].target.python, environments)
    return run_campaign(folder, planned, environments, place, json)


def run_campaign(
    folder: Path,
    planned: campaign.Plan,
    environments: Environments,
    place: PlaceOptions,
    json: bool,
    briefly: bool = False,
) -> int:
    """Run what a campaign lacks, then show what it says.

    Args:
        folder, planned: its own, and its plan.
        environments, place: where it runs.
        json: whether what it says is printed as JSON.
        briefly: whether its rounds end where a further one would take too long.
    """
    errors = console(stderr=True)
    at_once = "" if place.workers else f", {planned.lanes} at a time"
    errors.print(f"{len(planned.trials)} trials into {paths.shown(folder)}{at_once}")
    asked = campaign.load_survey(folder) if (folder / SURVEY_FILE).exists() else None
    again = resuming("repro" if asked is None else "survey", folder, place.words)
    stored = StoredCampaign(folder, planned)
    if asked is None and stored.finished_before():
        return show_campaign(stored, json)
    finished = stored.finished()
    if len(finished) < len(planned.trials):
        begins = _within(LONGEST) if briefly else None
        try:
            with (
                place.running(environments) as runner,
                Display(planned, finished, errors) as display,
            ):
                whole = campaign.go_on(folder, runner, display, stored.kept, begins)
        except Stopped as stopped:
            errors.print(f"{_kept(stored, stopped.why)}; go on with:\n  {again}", soft_wrap=True)
            return INTERRUPTED
        except MeasurementProblem as problem:
            raise MeasurementProblem(f"{problem}\n  {again}") from problem
        kept = _kept(stored, "A further round is not likely to end within five minutes here")
        if not whole:
            errors.print(f"{kept}; go on with:\n  {again}", soft_wrap=True)
    if asked is not None:
        return show_survey(folder, asked, store.trials(folder), json)
    return show_campaign(stored, json)


def _kept(stored: StoredCampaign, why: str) -> str:
    """Why a campaign ended, and how many of its trials there are. Its folder is read again, for
    what is shown of it next.
    """
    return f"{why}: {len(stored.finished())} of {stored.planned} trials are kept"


def _within(seconds: float) -> campaign.Begins:
    """Begins a round where it is likely to end within so many seconds from now."""
    began = time.monotonic()
    return lambda takes: time.monotonic() - began + takes <= seconds


def show_campaign(stored: StoredCampaign, json: bool) -> int:
    """Write a campaign's REPORT.md and show its summary: of the trials that it has so far."""
    folder, said = stored.folder, stored.said()
    path = folder / "REPORT.md"
    replace(path, render.report_of(said.others, "nox -s repro").encode())
    if json:
        print_json(matrix(said.summary))
    else:
        out = console()
        out.print(screen.summary(said.summary))
        out.print(f"\nTrials: {paths.shown(folder)}\nThe same as Markdown: {paths.shown(path)}")
        out.print(next_call(said), soft_wrap=True)
        say_lanes(said.summary)
    missing = [row.target.name for row in said.summary.rows if not row.trials]
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        raise MeasurementProblem(f"not measured: {names}; the reasons stand above.")
    return 0


def say_lanes(said: summary.Summary) -> None:
    """Say on standard error where more than one trial ran at a time, and what that changes as far
    as the published trials tell.
    """
    numbers = [number for row in said.rows for number in row.lanes]
    if max(numbers) > 1:
        lanes = at_a_time(numbers)
        measured = effect_words(lane_effects(published.every_trial()))
        remark(f"These ran {lanes}; --lanes 1 runs one. {measured}".rstrip())


def show_survey(folder: Path, asked: Survey, trials: list[Trial], json: bool) -> int:
    """Show what a finished survey says."""
    lines, effect = answered(asked, trials), of_trials(trials)
    if json:
        print_json(surveys.printed_survey(asked.topic, lines, effect))
    else:
        out = console()
        out.print(screen.survey(asked.topic, lines))
        for line in host_lines(effect):
            out.print(line, soft_wrap=True)
        out.print(f"\nTrials: {paths.shown(folder)}", soft_wrap=True)
    return 0 if any(line.row for line in lines) else 1


def next_call(said: Said) -> str:
    """The command to run next; none where nothing could be measured."""
    if any(row.unmeasured for row in said.summary.rows):
        return ""
    first = said.first_failing
    if first is None:
        return "Next: nox -s repro -- --rounds 10   (rare failures need more trials)"
    pins = ",".join((*first.target.pins, *first.target.equalised))
    return (
        f"Next: nox -s explain -- {first.name}   (why a request failed)\n"
        f"      nox -s repro -- --targets '{pins}' --rounds 10   (a narrower interval)"
    )

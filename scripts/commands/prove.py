"""The verb that says whether a change mends what fails: arguments in, exit status out."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from packaging.utils import canonicalize_name
from rich.text import Text

from scripts.analysis import signals
from scripts.commands.options import Deadline, Json, Python, ScriptOptions, say_how
from scripts.commands.output import console, print_json
from scripts.commands.places import PlaceOptions
from scripts.commands.proof_options import ChangeOptions, ClaimOptions, asked_change
from scripts.commands.proof_progress import ProofProgress
from scripts.commands.resuming import resuming
from scripts.domain import paths
from scripts.domain.problems import INTERRUPTED, Problem, UsageProblem
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.proof.claim import Claim, create, load_claim
from scripts.proof.experiment import experiment
from scripts.proof.proving import Proving
from scripts.proof.result import proof_result
from scripts.proof.suite_run import suite_result
from scripts.report import answers
from scripts.report.proofs import printed_proof
from scripts.trials import store
from scripts.trials.lanes import Stopped
from scripts.trials.lock import alone

# Eight parameters: a group of options is a parameter to the command line's library.
COST = "slow"
"""What every proof tells beside its signals."""


def prove(
    *,
    changed: ChangeOptions | None = None,
    claimed: ClaimOptions | None = None,
    own: ScriptOptions | None = None,
    python: Python = "",
    deadline: Deadline | None = None,
    place: PlaceOptions | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Say whether a change mends what fails, what it costs, and whether anything arrives twice.

    Unchanged and changed run in turn, until a test that may be looked at after every pair is sure.

    Example: python -m scripts prove --package httpcore --at 1.0.9 --change mine.diff --load smoke

    Parameters
    ----------
    resume
        Folder of an interrupted proof to go on with; everything else is taken from there.
    json
        Print what is shown as JSON on standard output.
    """
    place = place or PlaceOptions()
    place.check(COST)
    if resume is not None:
        return _proven(resume.resolve(), place, json, fresh=False)
    changed, claimed = changed or ChangeOptions(), claimed or ClaimOptions()
    for text in claimed.signal:
        _check_signal(text)
    asked, settings = asked_change(changed, claimed, own or ScriptOptions(), python)
    name, created = store.named_now()
    claim = Claim(
        name=name,
        created=created,
        command=tuple(sys.argv[1:]),
        change=asked.title,
        package=canonicalize_name(changed.package),
        signals=claimed.signal,
        settings=settings,
        clone=asked.clone,
        confidence=claimed.confidence,
        budget=claimed.budget.total_seconds(),
        most=claimed.max_pairs,
        deadline=deadline,
    )
    return _proven(create(claim), place, json, fresh=True)


def _check_signal(text: str) -> None:
    """Make sure that pairs of trials can say something about a signal.

    Raises:
        UsageProblem: it is none, or compares with something that is not run here.
    """
    signal = signals.parse(text)
    if signal.kind == "memory" and signal.unset:
        raise UsageProblem(f"{text!r} needs a good end: write bytes, '{signal.stated}'.")
    if signal.needs_control and not signal.unset:
        raise UsageProblem(f"{text!r} is beside a control: write slow, beside what is unchanged.")


def _proven(folder: Path, place: PlaceOptions, json: bool, fresh: bool) -> int:
    """Go on with a claim, show what is shown, and say by the status whether all is settled.

    Args:
        folder: the claim's.
        place: where its trials run.
        json: whether that is shown as JSON.
        fresh: whether the folder was made just now: then nothing is left of a claim of which no
            pair could be run.
    """
    claim = load_claim(folder)
    again = resuming("prove", folder, place.words)
    errors = console(stderr=True)
    say_how(claim.settings[0].before)
    count = len(claim.settings)
    words = f"{claim.change}, under {count} circumstance{'s' if count > 1 else ''}"
    errors.print(Text(plain(f"{words}, into {paths.shown(folder)}")), soft_wrap=True)
    environments = Environments(clone=Clone(Path(claim.clone)) if claim.clone else None)
    proving = Proving(claim)
    try:
        with place.running(environments) as runner:
            experiment(proving, folder, runner, ProofProgress(proving, errors))
        words = "Upstream's own tests, without the change and with it"
        with alone(folder), errors.status(words):
            suite = suite_result(claim, folder, environments)
    except (Stopped, KeyboardInterrupt) as stopped:
        why = stopped.why if isinstance(stopped, Stopped) else "interrupted"
        errors.print(f"{why}: the trials are kept; go on with:\n  {again}", soft_wrap=True)
        return INTERRUPTED
    except UsageProblem:
        if fresh and not any(record.pairs for record in proving.records):
            shutil.rmtree(folder, ignore_errors=True)  # the change cannot be made
        raise
    except Problem as problem:
        if fresh and not store.has_trials(folder):
            shutil.rmtree(folder, ignore_errors=True)
            raise
        raise type(problem)(f"{problem}\n  {again}") from problem
    result = proof_result(proving, suite)
    if json:
        print_json(printed_proof(result))
    else:
        out = console()
        out.print(answers.proof(result))
        out.print(f"Trials: {paths.shown(folder)}", soft_wrap=True)
    if result.ending != "settled":
        on = f"Go on with:\n  {again}"
        more = "Its pairs are used up: ask anew with a larger --max-pairs, or under another --load."
        errors.print(on if result.ending == "ran out" else more, soft_wrap=True)
    return 0 if result.ending == "settled" else 1

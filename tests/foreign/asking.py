"""Asking the tool about a case, as its user would, and judging the answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from scripts.domain.files import PROJECT
from tests.foreign import verify
from tests.foreign.cases import BUGS, Case, Step
from tests.foreign.verify import Row

Verdict = Literal["right", "wide", "cannot tell", "refused", "wrong"]

BUDGET = "15m"


class Asked(msgspec.Struct, frozen=True):
    """What the tool made of a case.

    Attributes:
        case: its name.
        verdict: "right"; "wide" where the truth lies between the two sides it names and it names
            all releases between them; "cannot tell"; "refused" where the call was; else "wrong".
        words: its answer, in short.
        confidence: the lowest of its steps; None where it named none.
        is_wrong: whether the case counts as failed.
    """

    case: str
    verdict: Verdict
    words: str
    confidence: float | None
    trials: int
    seconds: float
    is_wrong: bool


def ask(case: Case, rows: Sequence[Row], results: Path, variables: dict[str, str]) -> Asked:
    """Ask the tool about a case.

    Args:
        case: the case.
        rows: what each release does.
        results: where the tool writes.
        variables: of the environment, on top of this one's.
    """
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "scripts", *arguments(case)],
        cwd=PROJECT,
        env=os.environ | variables | {"RESULTS_FOLDER": str(results)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    lines = done.stdout.splitlines()
    if not lines:
        last = done.stderr.splitlines()[-1:] or ["no word"]
        mute = "no trial says anything" in done.stderr
        verdict: Verdict = "cannot tell" if mute else "refused"
        if mute and case.truth is None:
            verdict = "right"
        return _asked(
            case, verdict, textwrap.shorten(last[0], 100, placeholder="…"), None, 0, seconds
        )
    answer = json.loads(lines[-1])
    steps, confidence = said(case, answer)
    verdict = judged(case, rows, steps)
    return _asked(case, verdict, _words(steps), confidence, answer["trials"], seconds)


def _asked(
    case: Case, verdict: Verdict, words: str, confidence: float | None, trials: int, seconds: float
) -> Asked:
    failed = verdict == "wrong" or (case.told and verdict in ("cannot tell", "refused"))
    return Asked(case.name, verdict, words, confidence, trials, round(seconds, 1), failed)


def arguments(case: Case) -> list[str]:
    """How the tool is called about a case."""
    ends = ("--good", "--bad") if case.verb == "bisect" else ("--since", "--until")
    return [
        *(case.verb, "--package", case.package, "--script", str(BUGS / case.script)),
        *(ends[0], case.good, ends[1], case.bad, "--signal", case.signal),
        *("--deadline", f"{case.deadline:g}", "--budget", BUDGET, "--json"),
        *case.options,
    ]


class SaidStep(msgspec.Struct, frozen=True):
    """A step that the tool names, with the releases between its sides that it names."""

    step: Step
    between: tuple[str, ...] = ()


def said(case: Case, answer: dict[str, Any]) -> tuple[list[SaidStep] | None, float | None]:
    """The steps that an answer names, None for "cannot tell"; and the lowest confidence in them."""
    if case.verb == "history":
        if answer["verdict"] == "undecided":
            return None, None
        changes = answer["changes"]
        steps = [
            SaidStep(
                Step(change["older"], change["newer"], change["direction"]),
                tuple(change["between"]),
            )
            for change in changes
        ]
        return steps, answer["confidence"]
    if answer["verdict"] == "undecided":
        return None, None
    confidence = answer.get("confidence")
    if answer["verdict"] == "unchanged":
        return [], confidence
    between = tuple(answer.get("between", ()))
    if answer.get("first_bad"):
        step = Step(answer["last_good"], answer["first_bad"], "worse")
    else:
        step = Step(answer["last_bad"], answer["first_good"], "better")
    return [SaidStep(step, between)], confidence


def judged(case: Case, rows: Sequence[Row], steps: Sequence[SaidStep] | None) -> Verdict:
    """Whether what the tool says is so. Pure."""
    if steps is None:
        return "right" if case.truth is None else "cannot tell"
    if case.truth is None or len(steps) != len(case.truth):
        return "wrong"
    says = verify.says(case, rows)
    verdicts = [
        _of_step(rows, says, true, found) for true, found in zip(case.truth, steps, strict=True)
    ]
    if "wrong" in verdicts:
        return "wrong"
    return "wide" if "wide" in verdicts else "right"


def _of_step(
    rows: Sequence[Row], says: Sequence[verify.Says], true: Step, found: SaidStep
) -> Verdict:
    """Whether a step that was named is the true one.

    Releases that say nothing lie between the sides of the true one, and must be named. One that was
    yanked need not be where it is like the older side: the newer one stays the first of its kind.
    """
    if found.step.direction != true.direction:
        return "wrong"
    order = [row.version for row in rows]
    before, after = order.index(true.before), order.index(true.after)
    first, last = order.index(found.step.before), order.index(found.step.after)
    if not first < last:
        return "wrong"
    hidden = {place for place in range(first + 1, last) if order[place] not in found.between}
    alike = {place for place in hidden if rows[place].yanked and place <= before}
    if hidden - alike:
        return "wrong"
    first = max(alike, default=first)
    if before <= first and last <= after:
        # A side that says nothing was judged by the tool as if it did.
        judged = {says[first], says[last]}
        return "right" if "nothing" not in judged else "wrong"
    return "wide" if first <= before and after <= last else "wrong"


def _words(steps: Sequence[SaidStep] | None) -> str:
    if steps is None:
        return "cannot tell"
    words = [f"{found.step.before} → {found.step.after} {found.step.direction}" for found in steps]
    return "; ".join(words) or "nothing changes"

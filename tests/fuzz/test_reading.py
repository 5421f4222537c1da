"""Files, calls and headers of any content: understood, or refused in a sentence."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from scripts.analysis import readings, signals
from scripts.analysis.causes import causes
from scripts.analysis.summary import summarise
from scripts.domain import targets
from scripts.domain.problems import Problem
from scripts.environments.requirements import script_requirements
from scripts.report import screen
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from scripts.report.issue.redaction import Redactor
from scripts.report.story import story
from scripts.search.question import QUESTION, load_question
from scripts.trials import campaign, store
from tests.builders import made, planned, question
from tests.fuzz.mutations import almost

pytestmark = pytest.mark.pure

ASKED = os.environ.get("FUZZ_EXAMPLES")
EXAMPLES = int(ASKED or 200)
"""How many of each are tried: `FUZZ_EXAMPLES=10000 nox -s tests -- tests/fuzz` fuzzes at length,
and draws others each time. Without it the same 200 are tried, so that a change fails for what it
did."""

fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize=ASKED is None,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

TRIAL = msgspec.json.encode(made(failed=2))


@fuzzed
@given(almost(TRIAL))
def test_a_trials_file_is_read_or_refused_and_what_is_read_can_be_told(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "0001-x.json")
        path.write_bytes(data)
        try:
            trial = store.read(path)
        except Problem:
            return
    causes(trial)
    for signal in ("ReadError", "exit", "hang", "p99>1s", "stdout~x"):
        readings.read(signals.parse(signal), trial)
    screen.summary(summarise([trial]))
    screen.one_trial(trial)
    gate = Gate()
    safe = gated(trial, gate)
    assert gated(safe, Gate()) == safe
    with contextlib.suppress(Problem):
        story(trial, None)


@fuzzed
@given(some.binary(max_size=300))
def test_bytes_are_no_trial(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "0001-x.json")
        path.write_bytes(data)
        with pytest.raises(Problem):
            store.read(path)


@fuzzed
@given(some.data())
def test_a_plan_is_read_or_refused(data: some.DataObject) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = planned(Path(place, "campaign"), made())
        path = folder / store.PLAN
        path.write_bytes(data.draw(almost(path.read_bytes())))
        try:
            plan = campaign.load_plan(folder)
        except Problem:
            return
        assert plan.trials
        for one in plan.trials:
            plan.job(one, 1)


@fuzzed
@given(almost(store.encode_purpose(question())))
def test_a_question_is_read_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place, QUESTION).write_bytes(data)
        with contextlib.suppress(Problem):
            load_question(Path(place))


def joined(words: list[str], most: int) -> some.SearchStrategy[str]:
    """Texts of so many of these words at most, one after the other."""
    return some.lists(some.sampled_from(words), max_size=most).map("".join)


WORDS = joined(
        ["httpx", "aiohttp", "==", "=", ",", "@", "2026-01-31", "0.27.2", "server:", "document",
         ";", "[http2]", " ", ">", "://", "*", "<", "~", "!", "\n", "control"],
    most=7,
)  # fmt: skip


@fuzzed
@given(some.one_of(WORDS, some.text(max_size=60)))
def test_a_target_is_understood_or_refused(text: str) -> None:
    try:
        target = targets.parse(text)
    except Problem:
        return
    targets.check(target)


SIGNALS = joined(
        ["exit", "=", "!=", ">", "1", "0.5", "p99", "ms", "s", "x", "stdout", "stderr", "~",
         "memory", "wall", "MB", "SIGSEGV", "hang", "slow", "ReadError", "<", ".", "(", "*", "-"],
    most=6,
)  # fmt: skip


@fuzzed
@given(some.one_of(SIGNALS, some.text(max_size=60)))
def test_a_signal_is_understood_or_refused(text: str) -> None:
    try:
        signal = signals.parse(text)
    except Problem:
        return
    readings.read(signal, made(failed=1), made())


HEADER = joined(
        ["dependencies", "requires-python", " = ", "[", "]", '"', "six==1.16.0", ",", "{", "}", "3",
         "\n# ", "[tool.x]", "'", "=", "#"],
    most=12,
)  # fmt: skip


@fuzzed
@given(some.one_of(HEADER, some.text(max_size=80)))
def test_a_scripts_header_is_read_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "own.py")
        script.write_text(f"# /// script\n# {text}\n# ///\nprint(1)\n", "utf-8", "surrogatepass")
        try:
            found = script_requirements(script)
        except Problem:
            return
        assert all(isinstance(requirement, str) for requirement in found)


@fuzzed
@given(
    some.text(max_size=400), some.sampled_from(["", "  ", "    raise X(", 'File "', "ValueError: "])
)
def test_the_redactor_changes_no_safe_text_and_ends(text: str, before: str) -> None:
    redact = Redactor(users=["mmendez"], hosts=["gpu-box-07"], places={"/srv/people/mm": "~"})
    once = redact(before + text)
    assert redact(once) == once
    assert "mmendez" not in redact(f"{before}{text} mmendez ")

"""Upstream's own tests, run without the change and with it, each in an environment of its own."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import msgspec

from scripts.domain import libraries, paths
from scripts.domain.files import replace
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.environments.requirements import client_requirements
from scripts.environments.sources import TESTS, tests_of_commit, tests_of_release
from scripts.environments.uv import Unavailable
from scripts.proof.claim import Claim
from scripts.trials import notes
from scripts.trials.process import orphaned, started
from scripts.trials.specification import (
    PROBES,
    CommandSpecification,
    probe_command,
)

SUITE = "suite.json"
"""Of a claim's folder: what upstream's tests said."""

SECONDS = 600.0
"""Seconds that the tests of one side may take."""

PLUGIN = PROBES / "pytest_outcomes.py"


class SuiteSide(msgspec.Struct, frozen=True):
    """How upstream's tests ended on one side.

    Attributes:
        passed: how many did.
        failed: names of those that failed, or could not be collected.
        skipped: how many were.
    """

    passed: int
    failed: list[str]
    skipped: int


class SuiteResult(msgspec.Struct, frozen=True):
    """Upstream's own tests on both sides.

    Attributes:
        source: where they come from, in words.
        why: why they were not run; empty where they were.
        before, after: without the change and with it; None where they were not run.
    """

    source: str
    why: str = ""
    before: SuiteSide | None = None
    after: SuiteSide | None = None

    @property
    def brought(self) -> list[str]:
        """The tests that fail with the change alone."""
        if self.before is None or self.after is None:
            return []
        return sorted(set(self.after.failed) - set(self.before.failed))


def kept_suite(folder: Path) -> SuiteResult | None:
    """What upstream's tests said of the claim in a folder; None where they were not come to, or
    that was not written to its end.
    """
    try:
        return msgspec.json.decode((folder / SUITE).read_bytes(), type=SuiteResult)
    except (OSError, msgspec.MsgspecError):
        return None


def suite_result(claim: Claim, folder: Path, environments: Environments) -> SuiteResult:
    """What upstream's tests say of a claim's change; of an earlier run where there was one.

    Args:
        claim: what is to be proven.
        folder: its own.
        environments: where they run.
    """
    kept = kept_suite(folder)
    if kept is not None:
        return kept
    setting = claim.settings[0]
    with tempfile.TemporaryDirectory(prefix="tests-") as scratch:
        result = _ran(claim, setting.before, setting.after, environments, Path(scratch))
    replace(folder / SUITE, msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    return result


def _ran(
    claim: Claim,
    before: Target,
    after: Target,
    environments: Environments,
    scratch: Path,
) -> SuiteResult:
    """Run them on both sides, where there are any and they can be."""
    tests = scratch / "project"
    tests.mkdir()
    package, _, sha = before.source.partition("@")
    pin = next((one for one in before.pins if one.startswith(f"{claim.package}==")), "")
    source = f"{package} at {sha[:10]}" if sha else pin.replace("==", " ")
    library = libraries.LIBRARIES.get(claim.package)
    if after.prelude is not None:
        return SuiteResult(source, "the change is made in the client alone")
    if library is None or not library.tested_with:
        return SuiteResult(source, f"what the tests of {claim.package} need is not known")
    try:
        if sha and environments.clone is not None:
            there = tests_of_commit(environments.clone, sha, tests)
        else:
            there = tests_of_release(pin, tests)
        if not there:
            return SuiteResult(source, "its source has no tests")
        sides = [
            _side(target, library.tested_with, environments, tests, scratch)
            for target in (before, after)
        ]
    except (UsageProblem, MeasurementProblem, Unavailable) as problem:
        return SuiteResult(source, str(problem).rstrip("."))
    return SuiteResult(source, "", *sides)


def _side(
    target: Target,
    beside: tuple[str, ...],
    environments: Environments,
    tests: Path,
    scratch: Path,
) -> SuiteSide:
    """Run them on one side.

    Raises:
        Unavailable: no environment can be built for them.
        MeasurementProblem: they end without saying how, or take too long.
    """
    required = [*client_requirements(target), *beside]
    built = environments.get(required, target.python, target.held, target.source, target.patch)
    outcomes, errors = scratch / "outcomes.json", scratch / "tests.err"
    outcomes.unlink(missing_ok=True)
    plugin = scratch / "plugin"
    plugin.mkdir(exist_ok=True)
    replace(plugin / PLUGIN.name, PLUGIN.read_bytes())
    call = [str(built.interpreter), "-m", "pytest", "-q", "-p", PLUGIN.stem]
    call += ["-p", "no:cacheprovider", TESTS]
    command = probe_command(Path(sys.executable), "command", CommandSpecification(call), scratch)
    variables = {"PYTHONPATH": str(plugin), "OUTCOMES": str(outcomes)}
    with started(command, errors, variables, scratch / "tests.out", tests) as process:
        if not process.wait_until(lambda: process.status() is not None, SECONDS, orphaned):
            raise MeasurementProblem(f"the tests were still running after {SECONDS:.0f} s.")
    try:
        written = json.loads(outcomes.read_bytes())
        ended = msgspec.convert(written["outcomes"], dict[str, str])
    except (OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
        said = notes.tail(scratch / "tests.out", 3) or notes.tail(errors, 3)
        hide = paths.hiding({str(scratch): "<scratch>", **paths.machine_places()})
        raise MeasurementProblem(f"the tests do not run: {hide(said)}") from error
    return SuiteSide(
        sum(outcome == "passed" for outcome in ended.values()),
        sorted(name for name, outcome in ended.items() if outcome == "failed"),
        sum(outcome == "skipped" for outcome in ended.values()),
    )

"""Upstream's own tests, run without the change and with it, each in an environment of its own.

A fork whose source archive has none is tried with those of the release it is a fork of.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import structs

from scripts.domain import libraries, paths
from scripts.domain.files import replace
from scripts.domain.libraries import ALL_TESTS, ClientLibrary
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.environments.patches import text_as_kept
from scripts.environments.requirements import client_requirements
from scripts.environments.sources import tests_of_commit, tests_of_release
from scripts.environments.uv import Unavailable
from scripts.proof.claim import Claim, Setting
from scripts.proof.suite import SUITE, SuiteResult, SuiteSide, kept_suite
from scripts.trials import notes
from scripts.trials.process import orphaned, started
from scripts.trials.scratch import scratch
from scripts.trials.specification import (
    PROBES,
    CommandSpecification,
    probe_command,
)

SECONDS = 600.0
"""Seconds that the tests of one side may take."""

RAN = (0, 1)
"""Exit statuses of pytest's that say that it ran: all passed, or some failed."""

PLUGIN = PROBES / "pytest_outcomes.py"


def suite_result(claim: Claim, folder: Path, environments: Environments) -> SuiteResult:
    """What upstream's tests say of a claim's change; of an earlier run where there was one.

    They run once on both sides; what fails with the change alone is run once more on both, and
    counts where it does so again.

    Args:
        claim: what is to be proven.
        folder: its own.
        environments: where they run.
    """
    kept = kept_suite(folder)
    if kept is not None:
        return kept
    with scratch(folder, "tests-") as own:
        result = _ran(claim, environments, own)
    if result.before is not None:  # what could not be run may be another time
        replace(folder / SUITE, msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    return result


def _ran(claim: Claim, environments: Environments, scratch: Path) -> SuiteResult:
    """Run them on both sides, where there are any and they can be."""
    setting = claim.settings[0]
    package, _, sha = setting.before.source.partition("@")
    pin = next((one for one in setting.before.pins if one.startswith(f"{claim.package}==")), "")
    source = f"{package} at {sha[:10]}" if sha else pin.replace("==", " ")
    library = libraries.LIBRARIES.get(claim.package)
    if library is None or not library.tested_with:
        return SuiteResult(source, f"what the tests of {claim.package} need is not known")
    if library.tests != (ALL_TESTS,):
        source += f" ({', '.join(library.tests)})"
    if library.forked and not sha:
        source += f", by those of {library.forked.replace('==', ' ')}, which it is a fork of"
    tests = scratch / "project"
    tests.mkdir()
    suite = _Suite(environments, library, tests, scratch)
    before = None
    try:
        if not suite.fetch(pin, sha):
            return SuiteResult(source, "its source has no tests")
        before = suite.side(setting.before)
        if not before.passed:
            return SuiteResult(source, "none of them passes without the change")
        result = SuiteResult(source, "", before, suite.side(setting.after))
        return suite.again(result, setting) if result.brought else result
    except (UsageProblem, MeasurementProblem, Unavailable) as problem:
        return SuiteResult(source, str(problem).rstrip("."), before)


class _Suite:
    """Upstream's tests in a folder of their own.

    Args:
        environments: where they run.
        library: whose they are.
        tests: an empty folder, for the tests.
        scratch: another, for what they leave.
    """

    def __init__(
        self, environments: Environments, library: ClientLibrary, tests: Path, scratch: Path
    ) -> None:
        self.environments = environments
        self.library = library
        self.tests = tests
        self.scratch = scratch

    def fetch(self, pin: str, sha: str) -> bool:
        """Get the tests of a commit, where one is named, else of a release; false for none.

        Raises:
            UsageProblem, MeasurementProblem: they are not to be had.
        """
        clone = self.environments.clone
        if sha and clone is not None:
            found = tests_of_commit(clone, sha, self.tests)
        else:
            found = tests_of_release(self.library.forked or pin, self.tests)
            if found and self.library.forked:
                self._rename(self.library.forked.partition("==")[0])
        return found and bool(self.meant())

    def _rename(self, forked: str) -> None:
        """Have the tests of what the library is a fork of import the library instead."""
        name = re.compile(rf"\b{re.escape(forked)}\b")
        for path in self.tests.rglob("*.py"):
            path.write_text(name.sub(self.library.module, path.read_text("utf-8")), "utf-8")

    def meant(self) -> list[str]:
        """Those of the library's tests that are run, as paths."""
        found = (path for pattern in self.library.tests for path in self.tests.glob(pattern))
        return sorted(str(path.relative_to(self.tests)) for path in found)

    def again(self, result: SuiteResult, setting: Setting) -> SuiteResult:
        """A result in which only that counts as brought by the change which is so twice.

        Raises:
            Unavailable, MeasurementProblem: as `side`.
        """
        if result.before is None or result.after is None:
            return result
        before = self.side(setting.before, result.brought)
        after = self.side(setting.after, result.brought)
        twice = set(after.failed) - set(before.failed)
        once = set(result.brought) - twice
        failed = [name for name in result.after.failed if name not in once]
        return structs.replace(result, after=structs.replace(result.after, failed=failed))

    def side(self, target: Target, names: Sequence[str] = ()) -> SuiteSide:
        """Run them on one side.

        Args:
            target: which side.
            names: those that are run; by default all that are meant to be.

        Raises:
            Unavailable: no environment can be built for them.
            MeasurementProblem: they end without saying how, or take too long.
        """
        required = [*client_requirements(target), *self.library.tested_with]
        built = self.environments.get(
            required, target.python, target.held, target.source, target.patch
        )
        outcomes, errors = self.scratch / "outcomes.json", self.scratch / "tests.err"
        outcomes.unlink(missing_ok=True)
        call = self._call(built.interpreter, outcomes, names or self.meant(), self._prelude(target))
        command = probe_command(
            Path(sys.executable), "command", CommandSpecification(call), self.scratch
        )
        output = self.scratch / "tests.out"
        with started(command, errors, {}, output, self.tests) as process:
            if not process.wait_until(lambda: process.status() is not None, SECONDS, orphaned):
                raise MeasurementProblem(f"the tests were still running after {SECONDS:.0f} s.")
        return self._read(outcomes, notes.tail(output, 3) or notes.tail(errors, 3))

    def _prelude(self, target: Target) -> dict[str, Path]:
        """The variable that names what is run before the tests, as it is before a client's script.

        Raises:
            UsageProblem: its file is gone, or is another by now.
        """
        if target.prelude is None:
            return {}
        copy = self.scratch / Path(target.prelude.path).name
        copy.write_text(text_as_kept(target.prelude), "utf-8")
        return {"PRELUDE": copy}

    def _call(
        self,
        interpreter: Path,
        outcomes: Path,
        names: Sequence[str],
        prelude: Mapping[str, Path],
    ) -> list[str]:
        """The call that runs them, with nothing of this process' variables: they are anybody's."""
        plugin = self.scratch / "plugin"
        plugin.mkdir(exist_ok=True)
        replace(plugin / PLUGIN.name, PLUGIN.read_bytes())
        variables = {
            "HOME": self.scratch,
            "OUTCOMES": outcomes,
            "PATH": f"{interpreter.parent}:{os.defpath}",
            "PYTHONPATH": plugin,
            **prelude,
        }
        clean = [f"{name}={value}" for name, value in variables.items()]
        options = ["-q", "-p", PLUGIN.stem, "-p", "no:cacheprovider"]
        # What their own configuration adds measures coverage, or splits them.
        options += ["--continue-on-collection-errors", "-o", "addopts="]
        return ["env", "-i", *clean, str(interpreter), "-m", "pytest", *options, *names]

    def _read(self, outcomes: Path, said: str) -> SuiteSide:
        """What they left.

        Raises:
            MeasurementProblem: they did not run to their end.
        """
        try:
            written = json.loads(outcomes.read_bytes())
            status = int(written["status"])
            ended = msgspec.convert(written["outcomes"], dict[str, str])
            if status not in RAN:
                raise ValueError(f"pytest ended with status {status}")
        except (OSError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
            hide = paths.hiding({str(self.scratch): "<scratch>", **paths.machine_places()})
            raise MeasurementProblem(f"the tests do not run: {hide(said or str(error))}") from error
        return SuiteSide(
            sum(outcome == "passed" for outcome in ended.values()),
            sorted(name for name, outcome in ended.items() if outcome == "failed"),
            sum(outcome == "skipped" for outcome in ended.values()),
        )

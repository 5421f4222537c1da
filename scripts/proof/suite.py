"""What upstream's own tests said of a change, as facts. Pure, but for reading them back."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scripts.trials import store

SUITE = "suite.json"
"""Of a claim's folder: what upstream's tests said."""


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
        why: why they were not run, on the side where they were not; empty where they were.
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
        return store.decoded((folder / SUITE).read_bytes(), SuiteResult)
    except (OSError, msgspec.MsgspecError):
        return None

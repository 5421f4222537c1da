"""A proof as it goes on: a line for each pair of trials, and what runs now. On standard error."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from scripts.analysis.proof import Verdict
from scripts.domain.trial import Trial
from scripts.domain.words import duration, plain
from scripts.proof.proving import PairStep, Proving
from scripts.report.proofs import VERDICT_WORDS


class ProofProgress:
    """Shows what runs, and each pair that is done.

    Args:
        proving: the claim with its pairs.
        console: where to show it.
    """

    def __init__(self, proving: Proving, console: Console) -> None:
        self.proving = proving
        self.console = console
        self.began = time.monotonic()

    @contextmanager
    def running(self, steps: Collection[PairStep]) -> Iterator[None]:
        """Show what runs, for as long as it does."""
        left = max(0.0, self.proving.claim.budget - (time.monotonic() - self.began))
        first, *others = steps
        words = f"{first.setting.words}, pair {first.round}"
        words += f", and {len(others)} more" if others else ""
        words += f"   {duration(left)} left of the budget"
        with self.console.status(Text(plain(words))):
            yield

    def done(self, step: PairStep, before: Trial, after: Trial) -> None:
        """One line, which stays."""
        record = self.proving.records[step.place]
        verdicts = ", ".join(
            f"{signal}: {so_far(proof.verdict)}" for signal, proof in record.proofs.items()
        )
        seconds = sum(trial.client.wall or 0.0 for trial in (before, after))
        line = (
            f"[{step.round:>3}] {step.setting.words}: {_words(before)} without, {_words(after)} "
            f"with it   {duration(seconds)}   so far {verdicts}"
        )
        self.console.print(Text(plain(line)), soft_wrap=True)


def so_far(verdict: Verdict) -> str:
    """A verdict while pairs are still to come."""
    return "cannot tell yet" if verdict == "cannot tell" else VERDICT_WORDS[verdict]


def _words(trial: Trial) -> str:
    """How a trial ended, in a word or two."""
    if trial.outcome != "completed":
        return f"{trial.outcome} {trial.detail}".strip()
    if trial.client.requests is None:
        return f"status {trial.client.exit_status}"
    return f"{trial.client.failed_requests} of {trial.client.request_count} failed"

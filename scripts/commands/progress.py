"""A campaign as it goes on: live on a terminal, plain lines elsewhere. Both on standard error."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from scripts.domain.trial import Trial
from scripts.domain.words import duration, plain, raised
from scripts.trials.campaign import Past, Plan, Planned, Schedule, past


class Display:
    """What runs, how many trials are done, the time left, and the findings so far.

    Args:
        plan: the campaign.
        done: trials that an earlier run left.
        console: where to show it.
    """

    def __init__(self, plan: Plan, done: Iterable[Past], console: Console) -> None:
        self.plan = plan
        finished = list(done)
        self.done = len(finished)
        self.failing = sum(one.failing for one in finished)
        self.pace = Schedule(plan, finished)
        self.console = console
        self.running: dict[int, tuple[Planned, float]] = {}
        self.live = Live(
            console=console, refresh_per_second=2, transient=True, get_renderable=self._view
        )

    def __enter__(self) -> Display:
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *details: object) -> None:
        if self.console.is_terminal:
            self.live.stop()

    def started(self, planned: Planned) -> None:
        """A trial begins."""
        self.running[planned.order] = (planned, time.monotonic())

    def finished(self, planned: Planned, trial: Trial) -> None:
        """A trial is done: one line, which stays."""
        self.running.pop(planned.order, None)
        one = past(trial)
        self.done += 1
        self.failing += one.failing
        self.pace.take(one)
        left = self._left()
        counted = f"[{self.done}/{len(self.plan.trials)}]"
        self.console.print(
            Text(
                f"{counted:>8} {trial.target.name} ({trial.load.name}): {self._words(trial)}"
                + (f"   {left} left" if left and not self.console.is_terminal else ""),
                style="red"
                if trial.measured and trial.failing
                else "yellow"
                if not trial.measured
                else "",
            )
        )

    def _words(self, trial: Trial) -> str:
        if trial.outcome != "completed":
            return plain(f"{trial.outcome}: {trial.detail}")
        wall = f"{trial.client.wall:.1f} s" if trial.client.wall is not None else "no time"
        if trial.client.requests is None:
            return f"{wall}, exit status {trial.client.exit_status}"
        counts: Counter[str] = Counter()
        for failure in trial.client.failures:
            counts[raised(failure)] += failure.count
        kinds = ", ".join(f"{count} x {kind}" for kind, count in counts.most_common())
        return f"{wall}, " + (kinds or "no failed request")

    def _left(self) -> str:
        now = time.monotonic()
        under_way = [(planned, now - since) for planned, since in self.running.values()]
        seconds = self.pace.remaining(under_way)
        return "" if seconds is None else duration(seconds)

    def _view(self) -> Group:
        now = time.monotonic()
        lines = [
            Text(f"  running {planned.target.name} ({planned.load.name}), {now - since:.0f} s")
            for planned, since in list(self.running.values())
        ]
        left = self._left()
        lines.append(
            Text(
                f"  {self.done} of {len(self.plan.trials)} trials done, {self.failing} failing"
                + (f", about {left} left" if left else "")
                + "; Ctrl-C stops, and what is done stays",
                style="bold",
            )
        )
        return Group(*lines)

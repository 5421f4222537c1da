"""What the published searches and reductions found, from their trials, as REPORT.md tells it."""

from __future__ import annotations

import shlex
from pathlib import Path

from scripts import published, store
from scripts.bisection import Bisection
from scripts.findings import finding
from scripts.history import History
from scripts.investigation import replayed
from scripts.report import answers, markdown, reductions


def answered() -> list[markdown.Answer]:
    """What the published searches found, as REPORT.md tells it."""
    found = []
    for each in published.searches():
        if each.question.kind == "history":
            line = replayed(History(each.question), each.trials).line()
            told, rows = answers.history_lines(line), answers.rows(line)
            picture = f"results/published/{each.question.name}/history.svg"
        else:
            told = answers.lines(finding(replayed(Bisection(each.question), each.trials)))
            rows, picture = [], ""
        orders = f"{each.question.name}/0001 to {max(one.order for one in each.trials):04d}"
        found.append(
            markdown.Answer(told, rows, picture, orders, shlex.join(each.question.command))
        )
    return found


def reduced() -> list[markdown.Answer]:
    """What the published reductions found."""
    found = []
    for each in published.reductions():
        about = each.about
        title = f"{about.script}: {about.bad}, {about.signal}"
        picture = f"results/published/{about.name}/reduced.svg"
        told = [title, *(line.strip() for line in reductions.lines(each))]
        command = shlex.join(about.command)
        found.append(markdown.Answer(told, [], picture, about.name, command))
    return found


def drawn() -> dict[Path, str]:
    """The charts of the published histories and reductions, by path."""
    from scripts.report import chart  # half a second of matplotlib, for this alone

    return {
        store.PUBLISHED / each.about.name / "reduced.svg": chart.reduced(each).decode()
        for each in published.reductions()
    } | {
        store.PUBLISHED / each.question.name / "history.svg": chart.svg(
            replayed(History(each.question), each.trials).line()
        ).decode()
        for each in published.searches()
        if each.question.kind == "history"
    }

"""The table of tests/faults/README.md: what each library makes of each fault. Pure."""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from scripts.domain.files import PROJECT
from scripts.domain.pins import project

from .faults import HERE, Fault, Kind

Outcome = tuple[tuple[str, str], ...]
"""What failed in one trial: (exception raised, cause found), each pair once."""

Outcomes = Mapping[tuple[Fault, Kind], Counter[Outcome]]
"""How many trials of each pair came to what."""


HEAD = """\
# Faults

Small servers and clients that misbehave in one exact way each, and what every client
made of them in {runs} trials of each pair. Made by `nox -s faults`, which fails when a
cause is wrong.

A cell holds the exception raised and, in brackets, the cause found, of the library's newest
release on asyncio's own event loop. "none": no request failed; empty: not tried.
The last rows are servers as people run them, beside the client that is stalled.
"""

OTHERS = """
Older releases, and other ways to run them, do otherwise in some trials or in all:

| fault | client | exception raised (cause found) | trials |
|---|---|---|--:|"""


def readme(outcomes: Outcomes, runs: int) -> str:
    """README.md: a row for each fault and a column for each library, then what differs from it.

    Args:
        outcomes: of every pair that was tried.
        runs: trials of each pair.
    """
    faults = list(dict.fromkeys(fault for fault, _ in outcomes))
    libraries = list(dict.fromkeys(project(kind.library) for _, kind in outcomes))
    clients = dict.fromkeys(kind.name for _, kind in outcomes)
    rows: list[str] = []
    others: list[str] = []
    for fault in faults:
        cells = []
        for library in libraries:
            tried = {
                kind: counts
                for (of, kind), counts in outcomes.items()
                if of == fault and project(kind.library) == library
            }
            usual = _usual(tried)
            cells.append("" if usual is None else _words(usual, library))
            others += [
                f"| {fault.name} | {kind.name} | {_words(outcome, library)} | {count} of {runs} |"
                for kind, counts in tried.items()
                for outcome, count in sorted(counts.items())
                if outcome != usual
            ]
        rows.append(f"| {_link(fault)} | {_does(fault)} | {' | '.join(cells)} |")
    return "\n".join(
        [
            HEAD.format(runs=runs),
            f"| fault | what it does | {' | '.join(libraries)} |",
            "|---" * (2 + len(libraries)) + "|",
            *rows,
            *((OTHERS, *others) if others else ()),
            "",
            f"Tried: {'; '.join(clients)}.",
            "",
        ]
    )


def _usual(tried: Mapping[Kind, Counter[Outcome]]) -> Outcome | None:
    """What most trials of a library's newest release came to, on asyncio's own event loop; None
    where there are none.
    """
    plain = [counts for kind, counts in tried.items() if not kind.runs_on]
    return plain[-1].most_common(1)[0][0] if plain else None


def _words(outcome: Outcome, library: str) -> str:
    """An outcome in a library's column, whose name its exceptions do not say again."""
    said = [f"{raised.removeprefix(f'{library}.')} ({cause})" for raised, cause in outcome]
    return ", ".join(said) or "none"


def _link(fault: Fault) -> str:
    """A fault's name, which leads to its script."""
    return f"[{fault.name}]({os.path.relpath(fault.shown, HERE)})"


def _does(fault: Fault) -> str:
    """What a fault's script says of itself in its first line."""
    text = ast.get_docstring(ast.parse(Path(PROJECT, fault.shown).read_text("utf-8"))) or ""
    return text.splitlines()[0]

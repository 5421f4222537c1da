"""Run every fault against every kind of client, many times: `nox -s faults`.

Writes the table in tests/faults/README.md when every cause is right; exits with status 1 when
one is not.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import track

from scripts.environments.build import Environments

from .faults import FAULTS, KINDS, Fault, Kind, seen, trial_of, wrong

README = Path(__file__).with_name("README.md")
LANES = 4  # most of a faulty trial is waiting


def table(outcomes: dict[tuple[str, str], Counter[str]], runs: int) -> str:
    """README.md: fault, client, exception raised, cause found."""
    lines = [
        "# Faults",
        "",
        "Small servers and clients that misbehave in one exact way each, and what every client",
        f"made of them in {runs} trials of each pair. Made by `nox -s faults`, which fails when a",
        'cause is wrong. "none" is a trial in which no request failed.',
        "",
        "| fault | client | exception raised: cause found (trials) |",
        "|---|---|---|",
    ]
    for (fault, client), cells in outcomes.items():
        words = "; ".join(f"{words} ({count})" for words, count in sorted(cells.items()))
        lines.append(f"| {fault} | {client} | {words} |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Run, report, write."""
    parser = argparse.ArgumentParser(prog="nox -s faults --", description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="trials of each pair (default 10)")
    parser.add_argument("--fault", action="append", help="only this fault; repeatable")
    asked = parser.parse_args()
    console = Console(stderr=True)
    environments = Environments()
    chosen = [fault for fault in FAULTS if not asked.fault or fault.name in asked.fault]
    pairs = [pair for pair in itertools.product(chosen, KINDS) if pair[0].strikes(pair[1])]
    outcomes: dict[tuple[str, str], Counter[str]] = {
        (fault.name, kind.name): Counter() for fault, kind in pairs
    }
    problems = []

    def one(pair: tuple[Fault, Kind]) -> tuple[Fault, Kind, str, list[tuple[str, str]]]:
        trial = trial_of(*pair, environments)
        return (*pair, wrong(pair[0], trial), seen(trial))

    with ThreadPoolExecutor(LANES) as pool:
        every = pool.map(one, pairs * asked.runs)
        total = len(pairs) * asked.runs
        for fault, kind, problem, cells in track(every, "faults", total, console=console):
            words = ", ".join(f"{raised}: {cause}" for raised, cause in cells) or "none"
            outcomes[fault.name, kind.name][words] += 1
            if problem:
                problems.append(f"{fault.name}, {kind.name}: {problem}")
                console.print(problems[-1], markup=False)
    if problems:
        console.print(f"{len(problems)} of {total} trials are wrong")
        return 1
    if not asked.fault:
        README.write_text(table(outcomes, asked.runs))
    console.print(f"all {total} trials are right")
    return 0


if __name__ == "__main__":
    sys.exit(main())

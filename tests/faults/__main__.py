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
from .table import Outcome, readme

README = Path(__file__).with_name("README.md")
LANES = 4  # most of a faulty trial is waiting


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
    outcomes: dict[tuple[Fault, Kind], Counter[Outcome]] = {pair: Counter() for pair in pairs}
    problems = []

    def one(pair: tuple[Fault, Kind]) -> tuple[Fault, Kind, str, Outcome]:
        trial = trial_of(*pair, environments)
        return (*pair, wrong(pair[0], trial), tuple(seen(trial)))

    with ThreadPoolExecutor(LANES) as pool:
        every = pool.map(one, pairs * asked.runs)
        total = len(pairs) * asked.runs
        for fault, kind, problem, outcome in track(every, "faults", total, console=console):
            outcomes[fault, kind][outcome] += 1
            if problem:
                problems.append(f"{fault.name}, {kind.name}: {problem}")
                console.print(problems[-1], markup=False)
    if problems:
        console.print(f"{len(problems)} of {total} trials are wrong")
        return 1
    if not asked.fault:
        README.write_text(readme(outcomes, asked.runs))
    console.print(f"all {total} trials are right")
    return 0


if __name__ == "__main__":
    sys.exit(main())

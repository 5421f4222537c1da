"""Ask the tool about every case and hold its answers against the truth: `nox -s foreign`.

Writes the table in README.md when every case was asked; ends with status 1 where an answer is
wrong. `--verify` measures the truth anew instead, without the tool; `--check` says whether
README.md is the table of the stored answers.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from tests.foreign import made, table, verify
from tests.foreign.asking import Asked, ask
from tests.foreign.cases import CASES, Case

CONSOLE = Console(stderr=True, highlight=False)


def main() -> int:
    """Ask, report, write."""
    parser = argparse.ArgumentParser(prog="nox -s foreign --", description=__doc__)
    parser.add_argument(
        "--case", action="append", help="only this case, whose row is made anew; repeatable"
    )
    parser.add_argument("--verify", action="store_true", help="measure the truth, not the tool")
    parser.add_argument("--check", action="store_true", help="only compare README.md")
    called = parser.parse_args()
    chosen = [case for case in CASES if not called.case or case.name in called.case]
    unknown = set(called.case or ()) - {case.name for case in chosen}
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    if called.check:
        return _check()
    with made.index() as variables:
        if called.verify:
            return _verify(chosen, variables)
        asked = _ask(chosen, variables)
    table.write(asked)
    wrong = [answer.case for answer in asked if answer.is_wrong]
    words = f"; not so: {', '.join(wrong)}" if wrong else ""
    CONSOLE.print(f"{len(asked) - len(wrong)} of {len(asked)} cases pass{words}", soft_wrap=True)
    return 1 if wrong else 0


def _check() -> int:
    """Whether README.md shows the stored answers."""
    if table.stale():
        CONSOLE.print("tests/foreign/README.md is stale: run nox -s foreign")
        return 1
    return 0


def _ask(cases: Sequence[Case], variables: dict[str, str]) -> list[Asked]:
    """What the tool answers to each case, told as it comes."""
    answers = []
    with tempfile.TemporaryDirectory(prefix="foreign-") as results:
        for number, case in enumerate(cases, 1):
            answer = ask(case, verify.rows(case), Path(results), variables if case.made else {})
            words = f"[{number}/{len(cases)}] {case.name}: {answer.verdict}, {answer.words}"
            CONSOLE.print(f"{words} ({answer.seconds:.0f} s)", markup=False, soft_wrap=True)
            answers.append(answer)
    return answers


def _verify(cases: Sequence[Case], variables: dict[str, str]) -> int:
    """Measure what every release does, and say where that is not what the case holds true."""
    wrong = []
    for case in cases:
        with _set(variables if case.made else {}):
            rows = verify.measured(case)
        verify.store(case, rows)
        steps = verify.steps(case, rows)
        words = "as told" if steps == case.truth else f"measured {steps}, told {case.truth}"
        CONSOLE.print(f"{case.name}: {words}", markup=False, soft_wrap=True)
        if steps != case.truth:
            wrong.append(case.name)
    return 1 if wrong else 0


@contextlib.contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables of this process for a while."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    sys.exit(main())

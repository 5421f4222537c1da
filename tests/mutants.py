"""Do the pure tests notice when the code is wrong? `nox -s mutants` changes it and looks.

mutmut makes the changes, one at a time, and runs the tests that reach the changed function; what
is changed and which tests there are to run stands in pyproject.toml. It goes on where it stopped;
delete mutants/ to start anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mutmut.stats import status_by_exit_code
from rich.console import Console

from scripts.domain.files import PROJECT

MUTANTS = PROJECT / "mutants"
"""Where mutmut keeps a copy of the project, and beside each module what became of its mutants."""

CAUGHT = ("killed", "timeout", "segfault", "suspicious", "caught by type check")
"""Statuses of a mutant that some test failed on, or did not come to an end with."""

UNSEEN = ("survived", "no tests")
"""Statuses of one that no test noticed."""


def outcomes() -> Iterator[tuple[str, dict[str, str]]]:
    """Each module that has mutants, with the status of each of them by its name."""
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        exits = json.loads(path.read_bytes())["exit_code_by_key"]
        if exits:
            module = str(path.relative_to(MUTANTS).with_suffix(""))
            yield module, {name: status_by_exit_code[code] for name, code in exits.items()}


def main(patterns: list[str]) -> int:
    """Run the mutants, or those whose names match; print what became of them.

    Returns:
        The exit status: of mutmut where it fails, else 0 whatever survived.
    """
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    done = subprocess.run([mutmut, "run", *patterns], cwd=PROJECT, check=False)
    out = Console()
    for module, statuses in outcomes():
        counts = Counter(statuses.values())
        caught, unseen = (sum(counts[status] for status in kind) for kind in (CAUGHT, UNSEEN))
        if not caught + unseen:
            continue
        share = f"{caught / (caught + unseen):.0%}"
        out.print(f"{module}: {caught} of {caught + unseen} mutants caught ({share})")
        for name, status in statuses.items():
            if status in UNSEEN:
                out.print(f"  {name}: {status}", soft_wrap=True)
    out.print("What a mutant changes: mutmut show NAME")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A close that comes with the answer, over TLS: it shows each time, and each change mends it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from scripts.domain.files import PROJECT
from scripts.domain.targets import parse
from scripts.environments.build import Environments
from scripts.environments.patches import change_file
from scripts.environments.requirements import script_requirements

pytestmark = pytest.mark.index

SCRIPT = PROJECT / "repro" / "tls_close.py"
CURES = PROJECT / "repro" / "cures"

SUCCESSOR = script_requirements(SCRIPT)
TRUST = next(one for one in SUCCESSOR if one.startswith("trustme"))
LAST = ["httpx==0.28.1", "httpcore==1.0.9", "anyio==4.6.2.post1", TRUST]
"""The last httpx, on an anyio in whose writes the event loop runs once more."""

RUN = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"


def ended(environments: Environments, required: list[str], change: str = "") -> tuple[int, str]:
    """How the script ends and what it says, with lines pasted before it or a diff applied."""
    path = CURES / change
    patch = change_file(path) if path.suffix == ".diff" else None
    built = environments.get(required, "", parse("document").held, patch=patch)
    pasted = path.read_text("utf-8") if path.suffix == ".py" else ""
    done = subprocess.run(
        [str(built.interpreter), "-I", "-c", f"{pasted}\n{RUN}", str(SCRIPT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("required", [SUCCESSOR, LAST], ids=["httpx2", "httpx"])
def test_over_tls_a_close_that_comes_with_the_answer_is_not_seen(
    environments: Environments, required: list[str]
) -> None:
    status, said = ended(environments, required)
    assert status == 1, said
    assert "RemoteProtocolError('Server disconnected without sending a response.')" in said


@pytest.mark.parametrize(
    ("required", "change"),
    [
        (SUCCESSOR, "look_before_write.py"),
        (SUCCESSOR, "look-over-tls-httpcore2-2.16.2.diff"),
        (LAST, "look_before_write.py"),
        (LAST, "look_and_pass.py"),
    ],
)
def test_it_is_seen_where_tls_is_asked(
    environments: Environments, required: list[str], change: str
) -> None:
    status, said = ended(environments, required, change)
    assert (status, said) == (0, "")


def test_a_look_at_the_socket_alone_does_not_see_it(environments: Environments) -> None:
    status, said = ended(environments, SUCCESSOR, "look-httpcore2-2.16.2.diff")
    assert status == 1, said


def test_without_a_library_git_bisect_is_told_to_skip() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT)], capture_output=True, check=False
    )
    assert done.returncode == 125

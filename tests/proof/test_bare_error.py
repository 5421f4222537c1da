"""An error that does not say why: what is printed of it, before each change and after."""

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

SCRIPT = PROJECT / "repro" / "bare_error.py"
CURES = PROJECT / "repro" / "cures"

ANYIO = next(one for one in script_requirements(SCRIPT) if one.startswith("anyio"))
LAST = ["httpx==0.28.1", "httpcore==1.0.9", ANYIO]
SUCCESSOR = ["httpx2==2.16.2", "httpcore2==2.16.2", ANYIO]

CHAINED = "The above exception was the direct cause of the following exception:"
MESSAGE = "[Errno 104] Connection reset by peer"


def ended(
    environments: Environments, required: list[str], change: str = "", library: str = ""
) -> tuple[int, str]:
    """How the script ends and what it prints, with a diff applied."""
    patch = change_file(CURES / change) if change else None
    built = environments.get(required, "", parse("document").held, patch=patch)
    done = subprocess.run(
        [str(built.interpreter), "-I", str(SCRIPT), *([library] if library else [])],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("required", "library"),
    [(SUCCESSOR, ""), (SUCCESSOR, "httpcore2"), (LAST, ""), (LAST, "httpcore")],
)
def test_a_reset_connection_says_nothing_and_its_cause_is_hidden(
    environments: Environments, required: list[str], library: str
) -> None:
    status, printed = ended(environments, required, library=library)
    assert status == 1, printed
    assert "\nmessage: ''\n" in printed
    assert "\nhidden: BrokenResourceError()\nhidden: ConnectionResetError(104, " in printed


@pytest.mark.parametrize(
    ("required", "change", "library"),
    [
        (SUCCESSOR, "cause-httpcore2-2.16.2.diff", "httpx2"),
        (LAST, "cause-httpcore-1.0.9.diff", "httpx"),
    ],
)
def test_raised_as_it_came_it_shows_its_cause_and_nothing_twice(
    environments: Environments, required: list[str], change: str, library: str
) -> None:
    status, printed = ended(environments, required, change)
    assert status == 0, printed
    assert "hidden" not in printed
    lines = printed.splitlines()
    assert lines.count(CHAINED) == 3
    assert "During handling" not in printed
    core = library.replace("httpx", "httpcore")
    for shown in (
        f"ConnectionResetError: {MESSAGE}",
        "anyio.BrokenResourceError",
        f"{core}.ReadError",
        f"{library}.ReadError",
    ):
        assert lines.count(shown) == 1


@pytest.mark.parametrize(
    ("required", "change"),
    [
        (SUCCESSOR, "message-httpcore2-2.16.2.diff"),
        (LAST, "message-httpcore-1.0.9.diff"),
    ],
)
def test_the_message_is_that_of_the_cause_which_stays_hidden(
    environments: Environments, required: list[str], change: str
) -> None:
    status, printed = ended(environments, required, change)
    assert status == 0, printed
    assert f"\nmessage: '{MESSAGE}'\n" in printed
    assert "\nhidden: ConnectionResetError(104, " in printed


def test_before_1_0_3_the_cause_was_shown(environments: Environments) -> None:
    status, printed = ended(environments, ["httpx==0.28.1", "httpcore==1.0.2", ANYIO])
    assert status == 0, printed
    assert "\nmessage: ''\n" in printed


def test_beside_an_anyio_that_drops_the_systems_error_nothing_can_show_it(
    environments: Environments,
) -> None:
    required = ["httpx==0.28.1", "httpcore==1.0.9", "anyio==4.12.1"]
    status, printed = ended(environments, required, "cause-httpcore-1.0.9.diff")
    assert status == 1, printed
    assert "\nanyio.BrokenResourceError\n" in printed


def test_without_a_library_git_bisect_is_told_to_skip() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT)], capture_output=True, check=False
    )
    assert done.returncode == 125

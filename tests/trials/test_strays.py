"""Exceptions that go past a script are written down, each once, from wherever they come."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.domain.trial import Load, Stray, Target, Trial
from scripts.domain.words import chain_words
from tests.builders import RunTrial

pytestmark = pytest.mark.index

Run = Callable[[str], Trial]


@pytest.fixture
def run(run_trial: RunTrial, tmp_path: Path) -> Run:
    """Run the text of a script that needs no server."""

    def call(text: str) -> Trial:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(text))
        return run_trial(Target("script.py", str(script), server=""), Load("any"))

    return call


def told(strays: list[Stray]) -> list[tuple[str, str, int]]:
    return [
        (stray.where, chain_words(stray.failure.chain), stray.failure.count) for stray in strays
    ]


CAUGHT = """
import sys
try:
    raise ConnectionResetError(104, "Connection reset by peer")
except OSError as error:
    sys.exit(f"error: {error}")
"""

THREAD = """
import threading, time
def work():
    time.sleep(0.1)
    raise KeyError("thread")
for _ in range(2):
    threading.Thread(target=work).start()
"""

TASK = """
import asyncio
async def work():
    raise LookupError("nobody awaits it")
async def main():
    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
asyncio.run(main())
"""

OWN_HANDLER = """
import asyncio
async def work():
    raise LookupError("nobody awaits it")
async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: print("mine:", context["exception"]))
    loop.create_task(work())
    await asyncio.sleep(0.01)
asyncio.run(main())
"""

UNRAISABLE = """
class Heavy:
    def __del__(self):
        raise ValueError("in __del__")
Heavy()
"""

CYCLE = """
class Heavy:
    def __del__(self):
        raise ValueError("in __del__")
heavy = Heavy()
heavy.itself = heavy
del heavy
"""

SUBPROCESS = """
import subprocess, sys
subprocess.run([sys.executable, "-c", "open('/nowhere/at/all')"])
"""


@pytest.mark.parametrize(
    ("text", "status", "strays"),
    [
        (CAUGHT, 1, [("exit", "ConnectionResetError [ECONNRESET]", 1)]),
        (THREAD, 0, [("thread", "KeyError", 2)]),
        (TASK, 0, [("task", "LookupError", 1)]),
        (OWN_HANDLER, 0, [("task", "LookupError", 1)]),
        (UNRAISABLE, 0, [("unraisable", "ValueError", 1)]),
        (CYCLE, 0, [("unraisable", "ValueError", 1)]),
        (SUBPROCESS, 0, [("printed", "FileNotFoundError [ENOENT]", 1)]),
        ("raise OSError('its own end')", 1, []),
        ("import sys\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    sys.exit(0)", 0, []),
        ("import sys, threading\nthreading.Thread(target=sys.exit, args=(3,)).start()", 0, []),
    ],
    ids=lambda value: None if isinstance(value, str | list) else str(value),
)
def test_an_exception_that_goes_past_the_script_is_noted(
    run: Run, text: str, status: int, strays: list[tuple[str, str, int]]
) -> None:
    trial = run(text)
    assert (trial.outcome, trial.client.exit_status) == ("completed", status), trial.client.stderr
    assert told(trial.client.strays) == strays


def test_a_handler_of_the_scripts_own_is_still_called(run: Run) -> None:
    assert run(OWN_HANDLER).client.stdout == "mine: nobody awaits it\n"


def test_a_failure_that_is_known_already_is_no_stray(run: Run) -> None:
    trial = run(
        """
        import asyncio
        async def send_request(number):
            raise LookupError("a request's")
        async def main():
            asyncio.create_task(send_request(0))
            await asyncio.sleep(0.05)
        asyncio.run(main())
        """
    )
    assert [failure.chain[0].type for failure in trial.client.failures] == ["LookupError"]
    assert "never retrieved" in trial.client.stderr
    assert trial.client.strays == []


def test_a_thread_that_outlives_main_and_never_ends_is_a_hang(
    run_trial: RunTrial, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text("import threading\nthreading.Thread(target=threading.Event().wait).start()\n")
    trial = run_trial(Target("script.py", str(script), server=""), Load("any"), deadline=1)
    assert trial.outcome == "hung"


def test_what_a_script_says_when_it_leaves_is_kept(run: Run) -> None:
    assert run(CAUGHT).client.stderr == "error: [Errno 104] Connection reset by peer\n"


def test_both_outputs_of_a_script_are_kept_and_cut_when_long(run: Run, tmp_path: Path) -> None:
    short = run("import sys\nfor n in range(40): print(n)\nprint(sys.argv, file=sys.stderr)")
    assert short.client.stdout.split() == [str(number) for number in range(40)]
    assert str(tmp_path / "script.py") in short.client.stderr
    assert not short.client.cut
    long = run("print('x' * 100_000)")
    assert long.client.stdout == "x" * 63_999 + "\n"
    assert long.client.cut

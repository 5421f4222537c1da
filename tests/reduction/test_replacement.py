"""What a generated script says of the client that it takes the place of."""

from pathlib import Path

import pytest
from msgspec import structs

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.rates import rate
from scripts.domain import libraries
from scripts.reduction.program import Script, program
from scripts.reduction.replacement import Replaced, Sleep, replaced, replacement_words
from scripts.reduction.result import About, Smallest
from scripts.report.reductions import reduction_lines
from tests.reduction.test_program import STALE

pytestmark = pytest.mark.pure

OWN = """
import asyncio
import time

async def main(client):
    await client.get("/")
    await asyncio.sleep(
        0.5
    )
    time.sleep(1)
    sleepy(2)
    await asyncio.sleep(0)
"""


def test_a_client_of_ones_own_is_told_with_the_calls_by_which_it_lets_time_pass(
    tmp_path: Path,
) -> None:
    script = tmp_path / "own.py"
    script.write_text(OWN)
    made = replaced(str(script), "httpx")
    assert made == Replaced(
        "own.py", (Sleep("asyncio.sleep", 7), Sleep("time.sleep", 10), Sleep("asyncio.sleep", 12))
    )
    assert made.words == "own.py calls asyncio.sleep (lines 7, 12), time.sleep (line 10)"


def test_one_that_calls_no_sleep_or_cannot_be_read_claims_none(tmp_path: Path) -> None:
    script = tmp_path / "own.py"
    script.write_text("print(1)")
    made = replaced(str(script), "httpx")
    assert made is not None
    assert made.words == "own.py calls nothing named sleep"
    script.unlink()
    assert replaced(str(script), "httpx") == Replaced("own.py", None)
    assert Replaced("own.py", None).words == ""


@pytest.mark.parametrize("axis", libraries.reducible())
def test_the_client_of_an_axis_is_no_ones_own(axis: str) -> None:
    assert replaced(libraries.axes()[axis].script, axis) is None


def smallest(own: Replaced | None) -> Smallest:
    """A reduction of a client."""
    about = About(
        name="20240101-000000-1",
        bad="own.py, httpx 0.28.1",
        good="",
        ran=("httpcore 1.0.9", ""),
        signal="ReadError",
        load="compressed",
        cause=UNKNOWN,
        script="minimal.py",
        day="2024-01-01",
        command=("reduce",),
        replaced=own,
    )
    every = rate([(100, 100)])
    return Smallest(
        about=about,
        point=(1,),
        shape=STALE,
        original_bad=every,
        original_good=None,
        confirmed_bad=every,
        confirmed_good=None,
        seconds=(0.3, 0.4),
        limits=[],
        tried=[],
    )


def test_that_it_was_replaced_and_by_what_is_told_right_after_what_is_raised() -> None:
    own = Replaced("own.py", (Sleep("asyncio.sleep", 7),))
    words = replacement_words(own, STALE)
    assert words == (
        "This is not own.py made smaller: a generated client fails in its place, by time.sleep of "
        "0.3 s right after the start of each request and a server that closes what is idle for "
        "0.1 s. own.py calls asyncio.sleep (line 7)."
    )
    first, second, *_ = reduction_lines(smallest(own))
    assert (first, second[:6]) == (words, "own.py")
    assert "made smaller" not in " ".join(reduction_lines(smallest(None)))
    text = program(Script(shape=STALE, exception="ReadError", smallest=smallest(own)))
    docstring = text.partition('"""')[2].partition('"""')[0]
    raised, replaced, *_ = docstring.split("\n\n")
    assert " raises " in raised
    assert " ".join(replaced.split()) == words
    assert max(map(len, docstring.splitlines())) <= 100


def test_a_name_that_would_end_the_docstring_does_not() -> None:
    own = Replaced('a"""\\b.py', None)
    text = program(Script(shape=STALE, exception="ReadError", smallest=smallest(own)))
    compile(text, "minimal.py", "exec")


def test_an_unknown_cause_is_not_said_to_be_the_same() -> None:
    assert (
        "cause unknown: of the original and of the script only the exception is the same"
        in reduction_lines(smallest(None))
    )


def test_a_trigger_is_what_the_script_does() -> None:
    calm = structs.replace(STALE, work=0.0, keep_alive=None, order="together", delay=1.5)
    assert calm.trigger == "2 requests together and a server that takes 1.5 s for an answer"
    busy = structs.replace(STALE, order="together", keep_alive=None)
    assert busy.trigger == "time.sleep of 0.3 s after each response"

"""What a signal is, as it is written on the command line."""

from dataclasses import replace

import pytest

from scripts.analysis.signals import CAUSES, OTHERS, Signal, parse
from scripts.domain.problems import UsageProblem

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "text",
    [
        *("", "reading error", "ReadError<", "p99>2", "p101>2s", "slow>0", "slow<3", "nonsense"),
        *("<X", "exit=0", "exit=125", "exit=256", "exit=-65", "exit=SIGNONE", "exit=x", "hangs"),
        *("stdout~", "stdout~(", "memory>1x", "memory>2", "memory>2KB", "wall>3"),
    ],
)
def test_what_is_no_signal_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"signal|ratio|status|expression|factor"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("exit", Signal("exit", "exit")),
        ("exit=1", Signal("exit=1", "exit", status=1)),
        ("exit!=1", Signal("exit!=1", "exit", passing=1)),
        ("exit=-11", Signal("exit=-11", "exit", status=-11)),
        ("exit=SIGSEGV", Signal("exit=SIGSEGV", "exit", status=-11)),
        ("hang", Signal("hang", "hang")),
        ("stdout~a|b", Signal("stdout~a|b", "output", stream="stdout", pattern="a|b")),
        ("stderr~^x", Signal("stderr~^x", "output", stream="stderr", pattern="^x")),
        ("memory>1.5x", Signal("memory>1.5x", "memory", factor=1.5)),
        ("memory>200MB", Signal("memory>200MB", "memory", threshold=200e6)),
        ("memory>0.5GB", Signal("memory>0.5GB", "memory", threshold=0.5e9)),
        ("wall>3s", Signal("wall>3s", "wall", threshold=3.0)),
        ("wall>250ms", Signal("wall>250ms", "wall", threshold=0.25)),
        ("ReadError", Signal("ReadError", "exception", chain=("ReadError",))),
        ("httpx.ReadError", Signal("httpx.ReadError", "exception", chain=("httpx.ReadError",))),
        ("httpx.read", Signal("httpx.read", "exception", chain=("httpx.read",))),
        ("A < b.C", Signal("A < b.C", "exception", chain=("A", "b.C"))),
        ("slow", Signal("slow", "ratio", measure="cpu")),
        ("slow>4", Signal("slow>4", "ratio", measure="cpu", threshold=4.0)),
        ("slow-wall", Signal("slow-wall", "ratio", measure="wall")),
        ("slow-wall>2.5", Signal("slow-wall>2.5", "ratio", measure="wall", threshold=2.5)),
        ("p99>2s", Signal("p99>2s", "percentile", percentile="99", threshold=2.0)),
        ("p99.9>500ms", Signal("p99.9>500ms", "percentile", percentile="99.9", threshold=0.5)),
        ("stale-connection", Signal("stale-connection", "cause", cause="stale connection")),
    ],
)
def test_a_signal_is_what_its_text_says(text: str, signal: Signal) -> None:
    assert parse(text) == signal
    assert signal.needs_control is (signal.kind == "ratio")


def test_every_cause_is_a_signal() -> None:
    assert CAUSES["could-not-connect-refused"] == "could not connect: refused"
    assert all(parse(text).cause == name for text, name in CAUSES.items())


def test_what_is_refused_is_told_with_what_would_do() -> None:
    for text, words in (
        (
            "nonsense",
            "there is no signal 'nonsense': name an exception (ReadError), a cause ("
            f"answered-with-an-error-status, answered-with-rubbish, cancelled, ...), {OTHERS}.",
        ),
        ("slow>0", "'slow>0': a ratio to the control is more than 0."),
        (
            "p99>2",
            "the signal 'p99>2' cannot be read: write it like ReadError, "
            f"'ReadError<BrokenPipeError', stale-connection, {OTHERS}.",
        ),
    ):
        with pytest.raises(UsageProblem) as raised:
            parse(text)
        assert str(raised.value) == words


@pytest.mark.parametrize(
    ("text", "threshold", "written"),
    [
        ("slow", 4.0, "slow>4"),
        ("slow", 4.5678, "slow>4.57"),
        ("slow", 40.0, "slow>40"),
        ("slow-wall", 0.123456, "slow-wall>0.123"),
        ("slow", None, "slow"),
        ("slow>4", 4.0, "slow>4"),
        ("p99>2s", 2.0, "p99>2s"),
    ],
)
def test_a_threshold_that_was_found_is_written_so_that_it_can_be_read(
    text: str, threshold: float | None, written: str
) -> None:
    signal = replace(parse(text), threshold=threshold)
    assert signal.words == written
    assert parse(signal.words).kind == signal.kind

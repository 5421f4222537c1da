"""What a signal is, as it is written on the command line."""

from dataclasses import replace

import pytest

from scripts.analysis.signals import CAUSES, Signal, parse
from scripts.domain.problems import UsageProblem

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    "text",
    ["", "reading error", "ReadError<", "p99>2", "p101>2s", "slow>0", "slow<3", "nonsense", "<X"],
)
def test_what_is_no_signal_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"signal|ratio"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("exit", Signal("exit", "exit")),
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
            "answered-with-rubbish, cancelled, client-killed, ...), slow, 'p99>2s' or exit.",
        ),
        ("slow>0", "'slow>0': a ratio to the control is more than 0."),
        (
            "p99>2",
            "the signal 'p99>2' cannot be read: write it like ReadError, "
            "'ReadError<BrokenPipeError', stale-connection, slow, 'slow>4', 'p99>2s' or exit.",
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

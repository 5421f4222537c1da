"""What a capture says, in a sentence."""

import pytest
from inline_snapshot import snapshot

from scripts.analysis.capture import Order, Witness
from scripts.analysis.catalogue import STALE
from scripts.domain.targets import parse
from scripts.report.capture import joint_words, sentence
from tests.builders import made

pytestmark = pytest.mark.pure


def order(request: int, noted: float, captured: float | None) -> Order:
    return Order(request, 50_000 + request, STALE, noted, captured)


def witness(
    agreeing: int = 0,
    contradicting: int = 0,
    near: int = 0,
    missing: int = 0,
    uncompared: int = 0,
) -> Witness:
    """A witness with so many verdicts of each kind."""
    return Witness(
        trial="20240101-000000-1/0001",
        packets=9,
        agreeing=[order(number, 0.2, 0.2) for number in range(agreeing)],
        contradicting=[order(number, 0.0071, -0.0004) for number in range(contradicting)],
        near=[order(number, 0.002, 0.001) for number in range(near)],
        missing=[order(number, 0.2, None) for number in range(missing)],
        uncompared=uncompared,
    )


def test_a_capture_says_how_many_it_agrees_in() -> None:
    assert sentence(witness(agreeing=18, near=3)) == snapshot(
        "The capture agrees for 18 of 18 failed requests whose close and write lie over 5 ms "
        "apart, and for 3 of 3 that lie closer, or whose write came while the server was still "
        "closing."
    )
    assert sentence(witness(missing=2)) == snapshot(
        "The capture agrees for 0 of 0 failed requests whose close and write lie over 5 ms apart;"
        " 2 are not in the capture."
    )


def test_a_contradiction_is_told_with_its_times() -> None:
    assert sentence(witness(agreeing=1, contradicting=2)) == snapshot(
        "The capture agrees for 1 of 3 failed requests whose close and write lie over 5 ms apart."
        " It contradicts the notes of request 0 (port 50000): written 7.1 ms after the close by "
        "the notes, 0.4 ms before the close by the capture; request 1 (port 50001): written 7.1 "
        "ms after the close by the notes, 0.4 ms before the close by the capture."
    )


def test_several_trials_are_told_together_with_what_they_were_of() -> None:
    first, second = made(), made(parse("control"), order=2)
    pairs = [(first, witness(agreeing=4, near=1)), (second, witness(agreeing=2, missing=1))]
    assert joint_words([*pairs, (first, witness())]) == snapshot(
        "The capture agrees for 6 of 6 failed requests whose close and write lie over 5 ms "
        "apart, and for 1 of 1 that lie closer, or whose write came while the server was still "
        "closing; 1 are not in the capture. Captured: httpx 0.27.2, httpcore 1.0.6, compressed "
        "load, 2 trials with 5 of these requests; aiohttp 3.10.10, compressed load, 1 trial with "
        "2 of these requests."
    )


def test_what_was_not_compared_is_told_too() -> None:
    assert sentence(witness()) == snapshot("The capture has nothing to compare.")
    assert sentence(witness(uncompared=3)) == snapshot(
        "The capture has nothing to compare; failed requests with no close by the server, or no "
        "write: 3."
    )
    assert sentence(witness(agreeing=1, uncompared=2)) == snapshot(
        "The capture agrees for 1 of 1 failed requests whose close and write lie over 5 ms apart."
        " Not compared: failed requests with no close by the server, or no write: 2."
    )

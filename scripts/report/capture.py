"""What a packet capture says about a trial's notes, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scripts.analysis.capture import APART, Order, Witness
from scripts.domain.trial import Trial


def sentence(witness: Witness) -> str:
    """In how many failing connections a capture agrees with the notes, and where it does not."""
    agreeing, crossed = len(witness.agreeing), len(witness.crossed)
    apart, missing = agreeing + len(witness.contradicting), len(witness.missing)
    others = f"failed requests with no close by the server, or no write: {witness.uncompared}."
    if not apart + crossed + missing:
        return f"The capture has nothing to compare{'; ' + others if witness.uncompared else '.'}"
    words = (
        f"The capture agrees in {agreeing} of {apart} failing connections whose close and write "
        f"lie over {1000 * APART:g} ms apart ({crossed} crossed, {missing} not in the capture)."
    )
    if witness.contradicting:
        words += (
            f" It contradicts the notes of {'; '.join(map(_order_words, witness.contradicting))}."
        )
    return f"{words} Not compared: {others}" if witness.uncompared else words


def joint_words(witnesses: Sequence[tuple[Trial, Witness]]) -> str:
    """The same of several trials together, with what they were of.

    Args:
        witnesses: at least one, each with its trial.
    """
    counts = Counter(f"{trial.target.name}, {trial.load.name} load" for trial, _ in witnesses)
    ran = "; ".join(
        f"{name}, {count} trial{'' if count == 1 else 's'}" for name, count in counts.items()
    )
    joint = Witness(
        trial="",
        packets=sum(witness.packets for _, witness in witnesses),
        agreeing=[order for _, witness in witnesses for order in witness.agreeing],
        contradicting=[order for _, witness in witnesses for order in witness.contradicting],
        crossed=[order for _, witness in witnesses for order in witness.crossed],
        missing=[order for _, witness in witnesses for order in witness.missing],
        uncompared=sum(witness.uncompared for _, witness in witnesses),
    )
    return f"{sentence(joint)} Captured: {ran}."


def _order_words(order: Order) -> str:
    captured = 0.0 if order.captured is None else order.captured
    return (
        f"request {order.request} (port {order.port}): written {_after(order.noted)} by the notes, "
        f"{_after(captured)} by the capture"
    )


def _after(seconds: float) -> str:
    """How long after a close a write came, or how long before."""
    return f"{1000 * abs(seconds):.1f} ms {'before' if seconds < 0 else 'after'} the close"

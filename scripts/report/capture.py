"""What a packet capture says about a trial's notes, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from scripts.analysis.capture import APART, Order, Witness
from scripts.domain.trial import Trial


def sentence(witness: Witness) -> str:
    """For how many failed requests a capture agrees with the notes, and where it does not."""
    agreeing, near = len(witness.agreeing), len(witness.near)
    apart, missing = agreeing + len(witness.contradicting), len(witness.missing)
    others = f"failed requests with no close by the server, or no write: {witness.uncompared}."
    if not apart + near + missing:
        return f"The capture has nothing to compare{'; ' + others if witness.uncompared else '.'}"
    same = sum((_captured(order) > 0) == (order.noted > 0) for order in witness.near)
    words = (
        f"The capture agrees for {agreeing} of {apart} failed requests whose close and write lie "
        f"over {1000 * APART:g} ms apart"
    )
    if near:
        words += (
            f", and for {same} of {near} that lie closer, or whose write came while the server "
            "was still closing"
        )
    words += f"; {missing} are not in the capture." if missing else "."
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
    names = [f"{trial.target.name}, {trial.load.name} load" for trial, _ in witnesses]
    requests: Counter[str] = Counter()
    for name, (_, witness) in zip(names, witnesses, strict=True):
        requests[name] += len(witness.agreeing) + len(witness.contradicting) + len(witness.near)
    ran = "; ".join(
        f"{name}, {count} trial{'' if count == 1 else 's'} with {requests[name]} of these requests"
        for name, count in Counter(names).items()
    )
    joint = Witness(
        trial="",
        packets=sum(witness.packets for _, witness in witnesses),
        agreeing=[order for _, witness in witnesses for order in witness.agreeing],
        contradicting=[order for _, witness in witnesses for order in witness.contradicting],
        near=[order for _, witness in witnesses for order in witness.near],
        missing=[order for _, witness in witnesses for order in witness.missing],
        uncompared=sum(witness.uncompared for _, witness in witnesses),
    )
    return f"{sentence(joint)} Captured: {ran}."


def _order_words(order: Order) -> str:
    return (
        f"request {order.request} (port {order.port}): written {_after(order.noted)} by the notes, "
        f"{_after(_captured(order))} by the capture"
    )


def _captured(order: Order) -> float:
    """From the close to the write in the capture, of an order that is in it."""
    assert order.captured is not None  # noqa: S101 - others are missing
    return order.captured


def _after(seconds: float) -> str:
    """How long after a close a write came, or how long before."""
    return f"{1000 * abs(seconds):.1f} ms {'before' if seconds < 0 else 'after'} the close"

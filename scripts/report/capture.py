"""What a packet capture says about a trial's notes, in a sentence."""

from __future__ import annotations

from scripts.analysis.capture import APART, Order, Witness


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


def _order_words(order: Order) -> str:
    captured = 0.0 if order.captured is None else order.captured
    return (
        f"request {order.request} (port {order.port}): written {_after(order.noted)} by the notes, "
        f"{_after(captured)} by the capture"
    )


def _after(seconds: float) -> str:
    """How long after a close a write came, or how long before."""
    return f"{1000 * abs(seconds):.1f} ms {'before' if seconds < 0 else 'after'} the close"

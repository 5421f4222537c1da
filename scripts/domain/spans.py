"""Spans of time, as people write them."""

from __future__ import annotations

import re


def span(text: str) -> float | None:
    """Seconds, of "10ms", "0.01s" or "0.01"; None of what is no span of time."""
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)(ms|s|)", text)
    if match is None:
        return None
    return float(match[1]) / (1000 if match[2] == "ms" else 1)

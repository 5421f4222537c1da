"""Secrets in a program that a report shows whole, as detect-secrets finds them.

A program must stay free text, or it shows nothing. detect-secrets is what pre-commit hooks run over
Python for this: a detector for each issuer's tokens, for keywords, and for texts in quotes that are
too random for words. It is asked line by line, without its filters that need files.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from scripts.report.gate import values

SHORTEST = 4
"""Characters of what is taken for a secret; shorter ones stand in any line."""

RANDOM = {"Base64HighEntropyString": 4.5, "HexHighEntropyString": 3.0}
"""Detectors of randomness, with the bits a character from which on a text in quotes is random."""


def without_secrets(text: str, name: str, found: Callable[[], None]) -> str:
    """A program's text with placeholders for what looks like a secret.

    Args:
        text: of the program.
        name: of its file, by whose ending some detectors judge.
        found: called for each secret.
    """
    return "\n".join(
        _line(line, name, number, found) for number, line in enumerate(text.split("\n"), 1)
    )


def _line(line: str, name: str, number: int, found: Callable[[], None]) -> str:
    secrets = {
        str(secret.secret_value)
        for detector in _detectors()
        for secret in detector.analyze_line(filename=name, line=line, line_number=number)
        if secret.secret_value
    }
    for value in sorted(secrets, key=len, reverse=True):
        if len(value) >= SHORTEST and value in line and not values.safe(value):
            line = line.replace(value, "<secret>")
            found()
    return line


@cache
def _detectors() -> list[Any]:
    # A tenth of a second, for reports of programs alone.
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    kinds: list[Any] = list(get_mapping_from_secret_type_to_class().values())
    return [
        kind(limit=RANDOM[kind.__name__]) if kind.__name__ in RANDOM else kind() for kind in kinds
    ]

"""What every verb prints with: a console for people, one line of JSON for programs."""

from __future__ import annotations

import sys

import msgspec
from rich.console import Console

from scripts.report.document import Document


def console(stderr: bool = False) -> Console:
    """A console; where there is no terminal, wide enough that no table is cut."""
    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=160)


def print_json(document: Document) -> None:
    """Print a document on standard output as JSON, in one line."""
    sys.stdout.write(msgspec.json.encode(document).decode() + "\n")

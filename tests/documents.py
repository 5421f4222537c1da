"""What verbs print with --json, read as strictly as its schema says."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from scripts.report.document import Document
from scripts.schemas import DOCUMENTS


def document(verb: str, text: str | bytes) -> Any:
    """What a verb printed, as plain JSON. It is what its schema says, and no more than that."""
    read = msgspec.json.decode(text, type=DOCUMENTS[verb])
    plain = json.loads(text)
    # A key that the schema does not know would be gone, and one that was left out would be there.
    assert json.loads(msgspec.json.encode(read)) == plain
    assert list(plain)[:2] == ["schema", "version"]
    return plain


def encoded(made: Document) -> str:
    """A document as a verb prints it."""
    return msgspec.json.encode(made).decode()

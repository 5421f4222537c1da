"""Short hashes that name things by what is in them."""

from __future__ import annotations

import hashlib
import json


def digest(*parts: object) -> str:
    """Twenty hexadecimal digits that name these parts, as `str` writes each."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:20]

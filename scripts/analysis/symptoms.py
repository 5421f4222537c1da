"""What an exception says happened, whichever library and release raised it.

Old and new releases name one fault differently; the libraries' records know how. It says what the
library noticed, not why: the cause is found in `causes.py`, from both ends' notes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from scripts.domain.libraries import LIBRARIES, ClientLibrary, Symptom
from scripts.domain.trial import Link

STANDARD: dict[str, dict[str, Symptom]] = {
    "asyncio": {"CancelledError": "cancelled", "TimeoutError": "timeout"},
    "builtins": {
        "BrokenPipeError": "gone",
        "ConnectionResetError": "gone",
        "ConnectionAbortedError": "gone",
        "ConnectionRefusedError": "no connection",
        "TimeoutError": "timeout",
        "MemoryError": "memory",
    },
    "socket": {"gaierror": "no connection"},
}
"""Module of the standard library -> exception -> what it says happened."""


def symptom(chain: Sequence[Link]) -> Symptom:
    """What a chain of exceptions says happened: its outermost link that anything is known of."""
    if any(link.type == "MemoryError" for link in chain):
        return "memory"
    records = {record.module: record for record in LIBRARIES.values()}
    for link in chain:
        record = records.get(link.module.split(".")[0])
        meaning = _meanings(link, record).get(link.type)
        if record is not None and link.type in record.status_errors and not _parsed(record, chain):
            return "unknown"
        if meaning == "rubbish" and _cut_short(chain):
            return "gone"
        if meaning is not None:
            return meaning
    return "unknown"


def _meanings(link: Link, record: ClientLibrary | None) -> Mapping[str, Symptom]:
    """What each exception of a link's module says happened."""
    if record is not None:
        return record.exceptions
    return STANDARD.get(link.module.split(".")[0], {})


def _parsed(record: ClientLibrary, chain: Sequence[Link]) -> bool:
    """Whether a library's parser has its exception in a chain: the answer was no good HTTP."""
    return any(link.module.startswith(record.parsers) for link in chain)


def _cut_short(chain: Sequence[Link]) -> bool:
    """Whether a message of a chain says that the connection ended too early."""
    patterns = "|".join(part for record in LIBRARIES.values() for part in record.cut_short)
    return any(re.search(patterns, link.message, re.IGNORECASE) for link in chain)

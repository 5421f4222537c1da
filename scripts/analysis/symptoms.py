"""What an exception says happened, whichever library and release raised it.

Old and new releases name one fault differently; this table is the one place that knows. It says
what the library noticed, not why: the cause is found in `causes.py`, from both ends' notes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from scripts.domain.trial import Link

Symptom = Literal[
    "gone",  # the connection ended under the request
    "rubbish",  # what came is no HTTP
    "read timeout",  # nothing came in time
    "pool timeout",  # no connection was free in time
    "timeout",  # the time for the whole request was over
    "no connection",  # none could be made
    "cancelled",
    "memory",
    "unknown",
]

_HTTPCORE_FAMILY: dict[str, Symptom] = {
    # Until httpcore 0.18 a write that failed was raised; from then on it is swallowed and the
    # answer is read all the same, so that the fault surfaces as a ReadError.
    "WriteError": "gone",
    "ReadError": "gone",
    "CloseError": "gone",
    "RemoteProtocolError": "rubbish",
    "ReadTimeout": "read timeout",
    "PoolTimeout": "pool timeout",
    "ConnectError": "no connection",
    "ConnectTimeout": "no connection",
}

SYMPTOMS: dict[str, dict[str, Symptom]] = {
    "httpx": _HTTPCORE_FAMILY,
    "httpcore": _HTTPCORE_FAMILY,
    "httpx2": _HTTPCORE_FAMILY,
    "httpcore2": _HTTPCORE_FAMILY,
    "aiohttp": {
        "ServerDisconnectedError": "gone",
        "ClientOSError": "gone",
        "ClientConnectionResetError": "gone",
        "ClientConnectionError": "gone",
        "ClientPayloadError": "rubbish",
        "ClientResponseError": "rubbish",
        "ContentTypeError": "unknown",
        "SocketTimeoutError": "read timeout",
        "ServerTimeoutError": "read timeout",
        "ConnectionTimeoutError": "no connection",
        "ClientConnectorError": "no connection",
        "ClientConnectorDNSError": "no connection",
    },
    "anyio": {"BrokenResourceError": "gone", "ClosedResourceError": "gone", "EndOfStream": "gone"},
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
"""Library -> exception -> what it says happened."""

CUT_SHORT = re.compile(r"disconnected|peer closed|not completed|not enough data", re.IGNORECASE)
"""Messages by which an exception for rubbish says that the connection ended too early instead:
h11's and httpcore's "Server disconnected" and "peer closed connection", aiohttp's "Response payload
is not completed"."""


HTTP = re.compile(r"aiohttp\.http")
"""Modules of aiohttp whose exceptions mean that the answer could not be parsed."""


def symptom(chain: Sequence[Link]) -> Symptom:
    """What a chain of exceptions says happened: its outermost link that the table knows."""
    if any(link.type == "MemoryError" for link in chain):
        return "memory"
    for link in chain:
        found = SYMPTOMS.get(link.module.split(".")[0], {}).get(link.type)
        if link.type == "ClientResponseError" and not any(
            HTTP.match(each.module) for each in chain
        ):
            return "unknown"  # a well-formed answer whose status the caller does not like
        if found == "rubbish" and any(CUT_SHORT.search(each.message) for each in chain):
            return "gone"
        if found is not None:
            return found
    return "unknown"

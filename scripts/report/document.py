"""What a verb prints with --json: one document, which says first what it is."""

from __future__ import annotations

from typing import Literal

import msgspec

from scripts.analysis.capture import Witness
from scripts.analysis.hosts import HostEffect
from scripts.domain.callcounts import CallCounts
from scripts.domain.trial import Trial


class Document(msgspec.Struct, frozen=True, kw_only=True, tag_field="schema"):
    """What a verb prints; its key `schema` holds the verb's name.

    Times are seconds, or milliseconds where a key ends in _ms.

    Attributes:
        version: of this layout. A further key keeps it; a key that goes, or means something else,
            changes it.
    """

    version: Literal[1, 2, 3]


class TrialsDocument(Document, frozen=True, kw_only=True):
    """What a verb prints that ran trials, maybe on several hosts.

    Attributes:
        hosts: whether those differ; left out where there was one.
    """

    hosts: HostEffect | msgspec.UnsetType = msgspec.UNSET


class TrialDocument(Document, frozen=True, kw_only=True, tag="trial"):
    """One trial.

    Attributes:
        record: the trial as its file holds it.
        capture: what a packet capture of it says about its notes; null where none was made.
        calls: how often each of the client's functions was called; null where that was not counted.
    """

    version: Literal[2]
    record: Trial
    capture: Witness | None = None
    calls: CallCounts | None = None

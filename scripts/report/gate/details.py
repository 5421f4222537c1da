"""Why a trial did not complete, as it gets out: sentences of this project and of uv."""

from __future__ import annotations

import re
from collections.abc import Collection

from packaging.requirements import InvalidRequirement, Requirement

from scripts.report.gate import messages, packages
from scripts.report.gate.withheld import Gate, legible

OURS = tuple(
    re.compile(pattern)
    for pattern in (
        r"its calls were counted",
        r"its server is not on this machine",
        r"the client ended with (?:signal SIG[A-Z0-9]{1,8}|status -?\d{1,5}) and no note",
        r"the client was still running after \d{1,9} s",
        r"the client imported [a-z0-9_]{1,40} from outside its environment",
        r"the server did not accept a connection within \d{1,9} s",
        r"the server ended with status (?:-?\d{1,5}|None) before it was ready",
        r"the server ended with status (?:-?\d{1,5}|None) while the client ran",
        r"the relay ended with status (?:-?\d{1,5}|None) while the client ran",
        r"the client ended with signal SIGKILL and no note, while memory ran out",
        r"what records the client crashed it",
        r"(?:(?:; )?(?:the machine slept|the (?:client|server) was (?:stopped for a while|ended by"
        r" signal SIG[A-Z]{1,8}, and nothing tells who sent that))){1,5}",
        r"the package index cannot be reached and uv's cache lacks what is needed",
        r"uv gave no answer within \d{1,9} s",
        r"uv failed and gave no reason",
    )
)
"""What the tooling says, whole."""

UV = frozenset(
    re.split(
        " ",
        "a all and any are as be because but can cannot conclude depend depends following found "
        "has have in is it its matching must no not of on one only or python requirements requires "
        "requirement satisfied satisfying solution such than that the there to unavailable "
        "unsatisfiable usable version versions was we were when which with wheels you your "
        "resolving dependencies published marker tags platform require Because And So Python No",
    )
)
"""Words of the sentences with which uv says why nothing can be installed together."""

STOPS = ".,:;()"
"""What stands around a word of a sentence."""


def gated(detail: str, gate: Gate) -> str:
    """Why a trial did not complete, as it gets out.

    Args:
        detail: the sentence.
        gate: takes what is kept back.
    """
    seen = legible(detail)
    if any(ours.fullmatch(seen) for ours in OURS) or _says_uv(seen, gate.named):
        return seen
    return messages.text(seen, gate, kind="reason")


def _says_uv(sentence: str, named: Collection[str]) -> bool:
    """Whether every word is one of uv's, or a requirement of a package that may be told."""
    words = sentence.split()
    return "requirements" in sentence and all(
        word.strip(STOPS) in UV or _told(word.rstrip(STOPS), named) for word in words
    )


def _told(word: str, named: Collection[str]) -> bool:
    try:
        requirement = Requirement(word)
    except InvalidRequirement:
        return False
    bare = not (requirement.url or requirement.marker or requirement.extras or "+" in word)
    bare = bare and "===" not in word
    return bare and packages.told(requirement.name, named)

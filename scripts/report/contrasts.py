"""Which of the differences between two environments do it, in words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET

from scripts.analysis.rates import Rate
from scripts.domain.trial import Load, Target
from scripts.domain.words import listed
from scripts.report.calls import target_call
from scripts.report.document import TrialsDocument
from scripts.report.findings import percent, rate_words
from scripts.report.unsaid import packages_words
from scripts.search.contrast import Versions
from scripts.search.contrast_finding import ChangedBack, ContrastEnding, ContrastFinding, Sufficient

SHOWN = 12
"""Changes that are listed where nothing is known of them yet."""


class PrintedCause(msgspec.Struct, frozen=True, kw_only=True):
    """Changes that suffice: the good environment with them is bad.

    Attributes:
        changes: name -> (version in the good environment, version in the bad one); null for what
            is not installed.
        needed: those without which the others do not suffice; of the rest that could not be tried.
        rate: of bad trials of the good environment with them.
        reproduce: the call that measures it again.
    """

    changes: dict[str, tuple[str | None, str | None]]
    needed: list[str]
    rate: Rate
    reproduce: str


class PrintedBack(msgspec.Struct, frozen=True, kw_only=True):
    """The bad environment with all that suffices changed back, which is good.

    Attributes:
        also: further changes that had to be changed back with it.
        rate: of its bad trials.
        reproduce: the call that measures it again.
    """

    also: list[str]
    rate: Rate
    reproduce: str


class PrintedDifference(TrialsDocument, frozen=True, kw_only=True, tag="difference"):
    """Which of the differences between two environments make one fail. What does not apply is null
    or empty.

    Attributes:
        ending: how it ended; "explained" where what does it was found.
        words: the same in a sentence.
        good: what people call the good environment.
        bad: what people call the bad one.
        signal: what bad means, with the threshold that was found for it.
        load: under which load.
        changes: all that differ: name -> (version in the good environment, version in the bad
            one); "python" is the interpreter.
        left_out: what their files name that comes from no release: an environment has it only as a
            release, where it is among its packages.
        good_rate: of bad trials in the good environment.
        bad_rate: of bad trials in the bad one.
        causes: what suffices, each by itself.
        back: the bad environment with all of them changed back.
        beyond: changes that no trial without those causes had, so that they may suffice too.
        confidence: in all of this, 0 to 1.
        likeliest: of one that is not answered, (changes, probability) that what is needed is among
            them.
        trials: how many trials it rests on, controls not counted.
        silent: how many more said nothing.
        instead: what the trials of an end that says nothing showed, by name, with how many did.
        otherwise: failures that are not the signal, by name, with the trials that showed them.
    """

    version: Literal[1]
    ending: ContrastEnding
    words: str
    good: str
    bad: str
    signal: str
    load: Load
    changes: dict[str, tuple[str | None, str | None]]
    left_out: list[str]
    good_rate: Rate | None
    bad_rate: Rate | None
    causes: list[PrintedCause]
    back: list[PrintedBack]
    beyond: list[str]
    confidence: float | None
    likeliest: list[tuple[list[str], float]]
    trials: int
    silent: int
    instead: dict[str, int]
    otherwise: dict[str, int]


def printed_difference(answer: ContrastFinding) -> PrintedDifference:
    """A difference as it is printed as JSON."""
    return PrintedDifference(
        version=1,
        ending=answer.ending,
        words=ending_words(answer),
        good=answer.titles[0],
        bad=answer.titles[1],
        signal=answer.signal.text,
        load=answer.load,
        changes=_pairs(answer.changes),
        left_out=answer.left_out,
        good_rate=answer.rates[0],
        bad_rate=answer.rates[1],
        causes=[
            PrintedCause(
                changes=_pairs(cause.changes),
                needed=cause.needed,
                rate=cause.rate,
                reproduce=_call(answer, cause.target),
            )
            for cause in answer.causes
        ],
        back=[
            PrintedBack(also=back.also, rate=back.rate, reproduce=_call(answer, back.target))
            for back in answer.back
        ],
        beyond=answer.beyond,
        confidence=answer.confidence,
        likeliest=answer.likeliest,
        trials=answer.trials,
        silent=answer.silent,
        instead=answer.instead,
        otherwise=answer.otherwise,
        hosts=answer.hosts or UNSET,
    )


def ending_words(answer: ContrastFinding) -> str:
    """How a difference ended, in a sentence."""
    good, bad = answer.titles
    if answer.ending == "explained":
        return _causes_words(answer)
    return {
        "nothing judged": "no trial says anything",
        "mute end": f"nothing can be told: {answer.mute} cannot tell "
        f"({', '.join(answer.instead)}); --signal names what is sought",
        "ran out": "cannot tell yet",
        "alike": f"no difference shown between {good} and {bad}{_alike_words(answer)}",
        "swapped": f"{good} is bad and {bad} good: swap the two",
    }[answer.ending]


def _alike_words(answer: ContrastFinding) -> str:
    """Whether every trial of both ends showed the signal, or none did."""
    rates = [rate for rate in answer.rates if rate]
    if not any(rate.bad for rate in rates):
        return ": neither showed it"
    return ": both showed it" if all(rate.bad == rate.trials for rate in rates) else ""


def _causes_words(answer: ContrastFinding) -> str:
    """What does it: "it is anyio (4.6.2 to 4.7.0)"."""
    words = [_sufficient_words(cause) for cause in answer.causes]
    if len(words) > 1:
        return f"each of these does it alone: {'; '.join(words)}"
    [cause] = answer.causes
    if len(cause.changes) == 1 or not cause.needed:
        return f"it is {words[0]}"
    together = " together" if len(cause.needed) == len(cause.changes) else ""
    return f"it takes {words[0]}{together}"


def _sufficient_words(cause: Sufficient) -> str:
    """What suffices; of what could not be told apart no more is said than that it is among it."""
    needed, rest = (
        {name: pair for name, pair in cause.changes.items() if (name in cause.needed) == kept}
        for kept in (True, False)
    )
    if not rest or len(cause.changes) == 1:
        return changes_words(cause.changes)
    if not needed:
        return f"all or some of {changes_words(rest)}, not told apart"
    return f"{changes_words(needed)}, and perhaps {changes_words(rest)}, not told apart"


def changes_words(changes: dict[str, Versions]) -> str:
    """Changes with their versions: "anyio (4.6.2 to 4.7.0) and idna (3.10 to 3.11)"."""
    return packages_words(_pairs(changes))


def difference_lines(answer: ContrastFinding) -> list[str]:
    """A difference, line by line, and where to go from there; the first is its heading."""
    return [*result_lines(answer), *leads(answer)]


def result_lines(answer: ContrastFinding) -> list[str]:
    """A difference, line by line: the first is its heading."""
    count = len(answer.changes)
    of = "1 difference" if count == 1 else f"{count} differences"
    heading = f"{of}, {answer.signal.text}, {answer.load.name} load: {ending_words(answer)}"
    lines = [
        f"{side}: {title}; {rate_words(rate)}"
        for side, title, rate in zip(("good", "bad"), answer.titles, answer.rates, strict=True)
        if rate is not None
    ]
    lines += [line for cause in answer.causes for line in _cause_lines(cause)]
    lines += [_back_words(answer, back) for back in answer.back]
    if answer.causes and not answer.back:
        lines.append(
            "bad with that changed back: could not be judged, so this is shown one way only"
        )
    if answer.beyond:
        lines.append(f"could not be tried alone: {listed(answer.beyond)}")
    return [heading, *(f"  {line}" for line in [*lines, *_certainty_lines(answer)])]


def _cause_lines(cause: Sufficient) -> list[str]:
    """What suffices, with its rate, and which of it could not be told apart."""
    lines = [f"good with {changes_words(cause.changes)}: {rate_words(cause.rate)}"]
    rest = [name for name in cause.changes if name not in cause.needed]
    if len(cause.changes) > 1 and rest:
        lines.append(
            f"could not be told apart, since nothing could be judged without: {listed(rest)}"
        )
    return lines


def _back_words(answer: ContrastFinding, back: ChangedBack) -> str:
    """The bad environment with what suffices changed back, and its rate."""
    names = [name for cause in answer.causes for name in cause.changes]
    also = f", and {listed(back.also)}, for nothing else could be judged," if back.also else ""
    return f"bad with {listed(names)}{also} changed back: {rate_words(back.rate)}"


def _certainty_lines(answer: ContrastFinding) -> list[str]:
    """How sure it is, what is likeliest where it is not, and what else its trials showed."""
    lines = []
    if answer.confidence is not None:
        lines.append(f"confidence: {percent(answer.confidence)}, from {answer.trials} trials")
    elif answer.ending == "ran out":
        lines.append(f"cannot tell, after {answer.trials} trials")
    for names, share in answer.likeliest:
        lines.append(f"likeliest needed so far: {_names(names)} ({share:.0%})")
    if answer.silent:
        lines.append(f"trials that could not be judged: {answer.silent}")
    if answer.otherwise:
        others = ", ".join(f"{name} in {count}" for name, count in answer.otherwise.items())
        lines.append(f"other failures, not counted as bad: {others} trials")
    if answer.left_out:
        lines.append(f"left out where a file names it, from no release: {_names(answer.left_out)}")
    return lines


def leads(answer: ContrastFinding) -> list[str]:
    """What measures the parts of an answer again, line by line."""
    if not answer.causes:
        return []
    good, bad = answer.ends
    parts = [("good", good), *(("good with that", cause.target) for cause in answer.causes)]
    parts += [("bad", bad), *(("bad with that changed back", back.target) for back in answer.back)]
    return [f"  measure {name} again: {_call(answer, target)}" for name, target in parts]


def _call(answer: ContrastFinding, target: Target) -> str:
    return target_call(target, answer.load, answer.deadline)


def _names(names: Sequence[str]) -> str:
    """Names, of many the first ones."""
    more = len(names) - SHOWN
    return listed([*names[:SHOWN], *([f"{more} more"] if more > 0 else [])])


def _pairs(changes: dict[str, Versions]) -> dict[str, tuple[str | None, str | None]]:
    return {name: (versions.good, versions.bad) for name, versions in changes.items()}

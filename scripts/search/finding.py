"""What a bisection found, out of the trials it ran. Pure."""

from __future__ import annotations

import shlex
from itertools import pairwise

import msgspec

from scripts.domain.trial import AS_WRITTEN, LOADS, Load, Target
from scripts.search import attribution, segments
from scripts.search.bisection import Bisection
from scripts.search.question import Finding, Point, Question

FURTHER = 0.9
"""How likely a further change must be to be told."""

ANOTHER = 0.5
"""Further changes expected on either side of a step, before any trial."""

SERVER = Target(name="", script="").server
"""The server that trials have where the call names none."""

SHOWN = 3
"""Candidates shown of an undecided search."""


def finding(found: Bisection) -> Finding:
    """What is known, as an answer."""
    question, points = found.question, found.question.points
    threshold = found.signal.words
    answered = [each for each in found.records if each.reading.bad is not None]
    otherwise: dict[str, int] = {}
    for each in found.records:
        for name in each.reading.other:
            otherwise[name] = otherwise.get(name, 0) + 1
    dead = [each for each in sorted(found.search.untestable) if found.first <= each <= found.last]
    known = Finding(
        verdict="undecided",
        why="no two points could be judged",
        package=question.package,
        signal=question.signal,
        load=question.load.name,
        trials=len(answered),
        silent=len(found.records) - len(answered),
        untestable=[points[each].name for each in dead],
        otherwise=otherwise,
    )
    usable = found.usable
    if len(usable) < 2 or not answered:
        return known
    good, bad = usable[0], usable[-1]
    oldest, newest = (bad, good) if question.fix else (good, bad)
    known = msgspec.structs.replace(
        known,
        before=found.rate([oldest]),
        after=found.rate([newest]),
        reproduce=[
            (points[each].name, command(points[each], question, threshold))
            for each in (oldest, newest)
        ],
    )
    if found.widening:
        words = f"no {found.widening} end was found before the trials or the time ran out"
        return msgspec.structs.replace(known, why=words)
    answer = found.sure
    if answer is None:
        candidates = found.search.answer().candidates[:SHOWN]
        # In version order the later side of each step; a search for a fix runs the other way.
        later = {step: before for before, step in pairwise(usable)} if question.fix else {}
        likeliest = [(points[later.get(each, each)].name, share) for each, share in candidates]
        words = "the trials or the time ran out first"
        return msgspec.structs.replace(known, why=words, likeliest=likeliest)
    if answer.step is None or answer.before is None:
        low, high = found.rate([good]), found.rate([bad])
        swapped = low.trials and high.trials and low.low > high.high
        words = f"nothing changes between {points[good].name} and {points[bad].name}"
        if swapped:
            words = f"{points[good].name} is bad and {points[bad].name} good: swap the two ends"
        return msgspec.structs.replace(
            known, verdict="unchanged", why=words, confidence=answer.confidence
        )
    left, right = points[answer.before], points[answer.step]
    older, newer = (right, left) if question.fix else (left, right)
    sides = ("last_bad", "first_good") if question.fix else ("last_good", "first_bad")
    low = found.rate([each for each in usable if each <= answer.before])
    high = found.rate([each for each in usable if each >= answer.step])
    return msgspec.structs.replace(
        known,
        verdict="culprit",
        why=f"the signal {'goes' if question.fix else 'comes'} with {newer.name}",
        days=(older.day, newer.day),
        commit=newer.commit,
        confidence=answer.confidence,
        before=high if question.fix else low,
        after=low if question.fix else high,
        between=[points[each].name for each in range(answer.before + 1, answer.step)],
        also=further(found, answer.before, answer.step),
        moved_with=attribution.moved(found.sides(answer.before, answer.step)),
        reproduce=[(each.name, command(each, question, threshold)) for each in (older, newer)],
        **dict(zip(sides, (older.name, newer.name), strict=True)),
    )


def further(found: Bisection, before: int, after: int) -> list[tuple[str, float]]:
    """Further changes on either side of a step, where one is likelier than none.

    A search for one step is led astray by two. Its own trials tell when that is so.
    """
    points, usable = found.question.points, found.usable
    likely: list[tuple[str, float]] = []
    for side in (
        [each for each in usable if each <= before],
        [each for each in usable if each >= after],
    ):
        counts = [found.search.trials(each) for each in side]
        marginal = segments.rates(*zip(*counts, strict=True))
        shares, steady = segments.changes(marginal, ANOTHER)
        if 1 - steady > FURTHER:
            step = int(shares.argmax())
            # In version order the later of the two; a search for a fix runs the other way.
            later = side[step] if found.question.fix else side[step + 1]
            likely.append((points[later].name, 1 - steady))
    return likely


def command(point: Point, question: Question, signal: str) -> str:
    """The command that measures one point again, under the question's load.

    Args:
        point: the release or commit.
        question: the question it is of.
        signal: what bad means, with the threshold that was found for it.
    """
    target = point.target
    pins = [*target.pins, *(f"server:{each}" for each in target.server_pins)]
    own = [] if target.axis else [f"--script {shlex.quote(target.script)}"]
    own += [] if target.server == SERVER else [f"--server {shlex.quote(target.server)}"]
    own += [f"--url {shlex.quote(target.url)}"] if target.url else []
    with_pins = [f"--with {shlex.quote(each)}" for each in pins]
    if point.commit is not None:
        words = [f"git -C CLONE checkout {point.commit[:12]} && python -m scripts check"]
        words += ["--source CLONE", f"--package {question.package}", f"--signal '{signal}'"]
        words += [*own, *with_pins]
    elif own:
        words = ["nox -s trial --", *own, *with_pins]
    else:
        words = [f"nox -s repro -- --targets '{','.join(pins)}' --rounds 10"]
    words += [f"--python {shlex.quote(target.python)}"] if target.python else []
    words += [f"--deadline {question.deadline:g}"] if question.deadline else []
    return " ".join([*words, *load_words(question.load)])


def load_words(load: Load) -> list[str]:
    """The options that make a load again."""
    base = LOADS.get(load.name.split(" with ")[0], AS_WRITTEN)
    words = [] if base is AS_WRITTEN else [f"--load {base.name}"]
    for each in msgspec.structs.fields(Load):
        value = getattr(load, each.name)
        if each.name != "name" and value != getattr(base, each.name):
            words.append(f"--{each.name.replace('_', '-')} {value}")
    return words

"""Why does it fail? How close and write met, what blocked the loop, what others than us saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import astuple

from scripts.analysis.summary import Row, Summary
from scripts.report.callcounts import call_rows
from scripts.report.calls import trial_call
from scripts.report.capture import joint_words
from scripts.report.causes import NEARNESS
from scripts.report.cells import window_words
from scripts.report.lane_effects import effect_cells, effect_words
from scripts.report.page.blocks import (
    Block,
    Fact,
    Figure,
    Folded,
    Output,
    Prose,
    Section,
    Sentences,
    Table,
    columns,
    sentences,
    trial_names,
)
from scripts.report.page.supplement import Supplement
from scripts.report.races import races_cells

MET = columns(
    "target",
    "load",
    ">on a stale connection",
    ">close to write: least / median / most",
    ">assigned before the close",
    ">a look would have told",
)
RACES = columns(
    "what",
    ">stale",
    ">a look would have told",
    ">hidden from a look",
    ">cannot be told",
    ">assigned before the close",
    ">reading paused",
)
CALLS = columns("target", "load", "function", ">calls", ">a request", "trial")
LANES = columns(
    "target",
    "load",
    ">several: how many",
    ">one at a time: failing",
    ">several: failing",
    ">one: failed",
    ">several: failed",
    ">several to one (95 %)",
)

LOOK = (
    f'"A look would have told": the close had reached the client over {NEARNESS} before the write. '
    "Within that it cannot be told; below zero the two crossed, and nobody could have known."
)

RACE_WORDS = (
    "Of the requests that failed on a stale connection. Hidden from a look: over TLS a server's "
    "close comes as a record, which the event loop may have read with the answer before. Reading "
    "paused: the event loop did not read the socket when the close came."
)


def cause(summary: Summary, beside: Supplement, figures: Mapping[str, list[Figure]]) -> Section:
    """How failed requests met the close of their connection, and the witnesses of it.

    Args:
        summary: of the matrix.
        beside: what else was found.
        figures: by kind.
    """
    stale = [row for row in summary.rows if row.races.stale]
    blocks: list[Block] = []
    if stale:
        blocks += [Table(MET, [_met(row) for row in stale]), Prose(LOOK)]
    blocks += [*figures.get("timeline", []), *figures.get("requests", [])]
    blocks += [*figures.get("lag", []), *figures.get("blocked", [])]
    blocks += _witnesses(beside) + _calls(beside) + _lanes(beside)
    return Section("Why does it fail?", blocks)


def _met(row: Row) -> Fact:
    races = row.races
    texts = (
        row.target.name,
        row.load.name,
        str(races.stale),
        window_words(races),
        f"{races.assigned} of {races.noted}",
        f"{races.told} of {races.stale}",
    )
    return Fact(texts, row.files)


def races_table(named: Sequence[tuple[str, Row]]) -> list[Block]:
    """How the failed requests of several rows met the close; nothing where none did.

    Args:
        named: rows, each with what it is called.
    """
    facts = [
        Fact((name, *races_cells(row.races)), row.files) for name, row in named if row.races.stale
    ]
    return [Prose(RACE_WORDS), Table(RACES, facts)] if facts else []


def _witnesses(beside: Supplement) -> list[Block]:
    """What packets say, which are not of this project."""
    if not beside.witnesses:
        return []
    trials = [trial.name for trial, _ in beside.witnesses]
    calls = dict.fromkeys(trial_call(trial.target, trial.load) for trial, _ in beside.witnesses)
    told = sentences([joint_words(beside.witnesses), f"From {trial_names(trials)}."], trials)
    words = (
        "The order of close and write is from notes that both ends took. Further trials ran beside "
        "a packet capture, which is not of this project."
    )
    again = "\n".join(f"{call} --capture trial.pcapng" for call in calls)
    return [Folded("What the packets say", [Prose(words), told, Output(again)])]


def _calls(beside: Supplement) -> list[Block]:
    """How often what blocked the loop was called."""
    rows = call_rows(beside.counted)
    if not rows:
        return []
    words = (
        "Counted by Python's own profiler, which takes time, in further trials that enter no other "
        "number of this report."
    )
    facts = [Fact(row, [row[-1]]) for row in rows]
    again = "\n".join(
        f"{trial_call(trial.target, trial.load)} --count-calls" for trial, _ in beside.counted
    )
    summary = "How often what blocked the loop was called"
    return [Folded(summary, [Prose(words), Table(CALLS, facts), Output(again)])]


def _lanes(beside: Supplement) -> list[Block]:
    """What running several trials at a time changes."""
    if not beside.lanes:
        return []
    facts = [
        Fact(astuple(effect_cells(effect)), [*effect.one.files, *effect.several.files])
        for effect in beside.lanes
    ]
    trials = [name for fact in facts for name in fact.trials]
    words = (
        "Several trials at a time share the processors. The interval of a target rests on its "
        "trials, not its requests, which fail together (delta method on the logarithm, Student's "
        "t)."
    )
    summed = Sentences([Fact([effect_words(beside.lanes)], trials)])
    return [Folded("One trial at a time, and several", [summed, Prose(words), Table(LANES, facts)])]

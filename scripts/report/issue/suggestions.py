"""The diffs that were tried, as a report suggests them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import msgspec

from scripts.analysis.effects import PROCESSOR_TIME, Cost
from scripts.analysis.summary import Row
from scripts.domain.libraries import Upstream
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Load
from scripts.environments.patches import text_as_kept
from scripts.proof.result import ProofResult, SettingResult
from scripts.report import proofs
from scripts.report.calls import asked_call
from scripts.report.issue.circumstances import called
from scripts.report.programs import SHORT_SCRIPT
from scripts.report.proofs_in_short import short_words
from scripts.report.telling_cases import TellingCase, best_words, missed_looks, telling_cases


class Suggestion(msgspec.Struct, frozen=True):
    """A diff of a package that was tried.

    Attributes:
        file: of it; title: that, and the anyio that it was tried with, where it was one.
        best: what it does where it does most, in a clause.
        cases: those that tell most about it.
        missed: the case in which most closes came between a look and the write, where the loop
            runs there; None for none.
        against: the file of a part of it that it was compared with; empty for none.
        files: that it changes, each once for asyncio and threads.
        below, added: the line below which it adds to the first of them, and what, where that is
            little and all; empty otherwise.
        says: the first sentence of what stands before it.
        arrived: how many requests arrived more than once with it, of how many.
        cost: what it does to the processor time of a request; None where too few pairs say.
        text: the diff, with what stands before it.
        lines: what it does, line by line.
        command: the call that tries it again.
    """

    file: str
    title: str
    best: str
    cases: list[TellingCase]
    missed: TellingCase | None
    against: str
    files: list[str]
    below: str
    added: str
    says: str
    arrived: tuple[int, int]
    cost: Cost | None
    text: str
    lines: list[str]
    command: str

    @property
    def names(self) -> list[str]:
        """The files' names alone."""
        return [file.rpartition("/")[2] for file in self.files]


def suggestions(
    upstream: Upstream,
    tried: Sequence[ProofResult],
    load: Load | None = None,
    rows: Sequence[Row] = (),
) -> list[Suggestion]:
    """The diffs of a project's packages that were tried and do some good, each once, with the proof
    that says most for it; one that is another by now is none.

    Args:
        upstream: the project.
        tried: the proofs.
        load: what the report has told of before it comes to them; None for nothing.
        rows: what was measured elsewhere, beside which a machine is slower or busier.
    """
    texts = {
        proof.name: text
        for proof in tried
        if proof.package in upstream.cases and (text := diff_text(proof)) is not None
    }
    known = [proof for proof in tried if proof.name in texts]
    return [
        _suggestion(upstream, proof, texts[proof.name], tried, load, rows)
        for proof in proofs.best(known, lambda proof: texts[proof.name])
    ]


def _suggestion(
    upstream: Upstream,
    proof: ProofResult,
    text: str,
    tried: Sequence[ProofResult],
    load: Load | None,
    rows: Sequence[Row],
) -> Suggestion:
    """What a diff does, by the proof that says most for it and by all others of it."""
    alike = [one for one in tried if one.patch == proof.patch]

    def naming(result: ProofResult, setting: SettingResult) -> str:
        if result.target.script == SHORT_SCRIPT:
            return "the script above"
        return called(result, setting, load, rows)

    parts = {one.against for one in alike if one.against is not None}
    cases = telling_cases(alike, [one for one in tried if one.patch in parts], naming)
    return Suggestion(
        proofs.file_of(proof),
        proofs.file_of(proof) + proofs.title(proof).removeprefix(proof.change),
        best_words(alike),
        cases,
        missed_looks(cases, upstream.loop_runs_before),
        next((case.against for case in cases if case.against), ""),
        changed_files(text),
        *hunk(text),
        first_sentence(text),
        _arrived(alike),
        _processor_time(alike),
        text,
        [*proofs.result_lines(proof), *_tried_too(proof, alike)],
        asked_call(proof.command),
    )


def _processor_time(alike: Iterable[ProofResult]) -> Cost | None:
    """What a change does to the processor time of a request, by the most pairs; None where too few
    say.
    """
    known = [
        cost
        for proof in alike
        if proof.against is None
        for setting in proof.settings
        for cost in setting.costs
        if cost.measure == PROCESSOR_TIME and cost.low is not None
    ]
    return max(known, key=lambda cost: cost.pairs, default=None)


FEW = 3
"""Lines that a diff may add to be shown whole."""


def changed_files(diff: str) -> list[str]:
    """The files that a diff changes; what is generated from another, for threads, is left out."""
    files = [line.removeprefix("+++ b/") for line in diff.splitlines() if line.startswith("+++ b/")]
    return [file for file in files if "/_sync/" not in file]


def hunk(diff: str) -> tuple[str, str]:
    """The line below which a diff adds to its one file, and what it adds there, where it only adds
    a few lines in one place; empty otherwise.
    """
    lines = diff.partition("+++ b/")[2].partition("\n--- a/")[0].splitlines()[1:]
    added = [number for number, line in enumerate(lines) if line.startswith("+")]
    together = bool(added) and added == list(range(added[0], added[-1] + 1))
    removes = any(line.startswith("-") for line in lines)
    if removes or not together or len(added) > FEW or len(changed_files(diff)) > 1:
        return "", ""
    code = textwrap.dedent("\n".join(lines[number][1:] for number in added))
    return lines[added[0] - 1].strip(), code


def first_sentence(text: str) -> str:
    """The first sentence of a text; empty where it has none that ends."""
    said = " ".join(text.partition("\n\n")[0].split())
    sentence, end, _ = f"{said} ".partition(". ")
    return f"{sentence}." if end else ""


def _arrived(tried: Iterable[ProofResult]) -> tuple[int, int]:
    """How many requests arrived more than once with a change, of how many that were counted."""
    counted = [
        setting.after for proof in tried for setting in proof.settings if setting.after is not None
    ]
    return sum(one.repeated for one in counted), sum(one.requests for one in counted)


def _tried_too(proof: ProofResult, alike: Sequence[ProofResult]) -> list[str]:
    """What the same diff did in other proofs: beside another anyio, it may harm."""
    others = [other for other in alike if other is not proof and other.against == proof.against]
    return [f"In other proofs {short_words(others)}."] if others else []


def diff_text(proof: ProofResult) -> str | None:
    """The text of the diff that was tried; None for none, or where its file is gone or another."""
    if proof.patch is None:
        return None
    try:
        return text_as_kept(proof.patch)
    except UsageProblem:
        return None

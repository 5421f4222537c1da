"""The table of README.md, made of the answers that were stored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.foreign.asking import Asked
from tests.foreign.cases import CASES, Case

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
ANSWERS = FOLDER / "answers.json"
BEGIN = "<!-- table: made by `nox -s foreign` -->\n"
COLUMNS = (
    *("case", "package", "range", "signal", "truth", "known from"),
    *("the tool says", "verdict", "confidence", "trials", "seconds"),
)
END = "<!-- end of table -->\n"


def write(renewed: Sequence[Asked]) -> None:
    """Store answers, each in place of its case's earlier one, and put all into README.md."""
    stored = msgspec.json.decode(ANSWERS.read_bytes(), type=list[Asked])
    by_case = {answer.case: answer for answer in (*stored, *renewed)}
    answers = [by_case[case.name] for case in CASES if case.name in by_case]
    ANSWERS.write_bytes(msgspec.json.format(msgspec.json.encode(answers), indent=1) + b"\n")
    README.write_text(_page(answers))


def stale() -> bool:
    """Whether README.md shows something else than the stored answers and the cases."""
    answers = msgspec.json.decode(ANSWERS.read_bytes(), type=list[Asked])
    return README.read_text() != _page(answers)


def _page(answers: Sequence[Asked]) -> str:
    """README.md with these answers."""
    head, _, rest = README.read_text().partition(BEGIN)
    _, _, foot = rest.partition(END)
    return head + BEGIN + "\n" + _table(answers) + "\n" + END + foot


def _table(answers: Sequence[Asked]) -> str:
    cases = {case.name: case for case in CASES}
    rows = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * (len(COLUMNS) - 3) + "--:|" * 3]
    rows += [_row(cases[answer.case], answer) for answer in answers if answer.case in cases]
    return "\n".join(rows) + "\n"


def _row(case: Case, answer: Asked) -> str:
    source = f"[{case.quote}]({case.source})" if case.source.startswith("http") else case.quote
    confidence = "" if answer.confidence is None else f"{answer.confidence:.1%}"
    cells = (
        case.name,
        case.package,
        f"{case.verb} {case.good} to {case.bad}",
        f"`{case.signal}`",
        truth_words(case),
        source,
        answer.words,
        f"**{answer.verdict}**" if answer.is_wrong else answer.verdict,
        confidence,
        str(answer.trials),
        f"{answer.seconds:.0f}",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def truth_words(case: Case) -> str:
    """A case's truth, in short."""
    if case.truth is None:
        return "nothing can be told"
    steps = [f"{step.before} → {step.after} {step.direction}" for step in case.truth]
    return "; ".join(steps) or "nothing changes"

"""Whether what people read is plain: short sentences, the field's own words.

It stands above the verbs, like the schemas: `nox -s lint` runs it over README.md, what is seen of
REPORT.md, and what is seen of the bodies for upstream. Of the code's own texts, help and docstrings
among them, it looks at the words alone.
"""

from __future__ import annotations

import ast
import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts.domain.files import PROJECT
from scripts.report.markdown import LINK, unfolded

LONGEST = 30
"""Words that a sentence may have."""

INSTEAD = {
    r"\bstands? still\b": "is blocked",
    r"\bstruck\b": "affected",
    r"\b(?:is|are) over\b": "is done",
    r"\bsends? again what may arrive twice\b": "retries idempotent requests",
}
"""Our words that a reader stumbles over, and the field's."""

END = re.compile(r"[.?!;:](?=\s|$)")
"""Where a sentence ends, or a part of one that is read by itself."""

ASIDE = re.compile(r"`[^`]*`|\([^)]*\)")
"""Code, and what stands in brackets: each is read as one word."""


def pages() -> dict[str, str]:
    """What is seen of each page before anything is clicked on, by its path in the project."""
    paths = [PROJECT / "README.md", PROJECT / "REPORT.md"]
    paths += sorted((PROJECT / "results").glob("issue-*.md"))
    return {str(path.relative_to(PROJECT)): unfolded(path.read_text()) for path in paths}


def paragraphs(page: str) -> Iterator[str]:
    """The prose of a page, paragraph by paragraph and point by point: no code, no tables."""
    lines: list[str] = []
    fenced = False
    for line in [*page.splitlines(), ""]:
        if line.startswith("```"):
            fenced = not fenced
        prose = not fenced and not line.startswith(("```", "|", "#", "    ", "<", "!["))
        if lines and (not prose or not line.strip() or line.startswith("- ")):
            yield " ".join(lines)
            lines = []
        if prose and line.strip():
            lines.append(line.strip())


def faults(page: str) -> list[str]:
    """What is not plain in a page, a sentence each."""
    said = []
    for paragraph in paragraphs(page):
        text = ASIDE.sub("X", LINK.sub(r"\1", html.unescape(paragraph)))
        for sentence in END.split(text):
            words = sentence.split()
            if len(words) > LONGEST:
                said.append(f"{len(words)} words: {' '.join(words)}")
        said += words_of_ours(text)
    return said


def words_of_ours(text: str) -> list[str]:
    """Words of a text for which the field has others, a sentence each."""
    begins = " ".join(text.split()[:12])
    return [
        f"{match[0]!r} instead of {better!r}: {begins}"
        for pattern, better in INSTEAD.items()
        if (match := re.search(pattern, text, re.IGNORECASE))
    ]


def texts() -> Iterator[tuple[str, str]]:
    """Every text in the code of the tooling, help and docstrings among them, with where it is."""
    for path in sorted((PROJECT / "scripts").rglob("*.py")):
        if path == Path(__file__).resolve():
            continue  # it names the words
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{path.relative_to(PROJECT)}:{node.lineno}", node.value


def main() -> int:
    """Tell what is not plain; the exit status says whether something is not."""
    found = [f"{path}: {fault}" for path, page in pages().items() for fault in faults(page)]
    found += [f"{place}: {word}" for place, text in texts() for word in words_of_ours(text)]
    sys.stdout.write("".join(f"{fault}\n" for fault in found))
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())

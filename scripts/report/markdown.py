"""Texts from elsewhere made safe to stand in Markdown."""

from __future__ import annotations

import html
import math
import re

from scripts.domain.words import plain

LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
"""A link, or a picture: what is seen of it, and where it leads."""

SCREEN = 120
"""Characters of a line of prose, as GitHub shows a page."""

SIGNS = re.compile(r"[\\`*\[\]<>#|~@&]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown may take for more than itself; an underscore within a word is none."""


def text(value: object) -> str:
    """A text that Markdown shows as it is: nothing in it links, folds, formats or ends a cell."""
    line = " ".join(str(value).split())
    return SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", line)


def unlinked(value: object) -> str:
    """A text that shows as it is on GitHub, and that pings no one and links nothing there.

    GitHub looks for @name and #123 in what was rendered, so a character of no width keeps the
    sign from what follows.
    """
    safe = text(plain(str(value)))
    return safe.replace("&#64;", "&#64;&#8203;").replace("&#35;", "&#35;&#8203;")


def code(value: str) -> str:
    """A text as a span of code, whatever is in it: nothing there formats, links or pings."""
    line = " ".join(plain(value).split()).replace("|", "\\|") or " "
    longest = _longest(line)
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}" if longest or line[0] == " " else f"`{line}`"


def fenced(value: str, language: str = "") -> str:
    """A text as a block of code, which nothing in it can end."""
    block = plain(value).rstrip("\n")
    fence = "`" * max(3, _longest(block) + 1)
    return f"{fence}{language}\n{block}\n{fence}"


def _longest(value: str) -> int:
    """How many back-quotes stand in a row at most."""
    return max((len(quotes) for quotes in re.findall(r"`+", value)), default=0)


def unfolded(page: str) -> str:
    """What is seen of a page before anything is clicked on: of what is folded its summary."""
    seen, depth = [], 0
    for line in page.splitlines():
        if line.startswith("<details>"):
            depth += 1
            if depth == 1:
                seen.append(line.removeprefix("<details>"))
        elif line == "</details>":
            depth -= 1
        elif not depth:
            seen.append(line)
    return "\n".join(seen)


def seen_lines(page: str, width: int = SCREEN) -> int:
    """How many lines with something on them a page has on a screen before anything is clicked on.

    Args:
        page: Markdown.
        width: characters of a line of prose; a row of a table is one line.
    """
    shown = LINK.sub(r"\1", html.unescape(unfolded(page)))
    return sum(
        1 if line.startswith("|") else math.ceil(len(line.strip()) / width)
        for line in shown.splitlines()
        if not line.startswith(("```", "|---"))
    )


def folded(inner: str, summary: str) -> str:
    """A block that a click on its summary opens. Both are Markdown already."""
    return f"<details><summary>{summary}</summary>\n\n{inner}\n\n</details>"


def indented(value: str) -> str:
    """A text as an indented code block, which no content can end."""
    return "\n".join(f"    {line}".rstrip() for line in plain(value).splitlines())

"""JSON that is almost right: one or two values of it are anything."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as some

ANYTHING = some.recursive(
    some.one_of(
        some.none(),
        some.booleans(),
        some.integers(),
        some.floats(),
        some.text(max_size=20),
        some.sampled_from(["", "0", "../..", "\x1b[2J", "x" * 3000, -1, 0, 10**30, 1e308]),
    ),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3), some.dictionaries(some.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
"""Any JSON, small."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the values of a JSON document stand; of a long list the first and the last alone."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list) and value:
        for index in {0, len(value) - 1}:
            found += places(value[index], (*path, index))
    return found


@some.composite
def almost(draw: some.DrawFn, document: bytes) -> bytes:
    """A JSON document in which something is anything, or missing."""
    content = json.loads(document)
    for _ in range(draw(some.integers(1, 2))):
        *path, last = draw(some.sampled_from(places(content)))
        inner = content
        for step in path:
            inner = inner[step]
        if isinstance(inner, dict) and draw(some.integers(0, 4)) == 0:
            inner.pop(last, None)
        else:
            inner[last] = draw(ANYTHING)
    return json.dumps(content).encode()

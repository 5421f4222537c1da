"""From two environments to a contrast, as it is asked."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.domain.trial import Target
from scripts.search.contrast import Contrast, Versions
from scripts.search.points import Asked, control
from scripts.trials import store


def about_contrast(
    asked: Asked,
    good: Target,
    bad: Target,
    titles: tuple[str, str],
    changes: dict[str, Versions],
    left_out: Iterable[str] = (),
) -> Contrast:
    """A contrast, named after the time it was asked.

    Args:
        asked: what is asked; its package is empty.
        good, bad, titles, changes, left_out: as `Contrast` has them.
    """
    name, created = store.named_now()
    return Contrast(
        name=name,
        created=created,
        command=tuple(asked.command),
        good=good,
        bad=bad,
        titles=titles,
        changes=changes,
        left_out=sorted(set(left_out)),
        signal=asked.signal,
        load=asked.load,
        control=control(asked),
        confidence=asked.limits.confidence,
        budget=asked.limits.budget,
        most=asked.limits.most,
        deadline=asked.limits.deadline,
    )

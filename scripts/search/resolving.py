"""Trying out which versions of packages go together: by resolution alone, nothing is built."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from concurrent.futures import Executor

from scripts.domain.trial import Target
from scripts.environments.uv import Unavailable, Unreachable

AT_A_TIME = 2
"""Resolutions at a time: each is a process that mostly waits for the index."""

Progress = Callable[[int], None]
"""Told after each resolution how many there were."""

Ready = Callable[[str], bool]
"""Whether a pin installs without a compiler."""

Packages = dict[str, str]
"""What an environment holds: name -> version."""


class Resolving:
    """Resolves targets, two at a time, and counts them.

    Args:
        resolve: what the environment of a target would hold.
        ready: whether a pin installs without a compiler.
        progress: told how it goes on.
        pool: where resolutions run.

    Attributes:
        silent: whether the index once gave no answer.
    """

    def __init__(
        self,
        resolve: Callable[[Target], Packages],
        ready: Ready,
        progress: Progress,
        pool: Executor,
    ) -> None:
        self._ready = functools.cache(ready)
        self.silent = False
        self._resolve = resolve
        self._progress = progress
        self._pool = pool
        self._count = 0

    def __call__(self, asked: Iterable[Target]) -> list[Packages | None]:
        """What the environments of targets would hold; None for one that does not resolve."""
        resolved = []
        for packages in self._pool.map(self._packages, asked):
            self._count += 1
            self._progress(self._count)
            resolved.append(packages)
        return resolved

    def installs(self, pins: Packages, own: Packages) -> bool:
        """Whether nothing is pinned that needs a compiler and that an environment has not itself.

        Args:
            pins: name -> version.
            own: what the environment has without them.
        """
        return all(
            own.get(name) == version or self._ready(f"{name}=={version}")
            for name, version in pins.items()
        )

    def _packages(self, target: Target) -> Packages | None:
        try:
            return self._resolve(target)
        except Unreachable:
            self.silent = True
            return None
        except Unavailable:
            return None

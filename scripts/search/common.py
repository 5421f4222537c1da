"""Versions of other packages that several targets share, so that they differ in nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec

from scripts.domain.files import replace
from scripts.domain.hashes import digest
from scripts.domain.pins import project
from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.search.holding import Holding
from scripts.search.resolving import AT_A_TIME, Packages, Progress, Ready, Resolving


class Common(NamedTuple):
    """What several targets share.

    Attributes:
        pins: versions of packages that they would have otherwise each: name -> version.
        silent: whether the index gave no answer, so that there may be more.
    """

    pins: Packages
    silent: bool


def common(
    chosen: Sequence[Target], environments: Environments, ready: Ready, progress: Progress
) -> Common:
    """Versions of other packages that go with all of some targets.

    It is tried out once for what these have by themselves, and remembered beside the environments.

    Args:
        chosen: targets, an older release before a newer; what any of them pins is left alone.
        environments: where it is tried out; nothing is built.
        ready: whether a pin installs without a compiler.
        progress: told after each try how many there were.
    """
    alone = {project(pin) for target in chosen for pin in target.pins}
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        resolving = Resolving(environments.client_packages, ready, progress, pool)
        holding = Holding(chosen, alone, "", resolving)
        if resolving.silent:
            return Common({}, silent=True)
        asked = [(target.pins, target.script, target.python) for target in chosen]
        kept = environments.folder / "shared" / f"{digest(asked, holding.own)}.json"
        try:
            return Common(msgspec.json.decode(kept.read_bytes(), type=Packages), silent=False)
        except (OSError, msgspec.MsgspecError):
            pins = holding.shared()
        if not resolving.silent:
            kept.parent.mkdir(parents=True, exist_ok=True)
            replace(kept, msgspec.json.encode(pins))
    return Common(pins, resolving.silent)

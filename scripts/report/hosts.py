"""Whether hosts differ, in words."""

from __future__ import annotations

from scripts.analysis.hosts import HostEffect


def host_lines(effect: HostEffect | None) -> list[str]:
    """What is said of hosts: nothing where there is one."""
    if effect is None:
        return []
    ran = f"{effect.hosts} hosts ran these trials."
    if effect.chance is None:
        return [f"{ran} Nothing ran on two of them: whether they differ cannot be told."]
    tested = (
        f"p = {effect.chance:.2g}, by a permutation test over {effect.trials} trials of "
        f"{effect.judged} that ran on more than one"
    )
    if effect.verdict == "differ":
        return [
            f"{ran} They seem to differ ({tested}): what is said of all may hold for none by "
            "itself. Ask again on one of them."
        ]
    return [f"{ran} No difference between them is shown ({tested})."]

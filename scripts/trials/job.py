"""A trial that is to be run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scripts.domain.trial import Load, Place, Target


@dataclass(frozen=True)
class Job:
    """A trial that is to be run.

    Attributes:
        target, load: what is judged, under what.
        place: where the trial stands in its campaign.
        deadline: seconds the client may take; None for the load's own.
        noted: whether the client's probe notes anything beyond main()'s time; off only to measure
            what the notes cost.
        numbered: whether each request of a client of this project's carries a number, by which the
            server counts how often it worked on it; what others send is left as it is.
        capture: file that receives the packets between client and server; None for none.
        scratch: folder of trials in which it leaves what nobody keeps; None for the system's
            temporary folder.
        calls: file that receives how often each of the client's functions was called, which takes
            time of its own; None for none.
    """

    target: Target
    load: Load
    place: Place
    deadline: float | None = None
    noted: bool = True
    numbered: bool = False
    capture: Path | None = None
    calls: Path | None = None
    scratch: Path | None = None

    @property
    def numbers_requests(self) -> bool:
        """Whether its requests carry a number."""
        return self.numbered and bool(self.target.axis)

    @property
    def seconds(self) -> float:
        """How long the client may take."""
        return self.deadline or self.load.deadline()

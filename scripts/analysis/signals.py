"""What "bad" means: one symptom, as it is written on the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from scripts.analysis.catalogue import ADVICE
from scripts.domain.problems import UsageProblem

Kind = Literal["exception", "cause", "ratio", "percentile", "exit"]

CAUSES = {name.replace(": ", "-").replace(" ", "-"): name for name in ADVICE}
"""The causes as a signal names them: "stale-connection"."""


@dataclass(frozen=True)
class Signal:
    """One symptom.

    Attributes:
        text: as the user wrote it.
        kind: what is looked at.
        chain: of "exception": type names, the one raised first, each of any package or of the one
            it names.
        cause: of "cause": its name.
        measure: of "ratio": processor time or wall time.
        percentile: of "percentile": which, 0 to 100, as the user wrote it.
        threshold: bad is above it: a ratio to the control, or seconds; None for a ratio that the
            two ends of a search will set.
    """

    text: str
    kind: Kind
    chain: tuple[str, ...] = ()
    cause: str = ""
    measure: Literal["cpu", "wall"] = "cpu"
    percentile: str = ""
    threshold: float | None = None

    @property
    def words(self) -> str:
        """The signal as it would be written with its threshold."""
        if self.kind == "ratio" and self.threshold is not None and ">" not in self.text:
            return f"{self.text}>{float(f'{self.threshold:.3g}'):f}".rstrip("0").rstrip(".")
        return self.text

    @property
    def needs_control(self) -> bool:
        """Whether a trial is read beside its round's control."""
        return self.kind == "ratio"


def parse(text: str) -> Signal:
    """A signal as written on the command line.

    Args:
        text: an exception ("ReadError", "httpx.ReadError"), a chain of them, the one raised first
            ("ReadError<BrokenPipeError"), a cause ("stale-connection"), "slow", "slow>4" or
            "slow-wall>2" (processor or wall time per request against the control's), "p99>2s"
            (of the requests' durations), or "exit".

    Raises:
        UsageProblem: it is none of these.
    """
    if text == "exit":
        return Signal(text, "exit")
    if text in CAUSES:
        return Signal(text, "cause", cause=CAUSES[text])
    slow = re.fullmatch(r"slow(-wall)?(?:>(\d+(?:\.\d+)?))?", text)
    if slow:
        threshold = float(slow[2]) if slow[2] else None
        if threshold == 0:
            raise UsageProblem(f"{text!r}: a ratio to the control is more than 0.")
        return Signal(text, "ratio", measure="wall" if slow[1] else "cpu", threshold=threshold)
    late = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?)>(\d+(?:\.\d+)?)(ms|s)", text)
    if late:
        seconds = float(late[2]) / (1000 if late[3] == "ms" else 1)
        return Signal(text, "percentile", percentile=late[1], threshold=seconds)
    parts = tuple(part.strip() for part in text.split("<"))
    if all(re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", part) for part in parts):
        if parts[0][0].isupper() or "." in parts[0]:
            return Signal(text, "exception", chain=parts)
        raise UsageProblem(
            f"there is no signal {text!r}: name an exception (ReadError), a cause "
            f"({', '.join(sorted(CAUSES)[:3])}, ...), slow, 'p99>2s' or exit."
        )
    raise UsageProblem(
        f"the signal {text!r} cannot be read: write it like ReadError, 'ReadError<BrokenPipeError',"
        " stale-connection, slow, 'slow>4', 'p99>2s' or exit."
    )

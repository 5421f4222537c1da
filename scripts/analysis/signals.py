"""What "bad" means: one symptom, as it is written on the command line."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import Literal

from scripts.analysis.catalogue import ADVICE
from scripts.domain.problems import UsageProblem

Kind = Literal[
    "exception", "cause", "ratio", "percentile", "exit", "hang", "output", "memory", "wall"
]

SKIP = 125
"""Exit status by which a script says that it cannot tell, as git bisect has it."""

BYTES = {"kB": 1e3, "MB": 1e6, "GB": 1e9}
"""Units of memory, in bytes."""

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
        status: of "exit": the status sought, negative for a signal; None for any but 0.
        passing: of "exit" for any status: a further one that is as good as 0; None for none.
        stream, pattern: of "output": where a regular expression is sought.
        threshold: bad is above it: a ratio to the control, seconds, or bytes; None for one that
            the ends of a search will set.
        factor: of "memory": how many times the good end's median is too much; None where bytes
            are named.
    """

    text: str
    kind: Kind
    chain: tuple[str, ...] = ()
    cause: str = ""
    measure: Literal["cpu", "wall"] = "cpu"
    percentile: str = ""
    status: int | None = None
    passing: int | None = None
    stream: Literal["stdout", "stderr"] = "stdout"
    pattern: str = ""
    threshold: float | None = None
    factor: float | None = None

    @property
    def words(self) -> str:
        """The signal as it would be written with its threshold."""
        if self.threshold is None:
            return self.text
        if self.kind == "ratio" and ">" not in self.text:
            return f"{self.text}>{_digits(self.threshold)}"
        if self.factor is not None:
            return f"memory>{_digits(self.threshold / BYTES['MB'])}MB"
        return self.text

    @property
    def needs_control(self) -> bool:
        """Whether a trial is read beside its round's control."""
        return self.kind == "ratio"

    @property
    def unset(self) -> bool:
        """Whether it compares amounts and does not say yet above which they are bad."""
        return self.kind in ("ratio", "memory") and self.threshold is None

    @property
    def stated(self) -> str:
        """An example of how it is written with its threshold, where it is unset."""
        return "memory>200MB" if self.kind == "memory" else f"{self.text}>4"


def _digits(number: float) -> str:
    """A number with three digits that count."""
    return f"{float(f'{number:.3g}'):f}".rstrip("0").rstrip(".")


def parse(text: str) -> Signal:
    """A signal as written on the command line.

    Args:
        text: an exception ("ReadError", "httpx.ReadError"), a chain of them, the one raised first
            ("ReadError<BrokenPipeError"), a cause ("stale-connection"), "slow", "slow>4" or
            "slow-wall>2" (processor or wall time per request against the control's), "p99>2s"
            (of the requests' durations), "exit" (any status but 0), "exit!=1" (any but 0 and 1),
            "exit=1", "exit=-11" or "exit=SIGSEGV", "hang", "stdout~REGEX", "stderr~REGEX",
            "memory>1.5x" (the process' peak, against the good end's median), "memory>200MB", or
            "wall>3s".

    Raises:
        UsageProblem: it is none of these.
    """
    if text == "hang":
        return Signal(text, "hang")
    if text != text.lower() and text.lower() in ("exit", "hang", "slow", "slow-wall"):
        raise UsageProblem(f"{text!r} would be an exception: write {text.lower()!r}.")
    if text in CAUSES:
        return Signal(text, "cause", cause=CAUSES[text])
    for reader in (_exit, _output, _amount, _ratio, _percentile):
        read = reader(text)
        if read is not None:
            return read
    parts = tuple(part.strip() for part in text.split("<"))
    if all(re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", part) for part in parts):
        if parts[0][0].isupper() or "." in parts[0]:
            return Signal(text, "exception", chain=parts)
        raise UsageProblem(
            f"there is no signal {text!r}: name an exception (ReadError), a cause "
            f"({', '.join(sorted(CAUSES)[:3])}, ...), {OTHERS}."
        )
    raise UsageProblem(
        f"the signal {text!r} cannot be read: write it like ReadError, 'ReadError<BrokenPipeError',"
        f" stale-connection, {OTHERS}."
    )


OTHERS = (
    "slow, 'slow>4', 'p99>2s', exit, 'exit!=1', exit=1, exit=SIGSEGV, hang, 'stdout~REGEX', "
    "'stderr~REGEX', 'memory>1.5x', 'memory>200MB' or 'wall>3s'"
)
"""The signals that are neither an exception nor a cause, as examples."""


def _exit(text: str) -> Signal | None:
    """How a script ended: any status but 0, or one by number or by the name of its signal."""
    written = re.fullmatch(r"exit(?:(!?=)(-?\d+|SIG[A-Z0-9]+))?", text)
    if written is None:
        return None
    if written[2] is None:
        return Signal(text, "exit")
    try:
        named = written[2].startswith("SIG")
        status = -signal.Signals[written[2]].value if named else int(written[2])
    except KeyError as error:
        raise UsageProblem(f"{text!r}: this system has no signal {written[2]}.") from error
    if status in (0, SKIP) or not -64 <= status <= 255:
        raise UsageProblem(
            f"{text!r}: name a status of 1 to 255, or a signal as -1 to -64; 0 is good, and {SKIP} "
            "says that the script cannot tell."
        )
    if written[1] == "!=":
        return Signal(text, "exit", passing=status)
    return Signal(text, "exit", status=status)


def _output(text: str) -> Signal | None:
    """What a script printed."""
    written = re.fullmatch(r"(stdout|stderr)~(.+)", text, re.DOTALL)
    if written is None:
        return None
    try:
        re.compile(written[2])
    except re.error as error:
        raise UsageProblem(f"{text!r} is no regular expression: {error}.") from error
    stream: Literal["stdout", "stderr"] = "stdout" if written[1] == "stdout" else "stderr"
    return Signal(text, "output", stream=stream, pattern=written[2])


def _amount(text: str) -> Signal | None:
    """How much memory or time a script took."""
    number = r"(\d+(?:\.\d+)?)"
    times = re.fullmatch(rf"memory>{number}x", text)
    if times and float(times[1]) <= 1:
        raise UsageProblem(f"{text!r}: more than the good end's is a factor above 1.")
    if times:
        return Signal(text, "memory", factor=float(times[1]))
    most = re.fullmatch(rf"memory>{number}({'|'.join(BYTES)})", text)
    if most:
        return Signal(text, "memory", threshold=float(most[1]) * BYTES[most[2]])
    late = re.fullmatch(rf"wall>{number}(ms|s)", text)
    return Signal(text, "wall", threshold=_seconds(late[1], late[2])) if late else None


def _ratio(text: str) -> Signal | None:
    """What a request costs beside the control's."""
    slow = re.fullmatch(r"slow(-wall)?(?:>(\d+(?:\.\d+)?))?", text)
    if slow is None:
        return None
    threshold = float(slow[2]) if slow[2] else None
    if threshold == 0:
        raise UsageProblem(f"{text!r}: a ratio to the control is more than 0.")
    return Signal(text, "ratio", measure="wall" if slow[1] else "cpu", threshold=threshold)


def _percentile(text: str) -> Signal | None:
    """How long requests take."""
    late = re.fullmatch(r"p(\d{1,2}(?:\.\d+)?)>(\d+(?:\.\d+)?)(ms|s)", text)
    if late is None:
        return None
    return Signal(text, "percentile", percentile=late[1], threshold=_seconds(late[2], late[3]))


def _seconds(number: str, unit: str) -> float:
    return float(number) / (1000 if unit == "ms" else 1)

"""The ways a command can end without an answer, each one sentence for the user."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


class Problem(Exception):
    """A sentence for the user: what is wrong, and what to do about it."""

    status = 1


class UsageProblem(Problem):
    """The call's own words are off; ends with exit status 2."""

    status = 2


class MeasurementProblem(Problem):
    """The call was right but could not be measured here; ends with exit status 1."""


class Aborted(Problem):
    """No verdict can be had, told to git bisect: ends with exit status 128."""

    status = 128

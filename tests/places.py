"""Places where made-up trials run. Fakes: for a full disk, or a host that is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from scripts.domain.trial import Target, Trial
from scripts.trials.job import Job
from scripts.trials.runners import Seat, Stop
from scripts.trials.script_run import ScriptEnd, ScriptJob


class MadeUpPlace:
    """This machine, as far as nothing is run: what extends it says how trials end."""

    scattered = False
    host = ""

    def places(self, lanes: int) -> int:
        return lanes

    def beside(self, lanes: int) -> int:
        return lanes

    @contextlib.contextmanager
    def seat(self, stop: Stop) -> Iterator[Seat]:
        yield self

    def prepare(self, target: Target, stop: Stop) -> None:
        """Nothing has to be built."""

    def run(self, job: Job, stop: Stop) -> Trial:
        raise NotImplementedError

    def script(self, job: ScriptJob, stop: Stop) -> ScriptEnd:
        raise NotImplementedError

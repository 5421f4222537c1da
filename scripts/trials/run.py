"""One trial: a fresh server, a fresh client, one record."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import structs

from scripts.domain import paths
from scripts.domain.services import SERVER_VARIABLES, balancer_of, is_ours
from scripts.domain.trial import Client, Server, Trial
from scripts.environments.build import Environments
from scripts.environments.cache import CacheEntry
from scripts.environments.installation import Built
from scripts.environments.uv import Unavailable
from scripts.trials import certificate, notes, readiness
from scripts.trials.capture import capturing
from scripts.trials.disturbance import Disturbance
from scripts.trials.ending import Ending, crashed_within, ending, not_ready
from scripts.trials.host import describe
from scripts.trials.job import Job
from scripts.trials.loopback import LOOPBACK, client_address, free_port, is_here, taken
from scripts.trials.printed import with_printed
from scripts.trials.process import Process, started
from scripts.trials.readiness import Listening, Ready, announced, listening
from scripts.trials.relay_note import RelayNote, server_record
from scripts.trials.relaying import needed, relaying
from scripts.trials.scratch import require_room, scratch
from scripts.trials.specification import (
    ACCESS_LOG,
    CLIENT_NOTE,
    PROBES,
    READY,
    RELAY_NOTE,
    SERVER_NOTE,
    STACK,
    client_specification,
    command_specification,
    probe_command,
    server_specification,
)

GRACE = 10.0
"""Seconds beyond its deadline that a client has to write down where it hung."""

STACK_LINES = 200
"""Lines that are kept of the stacks a client hung in."""

# msgspec 0.22 works a type out when it is first read, and crashes where two threads read the same
# one first at the same moment, as two lanes may.
for _kind in (Trial, Ready, RelayNote, notes.ClientNote, notes.ServerNote, CacheEntry):
    msgspec.json.Decoder(_kind)


def run_trial(
    job: Job, environments: Environments, stop: Callable[[], bool] = lambda: False
) -> Trial:
    """Run one trial.

    Args:
        job: what is to be run.
        environments: where its client and server run.
        stop: asked often; true ends the trial.

    Returns:
        The trial, whatever became of it.

    Raises:
        Interrupted: `stop` came true; nothing of the trial remains.
        MeasurementProblem: its packets were to be captured and cannot be.
        OSError: the disk that it writes its notes to is full.
    """
    trial = Trial(
        place=job.place,
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        target=job.target,
        load=job.load,
        host=describe(),
        outcome="unavailable",
    )
    try:
        client = environments.client(job.target)
        server = environments.server(job.target) if job.target.server else client
    except Unavailable as error:
        return structs.replace(trial, detail=str(error))
    trial = structs.replace(trial, place=structs.replace(job.place, building=environments.building))
    with scratch(job.scratch, "trial-") as own:
        observed = _Pair(job, client, server, own, stop).observe()
        if observed.ending.outcome not in ("completed", "script-failed"):
            require_room(own)  # else what it could not write down is taken for its fault
        trial = _written_down(trial, observed, client, server)
        python = client.interpreter.resolve().parent.parent
        places = paths.trial_places(client.folder, server.folder, own, python)
        trial = msgspec.convert(paths.hiding(places)(trial), Trial)
    astray = elsewhere(trial)
    if astray:
        detail = f"the client imported {astray} from outside its environment"
        return structs.replace(trial, outcome="unavailable", detail=detail)
    return trial


def _written_down(trial: Trial, observed: _Observed, client: Built, server: Built) -> Trial:
    """A trial with what became of it, in which environments."""
    target = trial.target
    profiled = observed.client.profiled
    # A server that is no script of ours has no environment; one inside the client has its.
    foreign = target.server_command or (target.url and not target.server)
    served_by = None if foreign else server.description
    return structs.replace(
        trial,
        outcome=observed.ending.outcome,
        detail=observed.ending.detail or ("its calls were counted" if profiled else ""),
        replaced=observed.replaced,
        client=structs.replace(observed.client, environment=client.description),
        server=structs.replace(observed.server, environment=served_by),
    )


def elsewhere(trial: Trial) -> str | None:
    """A library that is judged at a commit but was imported from elsewhere; None where none was."""
    package = trial.target.source.partition("@")[0].replace("-", "_")
    library = trial.client.libraries.get(package)
    own = paths.ENVIRONMENT if trial.target.server else paths.SERVER_ENVIRONMENT
    inside = library is None or paths.lies_in(library.path, own)
    return None if inside else package


class _Observed(msgspec.Struct, frozen=True):
    """What became of the client and the server of a trial."""

    ending: Ending
    client: Client = Client()
    server: Server = Server()
    replaced: dict[str, float | int | str] = {}


class _Pair:
    """The two processes of one trial, and what they leave behind.

    Args:
        job: what is run.
        client, server: environments of the two.
        scratch: an empty folder.
        stop: asked often; true ends the trial.
    """

    def __init__(
        self, job: Job, client: Built, server: Built, scratch: Path, stop: Callable[[], bool]
    ) -> None:
        self.job = job
        self.client = client
        self.server = server
        self.scratch = scratch
        self.stop = stop
        self.zero = time.monotonic()
        self.disturbance = Disturbance()

    def observe(self) -> _Observed:
        """Run both, the server first, and see what became of them."""
        target = self.job.target
        if target.url and not is_here(target.url):
            return _Observed(Ending("server-not-ready", "its server is not on this machine"))
        url = urlsplit(target.url)
        host = url.hostname or LOOPBACK
        if self.job.load.tls:
            certificate.make(self.scratch)
        if not target.served:
            if target.url and not taken(host, url.port or 0):
                return _Observed(Ending("server-not-ready", f"nothing listens on {target.url}"))
            return self._with_notes(self._observe_beyond(host, url.port or 0, None), ())
        port = url.port or free_port()
        if target.url and taken(host, port):
            detail = f"something else already listens on port {port}: end it first"
            return _Observed(Ending("server-not-ready", detail))
        errors = self.scratch / "server.err"
        variables = {"PORT": str(port)} if target.server_command else {}
        variables |= dict(variable.split("=", 1) for variable in target.server_env)
        if balancer_of(target):
            variables["ACCESS_LOG"] = str(self.scratch / ACCESS_LOG)
        own = SERVER_VARIABLES if is_ours(target) else ()
        command = self._server_command(port)
        with started(command, errors, variables, without=own) as serving:
            server = self._wait_for_server(serving, host, port)
            if server is None:
                said = notes.tail(errors)
                over = not_ready(serving.status(), readiness.STARTS, target.server_command, said)
                return _Observed(over, server=Server(stderr=said))
            observed = self._observe_beyond(host, server.port, serving)
            serving.ask_to_stop(GRACE)
        return self._with_notes(observed, server.looked)

    def _observe_beyond(self, host: str, port: int, serving: Process | None) -> _Observed:
        """What became of the client, which a relay may stand before.

        Args:
            host, port: where its server listens; port 0 where it has one in itself, or none.
            serving: the server that was started for it; None for none.
        """
        if not port or not needed(self.job):
            return self._observe_captured(port, serving)
        with relaying(self.job, host, port, self.scratch, self.stop) as relay:
            if relay is None:
                return _Observed(Ending("server-not-ready", "the relay did not listen in time"))
            observed = self._observe_captured(relay.port, serving)
            died = relay.process.status()
            relay.process.ask_to_stop(GRACE)
        if died is None:
            return observed
        detail = f"the relay ended with status {died} while the client ran"
        return structs.replace(observed, ending=Ending("server-died", detail))

    def _observe_captured(self, port: int, serving: Process | None) -> _Observed:
        """What became of the client, its packets captured where that is asked for.

        Args:
            port: that it is sent to; 0 where it has its server in itself, or none.
            serving: the server that was started for it; None for none.
        """
        with capturing(self.job.capture, port, self.scratch, self.stop):
            return self._observe_client(port, serving)

    def _with_notes(self, observed: _Observed, looked: Collection[int]) -> _Observed:
        """The same with what the server's probe and the relay noted, where they left a note.

        Args:
            observed: what became of the client.
            looked: client ports of connections that are not the client's.
        """
        note = notes.loaded(self.scratch / SERVER_NOTE, notes.ServerNote)
        passed = notes.loaded(self.scratch / RELAY_NOTE, RelayNote)
        if note is None and passed is None:
            return observed
        if note is not None and passed is None and needed(self.job):
            # Without the relay's note its connections go by the relay's own ports.
            note = structs.replace(note, connections=None)
        server = server_record(note, passed, self.zero, looked)
        return structs.replace(
            observed,
            server=structs.replace(
                server,
                stderr=observed.server.stderr,
                answers=notes.answers(self.scratch / ACCESS_LOG),
            ),
            replaced=(note.replaced if note else {}) | observed.replaced,
        )

    def _observe_client(self, port: int, serving: Process | None) -> _Observed:
        """What became of the client.

        Args:
            port: of its server; 0 where it has one in itself, or none.
            serving: the server that was started for it; None for none.
        """
        address = client_address(self.job.target, port, self.job.load.tls)
        asked = client_specification(self.job, address, self.scratch)
        command = probe_command(self.client.interpreter, "client", asked, self.scratch)
        output, errors = self.scratch / "client.out", self.scratch / "client.err"
        target = self.job.target
        variables = {"SERVER_URL": address.url} if port else {}
        variables |= certificate.files(self.scratch).variables if self.job.load.tls else {}
        variables |= dict(variable.split("=", 1) for variable in target.env)
        cwd = paths.located(target.cwd) if target.cwd else None
        with started(command, errors, variables, output, cwd) as asking:
            died = self._wait_for_client(asking, serving)
            status = asking.status()
        disturbed = self.disturbance.words({"client": status, "server": died})
        note = notes.loaded(self.scratch / CLIENT_NOTE, notes.ClientNote)
        over = ending(note, status, died, self.job.seconds, per_request=bool(self.job.target.axis))
        left = notes.tail(self.scratch / STACK, STACK_LINES)
        if disturbed:
            over = Ending("disturbed", disturbed)
        elif over.outcome == "crashed" and crashed_within(left, PROBES):
            over = Ending("disturbed", "what records the client crashed it")
        elif over.outcome == "crashed" and self.disturbance.ran_out_of_memory:
            over = structs.replace(over, detail=f"{over.detail}, while memory ran out")
        client = Client() if note is None else note.client(self.zero)
        client = structs.replace(
            self._with_output(client, output, errors),
            exit_status=status,
            profiled=self.job.calls is not None,
        )
        if over.outcome in ("hung", "crashed"):
            stack = note.hung if note else left
            exit_status = None if over.outcome == "hung" else status
            client = structs.replace(client, stack=stack or None, exit_status=exit_status)
        server = Server() if note is None else note.server(self.zero)
        if died is not None:
            server = structs.replace(server, stderr=notes.tail(self.scratch / "server.err"))
        return _Observed(over, client, server, note.replaced if note else {})

    def _with_output(self, client: Client, output: Path, errors: Path) -> Client:
        """The same with what the client wrote, and with what only its last traceback tells of."""
        (stdout, more), (stderr, more_errors) = map(notes.output, (output, errors))
        client = with_printed(client, stderr)
        if self.job.target.axis:
            (stdout, less), (stderr, less_errors) = map(notes.shortened, (stdout, stderr))
            more, more_errors = more or less, more_errors or less_errors
        return structs.replace(client, stdout=stdout, stderr=stderr, cut=more or more_errors)

    def _server_command(self, port: int) -> list[str]:
        """The call of the server's probe."""
        command = self.job.target.server_command
        if command:
            asked = command_specification(command, port)
            return probe_command(Path(sys.executable), "command", asked, self.scratch)
        served = server_specification(self.job, port, self.scratch)
        return probe_command(self.server.interpreter, "server", served, self.scratch)

    def _wait_for_server(self, serving: Process, host: str, port: int) -> Listening | None:
        """Wait until the server accepts connections; None where it does not in time."""
        if self.job.target.server_command:
            ready: Ready | None = Ready(port, False)
        else:
            ready = announced(serving, self.scratch / READY, self.stop)
        return None if ready is None else listening(serving, host, ready, self.stop)

    def _wait_for_client(self, asking: Process, serving: Process | None) -> int | None:
        """Wait until the client is done, or the server is; the server's status where it died."""
        died: list[int] = []

        looked_at = {"client": asking.identifier}
        if serving is not None:
            looked_at["server"] = serving.identifier

        def over() -> bool:
            self.disturbance.look(looked_at)
            status = None if serving is None else serving.status()
            if status is not None:
                died.append(status)
            return bool(died) or asking.status() is not None

        asking.wait_until(over, self.job.seconds + GRACE, self.stop)
        # A server that dies takes its connections along: the client gets a moment to notice.
        if died:
            asking.wait_until(lambda: asking.status() is not None, GRACE, self.stop)
        return died[0] if died else None

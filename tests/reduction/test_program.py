"""Cases as scripts: pleasant to read, short, and they run."""

import ast
import functools
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from msgspec import structs

from scripts.analysis.catalogue import STALE as STALE_CONNECTION
from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.causes import causes
from scripts.analysis.rates import rate
from scripts.domain import libraries
from scripts.domain.files import PROJECT
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS, Load, Target
from scripts.environments.build import Environments
from scripts.environments.requirements import script_requirements
from scripts.environments.uv import Unavailable
from scripts.reduction.cost import SLOW, CostLimit, cost_of
from scripts.reduction.finished import formatted
from scripts.reduction.program import Header, Role, Script, program
from scripts.reduction.result import Smallest
from scripts.reduction.shape import Effect, Shape, shape_space
from scripts.report import published
from tests.builders import RunTrial

STALE = Shape(
    library="httpcore",
    processes=1,
    order="in turn",
    requests=2,
    connections=1,
    payload_bytes=1,
    delay=0.0,
    keep_alive=0.1,
    keepalive_expiry=None,
    work=0.3,
    timeout=Shape.no_timeout,
)


formatted_once = functools.cache(formatted)


@pytest.mark.local
@pytest.mark.parametrize(("axis", "effect"), list(product(libraries.reducible(), get_args(Effect))))
def test_every_case_is_short_formatted_python(axis: str, effect: Effect) -> None:
    shapes = shape_space(axis, "", LOADS["compressed"], effect)
    costs = [cost_of("slow"), cost_of("p99>2s")] if effect == "cost" else [None]
    roles: tuple[Role, ...] = ("both",) if effect == "cost" else get_args(Role)
    for point in (*shapes.seeds(), shapes.top):
        for role, cost in product(roles, costs):
            text = formatted_once(text_of(shapes.shape(point), role=role, cost=cost))
            assert ast.get_docstring(ast.parse(text))
            assert len(text.splitlines()) < (95 if cost else 80)
            assert max(map(len, text.splitlines())) <= 100


@pytest.mark.pure
def test_a_case_starts_with_the_clients_clock_of_the_load_it_is_reduced_from() -> None:
    def expiry(axis: str, load: Load) -> float | None:
        shapes = shape_space(axis, "", load, "error")
        return shapes.shape(shapes.top).keepalive_expiry

    compressed = LOADS["compressed"]
    assert [expiry(axis, compressed) for axis in ("httpx", "aiohttp")] == [0.5, 1.5]
    assert expiry("httpx", compressed.derived(keepalive_expiry=0.25)) == 0.25
    assert expiry("httpx", compressed.derived(expiry_factor=1.0)) is None
    assert expiry("httpx", LOADS["document"]) is None


def text_of(
    shape: Shape, exception: str = "ReadError", role: Role = "both", cost: CostLimit | None = None
) -> str:
    """The script of a case on trial."""
    return program(Script(shape=shape, exception=exception, role=role, cost=cost))


def case(tmp_path: Path, shape: Shape, pins: str, load: str = "reduced") -> tuple[Target, Load]:
    """A target that runs a case."""
    script = tmp_path / "case.py"
    server = ""
    if shape.processes == 2:
        server = str(tmp_path / "server.py")
        Path(server).write_text(text_of(shape, role="server"))
    script.write_text(text_of(shape, role="client" if server else "both"))
    base = parse(pins)
    target = Target("case", str(script), base.pins, server=server, axis=base.axis)
    return target, Load(load, concurrency=shape.connections)


@pytest.mark.index
@pytest.mark.clock
@pytest.mark.parametrize("processes", [1, 2])
def test_a_stale_connection_is_explained_from_both_ends_wherever_the_server_runs(
    run_trial: RunTrial, tmp_path: Path, processes: int
) -> None:
    shape = Shape(**{name: getattr(STALE, name) for name in STALE.__struct_fields__} | {
        "processes": processes})  # fmt: skip
    trial = run_trial(*case(tmp_path, shape, "document"))
    assert trial.outcome == "completed", trial.detail
    assert trial.client.exit_status == 1, trial.client.stderr
    assert [(cause.name, cause.sure) for cause in causes(trial)] == [
        ("stale connection", "certain")
    ]


@pytest.mark.index
@pytest.mark.clock
def test_the_release_before_the_change_passes_the_same_case(
    run_trial: RunTrial, tmp_path: Path
) -> None:
    trial = run_trial(*case(tmp_path, STALE, "httpx==0.24.1,httpcore==0.17.3"))
    assert trial.client.exit_status == 0, trial.client.stderr
    assert trial.server.connections is not None
    assert len(trial.server.connections) == 2


@pytest.mark.index
@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp", "httpcore"])
def test_cases_run_on_every_library(run_trial: RunTrial, tmp_path: Path, library: str) -> None:
    values = {name: getattr(STALE, name) for name in STALE.__struct_fields__}
    shape = Shape(**values | {"library": library, "work": 0.0})
    pins = {"httpx": "document", "httpx2": "httpx2==2.16.2", "aiohttp": "control"}.get(
        library, "httpcore==1.0.9"
    )
    trial = run_trial(*case(tmp_path, shape, pins))
    assert trial.client.exit_status == 0, trial.client.stderr
    assert trial.client.requests is not None
    assert len(trial.client.requests.start) == 2


MINIMAL = sorted((PROJECT / "repro").glob("minimal_*.py"))


def header(script: Path) -> Header:
    """What a script's header says."""
    lines = script.read_text().partition("# ///\n")[0].splitlines()[1:]
    stated = tomllib.loads("\n".join(line.removeprefix("# ") for line in lines))
    newer = stated.get("tool", {}).get("uv", {}).get("exclude-newer", "")
    python = stated["requires-python"].removeprefix("==").removesuffix(".*")
    return Header(tuple(stated["dependencies"]), newer, python)


@pytest.mark.local
@pytest.mark.published
@pytest.mark.parametrize("smallest", published.reductions(), ids=lambda made: made.about.script)
def test_a_minimal_script_is_what_its_result_and_its_header_make(smallest: Smallest) -> None:
    path = PROJECT / smallest.about.script
    script = Script(
        shape=smallest.shape,
        exception=smallest.about.signal,
        cost=cost_of(smallest.about.signal),
        header=header(path),
        stale=smallest.about.cause == STALE_CONNECTION,
        smallest=smallest,
    )
    assert formatted(program(script)) == path.read_text()


@pytest.mark.pure
@pytest.mark.published
def test_a_docstring_names_no_cause_that_is_unknown_and_no_exception_of_one_package_alone() -> None:
    smallest = next(
        smallest for smallest in published.reductions() if smallest.about.replaced is None
    )
    about = structs.replace(
        smallest.about,
        signal="httpcore.ReadError",
        cause=UNKNOWN,
        ran=("httpcore 1.0.6", ""),
        day="2024-01-31",
    )
    script = Script(
        shape=smallest.shape,
        exception="ReadError",
        smallest=structs.replace(
            smallest,
            about=about,
            confirmed_bad=rate([(100, 100)]),
            confirmed_good=None,
            silent=(0, 0),
        ),
    )
    docstring = ast.get_docstring(ast.parse(program(script)))
    assert docstring is not None
    assert docstring.splitlines()[:5] == [
        "httpcore 1.0.6 raises an error.",
        "",
        "Expected: every request is answered.",
        "Seen on 2024-01-31, at 95 % confidence: "
        "httpcore 1.0.6 fails in 100 of 100: at least 97% of runs;",
        "no version is known to pass: it was reduced without one.",
    ]


RUNS = 5
"""Runs at most until one says whether the bug shows: the published ones that say nothing are up to
one in twenty.
"""


@pytest.mark.index
@pytest.mark.clock
@pytest.mark.parametrize("path", MINIMAL, ids=lambda path: path.name)
def test_every_minimal_script_shows_its_bug(environments: Environments, path: Path) -> None:
    held = parse("document").held
    try:
        built = environments.get(script_requirements(path), header(path).python, held)
    except Unavailable as error:
        pytest.skip(str(error))
    for _ in range(RUNS):
        done = subprocess.run(
            [str(built.interpreter), "-I", str(path)], capture_output=True, timeout=60, check=False
        )
        if done.returncode != 125:  # as git bisect has it: such a run says nothing
            break
    assert done.returncode == 1, done.stdout


@pytest.mark.local
@pytest.mark.parametrize("path", MINIMAL, ids=lambda path: path.name)
def test_a_minimal_script_without_its_library_tells_git_bisect_to_skip(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(path)], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 125
    assert b"cannot be imported" in done.stderr


def ran(path: Path, library: str, text: str) -> subprocess.CompletedProcess[bytes]:
    """A minimal script beside a made-up module that takes its library's place."""
    (path.parent / f"{library}.py").write_text(text)
    return subprocess.run(
        [sys.executable, "-P", str(path)],
        capture_output=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(path.parent)},
    )


@pytest.mark.local
def test_a_library_that_lacks_what_a_script_needs_is_to_be_skipped_not_bad(tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_text(text_of(STALE))
    done = ran(path, "httpcore", "")
    assert done.returncode == 125, done.stderr
    assert b"cannot be told: AttributeError" in done.stderr


POOL = """
class PoolTimeout(Exception): pass
class ReadTimeout(Exception): pass
class AsyncConnectionPool:
    raised = {raised}
    def __init__(self, **_): pass
    async def __aenter__(self): return self
    async def __aexit__(self, *_): pass
    async def request(self, *_, **__): raise self.raised.pop(0)()
"""


@pytest.mark.local
@pytest.mark.parametrize(
    ("raised", "status"),
    [("[PoolTimeout, PoolTimeout]", 1), ("[ReadTimeout, PoolTimeout]", 125)],
)
def test_a_slow_server_is_no_pool_timeout(tmp_path: Path, raised: str, status: int) -> None:
    path = tmp_path / "case.py"
    shape = structs.replace(STALE, order="together", work=0.0)
    path.write_text(text_of(shape, "PoolTimeout"))
    done = ran(path, "httpcore", POOL.format(raised=raised))
    assert done.returncode == status, done.stderr


COSTLY = """
import asyncio, time
class AsyncConnectionPool:
    def __init__(self, **_): self._requests, self._connections = [], [None]
    async def __aenter__(self): return self
    async def __aexit__(self, *_): pass
    def _assign_requests_to_connections(self):
        until = time.thread_time() + 0.0005 * {growth}
        while time.thread_time() < until: pass
    async def request(self, *_, **__):
        self._requests.append(None)
        await asyncio.sleep(0)
        self._assign_requests_to_connections()
        {end}
        self._requests.pop()
"""


@pytest.mark.local
@pytest.mark.parametrize(
    ("growth", "end", "status"),
    [("1", "", 0), ("len(self._requests)", "", 1), ("1", "raise OSError", 125)],
)
def test_what_requests_cost_is_told_by_how_it_grows_with_those_beside_them(
    tmp_path: Path, growth: str, end: str, status: int
) -> None:
    path = tmp_path / "case.py"
    shape = structs.replace(STALE, order="together", work=0.0, requests=20, keep_alive=None)
    path.write_text(text_of(shape, "", cost=CostLimit("cpu", 3.0)))
    done = ran(path, "httpcore", COSTLY.format(growth=growth, end=end))
    assert done.returncode == status, done.stderr
    assert (b"20 passes of the pool, mean 10 requests, 1 connections" in done.stdout) == (
        status < 2
    )


@pytest.mark.local
def test_a_library_without_the_pool_that_is_measured_is_to_be_skipped(tmp_path: Path) -> None:
    path = tmp_path / "case.py"
    path.write_text(text_of(STALE, "", cost=CostLimit("wall", 3.0)))
    done = ran(path, "httpcore", "")
    assert done.returncode == 125, done.stderr
    assert b"cannot be told: AttributeError" in done.stderr


@pytest.mark.local
@pytest.mark.parametrize(
    ("most", "end", "status"), [(10, "", 0), (1e-4, "", 1), (10, "1 / 0", 125)]
)
def test_how_long_requests_take_is_told_by_the_percentile_that_is_asked_for(
    tmp_path: Path, most: float, end: str, status: int
) -> None:
    path = tmp_path / "case.py"
    shape = structs.replace(STALE, order="together", work=0.0, requests=20, keep_alive=None)
    path.write_text(text_of(shape, "", cost=CostLimit("percentile", most, "95")))
    done = ran(path, "httpcore", COSTLY.format(growth="len(self._requests)", end=end))
    assert done.returncode == status, done.stderr
    told = b"20 requests at once: the 95th percentile of their times is 0." in done.stdout
    assert told == (status < 2)


@pytest.mark.pure
def test_what_requests_cost_is_measured_by_the_script_itself() -> None:
    assert cost_of("slow") == CostLimit("cpu", SLOW)
    assert cost_of("slow-wall>2.5") == CostLimit("wall", 2.5)
    assert cost_of("ReadError") is None
    assert cost_of("p99.5>700ms") == CostLimit("percentile", 0.7, "99.5")
    assert cost_of("wall>2s") is None


@pytest.mark.pure
def test_a_server_that_never_closes_has_no_timer() -> None:
    text = text_of(structs.replace(STALE, keep_alive=None))
    assert "KEEP_ALIVE" not in text
    assert "wait_for(reader" not in text

"""What blocks a client's event loop is seen by its probe: real stalls in real processes."""

import msgspec
import pytest

from scripts.analysis.stalls import Blockage, of_trial
from scripts.domain.targets import parse
from scripts.domain.trial import AS_WRITTEN, Load, Target, Trial
from tests.builders import FIXTURES, RunTrial

pytestmark = pytest.mark.index

ODDLY = "blocked_oddly.py"


def blocked(run_trial: RunTrial, way: str, script: str = "blocked.py") -> Trial:
    path = f"tests/fixtures/{script}"
    trial = run_trial(Target(script, path, server="", arguments=(way,)), AS_WRITTEN)
    assert (trial.outcome, trial.client.stderr) == ("completed", "")
    assert trial.client.strays == []
    assert trial.client.failures == []
    return trial


def what(trial: Trial) -> Blockage:
    blockage = of_trial(trial)
    assert blockage is not None
    return blockage


def marked(way: str, script: str = "blocked.py") -> int:
    """The line of a fixture that ends in a comment of this word."""
    lines = (FIXTURES / script).read_text().splitlines()
    [line] = [number for number, line in enumerate(lines, 1) if line.endswith(f"# {way}")]
    return line


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ("sleep", "system call"),
        ("loop", "script"),
        ("native", "script"),
        ("garbage", "garbage collector"),
        ("lock", "lock"),
        ("recursion", "system call"),
        ("mutual", "system call"),
    ],
)
def test_a_stall_in_the_clients_own_code_is_seen(run_trial: RunTrial, way: str, kind: str) -> None:
    blockage = what(blocked(run_trial, way))
    assert blockage.seen >= 0.9 * blockage.seconds
    assert blockage.function is not None
    assert blockage.function.frame.function == way
    assert blockage.function.frame.file == "blocked.py"
    assert blockage.function.frame.line == marked(way)
    assert blockage.function.inclusive >= 0.9 * blockage.seconds
    assert next(iter(blockage.kinds)) == kind


@pytest.mark.parametrize(
    ("way", "function", "file"),
    [("body", "JSONDecoder.raw_decode", "json/decoder.py"), ("lookup", "getaddrinfo", "socket.py")],
)
def test_a_stall_in_pythons_own_code_is_seen_with_who_called_it(
    run_trial: RunTrial, way: str, function: str, file: str
) -> None:
    trial = blocked(run_trial, way)
    blockage = what(trial)
    assert blockage.seen >= 0.9 * blockage.seconds
    innermost = blockage.inner or blockage.function
    assert innermost is not None
    assert (innermost.frame.function, innermost.frame.file) == (function, file)
    assert innermost.frame.origin == "standard library"
    stalls = trial.client.lag.blocked if trial.client.lag else None
    assert stalls is not None
    heaviest = [stalls.frames[frame] for frame in stalls.stacks[0].frames]
    assert (way, marked(way)) in {(frame.function, frame.line) for frame in heaviest}


def test_what_another_thread_did_is_not_laid_to_the_loops(run_trial: RunTrial) -> None:
    blockage = what(blocked(run_trial, "beside"))
    assert not blockage.kinds.keys() & {"script", "library", "standard library"}


def test_the_whole_of_the_trial_is_kept_whatever_a_function_is_called(run_trial: RunTrial) -> None:
    trial = blocked(run_trial, "names", ODDLY)
    assert msgspec.json.decode(msgspec.json.encode(trial), type=Trial) == trial
    blockage = what(trial)
    assert blockage.function is not None
    name = blockage.function.frame.function
    assert name.startswith("block\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}")
    assert name.isprintable()
    assert len(name) == 120


@pytest.mark.parametrize(("way", "stalls"), [("replaced", 2), ("thread", 2), ("at_the_end", 1)])
def test_loops_that_come_and_go_are_each_watched(
    run_trial: RunTrial, way: str, stalls: int
) -> None:
    trial = blocked(run_trial, way, ODDLY)
    assert trial.client.lag is not None
    assert len(trial.client.lag.stalls) == stalls
    blockage = what(trial)
    assert blockage.seen >= 0.9 * blockage.seconds
    assert blockage.function is not None
    assert blockage.function.frame.function.startswith("block")
    assert next(iter(blockage.kinds)) == "system call"


def test_a_loop_that_is_punctual_is_not_sampled(run_trial: RunTrial) -> None:
    trial = blocked(run_trial, "nothing")
    assert trial.client.lag is not None
    assert trial.client.lag.blocked is not None
    assert trial.client.lag.blocked.samples == 0
    assert trial.client.lag.blocked.stacks == []
    assert of_trial(trial) is None


@pytest.mark.long
def test_the_pools_own_pass_is_seen(run_trial: RunTrial) -> None:
    load = Load("pool", requests=400, concurrency=200, payload_bytes=300, delay=0.05, keep_alive=5)
    blockage = what(run_trial(parse("httpcore==1.0.6"), load, deadline=60))
    assert blockage.seen >= 0.9 * blockage.seconds
    assert blockage.function is not None
    frames = [blockage.function.frame, *([blockage.inner.frame] if blockage.inner else [])]
    assert (
        "AsyncConnectionPool._assign_requests_to_connections",
        "httpcore/_async/connection_pool.py",
    ) in [(frame.function, frame.file) for frame in frames]
    assert next(iter(blockage.function.kinds)) == "library"

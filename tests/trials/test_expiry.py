"""How long a client library keeps idle connections is changed once, whoever says it."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from scripts.domain.libraries import keepalive_hooks
from scripts.domain.surveys import variant
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS
from tests.builders import RunTrial, SeenTrial, foreign

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "trials" / "probes"))

import expiry  # type: ignore[import-not-found]

HOOK = {"owner": "Pool", "argument": "keep", "seconds": 15, "unless": "close"}

DEFAULT = object()
"""What stands for the default of a library that has no number there."""


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A library with a pool, which takes its own number or hands one on."""

    class Pool:
        def __init__(self, *, keep: Any = DEFAULT, close: bool = False) -> None:
            self.keep, self.close = keep, close

    made = types.ModuleType("pooling")
    made.Pool = Pool  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pooling", made)
    return made


def changed(seconds: float | None = None, factor: float = 1.0) -> dict[str, float]:
    """What is replaced once the library's expiry is changed."""
    replaced: dict[str, float] = {}
    spec = {"keepalive_expiry": seconds, "expiry_factor": factor}
    expiry.Expiry(spec | {"keepalive_hooks": [("pooling", HOOK)]}, replaced).change()
    return replaced


@pytest.mark.pure
def test_what_a_caller_says_and_what_the_library_has_are_scaled_alike(
    library: types.ModuleType,
) -> None:
    before = library.Pool(keep=20)
    replaced = changed(factor=0.1)
    assert before.keep == 2
    assert library.Pool(keep=5.0).keep == 0.5
    assert replaced == {"pooling.Pool(keep)": 0.5}
    assert library.Pool().keep == 1.5
    assert replaced == {"pooling.Pool(keep)": 1.5}
    assert library.Pool(keep=None).keep is None
    assert library.Pool(close=True).keep is DEFAULT


@pytest.mark.pure
def test_a_number_that_is_given_without_its_name_is_scaled(library: types.ModuleType) -> None:
    class Pool:
        def __init__(self, size: int, keep: float = 15, close: bool = False) -> None:
            self.size, self.keep, self.close = size, keep, close

    library.Pool = Pool  # type: ignore[attr-defined]
    changed(factor=0.1)
    pool = library.Pool(3, 20, False)
    assert (pool.size, pool.keep, pool.close) == (3, 2, False)
    assert library.Pool(3).keep == 1.5


@pytest.mark.pure
def test_a_layer_below_takes_what_was_scaled_above_it(library: types.ModuleType) -> None:
    changed(factor=0.1)
    above = library.Pool(keep=5)
    assert library.Pool(keep=above.keep).keep == 0.5


@pytest.mark.pure
def test_a_number_of_seconds_goes_before_the_factor_and_before_the_caller(
    library: types.ModuleType,
) -> None:
    assert changed(0.25, 0.1) == {}
    assert [library.Pool(keep=kept).keep for kept in (5, None)] == [0.25, 0.25]
    assert library.Pool().keep == 0.25


@pytest.mark.pure
def test_without_either_nothing_is_changed(library: types.ModuleType) -> None:
    assert changed() == {}
    assert library.Pool(keep=5).keep == 5


@pytest.mark.index
@pytest.mark.parametrize(
    ("pins", "replaced"),
    [
        ("document", {"httpx.Limits(keepalive_expiry)": 0.5}),
        ("httpx==0.28.1,httpcore==1.0.9", {"httpx.Limits(keepalive_expiry)": 0.5}),
        ("httpcore==1.0.9", {"httpcore.AsyncConnectionPool(keepalive_expiry)": 0.5}),
        ("control", {"aiohttp.TCPConnector(keepalive_timeout)": 1.5}),
        ("httpx-aiohttp==0.2.0", {"httpx.Limits(keepalive_expiry)": 0.5}),
    ],
)
def test_each_clients_own_expiry_runs_as_fast_as_the_server_and_is_told(
    seen_trial: SeenTrial, pins: str, replaced: dict[str, float]
) -> None:
    trial = seen_trial(pins)
    names = {f"{module}.{hook.owner}({hook.argument})" for module, hook in keepalive_hooks()}
    assert {name: trial.replaced[name] for name in names & trial.replaced.keys()} == replaced


@pytest.mark.index
def test_no_variant_escapes_it(run_trial: RunTrial) -> None:
    for script in ("client.py --no-idle", "sync_client.py"):
        trial = run_trial(variant(parse("document"), script), LOADS["smoke"])
        assert trial.replaced["httpx.Limits(keepalive_expiry)"] == 0.5


@pytest.mark.index
def test_limits_that_a_script_made_before_are_changed_too(run_trial: RunTrial) -> None:
    trial = run_trial(foreign("own_limits.py", "httpx==0.28.1"), LOADS["smoke"])
    assert trial.outcome == "completed", trial.detail
    assert "httpx.Limits(keepalive_expiry)" in trial.replaced
    assert trial.client.stdout.split() == ["2.0", "0.5"]

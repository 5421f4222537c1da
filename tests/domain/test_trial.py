"""Loads that are derived from others: known by their base, or by their numbers."""

from __future__ import annotations

import msgspec
import pytest

from scripts.commands.options import LoadOptions
from scripts.domain.trial import AS_WRITTEN, LOADS, NUMBERS, Load, differences, origin

pytestmark = pytest.mark.pure

DERIVED = LOADS["smoke"].derived(timeout=2.0)


def test_a_derived_load_says_what_it_is_derived_from() -> None:
    assert (DERIVED.name, DERIVED.base) == ("smoke with timeout=2", "smoke")
    again = DERIVED.derived(delay=1.0)
    assert (again.name, again.base) == ("smoke with timeout=2 with delay=1", "smoke")
    options = LoadOptions("compressed", requests=400).resolve(AS_WRITTEN)
    assert (options.name, options.base) == ("compressed with requests=400", "compressed")


def test_a_load_that_is_derived_from_none_is_stored_without_a_base() -> None:
    assert b"base" not in msgspec.json.encode(LOADS["compressed"])
    assert msgspec.json.decode(msgspec.json.encode(DERIVED), type=Load) == DERIVED


@pytest.mark.parametrize("base", [*LOADS.values(), AS_WRITTEN], ids=lambda load: load.name)
@pytest.mark.parametrize("stored", [False, True])
def test_the_origin_is_told_with_and_without_a_stored_base(base: Load, stored: bool) -> None:
    load = base.derived(requests=77)
    load = msgspec.structs.replace(load, base="") if stored else load
    assert origin(load) is base
    assert differences(load, origin(load)) == {"requests": 77}
    assert origin(base) is base


def test_what_a_load_leaves_open_is_not_taken_from_another() -> None:
    load = Load("a bare one", requests=40, concurrency=10, timeout=5)
    assert origin(load) is AS_WRITTEN


def test_loads_are_alike_whether_or_not_both_know_their_base() -> None:
    old = msgspec.structs.replace(DERIVED, base="")
    assert old != DERIVED
    assert old.alike(DERIVED)
    assert not old.alike(LOADS["smoke"])


def test_the_compressed_load_runs_the_clocks_of_both_ends_alike() -> None:
    document, compressed = LOADS["document"], LOADS["compressed"]
    assert compressed.delay == pytest.approx(compressed.expiry_factor * (document.delay or 0))
    assert compressed.keep_alive == compressed.expiry_factor * (document.keep_alive or 0)
    assert compressed.timeout == document.timeout


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ({"name": "compressed"}, "compressed with expiry_factor=1"),
        (
            {"name": "compressed with requests=500", "requests": 500},
            "compressed with requests=500, expiry_factor=1",
        ),
        (
            {"name": "smoke with timeout=2", "timeout": 2, "base": "smoke"},
            "smoke with timeout=2, expiry_factor=1",
        ),
    ],
)
def test_a_load_stored_before_the_clients_clock_was_scaled_says_so(
    stored: dict[str, object], name: str
) -> None:
    base = LOADS[str(stored["name"]).partition(" ")[0]]
    numbers = {key: value for key, value in msgspec.to_builtins(base).items() if key in NUMBERS}
    del numbers["expiry_factor"]
    old = msgspec.convert(numbers | stored, Load)
    assert (old.name, old.base, old.expiry_factor) == (name, base.name, 1)
    assert not old.alike(base)
    assert origin(old) is base
    assert differences(old, base)["expiry_factor"] == 1
    assert msgspec.json.decode(msgspec.json.encode(old), type=Load) == old
    again = LoadOptions(base.name, requests=old.requests, timeout=old.timeout, expiry_factor=1)
    assert again.resolve(AS_WRITTEN).constants() == old.constants()
    assert again.resolve(AS_WRITTEN).expiry_factor == 1


def test_where_the_clients_seconds_were_named_nothing_changed() -> None:
    today = LOADS["compressed"].derived(keepalive_expiry=0.25)
    stored = msgspec.to_builtins(today)
    del stored["expiry_factor"]
    assert msgspec.convert(stored, Load) == today
    assert differences(today, origin(today)) == {"keepalive_expiry": 0.25}


@pytest.mark.parametrize("base", [LOADS["document"], AS_WRITTEN], ids=lambda load: load.name)
def test_loads_whose_clocks_were_never_scaled_are_read_as_they_are(base: Load) -> None:
    assert b"expiry_factor" not in msgspec.json.encode(base)
    assert msgspec.json.decode(msgspec.json.encode(base), type=Load) == base

"""Loads that are derived from others: known by their base, or by their numbers."""

from __future__ import annotations

import msgspec
import pytest

from scripts.commands.options import LoadOptions
from scripts.domain.trial import AS_WRITTEN, LOADS, Load, differences, origin

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

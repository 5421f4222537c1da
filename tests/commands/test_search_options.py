"""What a call asks about, out of its options."""

from __future__ import annotations

import pytest

from scripts.commands.options import ScriptOptions
from scripts.commands.search_options import EndsOptions, SureOptions, TrialOptions, asked
from scripts.domain.trial import Target

pytestmark = pytest.mark.pure


def target_of(*pins: str, dates: str = "2024-10-20..today") -> Target:
    runs = TrialOptions(own=ScriptOptions(with_=pins))
    return asked(EndsOptions(dates=dates), runs, "", SureOptions().limits(None)).target


def test_by_the_day_nothing_is_pinned_but_what_the_call_pins() -> None:
    assert target_of().pins == ()
    assert target_of("anyio==4.6.2").pins == ("anyio==4.6.2",)
    pair = ("httpx==0.27.2", "httpcore==1.0.6")
    assert target_of(*pair).pins == pair
    assert [target_of().name, target_of("anyio==4.6.2").name] == ["httpx", "httpx, anyio 4.6.2"]
    assert target_of("anyio==4.6.2").script == target_of(*pair).script
    assert target_of(dates="").pins == pair

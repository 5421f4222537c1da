"""The arguments that ask something again."""

from __future__ import annotations

import pytest
from msgspec import structs

from scripts.commands.calls import asking_difference
from scripts.domain.trial import LOADS
from scripts.search.points import Asked, Limits
from tests.builders import contrast

pytestmark = pytest.mark.pure


def test_what_the_server_runs_with_is_asked_for_again() -> None:
    pins = ("uvicorn==0.30.6",)
    asked = contrast()
    good, bad = (structs.replace(one, server_pins=pins) for one in (asked.good, asked.bad))
    about = Asked("", good, LOADS["compressed"], "ReadError", Limits(0.9, None, 9, None), [])
    call = asking_difference(about, good, bad)
    assert call[call.index("--with") + 1] == "server:uvicorn==0.30.6"
    assert call.count("--with") == 1

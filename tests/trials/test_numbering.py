"""Requests that carry a number, by which the server counts them."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.domain.surveys import HYPERCORN, HYPERCORN_SERVER, OVER_HTTP2, variant
from scripts.domain.targets import parse
from scripts.domain.trial import Load, Place, Target, Worked
from scripts.environments.build import Environments
from scripts.trials.job import Job
from scripts.trials.run import run_trial
from tests.builders import SMOKE

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "trials" / "probes"))

import numbering  # type: ignore[import-not-found]


def worked(body: list[bytes], scope: str = "http") -> dict[str, int]:
    """What is counted of a request whose body comes in these pieces, with an answer of 200."""
    counts = numbering.Counts()
    events = [
        {"type": "http.request", "body": part, "more_body": place < len(body)}
        for place, part in enumerate(body, 1)
    ]

    async def application(scope: Any, receive: Any, send: Any) -> None:
        for _ in body:
            await receive()

    async def receive() -> dict[str, Any]:
        return events.pop(0)

    asyncio.run(counts.counting(application)({"type": scope}, receive, None))
    record: dict[str, int] = counts.record()
    return record


@pytest.mark.pure
def test_a_number_takes_the_place_of_the_first_characters() -> None:
    assert numbering.marked("x" * 20, 17) == "number00000017xxxxxx"
    assert numbering.marked("short", 17) == "short"


@pytest.mark.pure
def test_a_request_counts_when_it_is_there_whole() -> None:
    text = numbering.marked("x" * 20, 17).encode()
    assert worked([b'{"image": "' + text + b'"}']) == {"17": 1}
    assert worked([b'{"image": "numb', text[4:], b'"}']) == {"17": 1}
    assert worked([b"none"]) == {}
    assert worked([text], "websocket") == {}


@pytest.mark.pure
def test_counts_of_processes_are_added_up() -> None:
    counts = {"1": 1, "2": 1}
    numbering.join(counts, {"2": 1, "3": 2})
    assert counts == {"1": 1, "2": 2, "3": 2}


@pytest.mark.index
@pytest.mark.parametrize("http2", [False, True])
def test_a_server_counts_each_request_once(tmp_path: Path, http2: bool) -> None:
    target, load = parse("document"), SMOKE
    if http2:
        base = Target(
            **{
                **{name: getattr(target, name) for name in target.__struct_fields__},
                "server": HYPERCORN_SERVER,
                "server_pins": (HYPERCORN,),
            }
        )
        target = variant(base, OVER_HTTP2)
    trial = run_trial(Job(target, load, Place("x"), numbered=True), Environments())
    assert trial.server.worked == Worked(load.requests or 0, {})
    assert trial.replaced["image's first characters"] == "the request's number"
    assert isinstance(load, Load)

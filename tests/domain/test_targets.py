"""Targets as people write them."""

import pytest

from scripts.domain.libraries import axes
from scripts.domain.targets import distinct, is_control, latest, parse, telling

pytestmark = pytest.mark.pure


def test_pins_choose_the_client_script() -> None:
    assert parse("httpx==0.27.2,httpcore==1.0.6").script == "repro/httpx_client.py"
    assert parse("httpcore==1.0.6").script == "repro/httpcore_client.py"
    assert parse("httpx==0.28.1,httpx-aiohttp==0.2.0").script == "repro/httpx_aiohttp_client.py"
    assert parse("aiohttp==3.9.5,yarl==1.9.4").script == "repro/aiohttp_client.py"


def test_names_and_days() -> None:
    assert parse("document").pins == ("httpx==0.27.2", "httpcore==1.0.6")
    dated = parse("document@2026-01-31")
    assert (dated.held, dated.name) == (
        "2026-01-31",
        "httpx 0.27.2, httpcore 1.0.6, others as of 2026-01-31",
    )
    assert is_control(parse("control"))
    assert not is_control(parse("control@2026-01-31"))


def test_a_servers_pin_is_not_the_clients() -> None:
    target = parse("document,server:uvicorn==0.30.6")
    assert target.server_pins == ("uvicorn==0.30.6",)
    assert target.name.endswith("server's uvicorn 0.30.6")


@pytest.mark.parametrize("axis", axes().values(), ids=lambda axis: axis.package)
def test_the_telling_releases_end_in_the_newest(axis) -> None:  # type: ignore[no-untyped-def]
    names = [target.name for target in telling(axis, lambda _: "99.0", with_skipped=True)]
    sets = axis.latest or ((axis.package,),)
    newest = [", ".join(f"{package} 99.0" for package in packages) for packages in sets]
    assert names[-len(newest) :] == newest
    assert len(set(names)) == len(names)
    skipped = {", ".join(pin.replace("==", " ") for pin in pins) for pins in axis.skipped}
    fewer = telling(axis, lambda _: "99.0", with_skipped=False)
    assert [target.name for target in fewer] == [name for name in names if name not in skipped]


def test_the_newest_httpx_runs_on_the_newest_httpcore_and_on_all_that_is_installed_today() -> None:
    newest = {"httpx": "0.28.1", "httpcore": "1.0.9", "anyio": "4.16.0"}
    pair, today = latest(axes()["httpx"], newest.__getitem__)
    assert (pair.name, pair.held) == ("httpx 0.28.1, httpcore 1.0.9", "2024-10-20")
    assert today.pins == (*pair.pins, "anyio==4.16.0")
    assert [target.name for target in latest(axes()["aiohttp"], lambda _: "9")] == ["aiohttp 9"]


def test_a_newest_release_that_is_another_is_listed_once() -> None:
    assert len(telling(axes()["httpx2"], lambda _: "2.0.0", with_skipped=True)) == 1


def test_targets_of_more_pins_than_a_name_tells_are_told_by_those_that_not_all_have() -> None:
    shared = ",".join(["httpx==0.27.2", *(f"p{number}==1" for number in range(6)), "z==1"])
    one, other = parse(f"anyio==4.6.2,{shared}"), parse(f"anyio==4.7.0,idna==3.10,{shared}")
    plain = parse("httpx==0.27.2")
    fewer = parse(shared.replace(",p0==1", ",p0==1,p7==1"))
    assert [target.name for target in distinct([plain, one, fewer, one, plain])] == [
        "httpx 0.27.2",
        "z 1, 8 others pinned: anyio 4.6.2",
        "z 1, 8 others pinned: p7 1",
        "z 1, 8 others pinned: anyio 4.6.2",
        "httpx 0.27.2",
    ]
    assert distinct([one, other]) == [one, other]  # their counts tell them apart

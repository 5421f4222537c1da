"""Surveys: what they ask of which kind of client."""

import msgspec
import pytest

from scripts.domain.files import PROJECT
from scripts.domain.surveys import CLIENT_KINDS, SURVEYS, Entry, variants

pytestmark = pytest.mark.pure


def newest(package: str) -> str:
    releases = {"httpx": "0.28.1", "httpcore": "1.0.9", "anyio": "4.16.0", "httpx2": "2.16.2"}
    return (releases | {"httpx-aiohttp": "0.2.0"}).get(package, "3.14.5")


def test_the_newest_httpx_is_measured_on_the_newest_httpcore() -> None:
    pair = "httpx 0.28.1, httpcore 1.0.9"
    assert pair in {entry.group for entry in variants(newest)}
    assert pair in {entry.title for entry in SURVEYS["remedies"](newest)}


def test_every_variant_says_what_kind_of_client_it_is() -> None:
    entries = variants(newest)
    kinds = {entry.client for entry in entries}
    assert kinds == set(CLIENT_KINDS.values())
    assert all(entry.client and entry.title.startswith(entry.client.words) for entry in entries)


def test_an_entry_stored_without_its_kind_is_known_by_its_script() -> None:
    for entry in variants(newest):
        stored = msgspec.to_builtins(entry)
        del stored["client"]
        assert msgspec.convert(stored, Entry).kind == entry.client


@pytest.mark.parametrize("script", CLIENT_KINDS)
def test_every_script_of_a_known_kind_is_there(script: str) -> None:
    assert any((PROJECT / folder / script).is_file() for folder in ("repro", "repro/variants"))


def test_a_client_of_no_known_kind_says_none() -> None:
    (blocked,) = {entry.target.script: entry for entry in SURVEYS["callers"](newest)
                  if "blocking_aiohttp" in entry.target.script}.values()  # fmt: skip
    assert blocked.kind is None

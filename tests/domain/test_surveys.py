"""Surveys: what they ask of which kind of client."""

import msgspec
import pytest

from scripts.domain import circumstances
from scripts.domain.circumstances import CIRCUMSTANCES
from scripts.domain.files import PROJECT
from scripts.domain.surveys import (
    CLIENT_KINDS,
    FLAGS,
    NEEDED,
    ON_UVLOOP,
    SURVEYS,
    Entry,
    variant,
    variants,
)
from scripts.domain.targets import parse, repinned
from scripts.domain.trial import Target

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


def calls() -> list[Target]:
    """Every client of this project that a survey or a circumstance runs, each once."""
    entries = [entry.target for make in SURVEYS.values() for entry in make(newest)]
    bases = [parse("document"), parse("httpx2==2.16.2"), parse("control")]
    placed = [circumstances.placed(one, base) for one in CIRCUMSTANCES.values() for base in bases]
    return [*entries, *(found[0] for found in placed if found is not None)]


def test_every_client_that_is_run_is_there_and_knows_its_flags() -> None:
    run = calls()
    for target in run:
        text = (PROJECT / target.script).read_text()
        assert all(f'"{flag}"' in text for flag in target.arguments), target.name
    assert {flag for target in run for flag in target.arguments} == FLAGS


def test_a_flag_is_in_the_name_and_brings_what_it_needs() -> None:
    on_uvloop = variant(parse("httpx==0.28.1"), ON_UVLOOP)
    assert on_uvloop.name == "client.py --uvloop, httpx 0.28.1, uvloop 0.21.0"
    assert repinned(on_uvloop, {"httpx": "0.27.2"}).name == (
        "client.py --uvloop, uvloop 0.21.0, httpx 0.27.2"
    )
    assert NEEDED.keys() <= CLIENT_KINDS.keys()


def test_a_script_whose_path_has_a_blank_is_one_word() -> None:
    own = variant(parse("document"), "'/elsewhere/my client.py'")
    assert (own.script, own.arguments) == ("/elsewhere/my client.py", ())


def test_a_client_of_no_known_kind_says_none() -> None:
    (blocked,) = {entry.target.script: entry for entry in SURVEYS["callers"](newest)
                  if "blocking_aiohttp" in entry.target.script}.values()  # fmt: skip
    assert blocked.kind is None

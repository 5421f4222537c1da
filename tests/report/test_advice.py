"""Advice: in the words of the library and the server at hand, and only what bears on them."""

from dataclasses import fields

import pytest
from msgspec import structs

from scripts.analysis.catalogue import ADVICE, STALE, STARVED
from scripts.analysis.summary import summarise
from scripts.domain.libraries import LIBRARIES, Settings, axes, reducible
from scripts.domain.targets import control, parse
from scripts.domain.trial import Target
from scripts.report.advice import Circumstances, advised, of_rows, of_trial
from scripts.report.matrix import advice
from scripts.report.story import story
from tests.builders import READ_ERROR, SERVED, USED, changed, failing, link

pytestmark = pytest.mark.pure

GONE = link("ServerDisconnectedError", "aiohttp.client_exceptions")
WORDS = {
    "httpx": "httpx.Limits(keepalive_expiry=...)",
    "httpx2": "httpx2.Limits(keepalive_expiry=...)",
    "httpcore": "httpcore.AsyncConnectionPool(keepalive_expiry=...)",
    "aiohttp": "aiohttp.TCPConnector(keepalive_timeout=...)",
}


def stale(**changes: object) -> Circumstances:
    """Those of the document's client."""
    usual = Circumstances(library="httpx", event_loop=True, uvicorn=True)
    return structs.replace(usual, **changes)


@pytest.mark.parametrize(("library", "expiry"), WORDS.items())
def test_a_setting_is_called_what_its_library_calls_it(library: str, expiry: str) -> None:
    said = advised(STALE, stale(library=library)).client
    assert f"letting idle connections expire ({expiry}) sooner" in said
    assert not any(words in said for name, words in WORDS.items() if name != library)
    assert LIBRARIES[library].settings.pool_size in said
    assert LIBRARIES[library].settings.repeats in said


def test_every_library_that_can_be_generated_for_has_all_its_settings() -> None:
    for library in {name for names in reducible().values() for name in names}:
        settings = LIBRARIES[library].settings
        assert all(getattr(settings, field.name) for field in fields(Settings)), library


@pytest.mark.parametrize("library", ["", "httpx-aiohttp", "requests"])
def test_of_a_library_that_is_not_known_it_speaks_in_general(library: str) -> None:
    for cause in ADVICE:
        said = advised(cause, stale(library=library, uvicorn=False))
        assert "=..." not in said.client + said.server
        assert "{" not in said.client + said.server
    assert "letting idle connections expire sooner" in advised(STALE, stale(library="")).client


def test_an_option_of_uvicorn_is_told_of_uvicorn_alone() -> None:
    assert advised(STALE, stale()).server.endswith("(uvicorn: --timeout-keep-alive)")
    for cause in ADVICE:
        assert "uvicorn" not in advised(cause, stale(uvicorn=False)).server


def test_a_client_without_an_event_loop_is_not_told_to_keep_it_free() -> None:
    assert "event loop" in advised(STALE, stale()).client
    assert "event loop" not in advised(STALE, stale(event_loop=False)).client


def test_what_is_no_cause_has_no_advice() -> None:
    said = advised("hung", stale())
    assert (said.client, said.server) == ("", "")


def test_a_story_advises_its_own_client_and_server() -> None:
    control_failed = failing(GONE, client=USED, server=SERVED, target=control())
    assert WORDS["aiohttp"] in story(control_failed, None).client_advice
    assert "uvicorn" in story(control_failed, None).server_advice
    untimed = structs.replace(SERVED, timer=None)
    own = Target("own", "own.py", server="own_server.py")
    theirs = failing(GONE, client=USED, server=untimed, target=own)
    assert WORDS["aiohttp"] in story(theirs, None).client_advice
    assert "uvicorn" not in story(theirs, None).server_advice


def test_circumstances_are_what_the_trial_shows() -> None:
    trial = failing(READ_ERROR, client=USED, server=SERVED)
    assert of_trial(trial, ["httpx.ReadError"]) == stale()
    own = changed(trial, target=Target("own", "own.py", server="own_server.py"))
    assert of_trial(own, ["httpcore.ReadError"]) == stale(library="httpcore")
    assert of_trial(own, ["OSError"]).library == ""
    assert of_trial(own, []).library == ""
    silent = changed(own, server_connections=None, client_connections=[], lag=None)
    assert of_trial(silent, []) == Circumstances(library="", event_loop=False, uvicorn=False)
    noted = structs.replace(USED, noted_at="socket")
    in_threads = failing(READ_ERROR, client=noted, server=SERVED)
    assert of_trial(in_threads, []) == stale(event_loop=False)


def test_the_matrix_uses_a_library_s_words_where_it_alone_failed() -> None:
    ours = failing(READ_ERROR, client=USED, server=SERVED)
    theirs = failing(GONE, client=USED, server=SERVED, target=control(), order=2)
    starved = failing(link("PoolTimeout"), target=parse("httpx==0.28.1"), order=3)
    (alone,) = advice(summarise([ours]))
    assert WORDS["httpx"] in alone
    (together,) = advice(summarise([ours, theirs, starved]))
    general, own = together.split("Pool starvation: ")
    assert "=..." not in general
    assert "httpx.Timeout(pool=...)" in own
    rows = summarise([ours, theirs, starved]).failing
    assert of_rows(rows, STALE).library == ""
    assert of_rows(rows, STARVED).library == "httpx"


def test_every_axis_is_a_library() -> None:
    assert set(axes()) <= set(LIBRARIES)

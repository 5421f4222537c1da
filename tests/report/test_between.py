"""What stood between client and server is said in sentences."""

import io

import pytest
from inline_snapshot import snapshot
from rich.console import Console

from scripts.domain.trial import LOADS, Relay, Server
from scripts.report.between import relay_words
from scripts.report.calls import load_options
from scripts.report.cells import load_words
from scripts.report.screen import one_failure, one_trial
from scripts.report.story import story
from tests.builders import READ_ERROR, SERVED, USED, failing

pytestmark = pytest.mark.pure

RELAY = Relay(0.01, 0.0002, 0.006, 0.1)


def test_nothing_is_said_of_nothing() -> None:
    assert relay_words(Server()) == ""


def test_a_relay_is_said_with_what_it_added() -> None:
    assert relay_words(Server(relay=RELAY)) == snapshot(
        "A relay stood between client and server and held all for 10.0 ms each way; it added "
        "0.2 ms to that (measured, median; at worst 6.0 ms)."
    )
    assert relay_words(Server(relay=Relay(0.0, None, None, 0.1), noted_by="relay")) == snapshot(
        "A relay stood between client and server. The server's side is what the relay saw of it: "
        "not when the server read, nor why it closed."
    )


def test_a_trial_and_a_failure_tell_of_the_relay() -> None:
    trial = failing(READ_ERROR, client=USED, server=SERVED, server_relay=RELAY)
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(one_trial(trial))
    console.print(one_failure(story(trial, None)))
    assert console.export_text().count("A relay stood between") == 2


def test_a_failure_of_a_client_whose_calls_were_counted_says_that_it_was_slowed() -> None:
    for counted in (False, True):
        trial = failing(READ_ERROR, client=USED, server=SERVED, client_profiled=counted)
        console = Console(width=200, record=True, file=io.StringIO())
        console.print(one_failure(story(trial, None)))
        assert ("calls were counted, which slowed it" in console.export_text()) is counted


def test_a_load_says_what_stands_between_and_how_to_ask_for_it_again() -> None:
    load = LOADS["smoke"].derived(latency=0.01, tls=True)
    assert load.name == "smoke with latency=0.01, tls"
    assert load_options(load) == ["--load smoke", "--latency 0.01", "--tls"]
    assert load_words(load).endswith("; all takes 0.01 s each way; both speak TLS.")

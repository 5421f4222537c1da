"""A summary in sentences, and as JSON."""

import msgspec
import pytest
from msgspec import structs

from scripts.analysis.summary import FailureKind, Summary, summarise
from scripts.domain.targets import control, parse
from scripts.domain.trial import Lag
from scripts.report.advice import Circumstances, advised
from scripts.report.matrix import (
    advice,
    cause_words,
    kind_words,
    matrix,
    raised_words,
    sentences,
    summary_lines,
    why,
)
from tests.builders import HOST, READ_ERROR, SERVED, USED, failing, link, made

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("kind", "chain", "raised", "cause"),
    [
        (FailureKind(("a.A", "B"), None, "unknown", "unknown", 1), "a.A < B", "a.A", "unknown"),
        (FailureKind(("A",), None, "x", "likely", 1), "A", "A", "x (likely)"),
        (FailureKind((), None, "x", "certain", 1), "still under way", "still under way", "x"),
        (FailureKind((), "it hung", "hung", "certain", 1), "it hung", "it hung", "hung"),
        (FailureKind((), "", "hung", "certain", 1), "", "", "hung"),
    ],
)
def test_a_kind_of_failure_is_told_by_what_was_raised_and_why(
    kind: FailureKind, chain: str, raised: str, cause: str
) -> None:
    assert (kind_words(kind), raised_words(kind), cause_words(kind)) == (chain, raised, cause)


def affected() -> Summary:
    stale = failing(READ_ERROR, client=USED, server=SERVED, lag=Lag(1.0, 0.25, 9, []))
    clean = made(control(), order=2)
    starved = failing(link("PoolTimeout"), target=parse("httpx==0.28.1"), order=3)
    busy = made(control(), order=4, host=structs.replace(HOST, load=4.4))
    return summarise([stale, clean, starved, busy])


def test_a_summary_says_what_failed_why_and_what_to_do() -> None:
    summary = affected()
    assert sentences(summary) == [
        "Failed requests: httpx 0.27.2, httpcore 1.0.6 (compressed) 1 of 2, in 1 of 1 trials; "
        "httpx 0.28.1 (compressed) 1 of 2, in 1 of 1 trials.",
        "No failed request in 2 or more trials each: aiohttp 3.10.10 (compressed); 2 such trials "
        "still allow up to 84% of trials to fail.",
    ]
    assert why(summary) == [
        "Why: stale connection (1), pool starvation (1). The client wrote 200.0 to 200.0 ms after "
        "the server had closed the stale connection (less than 0: they crossed). Of 1 "
        "requests that were written on a stale connection (on loopback), in 1 the close had "
        "reached the client over 1 ms before the write, so that a look at the socket right before "
        "it would have told.",
        "The loops of targets that failed were blocked 25% of the time, and they opened 0.0 times "
        "the connections that their pool holds. The loops of targets that did not fail were "
        "blocked 10% of the time, and they opened 0.0 times the connections that their pool holds.",
        "1 of 4 trials began under a load average of up to 4.4: something else ran, and they may "
        "be slower and fail more often than others.",
    ]
    on_uvicorn = Circumstances(library="httpx", event_loop=True, uvicorn=True)
    stale, starved = (
        advised(cause, on_uvicorn) for cause in ("stale connection", "pool starvation")
    )
    assert advice(summary) == [
        "What to do (follows from the cause; `nox -s survey -- remedies` measures it): "
        f"Stale connection: on the client's side, {stale.client}; on the server's side, "
        f"{stale.server}. Pool starvation: on the client's side, {starved.client}; on the "
        f"server's side, {starved.server}."
    ]
    assert summary_lines(summary) == [*sentences(summary), *why(summary), *advice(summary)]


def test_what_has_no_advice_or_no_window_is_left_out() -> None:
    unknown = summarise([made(failed=2)])
    assert why(unknown)[0] == "Why: unknown (2)."
    assert advice(unknown) == []
    hung = summarise([made(outcome="hung", detail="it hung")])
    assert (why(hung), advice(hung)) == (["Why: hung (1)."], [])
    healthy = summarise([made(lag=None)])
    assert summary_lines(healthy) == sentences(healthy)
    full = summarise([failing(link("ConnectError"), link("E", "builtins", number=24))])
    side = (
        "raise the limit (ulimit -n), or hold fewer connections (httpx.Limits(max_connections=...))"
    )
    (said,) = advice(full)
    assert said == (
        "What to do (follows from the cause; `nox -s survey -- remedies` measures it): "
        f"Could not connect: out of descriptors: on the client's side, {side}."
    )


def test_its_json_has_rows_with_failures_in_words() -> None:
    plain = msgspec.json.decode(msgspec.json.encode(matrix(affected())))
    assert list(plain) == ["schema", "version", "rows", "sentences", "why", "advice"]
    first = plain["rows"][0]
    failure = {"chain": "httpx.ReadError", "cause": "stale connection", "sure": "certain"}
    assert first["failures"] == [failure | {"requests": 1}]
    assert (first["unmeasured"], first["races"]["window_ms"]) == ([], [200.0, 200.0, 200.0])
    assert first["target"]["name"] == "httpx 0.27.2, httpcore 1.0.6"
    gone = summarise([made(outcome="unavailable", detail="no wheel")])
    plain = msgspec.json.decode(msgspec.json.encode(matrix(gone)))
    unmeasured = {"outcome": "unavailable", "detail": "no wheel", "trials": 1}
    assert plain["rows"][0]["unmeasured"] == [unmeasured]
    assert plain["sentences"] == ["Nothing could be measured."]

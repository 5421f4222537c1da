"""What trials say together, computed from them and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from scripts.analysis.rates import interval
from scripts.analysis.summary import (
    closed_early,
    counted_causes,
    default_entries,
    entries,
    summarise,
)
from scripts.commands import measure
from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import control, parse
from scripts.domain.trial import LOADS, Connection, Failure, Link
from tests.builders import HOST, READ_ERROR, SERVED, USED, changed, failing, link, made

pytestmark = pytest.mark.pure

SMOKE = LOADS["smoke"]


def test_a_row_counts_trials_not_requests() -> None:
    trials = [made(order=number, failed=number % 2) for number in range(1, 4)]
    (row,) = summarise(trials).rows
    assert (row.trials, row.failing, row.requests, row.failed) == (3, 2, 30, 2)
    assert row.files[0] == "20240101-000000-1/0001"
    assert row.failures == [("httpx.ReadError < BrokenPipeError [EPIPE]", "unknown", 2)]
    assert row.cpu_per_request == pytest.approx(60.0)


def test_the_ratio_is_to_the_control_of_the_same_round_and_load() -> None:
    trials = [
        made(control(), order=1, round=1, wall=2.0),
        made(order=2, round=1, wall=6.0),
        made(control(), order=3, round=2, wall=4.0),
        made(order=4, round=2, wall=20.0),
        made(order=5, round=3, wall=99.0),
    ]
    rows = {row.target.name: row for row in summarise(trials).rows}
    assert rows["httpx 0.27.2, httpcore 1.0.6"].ratio == pytest.approx(4.0)
    assert rows["aiohttp 3.10.10"].ratio is None


def test_what_was_not_measured_is_neither_good_nor_bad() -> None:
    trials = [made(outcome="unavailable", detail="no wheel", requests=None, wall=None)]
    found = summarise(trials)
    (row,) = found.rows
    assert (row.trials, row.failing, row.failing_interval) == (0, 0, None)
    assert row.unmeasured == [("unavailable", "no wheel", 1)]
    assert found.sentences == ["Nothing could be measured."]


@pytest.mark.parametrize("outcome", ["hung", "crashed"])
def test_a_hang_and_a_crash_are_failing_trials(outcome: str) -> None:
    (row,) = summarise([made(outcome=outcome, detail="it hung", requests=None)]).rows
    assert (row.trials, row.failing) == (1, 1)
    assert row.failures == [("it hung", "hung" if outcome == "hung" else "unknown", 1)]


def test_requests_still_under_way_count_as_failed() -> None:
    trial = made()
    assert trial.client.requests is not None
    trial.client.requests.end[3] = None
    assert trial.client.failed_requests == 1


def test_the_sentences_name_what_failed_and_bound_what_did_not() -> None:
    trials = [made(failed=1), made(parse("httpx==0.24.1"), order=2), made(control(), order=3)]
    said = " ".join(summarise(trials).sentences)
    assert "httpx 0.27.2, httpcore 1.0.6 (compressed) 1 of 10, in 1 of 1 trials" in said
    assert "httpx 0.24.1 (compressed), aiohttp 3.10.10 (compressed)" in said
    assert "98% of trials" in said


def test_the_control_stands_beside_every_choice_once() -> None:
    chosen = entries([parse("document"), parse("control")], SMOKE)
    assert [each.name for each, _ in chosen] == ["httpx 0.27.2, httpcore 1.0.6", "aiohttp 3.10.10"]
    loads = [load.name for _, load in default_entries([parse("document")])]
    assert loads == ["document", "document", "compressed", "compressed"]


@given(trials=st.integers(1, 60), data=st.data())
def test_an_interval_holds_its_rate(trials: int, data: st.DataObject) -> None:
    struck = data.draw(st.integers(0, trials))
    low, high = interval(struck, trials)
    assert 0 <= low <= struck / trials <= high <= 1
    assert (low == 0) == (struck == 0)
    assert (high == 1) == (struck == trials)


def test_the_interval_is_the_published_one() -> None:
    # Clopper and Pearson 1934; the rule of three's exact form for no event in three trials.
    assert interval(0, 3) == pytest.approx((0, 1 - 0.025 ** (1 / 3)))
    assert interval(3, 3) == pytest.approx((0.025 ** (1 / 3), 1))


def test_connections_that_the_server_closed_while_requests_were_to_come_are_counted() -> None:
    idle = Connection(1, 0.0, arrivals=[(0.1, 0.2)], closed=0.7)
    last = Connection(2, 0.0, arrivals=[(0.1, 0.2), (0.9, 1.0)], closed=1.5)
    followed = Connection(3, 0.0, arrivals=[(0.1, 0.2)], eof=0.5, closed=0.5)
    assert closed_early(made(server_connections=[idle, last, followed])) == 1
    assert closed_early(made(server_connections=None)) is None


def test_each_cause_has_its_advice_the_most_widespread_first() -> None:
    stale = failing(READ_ERROR, client=USED, server=SERVED)
    starved = Failure((Link("httpx", "PoolTimeout", "", None, "raised", None),), "", 90)
    other = made(parse("httpx==0.28.1"), failed=9)
    rows = [stale, changed(other, failures=[starved])]
    (advice,) = summarise([*rows, structs.replace(stale, target=control())]).advice
    assert advice.index("Stale connection: ") < advice.index("Pool starvation: ")


def test_trials_that_began_on_a_busy_machine_are_told() -> None:
    busy = made(host=structs.replace(HOST, load=4.4))
    (said,) = [each for each in summarise([made(order=2), busy]).why if "load average" in each]
    assert said.startswith("1 of 2 trials began under a load average of up to 4.4")
    assert not any("load average" in each for each in summarise([made()]).why)


def test_what_was_asked_for_and_not_measured_is_no_success(tmp_path: Path) -> None:
    gone = made(parse("httpx==0.28.1"), outcome="unavailable", detail="no such release")
    assert measure.show(tmp_path, [made()], json=True) == 0
    with pytest.raises(MeasurementProblem, match=r"not measured: httpx 0\.28\.1"):
        measure.show(tmp_path, [made(), gone], json=True)


def test_a_cause_that_is_only_likely_says_so_and_counts_as_that_cause() -> None:
    closing = link("ClientConnectionResetError", "aiohttp.client_exceptions", "closing transport")
    other = structs.replace(USED, turns=USED.turns[:1])
    found = summarise([failing(closing, client=other, server=SERVED)])
    assert [each[1] for each in found.rows[0].failures] == ["stale connection (likely)"]
    assert counted_causes(found.rows) == {"stale connection": 1}
    assert found.advice[0].startswith("What to do")

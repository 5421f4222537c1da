"""What trials say together, computed from them and nothing else."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from scripts.analysis.gist import closed_early
from scripts.analysis.rates import interval
from scripts.analysis.summary import (
    Disturbed,
    FailureKind,
    Races,
    Row,
    Unmeasured,
    counted_causes,
    default_entries,
    entries,
    every,
    median,
    summarise,
    widespread,
)
from scripts.commands import measure
from scripts.commands.stored_campaign import StoredCampaign
from scripts.domain import libraries
from scripts.domain.problems import MeasurementProblem
from scripts.domain.targets import control, on_python, parse
from scripts.domain.trial import (
    AS_WRITTEN,
    LOADS,
    Connection,
    Failure,
    Lag,
    Link,
    Load,
    Place,
    Requests,
    Server,
    Trial,
    Turn,
)
from scripts.report.matrix import (
    PrintedFailure,
    advice,
    cause_words,
    kind_words,
    printed_row,
    sentences,
    why,
)
from scripts.trials import campaign, store
from tests.builders import (
    HOST,
    READ_ERROR,
    SERVED,
    USED,
    changed,
    environment,
    failing,
    link,
    made,
)

pytestmark = pytest.mark.pure

SMOKE = LOADS["smoke"]


def test_a_row_counts_trials_not_requests() -> None:
    trials = [made(order=number, failed=number % 2) for number in range(1, 4)]
    (row,) = summarise(trials).rows
    assert (row.trials, row.failing, row.requests, row.failed) == (3, 2, 30, 2)
    assert row.files[0] == "20240101-000000-1/0001"
    assert printed_row(row).failures == [
        PrintedFailure("httpx.ReadError < BrokenPipeError [EPIPE]", "unknown", "unknown", 2)
    ]
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
    summary = summarise(trials)
    (row,) = summary.rows
    assert (row.trials, row.failing, row.failing_interval) == (0, 0, None)
    assert row.unmeasured == [Unmeasured("unavailable", "no wheel", 1)]
    assert sentences(summary) == ["Nothing could be measured."]


@pytest.mark.parametrize("outcome", ["hung", "crashed"])
def test_a_hang_and_a_crash_are_failing_trials(outcome: str) -> None:
    (row,) = summarise([made(outcome=outcome, detail="it hung", requests=None)]).rows
    assert (row.trials, row.failing) == (1, 1)
    cause, sure = ("hung", "certain") if outcome == "hung" else ("unknown", "unknown")
    assert [(kind_words(kind), kind.cause, kind.sure) for kind in row.failures] == [
        ("it hung", cause, sure)
    ]


def test_requests_still_under_way_count_as_failed() -> None:
    trial = made()
    assert trial.client.requests is not None
    trial.client.requests.end[3] = None
    assert trial.client.failed_requests == 1


def test_the_sentences_name_what_failed_and_bound_what_did_not() -> None:
    trials = [made(failed=1), made(parse("httpx==0.24.1"), order=2), made(control(), order=3)]
    said = " ".join(sentences(summarise(trials)))
    assert "httpx 0.27.2, httpcore 1.0.6 (compressed) 1 of 10, in 1 of 1 trials" in said
    assert "httpx 0.24.1 (compressed), aiohttp 3.10.10 (compressed)" in said
    assert "98% of trials" in said


def test_the_control_stands_beside_every_choice_once() -> None:
    chosen = entries([parse("document"), parse("control")], SMOKE)
    assert [target.name for target, _ in chosen] == [
        "httpx 0.27.2, httpcore 1.0.6",
        "aiohttp 3.10.10",
    ]
    loads = [load.name for _, load in default_entries([parse("document")])]
    assert loads == ["document", "document", "compressed", "compressed"]


@given(trials=st.integers(1, 60), data=st.data())
def test_an_interval_holds_its_rate(trials: int, data: st.DataObject) -> None:
    affected = data.draw(st.integers(0, trials))
    low, high = interval(affected, trials)
    assert 0 <= low <= affected / trials <= high <= 1
    assert (low == 0) == (affected == 0)
    assert (high == 1) == (affected == trials)


def test_the_interval_is_the_published_one() -> None:
    # Clopper and Pearson 1934; the rule of three's exact form for no event in three trials.
    assert interval(0, 3) == pytest.approx((0, 1 - 0.025 ** (1 / 3)))
    assert interval(3, 3) == pytest.approx((0.025 ** (1 / 3), 1))


def test_connections_that_the_server_closed_while_requests_were_to_come_are_counted() -> None:
    idle = Connection(1, 0.0, arrivals=[(0.1, 0.2)], closed=0.7)
    last = Connection(2, 0.0, arrivals=[(0.1, 0.2), (0.9, 1.0)], closed=1.5)
    followed = Connection(3, 0.0, arrivals=[(0.1, 0.2)], eof=0.5, closed=0.5)
    assert closed_early(made(server_connections=[idle, last, followed]).server) == 1
    assert closed_early(made(server_connections=None).server) is None


def test_each_cause_has_its_advice_the_most_widespread_first() -> None:
    stale = failing(READ_ERROR, client=USED, server=SERVED)
    starved = Failure((Link("httpx", "PoolTimeout", "", None, "raised", None),), "", 90)
    other = made(parse("httpx==0.28.1"), failed=9)
    rows = [stale, changed(other, failures=[starved])]
    (said,) = advice(summarise([*rows, structs.replace(stale, target=control())]))
    assert said.index("Stale connection: ") < said.index("Pool starvation: ")


def test_trials_that_began_on_a_busy_machine_are_told() -> None:
    busy = made(host=structs.replace(HOST, load=4.4))
    (said,) = [line for line in why(summarise([made(order=2), busy])) if "load average" in line]
    assert said.startswith("1 of 2 trials began under a load average of up to 4.4")
    assert not any("load average" in line for line in why(summarise([made()])))


def test_what_was_asked_for_and_not_measured_is_no_success(tmp_path: Path) -> None:
    gone = made(parse("httpx==0.28.1"), outcome="unavailable", detail="no such release")
    plan = campaign.plan([(made().target, made().load)], 1, 1)
    store.write(made(), tmp_path)
    stored = StoredCampaign(tmp_path, plan)
    assert len(stored.finished()) == 1
    assert measure.show_campaign(stored, json=True) == 0
    store.write(structs.replace(gone, place=Place(gone.place.campaign, 2)), tmp_path)
    assert len(stored.finished()) == 2
    with pytest.raises(MeasurementProblem, match=r"not measured: httpx 0\.28\.1"):
        measure.show_campaign(stored, json=True)


def test_a_cause_that_is_only_likely_says_so_and_counts_as_that_cause() -> None:
    closing = link("ClientConnectionResetError", "aiohttp.client_exceptions", "closing transport")
    other = structs.replace(USED, turns=USED.turns[:1])
    summary = summarise([failing(closing, client=other, server=SERVED)])
    assert [cause_words(kind) for kind in summary.rows[0].failures] == ["stale connection (likely)"]
    assert counted_causes(summary.rows) == {"stale connection": 1}
    assert advice(summary)[0].startswith("What to do")


def rows(*trials: Trial) -> list[Row]:
    return summarise(trials).rows


def test_a_row_holds_medians_of_what_was_measured() -> None:
    lags = [Lag(0.2, 0.1, 9, []), Lag(0.4, 0.3, 9, []), Lag(1.0, 0.8, 9, [])]
    trials = [
        made(order=1, wall=1.0, cpu_user=1.0, cpu_system=0.0, lag=lags[0]),
        made(order=2, wall=2.0, cpu_user=2.0, cpu_system=0.0, lag=lags[1]),
        made(order=3, wall=6.0, cpu_user=6.0, cpu_system=1.0, lag=lags[2], server_connections=[]),
        made(order=4, wall=None, cpu_user=None, lag=None, server_connections=None),
        made(order=5, wall=99.0, cpu_user=99.0, outcome="hung", detail="it hung"),
        made(order=6, outcome="unavailable", detail="no wheel"),
    ]
    (row,) = rows(*trials)
    assert (row.trials, row.failing, row.requests, row.failed) == (5, 1, 50, 0)
    assert row.failing_interval == interval(1, 5)
    assert (row.wall, row.connections, row.stalled, row.longest_stall) == (2.0, 3.0, 0.3, 0.4)
    assert row.cpu_per_request == pytest.approx(200.0)
    assert (row.limit, row.closed, row.ratio) == (300, 0.0, None)
    assert row.races == Races(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, None, None)
    assert row.assignments is None
    assert row.failures == [FailureKind((), "it hung", "hung", "certain", 1)]
    assert row.unmeasured == [Unmeasured("unavailable", "no wheel", 1)]
    assert row.files == [f"20240101-000000-1/{order:04d}" for order in range(1, 7)]


def test_a_script_that_is_not_recorded_has_no_requests_and_no_cost_of_one() -> None:
    (row,) = rows(made(requests=None), made(order=2, requests=Requests([], [], [])))
    assert (row.requests, row.cpu_per_request) == (0, None)


def test_what_could_not_be_measured_alike_is_told_once() -> None:
    (row,) = rows(
        made(outcome="unavailable", detail="no wheel"),
        made(outcome="unavailable", detail="no index"),
        made(outcome="server-died", detail="no wheel"),
        made(outcome="unavailable", detail="no wheel"),
    )
    assert row.unmeasured == [
        Unmeasured("unavailable", "no wheel", 2),
        Unmeasured("unavailable", "no index", 1),
        Unmeasured("server-died", "no wheel", 1),
    ]
    assert (row.wall, row.trials) == (None, 0)


def test_a_control_of_another_round_campaign_or_load_is_none() -> None:
    target = parse("httpx==0.28.1")

    def ratio(**fields: Any) -> float | None:
        beside = made(control(), **({"wall": 2.0, "round": 1} | fields))
        both = rows(beside, made(target, order=2, round=1, wall=6.0))
        return next(row.ratio for row in both if row.target == target)

    assert ratio() == 3.0
    assert ratio(round=2) is None
    assert ratio(campaign="20240101-000000-2") is None
    assert ratio(load=SMOKE) is None
    assert ratio(wall=0.0) is None
    assert ratio(wall=None) is None
    assert ratio(outcome="hung", detail="x") is None
    early = rows(made(control(), wall=2.0), made(target, outcome="crashed", detail="x", wall=6.0))
    assert [row.ratio for row in early] == [None, None]
    own = rows(made(control(), wall=2.0), made(target, wall=0.0))
    assert [row.ratio for row in own] == [None, None]


def test_failures_are_counted_by_chain_cause_and_how_sure_it_is() -> None:
    stale = failing(READ_ERROR, client=USED, server=SERVED)
    unknown = failing(READ_ERROR)
    under_way = made(requests=Requests([0.0], [None], [None]))
    killed = made(outcome="crashed", detail="SIGKILL", exit_status=-9)
    (row,) = rows(unknown, stale, stale, under_way, killed)
    chain = ("httpx.ReadError",)
    assert row.failures == [
        FailureKind(chain, None, "stale connection", "certain", 2),
        FailureKind(chain, None, "unknown", "unknown", 1),
        FailureKind((), None, "unknown", "unknown", 1),
        FailureKind((), "SIGKILL", "client killed", "certain", 1),
    ]
    assert row.failing == 5
    assert counted_causes([row, row]) == {"stale connection": 4, "unknown": 4, "client killed": 2}


def raced(closed: float, *stalls: tuple[float, float]) -> Trial:
    """A trial that wrote at 9.4, having chosen at 9.0, on a connection closed at this moment."""
    server = structs.replace(SERVED, closed=closed)
    return failing(READ_ERROR, client=USED, server=server, lag=Lag(1.0, 0.1, 9, list(stalls)))


def test_races_with_a_close_are_told_by_window_and_stall() -> None:
    (row,) = rows(raced(9.2), raced(8.9, (9.0, 9.2)), raced(9.0, (9.3999, 9.5)))
    assert (row.races.stale, row.races.told, row.races.blocked) == (3, 3, 1)
    assert (row.races.noted, row.races.watched) == (0, 0)
    assert row.races.window_ms == (200.0, 400.0, 500.0)
    (row,) = rows(raced(9.2, (9.3994, 9.5)), raced(9.4567891))
    assert (row.races.told, row.races.undecided, row.races.blocked) == (1, 0, 1)
    assert row.races.window_ms is not None
    assert row.races.window_ms == pytest.approx((-56.789, 71.6055, 200.0), abs=1e-9)


def test_races_are_told_by_assignment_and_by_whether_the_socket_was_read() -> None:
    def trial(assigned: float | None, paused: float | None) -> Trial:
        turns = [USED.turns[0], Turn(1, 9.0, 9.4, None, assigned, 3, None, None, paused)]
        client = structs.replace(USED, turns=turns)
        noted = ("reading", "looks")
        return failing(READ_ERROR, client=client, server=SERVED, client_noted=noted)

    (row,) = rows(trial(9.1, 0.9), trial(9.3, 0.9), trial(None, None))
    assert (row.races.noted, row.races.assigned) == (2, 1)
    assert (row.races.watched, row.races.paused) == (3, 2)
    assert row.assignments == 3


def test_races_are_told_by_the_last_look_at_the_socket() -> None:
    def trial(looked: float | None) -> Trial:
        turns = [USED.turns[0], Turn(1, 9.3, 9.4, None, 9.0, 1, looked, False)]
        client = structs.replace(USED, turns=turns)
        server = structs.replace(SERVED, closed=9.2)
        return failing(READ_ERROR, client=client, server=server, client_noted=("reading", "looks"))

    (row,) = rows(trial(9.1), trial(9.25), trial(None))
    assert (row.races.stale, row.races.looked, row.races.after_look) == (3, 2, 1)
    assert row.races.look_ms == pytest.approx(225.0)


def test_connections_closed_early_end_before_the_last_request_came() -> None:
    last = Connection(2, 0.0, arrivals=[(0.1, 0.2), (0.9, 1.0)])

    def early(**fields: Any) -> float | None:
        other = structs.replace(Connection(1, 0.0, arrivals=[(0.1, 0.2)]), **fields)
        return closed_early(Server(connections=[other, last]))

    assert early() == 0
    assert early(closed=0.89) == 1
    assert early(closed=0.9) == 0
    assert early(closed=0.7, eof=0.7) == 0
    assert early(closed=0.7, eof=0.71) == 1
    assert early(closed=0.7, arrivals=[]) == 1
    assert closed_early(Server(connections=[])) == 0
    assert closed_early(Server(connections=[Connection(1, 0.0, closed=0.5)])) == 0


def test_rows_stand_by_load_axis_and_release() -> None:
    names = ["httpx==0.9.3", "httpx==0.28.1", "httpcore==1.0.9", "httpcore==1.0.10"]
    targets = [parse(name) for name in names] + [control()]
    own = structs.replace(parse("httpx==0.28.1"), name="mine", axis="")
    loads = [AS_WRITTEN, Load("a load"), LOADS["smoke"], LOADS["compressed"], LOADS["document"]]
    trials = [made(target, load) for load in loads for target in [own, *reversed(targets)]]
    found = rows(*trials)
    assert list(dict.fromkeys(row.load.name for row in found)) == [
        "document",
        "compressed",
        "smoke",
        "a load",
        "as-written",
    ]
    order = [row.target.name for row in found[:6]]
    assert order[-1] == "mine"
    assert order.index("httpx 0.9.3") + 1 == order.index("httpx 0.28.1")
    assert order.index("httpcore 1.0.9") + 1 == order.index("httpcore 1.0.10")
    axes = list(libraries.axes())
    assert [row.target.axis for row in found[:5]] == sorted(
        (row.target.axis for row in found[:5]), key=axes.index
    )


def test_a_trial_is_disturbed_by_what_is_more_than_its_lanes_and_cores() -> None:
    def busy(load: float | None, lanes: int, cores: int) -> Disturbed | None:
        host = structs.replace(HOST, load=load, cores=cores)
        return summarise([made(host=host, lanes=lanes), made(order=2)]).disturbed

    assert busy(4.0, 3, 2) is None
    assert busy(4.1, 3, 2) == Disturbed(1, 2, 4.1)
    assert busy(4.0, 2, 3) is None
    assert busy(4.1, 2, 3) == Disturbed(1, 2, 4.1)
    assert busy(None, 1, 1) is None
    both = [made(host=structs.replace(HOST, load=load)) for load in (9.0, 5.0)]
    assert summarise(both).disturbed == Disturbed(2, 2, 9.0)


def test_rows_are_failing_clean_or_neither() -> None:
    gone = made(parse("httpx==0.28.1"), outcome="unavailable", detail="no")
    summary = summarise([made(failed=1), made(parse("httpx==0.24.1")), gone])
    assert [row.target.name for row in summary.failing] == ["httpx 0.27.2, httpcore 1.0.6"]
    assert [row.target.name for row in summary.clean] == ["httpx 0.24.1"]


def test_the_most_widespread_cause_strikes_most_targets() -> None:
    stale = failing(READ_ERROR, client=USED, server=SERVED)
    starved = Failure((link("PoolTimeout"),), "", 90)
    many = changed(made(parse("httpx==0.28.1"), failed=9), failures=[starved])
    both = rows(many, stale, structs.replace(stale, target=control()))
    assert widespread(both) == ["stale connection", "pool starvation"]
    assert median([]) is None
    assert median([None, 2.0, 5.0, 9.0]) == 5.0


def test_every_release_of_an_axis_is_a_target_of_it() -> None:
    targets = every(libraries.axes()["httpx"], ["0.27.2", "0.28.1"])
    assert [(target.pins, target.axis) for target in targets] == [
        (("httpx==0.27.2",), "httpx"),
        (("httpx==0.28.1",), "httpx"),
    ]


def test_the_default_matrix_is_the_pair_and_the_rest_faster() -> None:
    other = parse("httpx==0.28.1")
    both = [(target.name, load.name) for target, load in default_entries([other])]
    assert both == [
        ("httpx 0.27.2, httpcore 1.0.6", "document"),
        ("aiohttp 3.10.10", "document"),
        ("httpx 0.28.1", "compressed"),
        ("aiohttp 3.10.10", "compressed"),
    ]
    assert entries([other], SMOKE) == [(other, SMOKE), (control(), SMOKE)]


def test_what_a_server_noted_counts_only_of_trials_that_were_completed() -> None:
    one, two = (Connection(port, 0.0) for port in (1, 2))
    hung = made(outcome="hung", server_connections=[one, two])
    (row,) = summarise([made(server_connections=[one]), hung]).rows
    assert row.connections == 1


def test_trials_that_ended_alike_are_counted() -> None:
    died = made(outcome="crashed", detail="SIGSEGV", requests=None, exit_status=-11)
    (row,) = summarise([died, died]).rows
    assert [(kind.detail, kind.requests) for kind in row.failures] == [("SIGSEGV", 2)]


def test_where_the_client_and_the_tooling_ran_on_different_pythons_both_are_said() -> None:
    noted = structs.replace(HOST, python="3.15.2")
    trials = [
        made(host=noted, client_environment=environment({}), order=1),
        made(host=HOST, client_environment=environment({}), order=2),
    ]
    summarised = summarise(trials)
    assert summarised.pythons == [(environment({}).python, "3.15.2")]
    assert why(summarised)[-1] == (
        f"Clients ran on Python {environment({}).python} under tooling on 3.15.2."
    )
    alike = structs.replace(HOST, python=environment({}).python)
    assert summarise([made(host=alike, client_environment=environment({}))]).pythons == []


def test_a_control_on_another_python_is_none() -> None:
    chosen = [on_python(target, "3.12.1") for target in (parse("document"), control())]
    other = on_python(control(), "3.13.0")
    trials = [
        made(chosen[0], wall=10.0),
        made(chosen[1], wall=2.0, order=2),
        made(other, wall=1.0, order=3),
    ]
    ratios = {row.target.name: row.ratio for row in summarise(trials).rows}
    assert ratios == {chosen[0].name: 5.0, chosen[1].name: None, other.name: None}


def test_targets_that_share_a_name_and_not_their_pins_are_rows_of_their_own() -> None:
    shared = ",".join(f"p{number}==1" for number in range(7))
    trials = [
        made(parse(f"httpx==0.27.2,anyio=={version},{shared}")) for version in ("4.6.2", "4.7.0")
    ]
    assert len({trial.target.name for trial in trials}) == 1
    assert [row.trials for row in summarise(trials).rows] == [1, 1]

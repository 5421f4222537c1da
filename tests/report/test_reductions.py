"""Sentences about a smallest case."""

import pytest

from scripts.analysis.catalogue import UNKNOWN
from scripts.analysis.rates import rate
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS
from scripts.reduction.result import About, Limit, SmallestClient, Tried
from scripts.report.reductions import claim, client_header, client_lines, limit_reason

pytestmark = pytest.mark.pure


def test_a_claim_is_what_the_runs_allow_rounded_down() -> None:
    assert claim(rate([(100, 100)]), good=False) == "fails in 100 of 100: at least 97%"
    assert claim(rate([(1, 100)]), good=True) == "passes in 99 of 100: at least 95%"
    assert claim(rate([(100, 100)]), good=False, silent=2) == (
        "fails in 100 of 100 (2 more say nothing): at least 93%"
    )
    assert claim(rate([(100, 100)]), good=True) == "passes in 0 of 100: at least 0%"


def test_a_limit_tells_on_which_side_the_simpler_case_is_wrong() -> None:
    bad = Limit("requests", "2", "1", "bad", rate([(0, 4)]))
    good = Limit("order", "in turn", "together", "good", rate([(2, 2)]))
    assert limit_reason(bad) == "requests is 2: with 1 it fails in 0 of 4 trials"
    assert limit_reason(good) == (
        "order is in turn: with together the good side fails too, in 2 of 2 trials"
    )


def test_a_limit_whose_trials_say_nothing_claims_no_rate() -> None:
    mute = Limit("order", "in turn", "together", "bad", rate([(0, 0)]), silent=3)
    assert limit_reason(mute) == (
        "order is in turn: with together 3 of 3 trials on the bad side say nothing"
    )
    mostly = Limit("requests", "2", "1", "good", rate([(0, 1)]), silent=3)
    assert limit_reason(mostly) == (
        "requests is 2: with 1 3 of 4 trials on the good side say nothing"
    )
    some = Limit("requests", "2", "1", "bad", rate([(0, 4)]), silent=1)
    assert limit_reason(some) == (
        "requests is 2: with 1 it fails in 0 of 4 trials, 1 more say nothing"
    )


def left(good: bool) -> SmallestClient:
    """What is left of a client of one's own."""
    about = About(
        name="20240101-000000-1",
        bad="own.py, httpx 0.28.1",
        good="own.py, httpx 0.24.1" if good else "",
        ran=("own.py, httpx 0.28.1", ""),
        signal="ReadError",
        load="compressed with delay=0.05",
        cause=UNKNOWN,
        script="repro/left.py",
        day="2024-01-31",
        command=("reduce",),
    )
    return SmallestClient(
        about=about,
        source="own.py",
        server="server.py",
        point=(1,),
        statements=(9, 23),
        lines=(11, 26),
        original_bad=rate([(4, 4)]),
        original_good=rate([(0, 3)]) if good else None,
        confirmed_bad=rate([(100, 100)]),
        confirmed_good=rate([(0, 100)]) if good else None,
        silent=(0, 2),
        seconds=0.5,
        tried=[Tried("9 of 23 statements, 11 lines", True, rate([(13, 13)]), None)],
    )


def test_what_is_left_of_a_client_says_so_first() -> None:
    assert client_lines(left(good=True)) == [
        "what is left of own.py, itself: 9 of 23 statements, 11 of 26 lines; nothing was added",
        "with own.py, httpx 0.28.1 it fails in 100 of 100: at least 97% of trials at 95% "
        "confidence; 0.5 s each (median)",
        "with own.py, httpx 0.24.1 it passes in 100 of 100 (2 more say nothing): at least 93% of "
        "trials",
        "the whole script (compressed with delay=0.05 load) failed in 4 of 4 trials, on the good "
        "side in 0 of 3",
        "cause unknown: of the whole and of what is left only the exception is the same",
        "1 forms tried, 1 kept",
    ]
    alone = client_lines(left(good=False))
    assert alone[2] == "no --good was given: what remains may be a bug that every version has"


@pytest.mark.parametrize("good", [True, False])
def test_the_file_says_what_it_is_and_how_to_run_it_once_more(good: bool) -> None:
    load = LOADS["compressed"].derived(delay=0.05)
    header = client_header(left(good), parse("httpx==0.28.1"), load)
    lines = header.splitlines()
    assert all(line.startswith("# ") and len(line) < 100 for line in lines[:-1])
    assert lines[0].startswith("# what is left of own.py, itself: 9 of 23 statements")
    said = " ".join(line.removeprefix("# ") for line in lines)
    assert "with own.py, httpx 0.28.1 it fails in 100 of 100: at least 97% of trials" in said
    assert ("no version is known to pass" in said) is not good
    assert (
        "nox -s trial -- --script left.py --with 'httpx==0.28.1' --load compressed --delay 0.05"
    ) in said

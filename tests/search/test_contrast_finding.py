"""What is known of two environments, as facts."""

from __future__ import annotations

import pytest

from scripts.domain.trial import Target, Trial
from scripts.search.contrast import Versions
from scripts.search.contrast_finding import contrast_finding
from scripts.search.difference import Difference
from tests.builders import MadeUpMixing, answered, contrast, made
from tests.search.test_difference import separated

pytestmark = pytest.mark.pure


def test_one_change_is_shown_both_ways() -> None:
    search = separated(lambda changes: "idna" in changes)
    answer = contrast_finding(search)
    assert answer.single == "idna"
    [cause], [back] = answer.causes, answer.back
    assert cause.changes == {"idna": Versions("3.7", "3.10")}
    assert search.question.changes_of(cause.target) == {"idna"}
    assert search.question.changes_of(back.target) == {"anyio", "certifi", "six"}
    assert (cause.rate.bad, back.rate.bad) == (cause.rate.trials, 0)
    assert back.also == []
    low, high = answer.rates
    assert low is not None
    assert high is not None
    assert (low.bad, high.bad) == (0, high.trials)
    assert answer.trials == len(search.tally.records)
    assert answer.ends == (search.question.good, search.question.bad)


def test_more_than_one_change_is_not_single() -> None:
    together = contrast_finding(separated(lambda changes: {"anyio", "six"} <= changes))
    alone = contrast_finding(separated(lambda changes: bool({"anyio", "six"} & changes)))
    assert together.single is alone.single is None
    assert len(together.causes) == 1
    assert len(alone.causes) == 2
    assert list(together.causes[0].changes) == ["anyio", "six"]


def test_what_has_to_be_changed_back_along_with_it_is_told() -> None:
    asked = contrast()
    # Without the newer idna there is no newer certifi.
    mixing = MadeUpMixing(asked, needs={"certifi": ["idna"]})
    search = separated(lambda changes: "idna" in changes, mixing=mixing)
    answer = contrast_finding(search)
    assert answer.single == "idna"
    assert [back.also for back in answer.back] == [["certifi"]]
    assert answer.beyond == ["certifi"]


@pytest.mark.parametrize(
    ("bad", "ending"), [((), "alike"), (("good", "bad"), "alike"), (("good",), "swapped")]
)
def test_ends_that_are_alike_or_swapped_are_told_so(bad: tuple[str, ...], ending: str) -> None:
    asked = contrast()
    affected = [
        target for name, target in (("good", asked.good), ("bad", asked.bad)) if name in bad
    ]

    def trial(target: Target, order: int) -> Trial:
        return made(target, order=order, failed=2 * (target in affected))

    answer = contrast_finding(answered(Difference(asked, MadeUpMixing(asked)), trial))
    assert answer.ending == ending
    assert answer.confidence is not None
    assert (answer.causes, answer.back) == ([], [])


def test_before_its_trials_are_enough_what_is_likeliest_is_told() -> None:
    asked = contrast(most=4)
    search = Difference(asked, MadeUpMixing(asked))
    assert contrast_finding(search).ending == "nothing judged"
    answered(
        search,
        lambda target, order: made(
            target, order=order, failed=2 * ("idna" in asked.changes_of(target))
        ),
    )
    answer = contrast_finding(search)
    assert (answer.ending, answer.confidence) == ("ran out", None)
    assert answer.rates[0] is not None


def test_trials_that_say_nothing_are_counted_apart() -> None:
    asked = contrast()
    search = Difference(asked, MadeUpMixing(asked))
    answered(search, lambda target, order: made(target, order=order, outcome="unavailable"))
    answer = contrast_finding(search)
    assert (answer.ending, answer.trials) == ("mute end", 0)
    assert answer.silent == len(search.tally.records)

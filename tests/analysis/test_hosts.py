"""Whether hosts differ is told within what is the same, and no surer than it is."""

import random

import pytest
from msgspec import structs

from scripts.analysis.hosts import HostValue, host_effect, of_trials
from scripts.domain.targets import control, parse
from scripts.report.hosts import host_lines
from tests.builders import made

pytestmark = pytest.mark.pure


def values(rates: dict[tuple[str, str], float], trials: int, seed: int = 0) -> list[HostValue]:
    """So many trials of each target on each host, failing at these rates."""
    luck = random.Random(seed)  # noqa: S311
    return [
        HostValue(target, host, float(luck.random() < rate))
        for (target, host), rate in rates.items()
        for _ in range(trials)
    ]


def test_one_host_is_not_compared() -> None:
    assert host_effect(values({("httpx", "a"): 0.5}, 10)) is None
    assert host_effect(values({("httpx", "a"): 0.5, ("httpx", ""): 0.1}, 10)) is None
    assert host_lines(None) == []


def test_what_ran_on_one_host_each_cannot_tell() -> None:
    effect = host_effect(values({("httpx", "a"): 1.0, ("aiohttp", "b"): 0.0}, 10))
    assert effect is not None
    assert (effect.verdict, effect.chance, effect.trials) == ("cannot tell", None, 0)
    assert "cannot be told" in host_lines(effect)[0]


def test_hosts_that_differ_are_told() -> None:
    rates = {("httpx", "a"): 0.9, ("httpx", "b"): 0.2, ("aiohttp", "a"): 0.0, ("aiohttp", "b"): 0.0}
    effect = host_effect(values(rates, 15))
    assert effect is not None
    assert effect.verdict == "differ"
    assert (effect.hosts, effect.trials, effect.judged) == (2, 60, 2)
    assert "They seem to differ (p = " in host_lines(effect)[0]


def test_targets_that_differ_are_no_difference_of_hosts() -> None:
    rates = {("httpx", "a"): 0.9, ("httpx", "b"): 0.9, ("aiohttp", "a"): 0.1, ("aiohttp", "b"): 0.1}
    effect = host_effect(values(rates, 15))
    assert effect is not None
    assert effect.verdict == "no difference shown"


def test_hosts_that_are_alike_are_said_to_differ_as_rarely_as_is_said() -> None:
    rates = {("httpx", "a"): 0.4, ("httpx", "b"): 0.4, ("httpx", "c"): 0.4}
    effects = [host_effect(values(rates, 8, seed)) for seed in range(60)]
    wrong = sum(effect is not None and effect.verdict == "differ" for effect in effects)
    assert wrong <= 8  # 3 are to be expected, more than 8 in one of 200 such tests


def test_trials_are_compared_with_those_of_the_same_target_and_load() -> None:
    trials = [
        structs.replace(made(target, failed=failed), host=structs.replace(made().host, name=host))
        for target, host, failed in [
            (parse("document"), "0a0a0a0a", 5),
            (parse("document"), "0b0b0b0b", 0),
            (control(), "0a0a0a0a", 0),
        ]
    ]
    effect = of_trials(trials)
    assert effect is not None
    assert (effect.trials, effect.judged) == (2, 1)


@pytest.mark.parametrize("value", [0.0, 0.1, 1.0, 5.0, 7.0])
def test_values_that_are_all_the_same_differ_nowhere(value: float) -> None:
    trials = [HostValue("httpx", host, value) for host in ["a", *"bbbbbbb"]]
    effect = host_effect(trials)
    assert effect is not None
    assert effect.chance == 1.0

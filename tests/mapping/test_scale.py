"""Two numbers of a load, as people write them and as a map is drawn over them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scripts.domain.problems import UsageProblem
from scripts.mapping.scale import QUANTITIES, Scale, parsed, place

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("keep-alive=0.02..10", Scale("keep-alive", 0.02, 10)),
        ("keep_alive=20ms..10s", Scale("keep-alive", 0.02, 10)),
        ("concurrency=10..400", Scale("concurrency", 10, 400)),
        ("work=0..0.03", Scale("work", 0, 0.03)),
    ],
)
def test_a_range_is_read_as_it_is_written(text: str, scale: Scale) -> None:
    assert parsed(text, "--x") == scale


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no number '' of a load"),
        ("colour=1..2", "no number 'colour' of a load to map; there are keep-alive, concurrency"),
        (
            "keep-alive",
            "names no range; write the least and the most, like --x keep-alive=0.02..10",
        ),
        ("keep-alive=", "names no range"),
        ("keep-alive=5", "names no range"),
        ("keep-alive=..5", "names no range"),
        ("keep-alive=1..2..3", "names no range"),
        ("keep-alive=5..1", "runs backwards: write keep-alive=1..5"),
        (
            "keep-alive=5..5",
            "is one point, and a map needs a range: nox -s trial -- --keep-alive 5",
        ),
        ("keep-alive=a..b", "'a' is no number of seconds, like 0.02 or 20ms"),
        ("keep-alive=nan..inf", "'nan' is no number of seconds"),
        ("keep-alive=1e3..2e3", "'1e3' is no number of seconds"),
        ("keep-alive=0.1..4000", "leaves what can be measured: 0 to 3600"),
        ("concurrency=1.5..4", "'1.5' is no whole number"),
        ("concurrency=0..400", "leaves what can be measured: 1 to 10000"),
        ("concurrency=1..3", "too narrow: a map has four numbers at least"),
    ],
)
def test_what_is_no_range_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        parsed(text, "--x")
    said = str(refused.value)
    assert words in said
    assert said.startswith("--x")
    assert said.endswith((".", "one."))


@given(
    some.sampled_from(sorted(QUANTITIES)),
    some.floats(0.001, 3),
    some.floats(2, 1000),
    some.floats(0, 1),
)
def test_numbers_of_a_scale_lie_on_it_in_order(
    name: str, low: float, factor: float, share: float
) -> None:
    if QUANTITIES[name].whole:
        low = float(max(1, round(low)))
    high = min(low * factor, QUANTITIES[name].most)
    high = float(round(high)) if QUANTITIES[name].whole else high
    if high <= low:
        return
    scale = Scale(name, low, high)
    value = scale.value(share)
    assert low * 0.99 <= value <= high * 1.01
    assert scale.value(0) == low
    assert scale.value(1) == high
    if not scale.quantity.whole:
        assert scale.share(value) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize("name", ["colour", "keep-alive"])
def test_a_stored_scale_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a scale"):
        Scale(name, 2, 1)


@given(some.sampled_from(sorted(QUANTITIES)), some.floats(1, 3000))
def test_a_number_is_read_as_it_is_written(name: str, value: float) -> None:
    value = float(round(value)) if QUANTITIES[name].whole else float(f"{value:.3g}")
    value = min(value, QUANTITIES[name].most)
    other = "delay" if name != "delay" else "work"
    assert place(f"{Scale(name, 1.0, 10.0).written(value)},{other}=1")[name] == value


def test_ones_own_settings_are_read() -> None:
    assert place("keep-alive=5, concurrency=50") == {"keep-alive": 5, "concurrency": 50}
    for text in (
        "keep-alive",
        "keep-alive=x",
        "a=1",
        "keep-alive=1,keep_alive=2",
        "concurrency=5.5",
    ):
        with pytest.raises(UsageProblem):
            place(text)

"""The releases that changed something, with what moved along."""

import re
from pathlib import Path

import pytest
from msgspec import structs

from scripts.domain.trial import Target, Trial
from scripts.report.facts import SearchResult, search_result
from scripts.report.overview import since
from scripts.report.releases import (
    ChangedRelease,
    changed_releases,
    lasting_faults,
    lasting_words,
    pace_words,
)
from scripts.search.attribution import Mixture, Moved
from scripts.search.bisection import Bisection
from scripts.search.finding import finding
from scripts.search.history import History
from scripts.search.release_line import release_line
from tests.builders import (
    Trying,
    answered,
    changed,
    day_question,
    environment,
    failing_from,
    flaky,
    made,
    question,
)

pytestmark = pytest.mark.pure


def moving(change: int) -> Trying:
    """Trials that fail from a release on with which h11 moves too."""
    trying = flaky(change, 1.0)

    def trial(target: Target, order: int) -> Trial:
        number = int(target.pins[0].split(".")[1])
        h11 = "0.16.0" if number >= change else "0.14.0"
        versions = {"httpx": f"1.{number}", "h11": h11}
        return changed(trying(target, order), environment=environment(versions))

    return trial


def followed() -> list[ChangedRelease]:
    asked = question(10, command=("history", "--package", "httpx"), confidence=0.95)
    line = release_line(answered(History(asked), moving(4)))
    return changed_releases([SearchResult(asked, 1, "", line)])


def test_what_moved_along_with_a_release_stands_in_its_sentence() -> None:
    (release,) = followed()
    assert release.moved == {"h11": ("0.14.0", "0.16.0")}
    assert since([release]).startswith(
        "Worse with httpx 1.4 (2024-01-05, with h11): ReadError appears ("
    )


def searched(trying: Trying) -> SearchResult:
    asked = question(10, command=("history", "--package", "httpx"), confidence=0.95)
    return SearchResult(asked, 1, "", release_line(answered(History(asked), trying)))


def test_a_fault_that_every_release_has_is_told_as_such() -> None:
    (fault,) = lasting_faults([searched(flaky(0, 1.0))])
    assert (fault.first, fault.last) == (("1.0", "2024-01-01"), ("1.9", "2024-01-10"))
    words = lasting_words(fault)
    assert words.startswith("All releases tried, from httpx 1.0 (2024-01-01) to 1.9: ")
    assert words.endswith(f" fails in {fault.trials} of {fault.trials} trials")


@pytest.mark.parametrize("trying", [flaky(99, 1.0), flaky(4, 1.0), flaky(0, 0.5)])
def test_one_that_not_every_trial_shows_is_none(trying: Trying) -> None:
    assert lasting_faults([searched(trying)]) == []


def test_what_was_told_apart_from_it_does_not() -> None:
    asked = question()
    result = finding(answered(Bisection(asked), flaky(4, 1.0)))

    def told(moved: Moved | None, fix: bool = False) -> ChangedRelease:
        both = structs.replace(result, moved_with=moved, fix=fix)
        (release,) = changed_releases([SearchResult(asked, 1, "", both)])
        return release

    packages = {"h11": ("0.14.0", "0.16.0"), "idna": ("none", "3.20")}
    assert told(None).moved == {}
    assert told(Moved(packages, Mixture(9, False), Mixture(9, True))).moved == {}
    open_ = Moved(packages, Mixture(9, None), Mixture(9, None))
    assert told(open_).moved == {"h11": ("0.14.0", "0.16.0"), "idna": (None, "3.20")}
    assert told(open_, fix=True).moved == {"h11": ("0.16.0", "0.14.0"), "idna": ("3.20", None)}


def test_of_a_day_the_version_before_is_told_unless_its_releases_were_tried() -> None:
    days = day_question()
    by_day = SearchResult(days, 1, "", finding(answered(Bisection(days), failing_from(4))))
    (release,) = changed_releases([by_day])
    assert (release.package, release.before, release.release) == ("idna", "3.3", "3.4")
    assert since([release]).startswith("Worse with idna 3.4 (2024-01-05, after 3.3): ReadError")
    asked = structs.replace(question(), package="idna")
    names = ["3.3", "3.3.1", "3.4"]
    for change in (1, 2):
        points = [
            structs.replace(point, name=name)
            for point, name in zip(asked.points, names, strict=False)
        ]
        row = structs.replace(asked, points=points)
        exact = SearchResult(row, 1, "", finding(answered(Bisection(row), flaky(change, 1.0))))
        for both in ([by_day, exact], [exact, by_day]):
            (told,) = changed_releases(both)
            assert (told.release, told.before) == (names[change], "")


def test_opposites_of_one_release_are_both_told_with_what_a_request_took() -> None:
    asked = question(10, command=("history", "--package", "httpx"), confidence=0.95)
    worse = release_line(answered(History(asked), flaky(4, 1.0)))
    better = release_line(answered(History(asked), flaky(4, 0.0, 1.0)))
    both = [
        SearchResult(asked, 1, "", worse, {"1.4": 0.0052}),
        SearchResult(asked, 1, "", better, {"1.4": 0.0021}),
    ]
    told = changed_releases(both)
    assert [(one.worse, pace_words(one)) for one in told] == [
        (True, " at 5.2 ms of CPU time a request"),
        (False, " at 2.1 ms of CPU time a request"),
    ]
    more, none = "ReadError appears at 5.2 ms of CPU time a request", "none in 7 at 2.1 ms"
    words = re.sub(r" \([\d.]+%\)", "", since(told))
    assert re.sub(r"in \d+ at", "in 7 at", words) == (
        f"Both with httpx 1.4 (2024-01-05): {more}, {none}."
    )
    assert pace_words(changed_releases(both[:1])[0]) == ""


def test_what_a_request_took_is_known_of_each_release(tmp_path: Path) -> None:
    asked = question()
    trials = [
        made(point.target, order=order, failed=order > 2)
        for order, point in enumerate(asked.points, 1)
    ]
    took = search_result(asked, trials, tmp_path).took
    assert took == {point.name: pytest.approx(0.06) for point in asked.points}
    assert search_result(day_question(), trials, tmp_path).took == {}

"""What environments would hold, out of real resolutions."""

from __future__ import annotations

import pytest

from scripts.domain import targets
from scripts.environments.build import Environments
from scripts.environments.contents import Contents
from scripts.environments.uv import Unavailable

pytestmark = pytest.mark.index


@pytest.fixture(scope="module")
def contents(environments: Environments) -> Contents:
    return Contents(environments)


def test_a_day_has_its_own_releases_and_the_pins_whatever_theirs(contents: Contents) -> None:
    packages = contents.on_day(targets.parse("httpx==0.27.2"), "2024-07-01")
    # httpx 0.27.2 is of August; all else is as on the day.
    assert packages["httpx"] == "0.27.2"
    assert (packages["anyio"], packages["certifi"]) == ("4.4.0", "2024.6.2")
    assert contents.held(["idna"], "", "2024-04-11") == {"idna": "3.7"}
    assert contents.held(["idna"], "", "2024-04-10") == {"idna": "3.6"}


def test_on_a_day_before_the_first_release_there_is_nothing(contents: Contents) -> None:
    with pytest.raises(Unavailable, match="no versions of idna"):
        contents.held(["idna"], "", "2012-01-01")


def test_spares_come_along_only_where_another_package_needs_them(contents: Contents) -> None:
    spares = {"sniffio": "1.3.0", "idna": "3.9", "six": "1.16.0", "typing-extensions": "4.12.2"}
    assert contents.with_spares({"anyio": "4.7.0"}, spares, "") == {
        "anyio": "4.7.0",
        "idna": "3.9",
        "sniffio": "1.3.0",
        "typing-extensions": "4.12.2",
    }
    older = contents.with_spares({"anyio": "4.6.0"}, spares, "")
    assert older == {"anyio": "4.6.0", "idna": "3.9", "sniffio": "1.3.0"}


@pytest.mark.parametrize(
    ("pins", "spares"),
    [
        ({"httpx": "0.27.2", "httpcore": "0.17.3"}, {}),
        ({"httpx": "0.27.2"}, {"httpcore": "0.17.3"}),
        ({"idna": "3.99"}, {}),
    ],
    ids=["pins", "a spare", "no such release"],
)
def test_versions_that_do_not_go_together_are_not_to_be_had(
    contents: Contents, pins: dict[str, str], spares: dict[str, str]
) -> None:
    with pytest.raises(Unavailable):
        contents.with_spares(pins, spares, "")


def test_a_python_that_is_not_here_is_told(contents: Contents) -> None:
    assert contents.python("") == contents.environments.interpreter("").version
    with pytest.raises(Unavailable, match=r"there is no Python 2\.4 here"):
        contents.python("2.4")

"""What differs unsaid between two rows that are compared."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from scripts.analysis.compare import answered
from scripts.analysis.summary import summarise
from scripts.analysis.surroundings import Unsaid, surroundings, versions
from scripts.domain.surveys import Entry, Survey
from scripts.domain.targets import control, on_python, parse
from scripts.domain.trial import Target, Trial
from tests.builders import changed, environment, made

pytestmark = pytest.mark.pure

DOCUMENT, OLD, NEW = parse("document"), parse("httpx2==2.0.0"), parse("httpx2==2.16.2")


def ran(target: Target, **packages: str) -> Trial:
    """A trial of a target whose client ran with these packages beside its own."""
    own = dict(pin.split("==") for pin in target.pins)
    return made(target, environment=environment(own | packages))


def unsaid(*trials: Trial) -> Mapping[str, Unsaid | None]:
    return {row.target.name: row.unsaid for row in summarise(trials).rows}


def test_releases_of_a_library_are_compared_with_the_documents_one() -> None:
    newer = parse("httpx==0.28.1")
    rows = unsaid(ran(newer, anyio="4.7", httpcore="1.0.6"), ran(DOCUMENT, anyio="4.6"))
    assert rows[DOCUMENT.name] is None
    assert rows[newer.name] == Unsaid(
        beside=DOCUMENT.name, python=None, client={"anyio": ("4.6", "4.7")}, server={}, numbers={}
    )


def test_a_library_that_the_document_lacks_is_compared_with_its_first_and_that_with_httpx() -> None:
    old = ran(OLD, anyio="4.6", httpcore2="2.0.0", h11="0.16")
    new = ran(NEW, anyio="4.16", httpcore2="2.16.2", h11="0.16", truststore="0.10")
    rows = unsaid(new, ran(DOCUMENT, anyio="4.6", h11="0.14"), old)
    first, last = rows[OLD.name], rows[NEW.name]
    assert first is not None and last is not None
    assert (first.beside, first.client) == (DOCUMENT.name, {"h11": ("0.14", "0.16")})
    assert (last.beside, last.client) == (
        OLD.name,
        {
            "anyio": ("4.6", "4.16"),
            "httpcore2": ("2.0.0", "2.16.2"),
            "truststore": (None, "0.10"),
        },
    )


def test_what_both_names_say_is_said_and_what_one_says_is_not() -> None:
    older = parse("httpx==0.24.1,httpcore==0.17.3")
    assert unsaid(ran(DOCUMENT), ran(older))[older.name] is None
    alone = parse("httpx==0.24.1")
    (difference,) = filter(None, unsaid(ran(DOCUMENT), ran(alone, httpcore="0.17.3")).values())
    assert difference.client == {"httpcore": ("1.0.6", "0.17.3")}


def test_of_the_documents_rows_that_of_httpx_alone_is_compared_with_none() -> None:
    rows = unsaid(ran(control(), idna="3.10"), ran(DOCUMENT, idna="3.10"))
    assert rows == {DOCUMENT.name: None, control().name: None}
    rows = unsaid(ran(control(), idna="3.11", yarl="1"), ran(DOCUMENT, idna="3.10"))
    beside = rows[control().name]
    assert beside is not None
    assert (beside.beside, beside.client) == (DOCUMENT.name, {"idna": ("3.10", "3.11")})


def test_rows_of_another_load_or_python_are_not_compared() -> None:
    elsewhere = [on_python(target, "3.12") for target in (DOCUMENT, parse("httpx==0.28.1"))]
    rows = unsaid(
        ran(DOCUMENT, anyio="4.6"), ran(elsewhere[0], anyio="4.7"), ran(elsewhere[1], anyio="4.7")
    )
    assert [one and one.client for one in rows.values()] == [
        None,
        None,
        {"httpcore": ("1.0.6", None)},
    ]


def test_the_servers_packages_the_python_and_numbers_of_one_name_are_told() -> None:
    newer = parse("httpx==0.28.1")
    server = environment({"uvicorn": "0.32.0"})
    first = changed(ran(DOCUMENT), server_environment=server)
    load = structs.replace(first.load, keep_alive=5.0)
    other = changed(
        ran(newer, httpcore="1.0.6"), server_environment=environment({"uvicorn": "0.33"}), load=load
    )
    assert other.client.environment is not None
    later = structs.replace(other.client.environment, python="3.12.1")
    (difference,) = filter(None, unsaid(first, changed(other, environment=later)).values())
    assert difference == Unsaid(
        beside=DOCUMENT.name,
        python=("3.11.7", "3.12.1"),
        client={},
        server={"uvicorn": ("0.32.0", "0.33")},
        numbers={"keep_alive": (0.5, 5.0)},
    )


def test_a_row_whose_trials_differ_names_every_version() -> None:
    ran_with = surroundings([ran(NEW, anyio="4.9"), ran(NEW, anyio="4.10"), made(NEW)])
    assert ran_with.client["anyio"] == "4.10 or 4.9"
    assert ran_with.python == "3.11.7"


def test_where_nothing_was_noted_nothing_is_said() -> None:
    assert set(unsaid(made(DOCUMENT), ran(parse("httpx==0.28.1"))).values()) == {None}


def test_a_surveys_line_is_compared_with_the_first_of_its_family() -> None:
    load = made().load
    group = [Entry(NEW.name, "calm", NEW, load)]
    blocking = structs.replace(NEW, name="busy", script="repro/variants/blocking_client.py")
    group += [Entry(NEW.name, "busy", blocking, load)]
    asked = Survey(name="20240101-000000-1", topic="callers", entries=group)
    calm, busy = answered(asked, [ran(NEW), ran(blocking, httpx="0.27.2")])
    assert calm.row is not None and busy.row is not None
    assert calm.row.unsaid is None
    assert busy.row.unsaid is not None
    assert busy.row.unsaid.client == {"httpx": (None, "0.27.2")}


packages = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"))


@given(packages, packages)
def test_versions_make_the_one_environment_of_the_other(
    there: dict[str, str], here: dict[str, str]
) -> None:
    moved = {name: version for name, (_, version) in versions(there, here, ()).items()}
    made_of = there | moved
    assert {name: version for name, version in made_of.items() if version} == here
    assert versions(here, here, ()) == {}


def test_a_server_that_was_not_started_differs_in_nothing() -> None:
    one = changed(made(parse("httpx==0.27.2")), server_environment=environment({"click": "8.0.0"}))
    assert surroundings([one]).server == {"click": "8.0.0"}
    alone = structs.replace(one, target=structs.replace(one.target, server=""))
    assert surroundings([alone]).server == {}

"""What can stand between client and server, and what is said where it cannot."""

from pathlib import Path

import pytest
from cyclopts import Token
from inline_snapshot import snapshot
from msgspec import structs

from scripts.commands.conditions import check_conditions, seconds
from scripts.commands.options import LoadOptions
from scripts.domain.problems import UsageProblem
from scripts.domain.targets import parse
from scripts.domain.trial import LOADS, Load, Target

pytestmark = pytest.mark.pure

DOCUMENT = parse("document")
TLS, LATE = Load("x", tls=True), Load("x", latency=0.0)


@pytest.mark.parametrize(
    ("text", "expected"), [("10ms", 0.01), ("0.5s", 0.5), ("1", 1.0), (".25", 0.25), ("0", 0.0)]
)
def test_a_span_of_time_is_read(text: str, expected: float) -> None:
    assert seconds(float, [Token(value=text)]) == expected


@pytest.mark.parametrize("text", ["", "ms", "-1", "1m", "1 ms", "nan", "1e3"])
def test_what_is_no_span_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no span of time"):
        seconds(float, [Token(value=text)])


def refused(target: Target, load: Load) -> str:
    with pytest.raises(UsageProblem) as problem:
        check_conditions(target, load)
    return str(problem.value)


def test_what_can_stand_there_may() -> None:
    for load in (TLS, LATE, Load("x", latency=1.0, tls=True), Load("x")):
        check_conditions(DOCUMENT, load)
    commanded = structs.replace(DOCUMENT, server="", server_command="node x.js")
    check_conditions(commanded, LATE)
    check_conditions(structs.replace(DOCUMENT, server="", url="http://127.0.0.1:9"), LATE)


def test_tls_needs_a_server_that_is_given_the_certificate(tmp_path: Path) -> None:
    commanded = structs.replace(DOCUMENT, server="", server_command="node x.js")
    sentence = refused(commanded, TLS)
    assert sentence == snapshot(
        "--tls goes with neither --server-command nor --url: only a server that is served for you "
        "is given the certificate."
    )
    assert refused(structs.replace(DOCUMENT, server="", url="http://127.0.0.1:9"), TLS) == sentence
    script = tmp_path / "server.py"
    script.write_text("print(1)\n")
    assert refused(structs.replace(DOCUMENT, server=str(script)), TLS).startswith(
        "--tls needs a server script that defines an ASGI `app`; "
    )


def test_a_client_without_a_server_has_nothing_before_it() -> None:
    alone = structs.replace(DOCUMENT, server="")
    assert refused(alone, Load("x", latency=0.1, tls=True)) == snapshot(
        "--latency and --tls: there is no server beside this client to put anything before; name "
        "one with --server."
    )


def test_the_options_make_the_load() -> None:
    load = LoadOptions(latency=0.01, tls=True).resolve(LOADS["smoke"])
    assert (load.latency, load.tls, load.base) == (0.01, True, "smoke")

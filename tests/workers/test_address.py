"""What --workers may name."""

import pytest

from scripts.domain.problems import UsageProblem
from scripts.workers.address import LocalWorkers, Scheduler, workers

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("local:1", LocalWorkers(1)),
        ("local:64", LocalWorkers(64)),
        ("tls://10.0.0.5", Scheduler("10.0.0.5", 8786, True)),
        ("tls://lab.example:9000/", Scheduler("lab.example", 9000, True)),
        ("tcp://127.0.0.1:8786", Scheduler("127.0.0.1", 8786, False)),
        ("tcp://[::1]:8786", Scheduler("::1", 8786, False)),
    ],
)
def test_workers_are_local_or_a_schedulers(text: str, named: object) -> None:
    assert workers(text) == named


@pytest.mark.parametrize("text", ["tls://10.0.0.5:8786", "tcp://[::1]:8786"])
def test_an_address_is_written_as_it_was_read(text: str) -> None:
    named = workers(text)
    assert isinstance(named, Scheduler)
    assert named.address == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "local",
        "local:x",
        "http://127.0.0.1:1",
        "tls://",
        "tls://h:99999",
        "tls://u@h",
        "tls://h/x",
    ],
)
def test_anything_else_names_none(text: str) -> None:
    with pytest.raises(UsageProblem, match="names no workers"):
        workers(text)


@pytest.mark.parametrize("text", ["local:0", "local:65"])
def test_so_many_cannot_be_started_here(text: str) -> None:
    with pytest.raises(UsageProblem, match="from 1 to 64"):
        workers(text)


def test_plain_text_does_not_leave_this_machine() -> None:
    with pytest.raises(UsageProblem, match="use tls://10"):
        workers("tcp://10.0.0.5:8786")

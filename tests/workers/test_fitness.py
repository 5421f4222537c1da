"""Which workers can run the trials of a call."""

from pathlib import Path

import pytest
from msgspec import structs

from scripts.domain.files import PROJECT
from scripts.workers.fitness import Fitness, is_code, project_digest, unfit

pytestmark = pytest.mark.pure

OWN = Fitness("0a0a0a0a", "abc", "abc", "3.11.7", "2026.8.0", True)


def test_one_that_is_the_same_elsewhere_fits() -> None:
    assert not unfit(structs.replace(OWN, host="0b0b0b0b"), OWN, {"0c0c0c0c": "tls://x"}, False)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("project", "other", "was updated since it started"),
        ("python", "3.12.1", "runs on Python 3.12.1, and this call on 3.11.7"),
        ("dask", "2025.1.0", "has distributed 2025.1.0, and this call 2026.8.0"),
        ("uv", False, "has no uv"),
    ],
)
def test_one_that_would_measure_something_else_does_not(
    field: str, value: object, words: str
) -> None:
    assert words in unfit(structs.replace(OWN, **{field: value}), OWN, {}, False)


def test_one_of_another_version_does_not_fit() -> None:
    other = structs.replace(OWN, project="other", started="other")
    assert "another version of this project" in unfit(other, OWN, {}, False)


def test_a_host_has_one_worker_unless_all_are_of_this_machine() -> None:
    others = {OWN.host: "tls://10.0.0.7:1"}
    assert "on the host of tls://10.0.0.7:1" in unfit(OWN, OWN, others, False)
    assert not unfit(OWN, OWN, others, True)


def test_the_projects_own_code_is_told_from_what_lies_beside_it() -> None:
    assert is_code(PROJECT / "repro" / "server.py")
    assert not is_code(PROJECT / "repro" / "minimal_readerror.py")
    assert not is_code(PROJECT / "results" / "x" / "client.py")
    assert not is_code(Path("/elsewhere/repro/server.py"))
    assert len(project_digest()) == 16

"""A trial on disk is whole or refused."""

import contextlib
import gzip
import json
import resource
import signal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.domain.files import PROJECT
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Connection
from scripts.report import published, publishing
from scripts.trials import store
from tests import recorded
from tests.builders import made, planned

pytestmark = pytest.mark.pure


def test_results_go_where_the_variable_says_else_into_the_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESULTS_FOLDER", str(tmp_path / "elsewhere"))
    assert store.results() == tmp_path / "elsewhere"
    monkeypatch.setenv("RESULTS_FOLDER", "")
    assert store.results() == PROJECT / "results"
    monkeypatch.delenv("RESULTS_FOLDER")
    assert store.results() == PROJECT / "results"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    trial = made(failed=2)
    assert store.read(store.write(trial, tmp_path)) == trial
    assert store.trials(tmp_path) == [trial]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "damaged"),
        (b"[1, 2]", "damaged"),
        (b"null", "damaged"),
        (b'{"schema": 99}', "schema '99', not 2"),
        (b"{}", "schema 'None', not 2"),
        (b'{"schema": 1}', "damaged"),
        (b'{"schema": 2}', "damaged"),
        (b'{"schema": [1]}', "not 2"),
        (b"\xff\xfe", "damaged"),
    ],
)
def test_what_is_no_trial_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "0001-x.json"
    path.write_bytes(content)
    with pytest.raises(UsageProblem, match=words):
        store.read(path)


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all examples of a test may write to, one after the other."""
    return tmp_path_factory.mktemp("examples")


@given(cut=st.integers(min_value=0, max_value=600), junk=st.binary(max_size=5))
def test_a_cut_or_dirtied_file_never_passes_for_another_trial(
    examples: Path, cut: int, junk: bytes
) -> None:
    content = msgspec.json.encode(made(failed=1))
    damaged = content[:cut] + junk + content[cut + len(junk) + 1 :]
    path = examples / "0001-damaged.json"
    path.write_bytes(damaged)
    with contextlib.suppress(UsageProblem):
        store.read(path)


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """An empty campaign's folder, to be published."""
    folder = tmp_path / "campaign"
    folder.mkdir()
    return folder


def test_a_published_trial_is_the_same_trial(campaign: Path) -> None:
    planned(campaign, made(failed=1))
    first, again = (
        {
            path.name: path.read_bytes()
            for path in publishing.publish(campaign, replacing=True).folder.iterdir()
        }
        for _ in range(2)
    )
    assert first == again
    assert published.trials() == [made(failed=1)]


def test_a_trial_cannot_name_where_it_is_published(campaign: Path) -> None:
    store.write(made(campaign="../../outside"), campaign)
    with pytest.raises(UsageProblem, match="not of one campaign"):
        publishing.publish(campaign)


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b", b"\x1f\x8bnonsense", gzip.compress(b"x", mtime=0)[:-4]]
)
def test_damaged_compression_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "0001-x.json.gz"
    path.write_bytes(content)
    with pytest.raises(UsageProblem):
        store.read(path)


def test_a_file_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LARGEST", 1000)
    path = tmp_path / "0001-x.json.gz"
    path.write_bytes(gzip.compress(b" " * 1001))
    with pytest.raises(UsageProblem, match="too large"):
        store.read(path)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot be read: No such file"):
        store.read(tmp_path / "0001-none.json")


def test_a_write_that_the_kernel_refuses_leaves_nothing(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            store.write(made(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_a_trial_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        store.write(made(), tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


def test_a_trial_of_the_first_layout_is_read_as_it_was_meant() -> None:
    kept = recorded.FAILING
    flat = json.loads(kept.read_bytes())
    assert flat["schema"] == 1
    trial = store.read(kept)
    assert trial.name == f"{flat['campaign']}/{flat['order']:04d}"
    assert trial.client.wall == flat["wall"]
    assert trial.server.cpu == flat["server_cpu"]
    assert trial.client.connections == msgspec.convert(
        flat["client_connections"], type=list[Connection]
    )
    assert trial.server.connections == msgspec.convert(flat["connections"], type=list[Connection])


def test_the_last_words_of_the_first_layout_go_to_whoever_said_them(tmp_path: Path) -> None:
    flat = json.loads(recorded.FAILING.read_bytes()) | {"stderr": "no port left"}
    for outcome, sides in (
        ("completed", ("no port left", "")),
        ("server-died", ("", "no port left")),
    ):
        path = tmp_path / "0001-x.json"
        path.write_text(json.dumps(flat | {"outcome": outcome}))
        trial = store.read(path)
        assert (trial.client.stderr, trial.server.stderr) == sides


def test_no_two_folders_of_a_process_are_named_alike() -> None:
    names = [store.named_now()[0] for _ in range(2)]
    assert len(set(names)) == 2

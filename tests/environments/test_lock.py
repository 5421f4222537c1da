"""A lock says what is installed, what is recorded of it, and what moved."""

import pytest

from scripts.environments.lock import Lock, moves, versions
from scripts.environments.recipe import Recipe
from scripts.environments.resolution import moves_only_pinned

pytestmark = pytest.mark.pure

DOCUMENT = {"httpx": "0.27.2", "anyio": "4.6.2"}


def test_uvs_text_becomes_lines_in_order_without_its_comments() -> None:
    lock = Lock.of("# by uv\nhttpx==0.28.1\n\nanyio==4.6.2\n", "2024-10-20")
    assert lock.installed == lock.recorded == ("anyio==4.6.2", "httpx==0.28.1")
    assert lock.held == "2024-10-20"


def test_a_wheel_is_recorded_without_its_path() -> None:
    wheel = "httpx @ file:///scratch/httpx-0.28.1-py3-none-any.whl"
    lock = Lock.of(f"{wheel}\nanyio==4.6.2\n", None).recording({wheel: "httpx==0.28.1"})
    assert lock.installed == ("anyio==4.6.2", wheel)
    assert lock.recorded == ("anyio==4.6.2", "httpx==0.28.1")


def test_names_are_compared_as_indexes_do() -> None:
    assert versions(["Some_Lib==1.0", "no-version"]) == {"some-lib": "1.0"}


def test_only_packages_of_the_documents_environment_move() -> None:
    packages = {"httpx": "0.28.1", "anyio": "4.6.2", "trio": "0.27.0"}
    assert moves(packages, DOCUMENT) == {"httpx": ("0.27.2", "0.28.1")}


def test_a_lock_of_the_cache_may_move_what_is_pinned_and_nothing_else() -> None:
    lock = Lock.of("httpx==0.28.1\nanyio==4.6.2\n", "2024-10-20")
    pinning, open_to_all = (
        Recipe(lines, "python", "2024-10-20") for lines in (("HTTPX==0.28.1",), ("httpx",))
    )
    assert moves_only_pinned(lock, pinning, DOCUMENT)
    assert not moves_only_pinned(lock, open_to_all, DOCUMENT)

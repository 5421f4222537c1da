"""What a client runs before its script: what it replaces is told, and that it replaces nothing."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "trials" / "probes"))

import preludes  # type: ignore[import-not-found]

pytestmark = pytest.mark.pure

LIBRARY = """
class Pool:
    def send(self):
        return "sent"

    @classmethod
    def made(cls):
        return cls()

LIMIT = 5
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder of an installed library with two modules, of which one imports the other late."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "pooled.py").write_text(LIBRARY)
    (folder / "pooled_late.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(folder))
    for name in ("pooled", "pooled_late", "prelude"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return str(folder)


def ran(folder: str, text: str) -> list[str]:
    path = Path(folder).parent / "change.py"
    path.write_text(text)
    names: list[str] = preludes.run(str(path), "pooled", (folder,))
    for name in ("pooled", "pooled_late"):
        sys.modules.pop(name, None)
    return names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import pooled\npooled.Pool.send = lambda self: 1\n", ["pooled.Pool.send"]),
        ("import pooled\npooled.LIMIT = 6\n", ["pooled.LIMIT"]),
        (
            "import pooled\n"
            "def made(cls):\n    return 1\n"
            "pooled.Pool.made = classmethod(made)\n"
            "class Pool(pooled.Pool):\n    pass\n"
            "pooled.Pool = Pool\n",
            ["pooled.Pool"],
        ),
        ("import pooled_late\npooled_late.LIMIT = 6\n", ["pooled_late.LIMIT"]),
        (
            "from pooled_late import Pool\nPool.send = property(lambda self: 1)\n",
            ["pooled_late.Pool.send"],
        ),
        # Of what it imports in another way, that tells which was defined there.
        (
            "import importlib\npooled_late = importlib.import_module('pooled_late')\n"
            "def made(cls):\n    return 1\n"
            "pooled_late.Pool.made = classmethod(made)\n",
            ["pooled_late.Pool.made"],
        ),
        ("import sys\nsys.meta_path.append(None)\n", []),
    ],
)
def test_what_is_replaced_is_named(
    installed: str, monkeypatch: pytest.MonkeyPatch, text: str, names: list[str]
) -> None:
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    assert ran(installed, text) == names


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import pooled\npooled.Pool.send = pooled.Pool.send\n", "replaces nothing"),
        ("import pooled\nx = 1\n", "replaces nothing"),
        ("raise SystemExit('not proven here')", "it ends the program: not proven here"),
        ("import pooled\npooled.Pool.sent()", "it raises AttributeError"),
    ],
)
def test_what_changes_nothing_is_refused(installed: str, text: str, why: str) -> None:
    with pytest.raises(preludes.Refused, match=why):
        ran(installed, text)


def test_modules_elsewhere_do_not_count(installed: str) -> None:
    with pytest.raises(preludes.Refused):
        ran(installed, "import json\njson.more = 1\n")
    import json

    del json.more  # type: ignore[attr-defined]
    assert isinstance(json, types.ModuleType)

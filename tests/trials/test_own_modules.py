"""Whether a script needs a server is read from it and from its own modules."""

import ast
from pathlib import Path

import pytest

from scripts.trials.own_modules import defines_app, names_server, own_start, sends_requests

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"main.py": "import time\ntime.sleep(1)"}, False),
        ({"main.py": "SERVER_URL = 'http://localhost:8000/'"}, True),
        ({"main.py": "import os\nos.environ['SERVER_URL']"}, True),
        ({"main.py": "class Settings:\n    server_url: str"}, True),
        ({"main.py": "import near", "near.py": "SERVER_URL"}, True),
        ({"main.py": "import near", "near.py": "import main", "far.py": "SERVER_URL"}, False),
        ({"main.py": "import a.b", "a/__init__.py": "", "a/b.py": "SERVER_URL"}, True),
        ({"main.py": "import a.b", "a/__init__.py": "SERVER_URL", "a/b.py": ""}, True),
        ({"main.py": "from a import b", "a/b.py": "SERVER_URL"}, True),
        ({"main.py": "from . import b", "b.py": "SERVER_URL"}, True),
        (
            {"main.py": "import a", "a/__init__.py": "from .b import c", "a/b.py": "SERVER_URL"},
            True,
        ),
        ({"main.py": "def"}, False),
    ],
)
def test_a_server_is_named_by_the_script_or_by_what_it_imports(
    tmp_path: Path, files: dict[str, str], named: bool
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert names_server(tmp_path / "main.py", tmp_path) == named


@pytest.mark.parametrize(
    ("text", "sends"),
    [
        ("async def send_request(): pass", True),
        ("def send_request(): pass", True),
        ("send_request = print", True),
        ("class Client:\n    def send_request(self): pass", False),
        ("", False),
    ],
)
def test_requests_are_recorded_where_the_probe_finds_their_function(
    tmp_path: Path, text: str, sends: bool
) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    assert sends_requests(script) == sends


def test_the_packages_around_a_module_are_run_before_it(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.py").write_text("pass")
    assert not names_server(tmp_path / "a" / "b" / "c.py", tmp_path)
    (tmp_path / "a" / "__init__.py").write_text("SERVER_URL = ''")
    assert names_server(tmp_path / "a" / "b" / "c.py", tmp_path)


@pytest.mark.parametrize(
    ("text", "defined"),
    [
        ("app = 1", True),
        ("app: object = 1", True),
        ("async def app(): ...", True),
        ("class app: ...", True),
        ("if True:\n    app = 1", False),
        ("application = 1", False),
    ],
)
def test_an_app_is_what_the_top_level_gives_that_name(
    tmp_path: Path, text: str, defined: bool
) -> None:
    (tmp_path / "server.py").write_text(text)
    assert defines_app(tmp_path / "server.py") == defined


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("import uvicorn\nif True:\n    uvicorn.run(app, timeout_keep_alive=1)", "uvicorn.run"),
        ("from uvicorn import run as serve\nserve(app)", "serve"),
        ("from hypercorn.asyncio import serve\nserve(app, 1)", "serve"),
        ("import uvicorn\nserve(app)", None),
        ("from mine import run\nrun(app)", None),
    ],
)
def test_a_script_that_serves_its_app_itself_is_known_by_the_call(
    tmp_path: Path, text: str, called: str | None
) -> None:
    (tmp_path / "server.py").write_text(text)
    start = own_start(tmp_path / "server.py")
    assert (start and ast.unparse(start.func)) == called

"""What the options of a client and a server of one's own mean together."""

from pathlib import Path

import pytest

from scripts.commands.options import ScriptOptions, say_server
from scripts.domain.trial import REPRO_SERVER

pytestmark = pytest.mark.pure


def script(folder: Path, text: str) -> Path:
    path = folder / "client.py"
    path.write_text(text)
    return path


def test_a_server_is_started_where_the_script_asks_for_one(tmp_path: Path) -> None:
    needs = script(tmp_path, "import os\nprint(os.environ['SERVER_URL'])\n")
    target, _ = ScriptOptions(needs).target("")
    assert target.server == REPRO_SERVER


def test_no_server_is_started_where_none_is_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs_none = script(tmp_path, "print(1)\n")
    target, _ = ScriptOptions(needs_none).target("")
    assert target.server == ""
    say_server(target)
    assert capsys.readouterr().err == (
        "No server is started: client.py does not mention SERVER_URL (--server names one).\n"
    )
    named, _ = ScriptOptions(needs_none, server=Path(REPRO_SERVER)).target("")
    assert named.server == REPRO_SERVER


@pytest.mark.parametrize("own", [True, False])
def test_a_server_that_runs_already_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], own: bool
) -> None:
    needs = script(tmp_path, "SERVER_URL = ''\n") if own else None
    url = "http://127.0.0.1:9000/x"
    target, _ = ScriptOptions(needs, ("httpx==0.27.2",), url=url).target("")
    assert (target.server, target.url) == ("", url)
    say_server(target)
    assert capsys.readouterr().err == f"No server is started: the one at {url} is used.\n"

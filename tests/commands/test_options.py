"""What the options of a client and a server of one's own mean together."""

from pathlib import Path

import pytest

from scripts.commands.options import ScriptOptions, say_how
from scripts.domain.targets import at_commit, repinned
from scripts.domain.trial import AS_WRITTEN, REPRO_SERVER

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
    say_how(target)
    assert capsys.readouterr().err == (
        "client.py is judged as a whole, by how it ends. "
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
    target, _ = ScriptOptions(needs, with_=("httpx==0.27.2",), url=url).target("")
    assert (target.server, target.url) == ("", url)
    say_how(target)
    said = capsys.readouterr().err
    assert said.endswith(f" No server is started: the one at {url} is used.\n")
    assert said.startswith("client.py is judged as a" if own else "httpx_client.py is judged per")


def test_a_program_is_called_as_it_is_said(tmp_path: Path) -> None:
    own = ScriptOptions(
        script(tmp_path, ""),
        cwd=tmp_path,
        env=("A=b=c",),
        stdin=script(tmp_path, ""),
        argument=("-x", "two words"),
        server_command="python3 -m http.server {port}",
        with_=("h11==0.14.0",),
    )
    target, load = own.target("")
    assert load is AS_WRITTEN
    assert (target.server, target.served) == ("", True)
    words = (
        f"client.py -x 'two words', A=b=c, in {tmp_path.name}, reading client.py, "
        "served by python3 -m http.server {port}"
    )
    assert target.name == f"{words}, h11 0.14.0"
    assert repinned(target, {"h11": "0.16.0"}).name == f"{words}, h11 0.16.0"
    assert at_commit(target, "h11", "0" * 40).name == f"{words}, h11 at 0000000000"


def test_a_module_is_found_where_the_client_runs(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "inner.py").write_text("print(1)\n")
    (package / "__main__.py").write_text("from .inner import SERVER_URL\n")
    target, _ = ScriptOptions(module="package.inner", cwd=tmp_path).target("")
    assert (target.script, target.cwd) == (str(package / "inner.py"), str(tmp_path))
    assert (target.name, target.server) == ("-m package.inner", "")
    target, _ = ScriptOptions(module="package", cwd=tmp_path).target("")
    assert (target.script, target.server) == (str(package / "__main__.py"), REPRO_SERVER)
    target, _ = ScriptOptions(module="elsewhere", cwd=tmp_path).target("")
    assert (target.script, target.server) == ("", "")


def test_what_a_server_script_sets_where_it_starts_itself_is_said_to_be_without_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, client = tmp_path / "server.py", tmp_path / "client.py"
    client.write_text("SERVER_URL = ''")
    server.write_text(
        "app = 1\nif __name__ == '__main__':\n    uvicorn.run(app, port=1, workers=2)"
    )
    target, _ = ScriptOptions(script=client, server=server).target("")
    say_how(target)
    said = " ".join(capsys.readouterr().err.split())
    assert "Of server.py the app alone is served: its own uvicorn.run (workers=2) is not" in said
    server.write_text("app = 1")
    say_how(target)
    assert "app alone" not in capsys.readouterr().err

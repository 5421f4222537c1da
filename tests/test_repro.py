"""The scripts in repro/ are the document's, and stand alone."""

import ast
import hashlib
import re
import sys
import tomllib
from pathlib import Path

import pytest

from scripts.domain.files import PROJECT
from scripts.domain.libraries import Axis, axes
from scripts.environments.requirements import script_requirements

pytestmark = pytest.mark.pure

REPRO = sorted((PROJECT / "repro").glob("*.py"))

# SHA-256 of the programs as printed in "Concurrent Requests in Python: httpx vs aiohttp"
# (2024-10-20), without white space at the ends of lines.
DOCUMENT = {
    "server.py": "da60a775df3f51392bef81f20799aeec575db59e5d657bf8d8e74c84b29c5029",
    "httpx_client.py": "d942bf2b179166896b7ed12d388964498cad15803e013441e51d56ffdb6da933",
    "aiohttp_client.py": "ec65668a42b1ced938dcd9abde2ec748ee119fbf2b727268147a91269fde07c6",
}


def program(text: str) -> str:
    """A script without its header and its docstring."""
    return re.split(r'"""\n\n', text, maxsplit=1)[1]


@pytest.mark.parametrize("name", DOCUMENT)
def test_the_documents_programs_are_its_own_to_the_letter(name: str) -> None:
    body = program((PROJECT / "repro" / name).read_text())
    assert hashlib.sha256(body.encode()).hexdigest() == DOCUMENT[name]


EITHER = ("stale_connection.py", "crowded_pool.py")
"""Scripts that take whichever of two libraries is there, and so pin none."""


@pytest.mark.parametrize(
    "path", [path for path in REPRO if path.name not in EITHER], ids=lambda path: path.name
)
def test_every_script_stands_alone_and_pins_what_it_needs(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    declared = {
        re.split(r"[=\[]", requirement)[0].replace("-", "_")
        for requirement in script_requirements(path)
    }
    assert imported - sys.stdlib_module_names <= declared
    header = "\n".join(line[2:] for line in text.split("# ///")[1].splitlines()[1:])
    assert "dependencies" in tomllib.loads(header)


@pytest.mark.parametrize("axis", axes().values(), ids=lambda axis: axis.package)
def test_every_client_has_the_documents_shape_and_numbers(axis: Axis) -> None:
    tree = ast.parse((PROJECT / axis.script).read_text())
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    assert constants == {
        "SERVER_URL": "http://localhost:8000/process_image",
        "CONCURRENT_REQUESTS": 300,
        "TOTAL_REQUESTS": 1000,
        "TIMEOUT": 30,
    }
    names = [node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)]
    assert names == ["send_request", "main"]

"""An environment is read from a file as its installer would take it; nothing else is followed."""

from __future__ import annotations

import codecs
import contextlib
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from scripts.domain.problems import UsageProblem
from scripts.environments import pythons, requirement_files, texts
from scripts.environments.listing import Listing, read
from scripts.environments.uv import uv
from tests.builders import GIT

PYTHON = "3.11.3"

NEITHER = "file is neither a pip freeze nor a lock file of uv:"
UNREADABLE = "file cannot be read as a lock:"
UNUSABLE = f"file cannot be used with Python {PYTHON} here:"
NO = "is no requirement."

ANY = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

pure = pytest.mark.pure
index = pytest.mark.index


def written(folder: Path, text: str, name: str = "requirements.txt") -> Path:
    """A file with this text."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def listed(folder: Path, text: str) -> Listing:
    """What a requirements file of this text lists."""
    return read(written(folder, text), PYTHON)


def refusal(path: Path, python: str = PYTHON) -> str:
    """Why a file is not read, its folder left out."""
    with pytest.raises(UsageProblem) as caught:
        read(path, python)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{path.parent}{os.sep}", "")


@pure
def test_a_freeze_with_all_that_pip_and_conda_write(tmp_path: Path) -> None:
    text = """\
# Editable install with no version control (mine==0.1)
-e /home/somebody/mine
-e git+https://github.com/them/theirs.git@0123abcd#egg=theirs&subdirectory=python
## FIXME: could not find svn URL in dependency_links for this package:
aiohttp==3.9.5
certifi @ file:///croot/certifi_1700501669400/work/certifi
h11 @ git+https://token:secret@github.com/python-hyper/h11@0123abcd
httpx==0.27.2
other @ https://example.org/other-1.0.tar.gz
torch==2.1+cu118
-e c:\\users\\somebody\\project
"""
    assert listed(tmp_path, text) == snapshot(
        Listing(
            requirements=("aiohttp==3.9.5", "httpx==0.27.2", "torch==2.1+cu118"),
            left_out=(
                "/home/somebody/mine",
                "theirs",
                "certifi",
                "h11",
                "other",
                "c:\\users\\somebody\\project",
            ),
            ignored=(),
        )
    )


@pure
def test_requirements_lose_their_hashes_comments_and_markers(tmp_path: Path) -> None:
    text = """\
httpx[http2, socks]==0.27.2 ; python_version >= "3.8" \\
    --hash=sha256:7bb2 \\
    --hash=sha256:f7c2
    # via nothing
Some_Lib >= 1.0, <2  # a range
numpy==1.26.4; python_full_version < "3.12"
numpy==2.1.2; python_full_version >= "3.12"
anyio \\
  ==4.6.2 \\
# a comment ends a line that goes on
h11==0.14.0 --config-settings=a=b --hash sha256:e3fe
nowhere==1.0; sys_platform == "nowhere"
extra==1.0; extra == "some"
"""
    assert listed(tmp_path, text) == snapshot(
        Listing(
            requirements=(
                "httpx[http2,socks]==0.27.2",
                "Some_Lib<2,>=1.0",
                "numpy==1.26.4",
                "anyio==4.6.2",
                "h11==0.14.0",
            ),
            left_out=(),
            ignored=("--config-settings",),
        )
    )


@pure
def test_options_are_named_without_their_values_and_never_followed(tmp_path: Path) -> None:
    text = """\
-i https://user:secret@example.org/simple
--index-url=https://example.org/simple --extra-index-url "https://example.org/other"
--find-links ./wheels
-f ./more
--no-index
--pre
--trusted-host example.org
--no-binary :all:
httpx==0.27.2
"""
    assert listed(tmp_path, text) == snapshot(
        Listing(
            requirements=("httpx==0.27.2",),
            left_out=(),
            ignored=(
                "--index-url",
                "--extra-index-url",
                "--find-links",
                "--no-index",
                "--pre",
                "--trusted-host",
                "--no-binary",
            ),
        )
    )


@pure
def test_paths_and_addresses_are_named_by_what_they_tell(tmp_path: Path) -> None:
    text = """\
httpx==0.27.2
.
./some/project[extra]
../wheels/some_lib-1.0-py3-none-any.whl
h11-0.14.0.tar.gz
https://user:secret@example.org/anyio-4.6.2.tar.gz?token=secret#sha256=00
git+ssh://git@github.com/them/theirs.git@main ; python_version >= "3"
https://example.org/never.zip ; python_version < "3"
https://user:secret@example.org/archive/main.zip?token=secret
file:///home/someone/own%20project
/somewhere/very/far/away/where/the/names/of/folders/are/long/and/many/of/them
"""
    assert listed(tmp_path, text).left_out == snapshot(
        (
            ".",
            "./some/project[extra]",
            "some-lib",
            "h11",
            "anyio",
            "git+ssh://github.com/them/theirs.git@main",
            "https://example.org/archive/main.zip",
            "/home/someone/own project",
            "/somewhere/very/far/away/where/the/names/of/folders/are/lon…",
        )
    )


@pure
def test_included_files_are_read_from_the_folder_of_the_file(tmp_path: Path) -> None:
    written(tmp_path, "-r 'more of it.txt'\nanyio==4.6.2\n", "parts/base.txt")
    written(tmp_path, "h11==0.14.0\nAnyIO==4.6.2\n", "parts/more of it.txt")
    text = "-rparts/base.txt\n--requirement=parts/base.txt\nhttpx==0.27.2\n"
    assert listed(tmp_path, text).requirements == ("h11==0.14.0", "AnyIO==4.6.2", "httpx==0.27.2")


@pure
def test_constraints_hold_for_what_is_listed_and_are_named_where_they_do_not(
    tmp_path: Path,
) -> None:
    written(tmp_path, "httpx==0.27.2\nh11<1\n-r pinned.txt\n", "constraints.txt")
    written(tmp_path, "anyio==4.6.2\n", "pinned.txt")
    asked = "-c constraints.txt\nhttpx[http2]>=0.20\nh11>=0.13\nanyio\n"
    assert listed(tmp_path, asked) == Listing(
        ("httpx[http2]==0.27.2", "h11<1,>=0.13", "anyio==4.6.2"), (), ()
    )
    assert listed(tmp_path, "-c constraints.txt\nhttpx\n") == Listing(
        ("httpx==0.27.2",), (), ("--constraint",)
    )
    written(tmp_path, "httpx @ https://example.org/httpx.zip\n-e .\n", "constraints.txt")
    assert listed(tmp_path, asked).ignored == ("--constraint",)


@pure
def test_a_package_is_listed_once_as_narrow_as_its_lines_are(tmp_path: Path) -> None:
    text = (
        "httpx[socks]>=0.20\nHTTPX[http2]==0.27.2\nh11>=0.13\nh11<1\ntorch==2.1+cpu\ntorch==2.1\n"
    )
    assert listed(tmp_path, text).requirements == (
        "httpx[http2,socks]==0.27.2",
        "h11<1,>=0.13",
        "torch==2.1+cpu",
    )


@pure
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_powershell_writes_is_read(tmp_path: Path, encoding: str, ends: str) -> None:
    path = tmp_path / "freeze.txt"
    path.write_bytes(f"# é{ends}httpx==0.27.2{ends}h11==0.14.0{ends}".encode(encoding))
    assert read(path, PYTHON).requirements == ("httpx==0.27.2", "h11==0.14.0")


@pure
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("httpx==0.27.2\n\nPackage    Version\n", f"{NEITHER} line 3 ('Package Version') {NO}"),
        ("--no-such-option https://user:secret@a\n", f"{NEITHER} line 1 ('--no-such-option') {NO}"),
        ("httpx==0.27.2 -e .\n", f"{NEITHER} line 1 ('httpx==0.27.2 -e .') {NO}"),
        ("see https://user:secret@a now\n", f"{NEITHER} line 1 ('see https://a now') {NO}"),
        ("<<<<<<< HEAD\nhttpx==0.27.2\n", f"{NEITHER} line 1 ('<<<<<<< HEAD') {NO}"),
        ("[project]\nname = 'httpx'\n", f"{NEITHER} line 1 ('[project]') {NO}"),
        ("# of another tool\n[[package]]\n", f"{NEITHER} line 2 ('[[package]]') {NO}"),
        ("h11; os_name ~= 'x'\n", f"{NEITHER} line 1 (\"h11; os_name ~= 'x'\") {NO}"),
        ("h11;" + "(" * 3000 + "\n", f"{NEITHER} line 1 ('h11;{'(' * 55}…') {NO}"),
        ("h" * 5000 + "\n", f"{NEITHER} line 1 ('{'h' * 59}…') {NO}"),
        ("h11 \\\n== \\\n\x1b[31m\n", f"{NEITHER} line 1 ('h11 == �[31m') {NO}"),
        (
            "h11==0.13.0\nh11==0.14.0\n",
            "file asks for h11 ==0.13.0 and ==0.14.0: no version is all of that.",
        ),
        ("h11<1\nh11==1.0\n", "file asks for h11 <1 and ==1.0: no version is all of that."),
        ("# nothing\n\n-e .\n", "file lists no release of any package."),
        ("h11==0.14.0; python_version < '3'\n", "file lists no release of any package."),
        ("-r missing.txt\n", "missing.txt cannot be read: No such file or directory."),
        ("-r folder\n", "folder is no file: name one that lists an environment."),
        ("-r a\0b\n", "a�b cannot be read: no file has such a name."),
        (
            "-r https://user:secret@example.org/more.txt\n",
            "file includes https://example.org/more.txt, which is not fetched: "
            "download it and include the file.",
        ),
        ("-r file\n", "file includes itself."),
    ],
)
def test_why_a_requirements_file_is_not_read(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    assert refusal(written(tmp_path, text, "file")) == reason


@pure
def test_why_what_is_no_text_is_not_read(tmp_path: Path) -> None:
    no_text = "is no text: name one that lists an environment."
    for name, data in {"junk": bytes(range(256)), "torn": codecs.BOM_UTF16_LE + b"\0\xd8"}.items():
        (tmp_path / name).write_bytes(data)
        assert refusal(tmp_path / name) == f"{name} {no_text}"
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe"):
        assert refusal(place).endswith(" is no file: name one that lists an environment.")
    large = written(tmp_path, "httpx==0.27.2\n", "large")
    os.truncate(large, texts.LARGEST + 1)
    assert refusal(large) == "large is larger than 32 MB: name a smaller file."
    assert refusal(tmp_path / "missing") == "missing cannot be read: No such file or directory."
    assert refusal(tmp_path / ("x" * 300)).endswith("x cannot be read: File name too long.")


@pure
def test_more_files_than_anybody_has_are_not_read(tmp_path: Path) -> None:
    written(tmp_path, "httpx==0.27.2\n", "last.txt")
    top = written(tmp_path, "-r last.txt\n" * requirement_files.MOST_FILES)
    assert refusal(top) == "requirements.txt includes more than 50 files."
    chain = [written(tmp_path, f"-r {step + 1}.txt\n", f"{step}.txt") for step in range(100)]
    assert refusal(chain[0]) == "0.txt includes more than 50 files."


PIECES = (
    *("httpx==0.27.2", "h11", ">=", "==", "1.0", ";", "python_version", "<", "'3'", "@", "(", "["),
    *("-r ", "-c ", "-e ", "--hash=", "--pre", "-", "=", "#egg=", "://", "git+", "\\", "\n", " #"),
    *("[[packages]]\n", "name = 'h11'\n", "lock-version = '1.0'\n", "created-by = ''\n", '"', "]"),
    *("version = '1.0'\n", "marker = 'os_name'\n", "[packages.vcs]\n", "path = '.'\n", "%00", "é"),
)


@pure
@ANY
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join))
@example("[[packages]]\na" + ".a" * 2000)
@example("a = " + "[" * 5000)
@example("a = " + "1" * 5000)
@example("httpx==" + "1" * 5000)
@example("-e http://[")
def test_any_text_lists_packages_or_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    try:
        assert read(path, PYTHON).requirements
    except UsageProblem as problem:
        assert str(problem).endswith(".")


@pure
@pytest.mark.clock
@pytest.mark.parametrize(
    ("start", "piece"),
    [
        *(("", piece) for piece in ("h", "-", " ", "#", "\\", "a.", "1.", " \\\n", "\u2028", " #")),
        *(("", piece) for piece in (" --hash=", " -r", "h11==0.14.0\n", " --hash=0 \\\n")),
        *(("-e ", piece) for piece in ("://", "../", "@")),
        *(("h11==0.14.0 ; ", piece) for piece in ("(", ",", "==1", "'")),
    ],
)
def test_time_grows_no_faster_than_the_text(tmp_path: Path, start: str, piece: str) -> None:
    def seconds(characters: int) -> float:
        pieces = map(piece.format, range(characters // len(piece)))
        path = written(tmp_path, start + "".join(pieces))
        times = []
        for _ in range(3):
            begun = time.process_time()
            with contextlib.suppress(UsageProblem):
                read(path, PYTHON)
            times.append(time.process_time() - begun)
        return min(times)

    # Sixteen times the text takes sixteen times as long, and 256 times where time grows with the
    # square; what is constant only helps.
    assert seconds(2**16) < 64 * max(seconds(2**12), 1e-4)


PYLOCK = """\
lock-version = "1.0"
requires-python = ">=3.9"
created-by = "somebody"
dependency-groups = ["dev", "docs"]
default-groups = ["dev"]

[[packages]]
name = "httpx"
version = "0.27.2"
wheels = [{url = "https://example.org/httpx-0.27.2-py3-none-any.whl", hashes = {sha256 = "00"}}]

[[packages]]
name = "numpy"
version = "1.26.4"
marker = "python_full_version < '3.12'"
sdist = {url = "https://example.org/numpy-1.26.4.tar.gz", hashes = {sha256 = "00"}}

[[packages]]
name = "numpy"
version = "2.1.2"
marker = "python_full_version >= '3.12'"
sdist = {url = "https://example.org/numpy-2.1.2.tar.gz", hashes = {sha256 = "00"}}

[[packages]]
name = "torch"
version = "2.1+cu118"
marker = "'dev' in dependency_groups"
index = "https://user:secret@example.org/simple"
sdist = {url = "https://example.org/torch-2.1+cu118.tar.gz", hashes = {sha256 = "00"}}

[[packages]]
name = "sphinx"
version = "8.0.0"
marker = "'docs' in dependency_groups"
sdist = {url = "https://example.org/sphinx-8.0.0.tar.gz", hashes = {sha256 = "00"}}

[[packages]]
name = "project"
directory = {path = ".", editable = true}

[[packages]]
name = "beside"
directory = {path = "../beside"}

[[packages]]
name = "cloned"
vcs = {type = "git", url = "https://example.org/cloned", commit-id = "00"}

[[packages]]
name = "packed"
archive = {url = "https://example.org/packed.zip", hashes = {sha256 = "00"}}

[[packages]]
name = "wheelhouse"
version = "1.0"
wheels = [{path = "wheels/wheelhouse-1.0-py3-none-any.whl", hashes = {sha256 = "00"}}]
"""


@pure
def test_a_pylock_is_read_for_a_python_with_its_default_groups(tmp_path: Path) -> None:
    path = written(tmp_path, PYLOCK, "pylock.toml")
    outside = ("beside", "cloned", "packed", "wheelhouse")
    assert read(path, PYTHON) == Listing(
        ("httpx==0.27.2", "numpy==1.26.4", "torch==2.1+cu118"), outside, ("index",)
    )
    assert read(path, "3.12.1").requirements[1] == "numpy==2.1.2"


@pure
@pytest.mark.parametrize(
    ("replaced", "by", "reason"),
    [
        ("lock-version", "version", f"{NEITHER} it is no lock."),
        ('"1.0"', "", f"{NEITHER} its TOML cannot be read (Invalid value (at line 1, column 16))."),
        ("httpx", "x" * 2**16, f"{NEITHER} its TOML cannot be read (a line is too long)."),
        ('"1.0"', '"2.0"', f"{UNREADABLE} pylock version 2.0 is not supported."),
        ('name = "httpx"\n', "", f"{UNREADABLE} Missing required value in 'packages[0].name'."),
        (
            ">=3.9",
            ">=3.13",
            f"{UNUSABLE} python_full_version '3.11.3' in provided environment does not satisfy the "
            "Python version requirement '>=3.13'.",
        ),
        (
            ">= '3.12'",
            "> '3'",
            f"{UNUSABLE} Multiple packages with the name 'numpy' are selected at packages[2] and "
            "packages[1].",
        ),
        (
            "py3-none-any",
            "py3-none-nowhere",
            f"{UNUSABLE} No wheel found matching the provided tags for package 'httpx' at "
            "packages[0], and no sdist available as a fallback.",
        ),
        (
            "'docs' in dependency_groups",
            "os_name ~= '1'",
            f"{UNUSABLE} Undefined <Op('~=')> on '{os.name}' and '1'.",
        ),
    ],
)
def test_why_a_pylock_is_not_read(tmp_path: Path, replaced: str, by: str, reason: str) -> None:
    path = written(tmp_path, PYLOCK.replace(replaced, by, 1), "file.toml")
    assert refusal(path).replace("file.toml", "file") == reason


GROUPS = """\
[project]
name = "locked"
version = "1"
requires-python = ">=3.11"
dependencies = [
    "idna==3.7; python_version < '3.12'",
    "idna==3.10; python_version >= '3.12'",
    "h11==0.14.0",
    "colorama==0.4.6; sys_platform == 'nowhere'",
]
[project.optional-dependencies]
old = ["certifi==2024.2.2"]
[dependency-groups]
dev = ["iniconfig==2.0.0"]
docs = ["six==1.16.0"]
"""

DEFAULTS = GROUPS + '[tool.uv]\ndefault-groups = ["docs"]\n'

EVERY_GROUP = GROUPS + '[tool.uv]\ndefault-groups = "all"\n'

CONFLICTS = (
    GROUPS
    + """\
other = ["iniconfig==1.1.1"]
[tool.uv]
conflicts = [[{ group = "dev" }, { group = "other" }]]
"""
)

WORKSPACE = GROUPS + '[tool.uv.workspace]\nmembers = ["parts/*"]\n'

NO_PROJECT = """\
[tool.uv]
default-groups = ["docs"]
[tool.uv.workspace]
members = ["parts/*"]
[dependency-groups]
dev = ["iniconfig==2.0.0"]
docs = ["six==1.16.0"]
"""

MEMBER = """\
[project]
name = "part"
version = "1"
requires-python = ">=3.11"
dependencies = ["sniffio==1.3.1"]
[dependency-groups]
docs = ["certifi==2024.2.2"]
"""

RUNTIME = ("h11==0.14.0", "idna==3.7")


def locked(folder: Path, project: str) -> Path:
    """The lock that uv makes of a project."""
    written(folder, project, "pyproject.toml")
    uv("lock", "--quiet", "--no-config", "--python", sys.executable, "--project", str(folder))
    return folder / "uv.lock"


@index
@pytest.mark.parametrize(
    ("project", "requirements"),
    [
        (GROUPS, (*RUNTIME, "iniconfig==2.0.0")),
        (DEFAULTS, (*RUNTIME, "six==1.16.0")),
        (EVERY_GROUP, (*RUNTIME, "iniconfig==2.0.0", "six==1.16.0")),
        (CONFLICTS, (*RUNTIME, "iniconfig==2.0.0")),
        (WORKSPACE, (*RUNTIME, "iniconfig==2.0.0")),
        (NO_PROJECT, ("certifi==2024.2.2", "six==1.16.0", "sniffio==1.3.1")),
    ],
    ids=["groups", "defaults", "every group", "conflicts", "workspace", "no project"],
)
def test_a_lock_lists_what_uv_installs_from_it(
    tmp_path: Path, project: str, requirements: tuple[str, ...]
) -> None:
    written(tmp_path, MEMBER, "parts/part/pyproject.toml")
    path = locked(tmp_path, project)
    python = pythons.own()
    options = ("--quiet", "--frozen", "--no-config", "--python", python.path)
    uv("sync", *options, "--project", str(tmp_path))
    freeze = written(tmp_path, uv("pip", "freeze", "--python", str(tmp_path / ".venv")))
    assert read(path, python.version) == read(freeze, python.version)
    assert read(path, PYTHON) == Listing(requirements, (), ())


@index
def test_a_lock_is_read_for_another_python_than_is_here(tmp_path: Path) -> None:
    path = locked(tmp_path, GROUPS)
    assert read(path, "3.12.99").requirements == ("h11==0.14.0", "idna==3.10", "iniconfig==2.0.0")
    assert "cannot be used with Python 3.8.1 here: " in refusal(path, "3.8.1")


@index
def test_a_script_has_a_lock_too(tmp_path: Path) -> None:
    script = written(tmp_path, "# /// script\n# dependencies = ['h11==0.14.0']\n# ///\n", "a.py")
    uv("lock", "--quiet", "--no-config", "--python", sys.executable, "--script", str(script))
    assert read(tmp_path / "a.py.lock", PYTHON) == Listing(("h11==0.14.0",), (), ())


SOURCES = """\
[project]
name = "locked"
version = "1"
requires-python = ">=3.11"
dependencies = ["cloned", "beside", "part", "wheelhouse", "h11==0.14.0"]
[tool.uv.workspace]
members = ["parts/*"]
[tool.uv.sources]
cloned = { git = "{folder}/cloned" }
beside = { path = "../beside", editable = true }
part = { workspace = true }
wheelhouse = { path = "../wheelhouse-1-py3-none-any.whl" }
"""

BUILT = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


@index
def test_a_lock_leaves_out_what_comes_from_elsewhere_with_its_name(tmp_path: Path) -> None:
    for name in ("cloned", "beside", "locked/parts/part"):
        text = MEMBER.replace('"part"', f'"{Path(name).name}"') + BUILT
        written(tmp_path, text, f"{name}/pyproject.toml")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "-q"), ("add", "."), (*identity, "commit", "-qm", "first")):
        subprocess.run([GIT, *arguments], cwd=tmp_path / "cloned", check=True)
    with zipfile.ZipFile(tmp_path / "wheelhouse-1-py3-none-any.whl", "w") as archive:
        archive.writestr(
            "wheelhouse-1.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: wheelhouse\nVersion: 1\n",
        )
        archive.writestr("wheelhouse-1.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("wheelhouse-1.dist-info/RECORD", "")
    project = SOURCES.replace("{folder}", tmp_path.as_uri()) + BUILT
    path = locked(tmp_path / "locked", project)
    outside = ("beside", "cloned", "part", "wheelhouse")
    assert read(path, PYTHON) == Listing(("h11==0.14.0", "sniffio==1.3.1"), outside, ())
    # Where the lock is alone, without all that it was made from, it says the same.
    alone = written(tmp_path / "alone", path.read_text(encoding="utf-8"), "uv.lock")
    assert read(alone, PYTHON) == read(path, PYTHON)


UV_LOCK = f"""\
version = 1
requires-python = ">=3.11"

[[package]]
name = "h11"
version = "0.14.0"
source = {{ registry = "https://user:secret@example.org/simple" }}
sdist = {{ url = "https://example.org/h11-0.14.0.tar.gz", hash = "sha256:{"0" * 64}" }}

[[package]]
name = "locked"
version = "1"
source = {{ virtual = "." }}
dependencies = [{{ name = "h11" }}]
"""


@pytest.mark.local
def test_a_lock_of_another_index_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, UV_LOCK, "uv.lock")
    assert read(path, PYTHON) == Listing(("h11==0.14.0",), (), ("index",))


@pytest.mark.local
@pytest.mark.parametrize(
    ("replaced", "by", "reason"),
    [
        ("version = 1\n", "version = 9\n", "an unsupported schema version (v9, but only v1 is"),
        ('{ name = "h11" }', '{ name = "h12" }', "cannot be read as a lock: Dependency `h12` has"),
        ('"locked"', '"lo\\ncked"', 'Not a valid package or extra name: "lo cked".'),
        ('[{ name = "h11" }]', "[]", "uv.lock lists no release of any package."),
        ('"h11"', "1", "Expected `str`, got `int` - at `$.package[0].name`."),
        (
            "[[package]]",
            ".".join(["a"] * 5000) + " = 1\n[[package]]",
            "as a lock: recursion limit.",
        ),
        ("requires-python", "other", f"{NEITHER} it is no lock."),
        ("[[package]]", "<<<<<<< HEAD", f"{NEITHER} its TOML cannot be read (Invalid statement"),
    ],
)
def test_why_a_lock_of_uv_is_not_read(tmp_path: Path, replaced: str, by: str, reason: str) -> None:
    path = written(tmp_path, UV_LOCK.replace(replaced, by, 1), "uv.lock")
    assert reason.removeprefix("file ") in refusal(path)


@pytest.mark.parametrize(
    ("lock", "name"),
    [
        pytest.param(PYLOCK, "pylock.toml", marks=pure, id="pylock"),
        pytest.param(UV_LOCK, "uv.lock", marks=pytest.mark.local, id="uv"),
    ],
)
@ANY
@given(st.data())
def test_any_lock_lists_packages_or_is_refused_in_a_sentence(
    tmp_path: Path, lock: str, name: str, data: st.DataObject
) -> None:
    lines = lock.splitlines(keepends=True)
    start = data.draw(st.integers(0, len(lines)))
    end = data.draw(st.integers(start, min(len(lines), start + 3)))
    other = data.draw(st.lists(st.sampled_from([*lines, *PIECES]), max_size=3))
    path = written(tmp_path, "".join([*lines[:start], *other, *lines[end:]]), name)
    try:
        assert read(path, PYTHON).requirements
    except UsageProblem as problem:
        assert str(problem).endswith(".")

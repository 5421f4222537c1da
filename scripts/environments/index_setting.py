"""The one package index: where releases are listed and where they are installed from.

It is the one that uv's own settings name, its environment variables before its files, the nearest
file first (https://docs.astral.sh/uv/concepts/configuration-files/); else the public one. uv is
told it at each call and reads no file itself, so that none of another folder counts unseen.
"""

from __future__ import annotations

import itertools
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from scripts.domain.files import PROJECT
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import PUBLIC_INDEX

VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
"""Environment variables that name the index, the first that is set wins."""

OTHERS = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
"""Environment variables that name further places, which are left out: one index for all."""


class IndexSetting(msgspec.Struct, frozen=True):
    """The index in use.

    Attributes:
        url: of it, with what opens it; empty for the public one.
        source: what names it: a variable, a file, or nothing (empty).
        left_out: what names further places, which are not asked.
    """

    url: str
    source: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What a record calls it: without user, password or query."""
        if not self.url:
            return PUBLIC_INDEX
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host,
                           parts.path.rstrip("/"), "", ""))  # fmt: skip


def index_setting() -> IndexSetting:
    """The index that this process uses.

    Raises:
        UsageProblem: a file that may name it cannot be read.
    """
    return chosen(os.environ, PROJECT)


def chosen(variables: Mapping[str, str], folder: Path) -> IndexSetting:
    """The index that settings name.

    Args:
        variables: of the environment.
        folder: where uv runs: files are looked for in it and in those around it.

    Raises:
        UsageProblem: a file that may name it cannot be read.
    """
    left_out = [name for name in OTHERS if variables.get(name)]
    named = [(variables[name], name) for name in VARIABLES if variables.get(name)]
    for path, settings in _read(variables, folder):
        url, others = _named(settings)
        if url:
            named.append((url, str(path)))
        if others:
            left_out.append(str(path))
    url, source = named[0] if named else ("", "")
    return IndexSetting(url, source, tuple(left_out))


def _read(variables: Mapping[str, str], folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The files that uv reads settings from, with those, what counts first before the others: of
    those around a folder the nearest alone.
    """
    if variables.get("UV_NO_CONFIG"):
        return
    if variables.get("UV_CONFIG_FILE"):
        yield from _those([Path(variables["UV_CONFIG_FILE"])])
        return
    near = _those(path / name for path in (folder, *folder.parents) for name in NAMES)
    yield from itertools.islice(near, 1)
    home = variables.get("HOME", "")
    own = variables.get("XDG_CONFIG_HOME") or (home and f"{home}/.config")
    yield from _those([Path(own, "uv", "uv.toml")] if own else [])
    yield from _those([Path("/etc/uv/uv.toml")])


def _those(paths: Iterable[Path]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Of these files, those that hold settings of uv, each read once, when it is come to."""
    for path in paths:
        if (settings := _settings(path)) is not None:
            yield path, settings


NAMES = ("uv.toml", "pyproject.toml")
"""Files of a folder that may hold settings of uv; the first counts before the second."""


def _settings(path: Path) -> dict[str, Any] | None:
    """uv's settings in a file; None where there is none, or it holds none.

    Raises:
        UsageProblem: it cannot be read.
    """
    try:
        read = tomllib.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblem(
            f"{path}, which may name the package index, is damaged: {error}."
        ) from error
    if path.name != "pyproject.toml":
        return read
    tool = read.get("tool")
    settings = tool.get("uv") if isinstance(tool, dict) else None
    return settings if isinstance(settings, dict) else None


def _named(settings: Mapping[str, Any]) -> tuple[str, bool]:
    """The default index that settings name, empty for none, and whether they name further ones."""
    pip = settings.get("pip")
    pip = pip if isinstance(pip, dict) else {}
    indexes = settings.get("index")
    indexes = [one for one in indexes if isinstance(one, dict)] if isinstance(indexes, list) else []
    defaults = [one.get("url") for one in indexes if one.get("default") is True]
    urls = [*defaults, settings.get("index-url"), pip.get("index-url")]
    url = next((one for one in urls if isinstance(one, str) and one), "")
    further = any(one.get("default") is not True for one in indexes) or any(
        place.get(name) for place in (settings, pip) for name in ("extra-index-url", "find-links")
    )
    return url, further

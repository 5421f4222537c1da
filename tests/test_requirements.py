"""requirements.txt: the document's pins for the Pythons of its day, the tooling for all."""

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.domain.files import PROJECT

DOCUMENT = {"httpx": "0.27.2", "httpcore": "1.0.6", "aiohttp": "3.10.10", "numpy": "2.1.2"}


def pins(series: str) -> dict[str, list[str]]:
    """What pip installs on a Python: name -> versions."""
    python = {"python_version": series, "python_full_version": series}
    chosen: dict[str, list[str]] = {}
    for line in (PROJECT / "requirements.txt").read_text().splitlines():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(python):
            name = canonicalize_name(requirement.name)
            chosen.setdefault(name, []).append(str(requirement.specifier))
    return chosen


@pytest.mark.pure
@pytest.mark.parametrize("series", ["3.11", "3.12", "3.13", "3.14", "3.15"])
def test_each_python_gets_one_version_of_each_package(series: str) -> None:
    chosen = pins(series)
    assert {name: versions for name, versions in chosen.items() if len(versions) != 1} == {}
    assert {"nox", "uv", "cyclopts", "msgspec", "scipy", "matplotlib"} <= set(chosen)
    document = {name: versions for name, versions in chosen.items() if name in DOCUMENT}
    if series in ("3.11", "3.12", "3.13"):
        assert document == {name: [f"=={version}"] for name, version in DOCUMENT.items()}
    else:
        assert [f"=={DOCUMENT['numpy']}"] != document["numpy"]
        assert not {"httpx", "aiohttp"} & set(document)

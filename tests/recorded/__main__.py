"""Record anew what the package index answers: `python -m tests.recorded`.

One file a package, trimmed to the fields that the tool reads and to the first file of a release.
"""

from __future__ import annotations

import json
from datetime import datetime

from pypi_simple import ACCEPT_JSON_PREFERRED, DistributionPackage, PyPISimple

from scripts.environments.index import session
from tests.recorded import FOLDER

PACKAGES = ("aiohttp", "httpcore", "httpx", "httpx2", "numpy")


def uploaded(file: DistributionPackage) -> datetime:
    """When a file was uploaded; every file of these packages says so."""
    assert file.upload_time is not None
    return file.upload_time


def trimmed(file: DistributionPackage) -> dict[str, object]:
    """A file of a release, as the index has it in JSON (PEP 691), less what is not read."""
    return {
        "filename": file.filename,
        "url": file.filename,
        "hashes": {},
        "requires-python": file.requires_python,
        "upload-time": uploaded(file).isoformat(),
        "yanked": file.is_yanked,
    }


def main() -> None:
    """Ask for every package, and write what was answered."""
    with PyPISimple(session=session(), accept=ACCEPT_JSON_PREFERRED) as client:
        for package in PACKAGES:
            page = client.get_project_page(package, timeout=20)
            firsts: dict[str | None, DistributionPackage] = {}
            for file in sorted(page.packages, key=uploaded):
                firsts.setdefault(file.version, file)
            files = ",\n".join(json.dumps(trimmed(file)) for file in firsts.values())
            head = json.dumps({"meta": {"api-version": "1.1"}, "name": package, "versions": []})
            text = f'{head.removesuffix("}")}, "files": [\n{files}\n]}}\n'
            (FOLDER / "index" / f"{package}.json").write_text(text)


if __name__ == "__main__":
    main()
